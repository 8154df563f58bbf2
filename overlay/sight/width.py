"""How wide the car ahead looks, now and then over the clip."""

import numpy as np

from overlay.frame import Frame
from segmentation.engine import Engine
from telemetry.sync.sights import Seen

LOOKS_HZ = 1.0  # gaps change slowly
MOST_LOOKS = 60  # of long clips
LEAST_SCORE = 0.6
FEWEST = 4


class Ahead:
    """The largest car in the picture, as pictures come in."""

    def __init__(self, engine: Engine, start_s: float, duration_s: float) -> None:
        """Take the network, and the beginning and the length of the clip."""
        count = int(np.clip(duration_s * LOOKS_HZ, 1, MOST_LOOKS))
        self.wanted_s = [start_s + float(share) for share in (np.arange(count) + 0.5) / count * duration_s]
        self._engine = engine
        self._seen: list[tuple[float, float]] = []
        engine.forget()

    def look(self, frame: Frame) -> None:
        """Look at a picture if it is the first one at or after a wanted time; pictures come in order."""
        late = [wanted_s for wanted_s in self.wanted_s if frame.video_time_s < wanted_s - 1e-6]
        if len(late) == len(self.wanted_s):
            return
        self.wanted_s = late
        cars = self._engine.detect(frame)
        if len(cars) and cars.score[0] >= LEAST_SCORE:
            self._seen.append((frame.video_time_s, float(cars.xyxy[0, 2] - cars.xyxy[0, 0]) / frame.size_wh[0]))

    def width(self) -> Seen | None:
        """Return the width of the largest car over time, in picture widths; None where hardly any was seen."""
        times, widths = np.array(self._seen).reshape(-1, 2).T
        return Seen(times, widths) if len(times) >= FEWEST else None
