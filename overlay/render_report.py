"""What a render did, counted while it runs: frames, tags, time spent, and what it found on the way."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from overlay.frame import Frame
from overlay.layout import Layout
from overlay.swatches import Seen, Swatch
from segmentation.track import Track


@dataclass(slots=True)
class RenderReport:
    """What a render did.

    Attributes:
        frames: Frames written.
        tagged_frames: Of these, how many bear a tag.
        video_s: Seconds of video.
        wall_s: Seconds it took.
        stage_cpu_s: CPU seconds of each stage in its thread; the encoder's and decoder's own threads are not among them.
        drivers: Drivers tagged, with the frames each was.
        encoder: Name of the encoder.
        warnings: Contradictions between picture and timing.
        tracks: The cars as followed.
        swatches: Of their paint.
        cuts: Frames with which another scene begins.
        resumed_frames: Of the frames, those that an earlier render had finished.
    """

    frames: int = 0
    tagged_frames: int = 0
    video_s: float = 0.0
    wall_s: float = 0.0
    stage_cpu_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    drivers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    encoder: str = ""
    warnings: list[str] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    swatches: list[Swatch] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    resumed_frames: int = 0

    @property
    def seen(self) -> Seen:
        """What was seen in the pictures beside where cars are."""
        return Seen(self.swatches, self.cuts)

    @contextmanager
    def clocked(self, stage: str) -> Iterator[None]:
        """Count the block's CPU time for a stage."""
        began_s = time.thread_time()
        try:
            yield
        finally:
            self.stage_cpu_s[stage] += time.thread_time() - began_s

    def count(self, frame: Frame, layout: Layout, start_s: float) -> None:
        """Count a frame that was written, of a clip that begins at `start_s`."""
        self.frames += 1
        self.video_s = frame.video_time_s - start_s
        self.tagged_frames += bool(layout.tags)
        # One that fades where a car was lost and comes up where it is found is one driver's all the same.
        for driver in {tag.driver for tag in layout.tags}:
            self.drivers[driver] += 1
