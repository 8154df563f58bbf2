"""`slipstream bench`: our speed against plain transcoding, moviepy and FCN ResNet101, in one run."""

import argparse
from pathlib import Path

from sessions.numbers import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, nargs="?", metavar="SESSION.toml", help="session file; the sample when left out")
    parser.add_argument("--offset", type=number, metavar="SECONDS", help="session time at video time 0, over what the file says")
    parser.add_argument("--preset", default="veryfast", help="x264's preset, ultrafast to slow")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="plain transcoding and render in turn, N times")
    parser.add_argument("--no-rivals", action="store_true", help="leave moviepy and FCN ResNet101 out")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    import json
    import tempfile

    from overlay.encoder import Encoding
    from sessions import bench_job, demo, opening, session_file, stages, sync_stage
    from sessions.errors import SessionError
    from sessions.workspace import Workspace

    if arguments.rounds < 1:
        raise SessionError(f"--rounds {arguments.rounds}; wanted 1 or more")
    with tempfile.TemporaryDirectory(prefix="slipstream-bench-") as scratch:
        path = arguments.session or demo.unpack(Path(scratch))
        session = session_file.read(path)
        opening.require_clip(session)
        record = opening.load_record(session)
        workspace = Workspace.of(path)
        if arguments.session is None:
            sync_stage.find(session, record, workspace)
        where = stages.alignment(session, record, workspace, offset_s=arguments.offset)
        session = stages.identified(session, workspace)
        job = bench_job.BenchJob(
            session,
            path.parent,
            stages.timeline(session, record, where),
            Encoding(preset=arguments.preset),
            arguments.rounds,
            not arguments.no_rivals,
        )
        figures = bench_job.run(job)
    print(json.dumps(figures, indent=1) if arguments.json else "\n".join(bench_job.table(figures)))
    return 0
