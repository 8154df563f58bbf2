"""What can go wrong with clips, themes and outputs that a user can put right."""


class OverlayError(Exception):
    """A clip, theme or output that cannot be used: one line that names it and the remedy."""
