"""Numbers as words of the command line."""

import math


def number(word: str) -> float:
    """Return the number that a word says.

    Raises:
        ValueError: It says none, or one that is not finite: nothing that we take is measured so.
    """
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(f"wanted a finite number, got {word}")
    return value
