"""Where picture and timing disagree for so long that it is no accident: warnings, each with its time."""

HOLDS_S = 1.5  # a shorter disagreement is a car behind another, a bump, a late sample


class Contradictions:
    """Collects what contradicts itself. Each is said once for as long as it lasts.

    Attributes:
        warnings: What was said so far, in order of time.
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._since_s: dict[str, float] = {}
        self._said: set[str] = set()

    def note(self, what: str, words: str | None, at_s: float) -> bool:
        """Take in whether something is contradictory now, and return whether it has been for long enough to count.

        Args:
            what: Which contradiction it is.
            words: What to say of it, None while there is none.
            at_s: Video time.
        """
        if words is None:
            self._since_s.pop(what, None)
            self._said.discard(what)
            return False
        since_s = self._since_s.setdefault(what, at_s)
        if at_s - since_s < HOLDS_S:
            return False
        if what not in self._said:
            self._said.add(what)
            self.warnings.append(f"from {since_s:.1f} s {words}; is the sync right?")
        return True

    def forget(self) -> None:
        """Begin afresh: a new scene."""
        self._since_s.clear()
        self._said.clear()
