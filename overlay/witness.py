"""What a car's paint says about who is in it: a witness beside order and size, never the judge."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overlay import colour
from overlay.swatches import Swatch
from segmentation.track import SteadyFrame

Floats = npt.NDArray[np.float32]

COLOURED = 12.0  # chroma (CIELAB) from which a pixel has a hue at all …
PAINTED = 25.0  # … and a team's colour is more than a shade of grey
ALIKE_DEG = 25.0  # hues this near are one, in whatever light
FORGETTING = 0.2  # share of each look in what is remembered
SPEAKS = 0.2  # share of coloured pixels below which a car says nothing
NOT_OWN, ANOTHERS = 0.05, 0.6  # shares of a car's coloured pixels in its team's hue, and in another's, that contradict each other


@dataclass(slots=True)
class _Seen:
    coloured: float
    shares: dict[str, float]


class ColourWitness:
    """Remembers how much of each followed car is painted in which team's hue."""

    def __init__(self, team_colours: Mapping[str, str]) -> None:
        """Take the team colours as hex digits by TLA; those that have no hue are left out."""
        lab = {
            tla: _lab(np.array([colour.rgb(digits)], np.float32))[0] for tla, digits in team_colours.items() if len(digits) == 6
        }
        painted = {tla: value for tla, value in lab.items() if np.hypot(value[1], value[2]) >= PAINTED}
        self._hue_deg = {tla: float(np.degrees(np.arctan2(value[2], value[1]))) for tla, value in painted.items()}
        self._seen: dict[int, _Seen] = {}

    def look(self, frame: SteadyFrame, swatches: Iterable[Swatch]) -> None:
        """Look at what was taken of a frame's cars."""
        if frame.cut:
            self._seen.clear()
        for swatch in swatches:
            before = self._seen.get(swatch.track_id)
            coloured, shares = self._shares(_lab(swatch.rgb.reshape(-1, 3).astype(np.float32)))
            if before is not None:
                coloured = before.coloured + FORGETTING * (coloured - before.coloured)
                shares = {tla: before.shares[tla] + FORGETTING * (share - before.shares[tla]) for tla, share in shares.items()}
            self._seen[swatch.track_id] = _Seen(coloured, shares)

    def share(self, track_id: int, driver: str) -> float | None:
        """Return how much of a car's paint is in the hue of a driver's team, 0 to 1; None where nothing speaks."""
        seen = self._seen.get(track_id)
        return None if seen is None or seen.coloured < SPEAKS else seen.shares.get(driver)

    def contradicts(self, track_id: int, driver: str, others: Iterable[str]) -> str | None:
        """Return which of other drivers a car's paint names in place of the one it is taken for, None where it names none."""
        own = self.share(track_id, driver)
        if own is None or own > NOT_OWN:
            return None
        shares = {tla: share for tla in others if (share := self.share(track_id, tla)) is not None and share >= ANOTHERS}
        return max(shares, key=lambda tla: shares[tla], default=None)

    def _shares(self, lab: Floats) -> tuple[float, dict[str, float]]:
        """Return the share of pixels that have a hue, and of these the share in each team's."""
        coloured = lab[np.hypot(lab[:, 1], lab[:, 2]) >= COLOURED]
        hue_deg = np.degrees(np.arctan2(coloured[:, 2], coloured[:, 1]))
        shares = {}
        for tla, team_deg in self._hue_deg.items():
            apart = np.abs((hue_deg - team_deg + 180) % 360 - 180)
            shares[tla] = float((apart < ALIKE_DEG).mean()) if len(coloured) else 0.0
        return len(coloured) / len(lab), shares


def _lab(rgb: Floats) -> Floats:
    """Return (n, 3) CIELAB of (n, 3) sRGB, 0 to 255."""
    return np.asarray(cv2.cvtColor((rgb / 255).reshape(-1, 1, 3), cv2.COLOR_RGB2LAB), np.float32).reshape(-1, 3)
