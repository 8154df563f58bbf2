"""Where between its samples a curve has its top."""

import numpy as np
import numpy.typing as npt

FLATTEST = 1e-9  # of a bend; what is flatter has its top where it is higher


def top_off(left: npt.ArrayLike, middle: npt.ArrayLike, right: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return by how many steps, −1 to 1, a parabola through three even samples has its top off the middle one; 0 where they are equal.

    Args:
        left: Values a step before, of any shape.
        middle: Values that are at least as high as most around them.
        right: Values a step after.
    """
    left, middle, right = (np.asarray(values, np.float64) for values in (left, middle, right))
    bend = np.minimum(left - 2 * middle + right, -FLATTEST)
    return np.asarray(np.clip((left - right) / (2 * bend), -1, 1))
