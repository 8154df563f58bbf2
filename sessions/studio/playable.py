"""A clip as a browser can play it: itself, or a copy of the same pictures at the same times."""

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
PROXY_VERSION = 1
PROXY_WIDTH = 1920  # enough to tune by; larger ones would stutter


def is_playable(clip: Clip) -> bool:
    """Return whether browsers play a clip as it is: 8-bit H.264 in MP4."""
    codec = clip.stream.codec_context
    return clip.path.suffix.lower() in PLAYED_IN and codec.name == "h264" and codec.pix_fmt in PLAYED_PIXELS


def known_proxy(session: Session, workspace: Workspace) -> Path | None:
    """Return the copy made earlier, None where there is none or the clip has changed."""
    path = workspace.path(PROXY)
    return path if workspace.read("proxy", _key(session)) is not None and path.exists() else None


def make_proxy(session: Session, workspace: Workspace, *, on_progress: OnProgress) -> Path:
    """Make the copy: 8-bit H.264, every picture at its own time, the clip's sound.

    Raises:
        OverlayError: The clip cannot be decoded or the copy not be written.
    """
    workspace.make()
    path = workspace.path(PROXY)
    with Clip(session.clip) as clip:
        if clip.stream.codec_context.pix_fmt is None:
            raise OverlayError(f"{session.clip} does not say how its pictures are stored; convert it to H.264 first")
        with Sink(path, clip, Encoding(preset="ultrafast", crf=23, pixels="yuv420p")) as sink:
            for done, frame in enumerate(clip.frames(), start=1):
                picture = frame.picture.reformat(format="yuv420p")
                picture.pts, picture.time_base = frame.picture.pts, frame.picture.time_base
                sink.write(picture)
                on_progress(done, clip.frame_count)
    workspace.write("proxy", _key(session), {"file": PROXY})
    return path


def _key(session: Session) -> str:
    return key_of(PROXY_VERSION, session.clip)
