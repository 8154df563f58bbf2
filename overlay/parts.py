"""Finished stretches of a render on disk, so that one that was cut off goes on where it stopped."""

import os
import shutil
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _take(lock: IO[bytes]) -> None:
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(lock: IO[bytes]) -> None:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


# Of video; x264 goes that long between two key frames at 25 fps, half as long at 50, so that parts cost no picture quality. Each begins
# with an encoder that is opened afresh: at half the length, that takes a frame of 1080p50 .3 ms of processor time.
PART_S = 10.0
_PREFIX = "render-"
_LOCK = "lock"
_HEAD = struct.Struct("<4sI")  # of a part: its form, and the pictures in it
_FORM = b"sp02"
_RECORD = struct.Struct("<qqq?I")  # pts, dts, duration, key frame, bytes that follow


@dataclass(frozen=True, slots=True)
class Coded:
    """One encoded picture; times in ticks of its stream, `dts` the order of decoding."""

    pts: int
    dts: int
    duration: int
    is_key: bool
    data: bytes


class Parts:
    """The finished parts of one render, in a folder named after all that decides its pixels. Each is written whole or not at all.

    A context manager: outside it another process may go on with them.

    Attributes:
        folder: Where they lie.
        frames: Pictures in each finished part, in order.
    """

    def __init__(self, home: Path, key: str, *, resume: bool) -> None:
        """Take the parts that are there, or none unless `resume`; those of renders that are over or asked for otherwise go.

        Raises:
            OSError: `home` cannot be written.
            BlockingIOError: The same render is running in another process.
        """
        self.folder = home / f"{_PREFIX}{key}"
        for folder in home.glob(f"{_PREFIX}*"):
            if folder != self.folder and (lock := _locked(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                lock.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = _locked(self.folder)
        if lock is None:
            raise BlockingIOError("another process is writing the same video")
        self._lock = lock
        if not resume:
            for part in self.folder.glob("*.part"):
                part.unlink()
        self._going_on: IO[bytes] | None = None
        self.frames: list[int] = []
        for number in range(len(list(self.folder.glob("*.part")))):
            try:
                self.frames.append(self._pictures(number))
            except (OSError, ValueError, struct.error):
                break  # what follows a gap is of no use

    def __enter__(self) -> "Parts":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    @property
    def done(self) -> int:
        """Pictures in all finished parts."""
        return sum(self.frames)

    def packets(self) -> Iterator[Coded]:
        """Yield the encoded pictures of all finished parts in order of decoding."""
        for number in range(len(self.frames)):
            yield from self._read(number)

    def add(self, coded: Coded) -> None:
        """Write a picture of the part that goes on, in order of decoding.

        Raises:
            OSError: The disk takes no more.
        """
        if self._going_on is None:
            self._going_on = self._path(len(self.frames)).with_suffix(".tmp").open("wb")
            self._going_on.write(_HEAD.pack(_FORM, 0))
        self._going_on.write(_RECORD.pack(coded.pts, coded.dts, coded.duration, coded.is_key, len(coded.data)))
        self._going_on.write(coded.data)

    def end(self, frames: int) -> None:
        """Finish the part that goes on; it has so many pictures.

        Raises:
            OSError: The disk takes no more.
            ValueError: None goes on.
        """
        if self._going_on is None:
            raise ValueError("wanted a part that goes on, got none")
        with self._going_on as file:
            file.seek(0)
            file.write(_HEAD.pack(_FORM, frames))
        self._going_on = None
        path = self._path(len(self.frames))
        path.with_suffix(".tmp").replace(path)
        self.frames.append(frames)

    def clear(self) -> None:
        """Throw all parts away: the video is whole."""
        self.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def release(self) -> None:
        """Leave the finished parts to whoever goes on with them."""
        if self._going_on is not None:
            with suppress(OSError):  # a full disk takes not even what was to be written; it is thrown away
                self._going_on.close()
            self._going_on = None
            self._path(len(self.frames)).with_suffix(".tmp").unlink(missing_ok=True)
        self._lock.close()

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:05d}.part"

    def _pictures(self, number: int) -> int:
        with self._path(number).open("rb") as file:
            form, frames = _HEAD.unpack(file.read(_HEAD.size))
        if form != _FORM:
            raise ValueError(f"wanted a part of the form {_FORM!r}, got {form!r}")
        return int(frames)

    def _read(self, number: int) -> Iterator[Coded]:
        with self._path(number).open("rb") as file:
            file.seek(_HEAD.size)
            while record := file.read(_RECORD.size):
                pts, dts, duration, is_key, size = _RECORD.unpack(record)
                yield Coded(pts, dts, duration, is_key, file.read(size))


def alive(process: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _locked(folder: Path) -> IO[bytes] | None:
    """Return the lock on a folder's parts, taken; None where another process has it.

    The system takes it back when its process ends, however that happens. A process's number in a file would stand there for ever, and in
    a container, where numbers are few, soon be another's.

    Raises:
        OSError: The folder cannot be written.
    """
    lock = (folder / _LOCK).open("ab")
    try:
        _take(lock)
    except (BlockingIOError, PermissionError):  # Windows says the latter
        lock.close()
        return None
    return lock
