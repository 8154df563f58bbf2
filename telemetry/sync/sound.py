"""A clip's sound as the sync witnesses want it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Mono samples with their place on the video's clock.

    Attributes:
        samples: (n,) float32, −1 to 1.
        rate_hz: Samples a second.
        start_video_s: Video time of the first sample; audio may start before or after the picture.
    """

    samples: npt.NDArray[np.float32]
    rate_hz: int
    start_video_s: float

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(f"samples: wanted (n,) float32, got {self.samples.shape} {self.samples.dtype}")
        if self.rate_hz <= 0:
            raise ValueError(f"rate_hz: wanted a positive rate, got {self.rate_hz}")

    def since(self, start_s: float) -> "Sound":
        """Return the same on a clock that shows 0 where the video's shows `start_s`."""
        return Sound(self.samples, self.rate_hz, self.start_video_s - start_s)

    @property
    def duration_s(self) -> float:
        """Seconds of sound."""
        return len(self.samples) / self.rate_hz
