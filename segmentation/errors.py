"""What can go wrong in segmentation that a user can put right."""


class SegmentationError(Exception):
    """A picture, weights file or training set that cannot be used: one line that names it and the remedy."""
