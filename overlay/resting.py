"""Text that rests long enough to be read."""

from typing import Generic, TypeVar

T = TypeVar("T")

SAME_S = 1e-6  # times this near are one


class Resting(Generic[T]):
    """Holds what is shown under each name for a least time. A change after a rest shows at once, on its own frame."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._shown: dict[str, tuple[float, T]] = {}

    def take(self, name: str, value: T, now_s: float) -> T:
        """Return what to show under a name: the value, or the one before while that is too young to change."""
        since_s, shown = self._shown.get(name, (now_s, value))
        if value != shown and now_s - since_s >= self._hold_s - SAME_S:
            since_s, shown = now_s, value
        self._shown[name] = (since_s, shown)
        return shown
