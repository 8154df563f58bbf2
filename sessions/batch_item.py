"""One session of a batch: lined up, rendered or posted, in whatever process it runs, and what came of it."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sessions import opening, session_file, stages, sync_stage
from sessions.errors import SLIPSTREAM_ERRORS, SyncRefusedError
from sessions.heap import give_pictures_back
from sessions.session import Session
from sessions.workspace import Workspace, key_of

DONE, FRESH, FAILED, REFUSED = "done", "fresh", "failed", "refused"


@dataclass(frozen=True, slots=True)
class Work:
    """What to do with one session.

    Attributes:
        file: The session file.
        presets: Names of the posts wanted; empty for the tagged clip.
        force: Whether to do again what is fresh.
    """

    file: Path
    presets: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one session.

    Attributes:
        session: Its file.
        state: "done", "fresh" where nothing had to be done, "failed", or "refused" where the sync was not sure.
        error: One line, None unless it failed or was refused.
        outputs: What was made, or was there.
        seconds: That it took.
    """

    session: str
    state: str
    error: str | None = None
    outputs: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether the outputs are there."""
        return self.state in (DONE, FRESH)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {**asdict(self), "outputs": list(self.outputs), "seconds": round(self.seconds, 2)}


def run(work: Work) -> Result:
    """Do the work and say what came of it; what a user can put right is told, not raised."""
    give_pictures_back()
    started_s = time.monotonic()
    try:
        state, outputs, error = _made(work)
    except SyncRefusedError as refused:
        state, outputs, error = REFUSED, (), _line(refused)
    except SLIPSTREAM_ERRORS as failed:
        state, outputs, error = FAILED, (), _line(failed)
    return Result(str(work.file), state, error, tuple(str(path) for path in outputs), time.monotonic() - started_s)


def fresh(work: Work) -> Result | None:
    """Return the result of a session for which there is nothing to do, None for any other; it costs no more than a look."""
    started_s = time.monotonic()
    try:
        kept = _kept(work, Workspace.of(work.file), _key(work, session_file.read(work.file)))
    except SLIPSTREAM_ERRORS:
        return None  # `run` tells it
    if kept is None:
        return None
    return Result(str(work.file), FRESH, None, tuple(str(path) for path in kept), time.monotonic() - started_s)


def _kept(work: Work, workspace: Workspace, key: str) -> tuple[Path, ...] | None:
    """Return the outputs that an earlier batch made of the same, None where any is missing or all shall be made again."""
    names = None if work.force else workspace.read(_stage(work), key)
    if names is None:
        return None
    paths = tuple(work.file.parent / name for name in names)
    return paths if all(path.exists() for path in paths) else None


def _made(work: Work) -> tuple[str, tuple[Path, ...], str | None]:
    session, workspace = session_file.read(work.file), Workspace.of(work.file)
    opening.require_clip(session)
    key = _key(work, session)
    kept = _kept(work, workspace, key)
    if kept is not None:
        return FRESH, kept, None
    _line_up(session, workspace)
    outputs, error = _posts(work) if work.presets else (_render(work, session, workspace), None)
    if error is None:
        workspace.write(_stage(work), key, [path.relative_to(work.file.parent).as_posix() for path in outputs])
    return FAILED if error else DONE, outputs, error


def _line_up(session: Session, workspace: Workspace) -> None:
    """Make sure that it is known where the clip lies."""
    if session.sync.by_hand:
        return
    found = sync_stage.stored(session, workspace) or sync_stage.find(session, opening.load_record(session), workspace)
    if not found.accepted:
        raise SyncRefusedError(f"the sync is not sure: {found.reason}; `slipstream sync` names what is likeliest")


def _render(work: Work, session: Session, workspace: Workspace) -> tuple[Path, ...]:
    from overlay.encoder import Encoding

    record = opening.load_record(session)
    known = stages.identified(session, workspace)
    on_clip = stages.on_clip(known, record, stages.alignment(session, record, workspace))
    del record  # the rest of the race session is not needed, and would stay in memory
    # Named after the session, not the clip: two sessions of a batch may show the same clip.
    output = work.file.with_name(f"{work.file.stem}-tagged.mp4")
    stages.render(known, on_clip, workspace, output, folder=work.file.parent, encoding=Encoding(), quiet=True)
    return (output,)


def _posts(work: Work) -> tuple[tuple[Path, ...], str | None]:
    from overlay.export import job, presets
    from sessions import posts

    prepared = posts.prepare(work.file, quiet=True)
    folder = work.file.with_name(f"{work.file.stem}-posts")
    order = job.Order(presets.choose(work.presets), folder, work.file.stem, lambda canvas: prepared.theme(canvas, None))
    outcomes = job.run(order, prepared.session.clip, prepared.script, prepared.timeline, on_progress=lambda _done, _total: None)
    made = tuple(outcome.path for outcome in outcomes if outcome.path is not None)
    errors = [f"{outcome.preset.name}: {outcome.error}" for outcome in outcomes if outcome.error]
    errors += [
        f"{outcome.preset.name}: {found.check} {found.got}, wanted {found.wanted}"
        for outcome in outcomes
        for found in outcome.findings
        if found.passed is False
    ]
    return made, "; ".join(errors) or None


def _key(work: Work, session: Session) -> str:
    wanted = [Path(name) if name.endswith(".toml") else name for name in work.presets]
    look = stages.theme(session, folder=work.file.parent)
    return key_of(work.file, session.clip, session.race.recording or "", look, *wanted)


def _stage(work: Work) -> str:
    return "batch-posts" if work.presets else "batch-render"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
