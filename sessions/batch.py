"""Many sessions at once: spread over this machine's processor, or over a Dask cluster; one that fails stops no other.

The door of Dask.
"""

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sessions import batch_item
from sessions.batch_item import FAILED, Result, Work
from sessions.errors import SessionError
from sessions.outputs import followed

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 10  # a scheduler that does not answer by then is not there
WILD = frozenset("*?[")


def files(words: Iterable[str]) -> tuple[Path, ...]:
    """Return the session files that words name, each once, in order: files, folders of them, and patterns.

    Raises:
        SessionError: A word names nothing.
    """
    found: dict[Path, Path] = {}
    for word in words:
        path = Path(word)
        if path.is_dir():
            here = sorted(path.glob("*.toml"))
        elif WILD & set(word) and not path.exists():
            root = Path(path.anchor or ".")
            here = sorted(root.glob(str(path.relative_to(path.anchor) if path.anchor else path)))
        else:
            here = [path]  # one that is missing is told as any other failure, and stops no other
        if not here:
            raise SessionError(f"{word} holds no session files; name .toml files, a folder of them, or a pattern in quotes")
        for file in here:
            found.setdefault(followed(file), file)
    return tuple(found.values())


def spread(works: Sequence[Work], *, scheduler: str | None = None, workers: int | None = None) -> Iterator[Result]:
    """Yield each session's result as it is done, in whatever order that is; those that are fresh start no process.

    Args:
        works: What to do; paths must mean the same to the workers.
        scheduler: Address of a Dask scheduler; None for processes of our own.
        workers: Sessions at a time where they are our own processes, None for half the processor's cores:
            each session's network and encoder use more than one.

    Raises:
        SessionError: Dask is not installed, or the scheduler does not answer.
    """
    known = [batch_item.fresh(work) for work in works]
    yield from (result for result in known if result is not None)
    works = [work for work, result in zip(works, known, strict=True) if result is None]
    if not works:
        return
    try:
        from distributed import as_completed
    except ModuleNotFoundError as error:
        raise SessionError(f"batch needs Dask ({error.name} is not installed): pip install 'slipstream[batch]'") from error
    with ExitStack() as opened:
        client = _client(opened, scheduler, workers or max((os.cpu_count() or 2) // 2, 1), len(works))
        futures = {client.submit(batch_item.run, work, pure=False, retries=0): work for work in works}
        for future in as_completed(futures):
            crash = future.exception()
            if crash is None:
                yield future.result()
            else:  # a defect of ours, or a worker that the system killed
                line = " ".join(f"{type(crash).__name__}: {crash}".split())
                yield Result(str(futures[future].file), FAILED, line)


def _client(opened: ExitStack, scheduler: str | None, workers: int, jobs: int) -> "Client":
    from distributed import Client, LocalCluster

    if scheduler is not None:
        try:
            return opened.enter_context(Client(scheduler, timeout=CONNECT_S))
        except (OSError, ValueError) as error:
            raise SessionError(f"no Dask scheduler answers at {scheduler}; start one with `dask scheduler`") from error
    cluster = LocalCluster(
        n_workers=max(min(workers, jobs), 1),
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.ERROR,
    )
    return opened.enter_context(Client(opened.enter_context(cluster)))
