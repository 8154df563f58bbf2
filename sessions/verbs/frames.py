"""`slipstream frames`: takes pictures out of a clip, to label them in CVAT."""

import argparse
from pathlib import Path

from sessions.numbers import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="video")
    parser.add_argument("--every", type=number, default=1.0, metavar="SECONDS", help="one picture in so long; 1 when left out")
    parser.add_argument("--from", dest="start", type=number, default=0.0, metavar="SECONDS", help="begin there")
    parser.add_argument("--to", dest="end", type=number, metavar="SECONDS", help="stop there")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder; CLIP-frames beside the clip when left out")
    parser.add_argument("--force", action="store_true", help="replace pictures that exist")


def run(arguments: argparse.Namespace) -> int:
    """Write the pictures, named by clip and time, and say how to label them."""
    from overlay.clip import Clip
    from sessions.errors import SessionError
    from sessions.outputs import refuse_existing, write_png

    if arguments.every <= 0:
        raise SessionError(f"--every must be above 0 s, got {arguments.every:g}")
    folder = arguments.output or arguments.clip.with_name(f"{arguments.clip.stem}-frames")
    written, next_s = 0, arguments.start
    with Clip(arguments.clip) as clip:
        for frame in clip.frames(start_s=arguments.start):
            if arguments.end is not None and frame.video_time_s > arguments.end:
                break
            if frame.video_time_s < next_s - 1e-6:
                continue
            if not written or next_s + arguments.every <= frame.video_time_s:  # it begins later, or frames are missing
                next_s = frame.video_time_s
            next_s += arguments.every
            if not written:
                _make(folder)
            path = folder / f"{arguments.clip.stem}-{frame.video_time_s:09.3f}.png"
            refuse_existing(path, force=arguments.force)
            write_png(path, frame.rgb(frame.size_wh))
            written += 1
    if not written:
        until = "" if arguments.end is None else f" to {arguments.end:g} s"
        raise SessionError(f"{arguments.clip} has no frame from {arguments.start:g} s{until}; choose another --from or --to")
    print(f"{written} pictures: {folder}")
    print(
        "label them in CVAT (create a task with these files, draw masks with a label `car`, and `own car` for what carries the camera; "
        "a picture without any shape counts as not labelled yet), "
        "export as “Segmentation mask 1.1” with images, unpack, and: slipstream train EXPORT -o trained"
    )
    return 0


def _make(folder: Path) -> None:
    from sessions.errors import SessionError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"cannot make {folder}: {error.strerror}; choose another place with -o") from error
