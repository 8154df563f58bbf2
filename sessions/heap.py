"""The C library's heap, told to give pictures back to the system: a render asks for some and frees them, for hours."""

import ctypes
import sys

PICTURE_BYTES = 1_000_000  # from this size a block is its own, and gone when it is freed
ARENAS = 2  # heaps that threads share; by itself glibc makes eight for each core, and pictures freed in one serve no other
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # of glibc's malloc.h


def give_pictures_back() -> None:
    """Have large blocks leave the process when they are freed; where the C library is not glibc, nothing happens.

    Left to itself, glibc raises the size of what it gives back with each block that it gets, and what encoders of many stretches
    left behind takes 80 MB more in a minute of 1080p. Large arrays cost page faults in turn, so only what streams asks for this.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, PICTURE_BYTES)
        mallopt(_ARENA_MAX, ARENAS)
