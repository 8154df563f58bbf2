"""The stages of a session: where the clip lies on its race session, the cars in it, and the render."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from overlay import pipeline, swatches
from overlay import theme as themes
from overlay.clip import Clip
from overlay.director import Director
from overlay.encoder import Encoding
from overlay.parts import Parts
from overlay.picks import numbered
from overlay.render_report import RenderReport
from overlay.swatches import Seen
from overlay.theme import Theme
from segmentation import key_boxes, track_file
from segmentation.engine import Engine
from segmentation.following import FOLLOWED_BY
from segmentation.track import Track
from sessions import outputs, sync_stage
from sessions.errors import SessionError
from sessions.progress import OnProgress, progress
from sessions.session import Session
from sessions.workspace import Workspace, key_of
from telemetry import coverage
from telemetry.alignment import Alignment
from telemetry.race_record import RaceRecord
from telemetry.sync import anchors
from telemetry.timeline import Timeline


def alignment(
    session: Session,
    record: RaceRecord,
    workspace: Workspace,
    *,
    offset_s: float | None = None,
    accept_unsure: int | None = None,
) -> Alignment:
    """Return where the clip lies on its race session: the offset given, else what the session file says, else what the sync found.

    Raises:
        SessionError: Nothing says it.
        SyncRefusedError: The sync was not sure, and no candidate is taken.
        TelemetryError: The anchors contradict each other, or name a lap that is not there.
    """
    settings = session.sync
    if offset_s is not None:
        found = Alignment.constant(offset_s)
    elif settings.offset_s is not None:
        found = Alignment.constant(settings.offset_s, drift_ppm=settings.drift_ppm)
    elif settings.anchors:
        found = anchors.fit(settings.anchors, record, session.driver).alignment
    else:
        result = sync_stage.stored(session, workspace)
        if result is None or not sync_stage.is_of(result, record):
            raise SessionError(
                "the clip is not lined up with the race session yet; run `slipstream sync` first, "
                "or set [sync] offset_s or [[sync.anchors]] in the session file"
            )
        found = result.alignment(accept_unsure)
    return anchors.nudged(found, settings.nudge_s)


def identified(session: Session, workspace: Workspace, *, accept_unsure: int | None = None) -> Session:
    """Return the session with its driver, as the sync found it, or its candidate `accept_unsure` says, where the file names none."""
    result = sync_stage.stored(session, workspace) if session.driver is None else None
    if result is None or not (result.accepted or accept_unsure):
        return session
    taken = result.candidates[accept_unsure - 1] if accept_unsure and not result.accepted else result
    return replace(session, driver=taken.driver)


def timeline(session: Session, record: RaceRecord, where: Alignment) -> Timeline:
    """Return the race session as the clip shows it.

    Raises:
        SessionError: No driver is known.
        TelemetryError: Nothing is known of the clip.
        OverlayError: The clip cannot be opened.
    """
    if session.driver is None:
        raise SessionError("whose onboard is it? add driver to the session file")
    with Clip(session.clip) as clip:
        coverage.require_some(record, where, clip.start_s, clip.end_s)
    return Timeline(record, session.driver, where)


def on_clip(session: Session, record: RaceRecord, where: Alignment) -> Timeline:
    """Return the race session as the clip shows it, known around the clip alone.

    Raises:
        SessionError: No driver is known.
        TelemetryError: Nothing is known of the clip.
        OverlayError: The clip cannot be opened.
    """
    with Clip(session.clip) as clip:
        start_s, end_s = clip.start_s, clip.end_s
    race = timeline(session, record, where)
    return race if start_s == end_s else race.near(start_s, end_s)


def theme(session: Session, *, folder: Path) -> Theme:
    """Return the session's theme with its changes; a theme file's path is relative to `folder`."""
    settings = session.overlay
    return themes.load(settings.theme, folder=folder).changed(
        units=settings.units, fields=settings.fields, widgets=settings.widgets, cars=settings.cars
    )


def director(
    session: Session,
    race: Timeline,
    *,
    folder: Path,
    size_wh: tuple[int, int],
    tracks: Sequence[Track] | None,
    shown_wh: tuple[int, int] | None = None,
) -> Director:
    """Return what decides each frame's graphics as the session asks: its theme, and which car a person wants tagged.

    Args:
        session: The job.
        race: The race session as the clip shows it.
        folder: A theme file's path is relative to it.
        size_wh: Of the picture.
        tracks: The cars as followed, None where they are followed on the way and nobody named one.
        shown_wh: Of the picture in square pixels, where that differs.
    """
    look = theme(session, folder=folder)
    picks = numbered(session.track.picks, tracks or ())
    return Director(race, look, camera=session.camera, size_wh=size_wh, shown_wh=shown_wh, picks=picks)


def known_tracks(session: Session, workspace: Workspace, engine: Engine) -> list[Track] | None:
    """Return the tracks found earlier, None where there are none or the clip, camera or network has changed since.

    What a person put right in them is in them.
    """
    found = found_tracks(session, workspace, engine)
    return None if found is None else key_boxes.corrected(found, session.track.boxes)


def found_tracks(session: Session, workspace: Workspace, engine: Engine) -> list[Track] | None:
    """Return the tracks as they were found, None as for `known_tracks`."""
    if workspace.read("track", _tracks_key(session, engine)) is None or not workspace.path("tracks.csv").exists():
        return None
    return track_file.read(workspace.path("tracks.csv"))


def keep_tracks(session: Session, workspace: Workspace, engine: Engine, tracks: Sequence[Track]) -> None:
    """Keep tracks in the workspace."""
    workspace.make()
    track_file.write(tracks, workspace.path("tracks.csv"))
    workspace.write("track", _tracks_key(session, engine), {"tracks": len(tracks)})


def seen(session: Session, workspace: Workspace, tracks: Sequence[Track], *, quiet: bool) -> Seen:
    """Return what is seen of the clip's cars, as followed and put right, and of its scenes; it is gone through only if none is kept."""
    engine = Engine()
    kept = kept_seen(session, workspace, engine)
    if kept is not None or not tracks:
        return kept or Seen()
    with progress("look", quiet=quiet) as show:
        return look(session, workspace, engine, tracks, on_progress=show)


def look(session: Session, workspace: Workspace, engine: Engine, tracks: Sequence[Track], *, on_progress: OnProgress) -> Seen:
    """Return what is seen of the clip's cars, as followed and put right, and of its scenes, and keep it.

    Raises:
        SessionError: It could not be kept; nothing was looked at.
    """
    workspace.make()
    with Clip(session.clip) as clip:
        _, found = pipeline.follow(clip, tracks, on_progress=on_progress)
    _keep_seen(session, workspace, engine, found)
    return found


def kept_seen(session: Session, workspace: Workspace, engine: Engine) -> Seen | None:
    """Return what was seen earlier, None where nothing was or clip, network or boxes have changed since."""
    known = workspace.read("seen", _seen_key(session, engine)) is not None
    return swatches.read(workspace.path("seen.npz")) if known else None


def _keep_seen(session: Session, workspace: Workspace, engine: Engine, found: Seen) -> None:
    workspace.make()
    outputs.write_beside(workspace.path("seen.npz"), lambda place: swatches.write(found, place))
    workspace.write("seen", _seen_key(session, engine), {"swatches": len(found.swatches), "cuts": len(found.cuts)})


def tracks(session: Session, workspace: Workspace, *, quiet: bool) -> list[Track]:
    """Return the cars of the clip as followed, and put right; found anew unless they are known."""
    engine = Engine()
    known = known_tracks(session, workspace, engine)
    if known is not None:
        return known
    with progress("track", quiet=quiet) as show:
        found = follow(session, workspace, engine, on_progress=show)
    return key_boxes.corrected(found, session.track.boxes)


def tracks_if_needed(session: Session, workspace: Workspace, engine: Engine, *, quiet: bool) -> list[Track] | None:
    """Return the cars as followed and put right; None where they are not known, and nobody named one of them, so that they need not be."""
    if session.track.names_cars:
        return tracks(session, workspace, quiet=quiet)
    return known_tracks(session, workspace, engine)


def follow(session: Session, workspace: Workspace, engine: Engine, *, on_progress: OnProgress) -> list[Track]:
    """Return the cars of the clip as followed anew, and keep them.

    Raises:
        SessionError: They could not be kept; nothing was followed.
    """
    workspace.make()
    with Clip(session.clip) as clip:
        found, beside = pipeline.follow(clip, engine, on_progress=on_progress)
    keep_tracks(session, workspace, engine, found)
    if not session.track.boxes:  # where they are put right, it is looked at again
        _keep_seen(session, workspace, engine, beside)
    return found


def render(
    session: Session,
    race: Timeline,
    workspace: Workspace,
    output: Path,
    *,
    folder: Path,
    encoding: Encoding,
    quiet: bool,
    resume: bool = False,
) -> RenderReport:
    """Write the tagged clip; the tracks found on the way are kept.

    Args:
        session: The job.
        race: The race session as the clip shows it.
        workspace: Where tracks and finished parts are kept.
        output: The video to write.
        folder: A theme file's path is relative to it.
        encoding: How the picture is encoded.
        quiet: Whether no progress is shown.
        resume: Whether finished parts of a render that was cut off are gone on with.

    Raises:
        SessionError: The workspace cannot be written, or another process is rendering the same.
    """
    engine = Engine()
    known = tracks_if_needed(session, workspace, engine, quiet=quiet)
    look = theme(session, folder=folder)
    # All that decides a pixel, or which pixels there are.
    key = key_of(
        session,
        session.clip,
        session.race.recording,
        race.alignment,
        look,
        encoding,
        output.name,
        engine.fingerprint,
        FOLLOWED_BY,
        known is None,
    )
    workspace.make()
    try:
        parts = Parts(workspace.folder, key, resume=resume)
    except BlockingIOError as error:
        raise SessionError(f"{output} is being rendered already: {error}; wait for it or stop it") from error
    except OSError as error:
        raise SessionError(f"cannot write {workspace.folder}: {error.strerror or error}") from error
    with parts, Clip(session.clip) as clip:
        directed = director(session, race, folder=folder, size_wh=clip.size_wh, shown_wh=clip.shown_wh, tracks=known)
        with progress("render", quiet=quiet) as show:
            source = engine if known is None else known
            report = pipeline.render(clip, directed, output, source=source, encoding=encoding, on_progress=show, parts=parts)
    outside = coverage.uncovered(race.record, race.alignment, clip.start_s, clip.start_s + report.video_s)
    report.warnings[:0] = [outside] if outside is not None else []
    if known is None:
        keep_tracks(session, workspace, engine, report.tracks)
    if kept_seen(session, workspace, engine) is None:
        _keep_seen(session, workspace, engine, report.seen)
    return report


def _seen_key(session: Session, engine: Engine) -> str:
    return key_of(_tracks_key(session, engine), session.track.boxes)


def _tracks_key(session: Session, engine: Engine) -> str:
    return key_of(session.clip, engine.fingerprint, *FOLLOWED_BY, pipeline.LOOKS_PER_S, pipeline.LOOKS_PER_S_FAST)
