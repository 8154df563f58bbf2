"""The C library's heap: a render is to give pictures back to the system, for hours, and a training to keep what it has."""

import ctypes
import sys

PICTURE_BYTES = 1_000_000  # from this size a block is its own, and gone when it is freed
ARENAS = 2  # heaps that threads share; by itself glibc makes eight for each core, and pictures freed in one serve no other
TOP_PAD_BYTES = 1 << 26  # by which the heap grows at once
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -2, -3, -4, -8  # of glibc's malloc.h


def give_back() -> None:
    """Give the system what is free in the heap by now; where the C library is not glibc, nothing happens."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def give_pictures_back() -> None:
    """Have large blocks leave the process when they are freed; where the C library is not glibc, nothing happens.

    To be called where a process of ours begins, before it has threads. Left to itself, glibc raises the size of what it gives back with
    each block that it gets, and what the encoders of many stretches left behind took 77 MB more within two minutes of 1080p. Rendering
    is no slower so; a sync, with its large arrays, takes 6 % more processor time.
    """
    _tell((_MMAP_THRESHOLD, PICTURE_BYTES), (_ARENA_MAX, ARENAS))


def keep_blocks() -> None:
    """Have all that is freed stay with the process, large blocks too; where the C library is not glibc, nothing happens.

    To be called before the process has threads. A training asks for the same gigabytes at each step; fetched from the system anew, each
    page of them costs: on two cores a step took 1.06 s and takes 0.65 s so, with a tenth more memory at its peak.
    """
    _tell((_MMAP_MAX, 0), (_TRIM_THRESHOLD, -1), (_TOP_PAD, TOP_PAD_BYTES), (_ARENA_MAX, 1))


def _tell(*options: tuple[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, value in options:
            mallopt(option, value)
