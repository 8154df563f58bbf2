import threading
import time
from typing import Any

import pytest

from sessions.errors import SessionError
from sessions.studio.jobs import Job, Jobs, State


def ended(jobs: Jobs, name: str) -> Job:
    """The last job of a kind, once its thread is done."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(10)
    job = jobs.last(name)
    assert job is not None
    return job


def nothing(_: Any) -> None:
    pass


def test_a_job_that_is_done_has_its_result_and_says_so_once() -> None:
    jobs, then = Jobs(lambda: None), []
    jobs.start("export", "Reels", lambda job: [job.on_progress(part, 4) for part in range(5)] and "made", then.append)
    job = ended(jobs, "export")
    assert (job.state, job.result, job.share) == (State.DONE, "made", 1.0)
    assert then == [job]


def test_a_job_stops_at_its_next_step() -> None:
    jobs, begun, go_on = Jobs(lambda: None), threading.Event(), threading.Event()

    def work(job: Job) -> None:
        begun.set()
        go_on.wait(10)
        job.on_progress(1, 2)
        raise AssertionError("it went on")

    jobs.start("export", "Reels", work, nothing)
    begun.wait(10)
    again = jobs.start("export", "X", work, nothing)
    assert again.words == "Reels"
    again.stop()
    go_on.set()
    assert ended(jobs, "export").state is State.STOPPED


def test_all_are_stopped_and_have_cleared_up_before_the_server_goes() -> None:
    cleared = []

    def work(job: Job) -> None:
        try:
            while True:
                job.on_progress(1, 2)
        finally:
            time.sleep(0.1)
            cleared.append(job.name)

    jobs = Jobs(lambda: None)
    for name in ("track", "export"):
        jobs.start(name, name, work, nothing)
    jobs.stop_all()
    assert sorted(cleared) == ["export", "track"]


def test_what_a_user_can_act_on_is_said() -> None:
    def work(_job: Job) -> None:
        raise SessionError("the disk is full")

    jobs = Jobs(lambda: None)
    jobs.start("export", "Reels", work, nothing)
    job = ended(jobs, "export")
    assert (job.state, job.error) == (State.FAILED, "the disk is full")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_is_said_and_not_swallowed() -> None:
    jobs = Jobs(lambda: None)
    jobs.start("export", "Reels", lambda _job: 1 / 0, nothing)
    job = ended(jobs, "export")
    assert job.state is State.FAILED
    assert "defect of ours: ZeroDivisionError" in job.error
