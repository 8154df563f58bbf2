"""How a car at a distance must look through the clip's lens, which the clip itself corrects."""

import math

from segmentation.track import SteadyBox

CAR_WIDTH_M = 2.0  # FIA Formula 1 Technical Regulations: widest 2.0 m (1.9 m from 2026)
CAR_HEIGHT_M = 1.1  # 0.95 m to the top of the roll structure (the same), and the camera pod on it
FOCAL_SHARE = 0.5  # of the picture's width; onboard lenses see about 90° across, and the clip itself corrects this
CAMERA_BEHIND_M = 2.1  # from the timed point of the own car forward to where the rear of the car ahead is measured from
NEAREST_M = 2.0
LEARNING = 0.02  # share of each sighting in the lens's learnt factor
LENS_RANGE = (0.5, 2.0)  # the learnt factor stays in here: no onboard lens is wider or longer
WIDEST_RAD = math.radians(75.0)  # further aside nothing is in any picture
ASIDE_M = 1.2  # how far beside its place a car may drive, and its position be off …
ASIDE_SHARE = 0.01  # … and, of the picture's width, a box be
FURTHEST = 2.0  # times as far aside as that: no further off speaks more strongly, for positions have outliers


class Lens:
    """A pinhole camera whose focal length is learnt from the cars of which it is known how far away they are.

    A car's height tells its distance, not its width: from the side a car is twice as wide as from behind, and as high.
    """

    def __init__(self, picture_width_px: float) -> None:
        self._picture_width_px = picture_width_px
        self._factor = 1.0

    @property
    def focal_px(self) -> float:
        """The focal length as learnt so far, px."""
        return self._factor * FOCAL_SHARE * self._picture_width_px

    def expected_height_px(self, gap_m: float) -> float:
        """Return how high a car at a distance must look: f · H / d."""
        return self.focal_px * CAR_HEIGHT_M / max(gap_m - CAMERA_BEHIND_M, NEAREST_M)

    def looks_m(self, box: SteadyBox) -> float:
        """Return how far away a car looks, in m along the road between the timed points."""
        return self.focal_px * CAR_HEIGHT_M / height(box) + CAMERA_BEHIND_M

    def unlike(self, box: SteadyBox, gap_m: float) -> float:
        """Return the log of a car's height against what it must be at a distance: less than nothing where it looks too small."""
        return math.log(height(box) / self.expected_height_px(gap_m))

    def aside(self, box: SteadyBox, gap_m: float, bearing_rad: float) -> float:
        """Return how far a car is from where its bearing puts it across the picture, 0 to `FURTHEST` times what may be.

        Args:
            box: The car as seen.
            gap_m: How far along the road the car is that it may be.
            bearing_rad: That one's bearing, clockwise from where the camera looks.
        """
        if abs(bearing_rad) > WIDEST_RAD:
            return FURTHEST
        expected_px = self._picture_width_px / 2 + self.focal_px * math.tan(bearing_rad)
        may_px = self.focal_px * ASIDE_M / max(gap_m - CAMERA_BEHIND_M, NEAREST_M) + ASIDE_SHARE * self._picture_width_px
        return min(abs((box.xyxy[0] + box.xyxy[2]) / 2 - expected_px) / may_px, FURTHEST)

    def learn(self, box: SteadyBox, gap_m: float) -> None:
        """Take in a car whose distance is known."""
        low, high = LENS_RANGE
        self._factor = min(max(self._factor * (height(box) / self.expected_height_px(gap_m)) ** LEARNING, low), high)


def height(box: SteadyBox) -> float:
    """Return a box's height, 1 px at the least."""
    return max(box.xyxy[3] - box.xyxy[1], 1.0)
