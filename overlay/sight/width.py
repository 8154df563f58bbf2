"""How wide the car ahead looks, now and then over the clip."""

import numpy as np

from overlay.clip import Clip
from segmentation.engine import Engine
from telemetry.sync.sights import Seen

LOOKS_HZ = 2.0  # gaps change slowly
MOST_LOOKS = 60  # of long clips
LEAST_SCORE = 0.6
FEWEST = 4


def ahead(clip: Clip, engine: Engine, duration_s: float) -> Seen | None:
    """Return the width of the largest car in the picture, in picture widths; None where hardly any is seen."""
    count = int(np.clip(duration_s * LOOKS_HZ, 1, MOST_LOOKS))
    times, widths = [], []
    engine.forget()
    for frame in clip.glimpses([float(share) for share in (np.arange(count) + 0.5) / count * duration_s]):
        cars = engine.detect(frame)
        if len(cars) and cars.score[0] >= LEAST_SCORE:
            times.append(frame.video_time_s)
            widths.append(float(cars.xyxy[0, 2] - cars.xyxy[0, 0]) / clip.size_wh[0])
    return Seen(np.array(times), np.array(widths)) if len(times) >= FEWEST else None
