"""What posts take from a session: its timeline and its script, from the tracks in the workspace or found anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from overlay import theme as themes
from overlay.clip import Clip
from overlay.export import script as scripts
from overlay.export.presets import Canvas
from overlay.export.script import Script
from overlay.picks import numbered
from overlay.swatches import Seen
from overlay.theme import Theme
from segmentation import track_file
from segmentation.track import SteadyFrame, Track
from sessions import opening, session_file, stages
from sessions.session import Session
from sessions.workspace import Workspace
from telemetry.timeline import Timeline

TALL_THEME = "social"  # large type: a tall post is watched on a phone


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A session ready to be posted: what is asked, the race from the own car, its cars, what else was seen, the script.

    What `steady` and `script` say lies in square pixels, as posts and editors have them.
    """

    session: Session
    folder: Path
    timeline: Timeline
    tracks: Sequence[Track]
    seen: Seen
    steady: tuple[SteadyFrame, ...]
    script: Script

    def theme(self, canvas: Canvas, name: str | None) -> Theme:
        """Return the look for a canvas: the one named, else the session's, with large type where the canvas is tall or square."""
        chosen = stages.theme(self.session, folder=self.folder)
        wished = name or (TALL_THEME if canvas.size[0] <= canvas.size[1] and self.session.overlay.theme == "broadcast" else None)
        if wished is None:
            return chosen
        settings = self.session.overlay
        return themes.load(wished, folder=self.folder).changed(
            units=settings.units, fields=settings.fields, widgets=settings.widgets, cars=settings.cars
        )


def prepare(file: Path, *, quiet: bool, offset_s: float | None = None, accept_unsure: int | None = None) -> Prepared:
    """Return a session with all that its posts need; the cars are found only if they are not known yet.

    Args:
        file: The session file.
        quiet: Whether no progress is shown.
        offset_s: Session time at video time 0, over what the session says.
        accept_unsure: Candidate of a sync that is not sure, from 1.

    Raises:
        SessionError: The session cannot be read or is not lined up.
        SyncRefusedError: The sync was not sure, and no candidate is taken.
        TelemetryError: The race session cannot be had.
        OverlayError: The clip cannot be read.
    """
    session = session_file.read(file)
    opening.require_clip(session)
    record = opening.load_record(session)
    workspace = Workspace.of(file)
    where = stages.alignment(session, record, workspace, offset_s=offset_s, accept_unsure=accept_unsure)
    session = stages.identified(session, workspace, accept_unsure=accept_unsure)
    timeline = stages.timeline(session, record, where)
    tracks = stages.tracks(session, workspace, quiet=quiet)
    return assemble(session, timeline, tracks, stages.seen(session, workspace, tracks, quiet=quiet), folder=file.parent)


def assemble(session: Session, timeline: Timeline, tracks: Sequence[Track], seen: Seen, *, folder: Path) -> Prepared:
    """Return a session ready to be posted, its cars as followed and put right; a theme file's path is relative to `folder`."""
    with Clip(session.clip) as clip:
        size_wh = clip.shown_wh
        wider = size_wh[0] / clip.size_wh[0]
        times_s = clip.frame_times_s()
    known = track_file.Frames(tracks)
    frames = (known.at(index, at_s, cut=index in seen.cuts) for index, at_s in enumerate(times_s))
    steady = tuple(_widened(frame, wider) for frame in frames)
    picks = numbered(session.track.picks, tracks)
    script = scripts.write(steady, timeline, camera=session.camera, picture_wh=size_wh, picks=picks, swatches=seen.swatches)
    return Prepared(session, folder, timeline, tracks, seen, steady, script)


def _widened(frame: SteadyFrame, wider: float) -> SteadyFrame:
    """Return a frame's cars where they lie in square pixels."""
    if wider == 1.0:
        return frame
    boxes = tuple(replace(box, xyxy=(box.xyxy[0] * wider, box.xyxy[1], box.xyxy[2] * wider, box.xyxy[3])) for box in frame.boxes)
    return replace(frame, boxes=boxes)
