"""Decides each frame's graphics from what is seen and what is known; no pixels."""

from collections.abc import Sequence
from dataclasses import replace

from overlay.casting import Cast
from overlay.layout import Layout
from overlay.naming import Namer
from overlay.picks import Pick
from overlay.placing import Box, Sides
from overlay.swatches import Swatch
from overlay.tag import MPH, Tag, Tagger
from overlay.tag_layout import lay_out
from overlay.theme import Theme
from overlay.widgets import GRAPH_S, GRAPH_STEP_S, Bar, gear_word
from segmentation.track import SteadyFrame
from telemetry.sample import Sample
from telemetry.timeline import Timeline


class Director:
    """Casts, tags and lays out one frame after another; frames come in order.

    Attributes:
        theme: How tags look; may be changed between frames.
        size_wh: Size of the picture that the boxes lie in.
        shown_wh: The same in square pixels, in which graphics are laid out.
    """

    def __init__(
        self,
        timeline: Timeline,
        theme: Theme,
        *,
        camera: str,
        size_wh: tuple[int, int],
        shown_wh: tuple[int, int] | None = None,
        picks: Sequence[Pick] = (),
    ) -> None:
        self._timeline, self.theme, self.size_wh = timeline, theme, size_wh
        self.shown_wh = shown_wh or size_wh
        self._namer = Namer(timeline.record, camera=camera, picture_width_px=float(size_wh[0]), picks=picks)
        self._tagger = Tagger(theme, dict(timeline.record.drivers))
        self._bar = Bar(theme, timeline.circuit)
        self._sides: Sides = {}
        self._told: tuple[Sample, tuple[Tag, ...]] | None = None  # the last frame's

    @property
    def warnings(self) -> list[str]:
        """Contradictions between picture and timing so far, each with its video time."""
        return self._namer.warnings

    def cast(self, frame: SteadyFrame, swatches: Sequence[Swatch] = ()) -> tuple[Sample, tuple[Cast, ...]]:
        """Return what the timing says of a frame's instant, of the cars that the camera sees, and who is in those that are tagged."""
        sample = self._timeline.at(frame.video_time_s, behind=self._namer.camera != "front", brief=True)
        return sample, self._namer.name(frame, sample, swatches)

    def recall(self, first_s: float, last_s: float) -> None:
        """Let the own car's bar know what it would remember, had the frames of a stretch of video been directed."""
        if "gap_graph" in self.theme.bar.widgets:
            begins_s = max(first_s, last_s - GRAPH_S)
            for number in range(int((last_s - begins_s) / GRAPH_STEP_S) + 1):
                self._bar.remember(self._timeline.at(begins_s + number * GRAPH_STEP_S, behind=False, brief=True))

    def direct(self, frame: SteadyFrame, swatches: Sequence[Swatch] = ()) -> Layout:
        """Return the graphics of a frame.

        Args:
            frame: Its cars.
            swatches: Of their paint, where any were taken.
        """
        sample, casts = self.cast(frame, swatches)
        tags = self._tagger.tags(casts, frame.video_time_s, cut=frame.cut, boxes=frame.boxes)
        if self.shown_wh != self.size_wh:
            tags = tuple(replace(tag, target_xyxy=self._shown(tag.target_xyxy)) for tag in tags)
        self._told = sample, tags
        return lay_out(tags, self.theme, self.shown_wh, extra=self._bar.items(sample, self.shown_wh), sides=self._sides)

    def numbers(self) -> dict[str, dict[str, str]]:
        """Return what there is to say of the own car and those in sight on the last frame, as its graphics say it, where they do.

        By "speed" in the theme's units, "gap" in s, "rpm" and "gear", and by TLA.
        """
        if self._told is None:
            return {}
        sample, tags = self._told
        own, others = sample.own, (*sample.ahead, *sample.behind)
        scale = MPH if self.theme.units == "mph" else 1.0
        cars = (own, *(other.car for other in others))
        said = {
            "speed": {car.driver: f"{car.speed_kmh.value * scale:.0f}" for car in cars if car.speed_kmh.value is not None},
            "gap": {other.car.driver: f"{other.gap_s.value:.1f}" for other in others if other.gap_s.value is not None},
            "rpm": {} if own.rpm.value is None else {own.driver: f"{own.rpm.value:.0f}"},
            "gear": {} if own.gear.value is None else {own.driver: gear_word(own.gear.value)},
        }
        for tag in tags:
            for field in tag.fields if tag.opacity > 0 else ():
                if field.name in said:
                    said[field.name][tag.driver.tla] = field.value
        for name, words in self._bar.said.items():
            said[name][own.driver] = words
        return said

    def _shown(self, box: Box) -> Box:
        """Return a box where it lies in square pixels."""
        wider = self.shown_wh[0] / self.size_wh[0]
        return box[0] * wider, box[1], box[2] * wider, box[3]
