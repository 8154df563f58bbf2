"""A clip as a browser can play it: itself, or a copy of the same pictures as far apart, its clock begun near 0."""

from pathlib import Path

from overlay.clip import Clip
from overlay.encoder import Encoding
from overlay.errors import OverlayError
from overlay.sink import Sink
from sessions.progress import OnProgress
from sessions.session import Session
from sessions.workspace import Workspace, key_of

PLAYED_IN = {".mp4", ".m4v", ".mov"}
PLAYED_PIXELS = {"yuv420p", "yuvj420p"}
PROXY = "proxy.mp4"
PROXY_VERSION = 2
LATE_FRAMES = (
    0.5  # of a clip that begins later Chromium takes the length for its end, and shows an earlier frame than its last ones
)


def is_playable(clip: Clip) -> bool:
    """Return whether browsers play a clip as it is: 8-bit H.264 in MP4, whose clock begins at 0."""
    codec = clip.stream.codec_context
    known = clip.path.suffix.lower() in PLAYED_IN and codec.name == "h264" and codec.pix_fmt in PLAYED_PIXELS
    return known and clip.start_s * clip.rate <= LATE_FRAMES


def known_proxy(session: Session, workspace: Workspace) -> Path | None:
    """Return the copy made earlier, None where there is none or the clip has changed."""
    path = workspace.path(PROXY)
    return path if workspace.read("proxy", _key(session)) is not None and path.exists() else None


def later_s(session: Session, workspace: Workspace) -> float:
    """Return by how much the clip's video times are later than the copy's, 0 where there is no copy."""
    known = workspace.read("proxy", _key(session))
    return 0.0 if known is None else float(known["later_s"])


def make_proxy(session: Session, workspace: Workspace, *, on_progress: OnProgress) -> Path:
    """Make the copy: 8-bit H.264, pictures as far apart as they are and from 0 on, the clip's sound.

    Raises:
        OverlayError: The clip cannot be decoded or the copy not be written.
    """
    workspace.make()
    path = workspace.path(PROXY)
    with Clip(session.clip) as clip:
        if clip.stream.codec_context.pix_fmt is None:
            raise OverlayError(f"{session.clip} does not say how its pictures are stored; convert it to H.264 first")
        first_s = next(clip.frames()).video_time_s
        with Sink(path, clip, Encoding(preset="ultrafast", crf=23, pixels="yuv420p"), from_zero=True) as sink:
            for done, frame in enumerate(clip.frames(), start=1):
                picture = frame.picture.reformat(format="yuv420p")
                picture.pts, picture.time_base = frame.picture.pts, frame.picture.time_base
                sink.write(picture)
                on_progress(done, clip.frame_count)
    with Clip(path) as copy:
        later = first_s - next(copy.frames()).video_time_s
    workspace.write("proxy", _key(session), {"file": PROXY, "later_s": round(later, 6)})
    return path


def _key(session: Session) -> str:
    return key_of(PROXY_VERSION, session.clip)
