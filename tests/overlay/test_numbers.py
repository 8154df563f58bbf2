"""The numbers that the tuning page shows beside its lanes are those that the frame's graphics say."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from overlay import theme as themes
from overlay.director import Director
from overlay.layout import Words
from segmentation.track import SteadyBox, SteadyFrame
from telemetry.sample import Sample
from tests.overlay.made import DRIVERS, in_sight, reading

COUNT = 60
MPH = 0.621371


class Racing:
    """Stands in for a timeline in which every number changes with every frame."""

    def __init__(self) -> None:
        self.record, self.circuit = SimpleNamespace(drivers=DRIVERS), None

    def at(self, video_time_s: float, **_how: bool) -> Sample:
        frame = round(video_time_s * 25)
        own = in_sight("PER", speed_kmh=reading(200.4 + frame)).car
        own = replace(own, rpm=reading(9000.6 + 40 * frame), gear=reading(3.0 + frame // 12))
        ahead = in_sight("OCO", speed_kmh=reading(210.4 + 2 * frame), gap_m=30, gap_s=0.4 + 0.02 * frame)
        return Sample(video_time_s, video_time_s, own, (ahead,), (), neutralised=False)


def test_numbers_are_those_of_tag_and_bar_and_of_the_sample_where_neither_says_them() -> None:
    timeline: Any = Racing()
    box = SteadyBox(1, (617.0, 300.0, 663.0, 325.2), 1.0, True)
    for units, scale, word in (("kmh", 1.0, "km/h"), ("mph", MPH, "mph")):
        for widgets in (("speed", "gear"), ()):
            look = themes.load("broadcast").changed(units=units, fields=("speed", "gap"), widgets=widgets)
            director = Director(timeline, look, camera="front", size_wh=(1280, 720))
            rested = 0
            for frame in range(COUNT):
                layout = director.direct(SteadyFrame(frame, frame / 25, (box,)))
                if frame < 20:
                    continue  # fades in
                sample, told = timeline.at(frame / 25), director.numbers()
                words = [item.text for item in layout.items if isinstance(item, Words)]
                speeds = [words[at - 1] for at, text in enumerate(words) if text == word]
                own = f"{sample.own.speed_kmh.value * scale:.0f}"
                assert speeds == [told["speed"]["OCO"], *([told["speed"]["PER"]] if widgets else [])]
                assert told["gap"]["OCO"] == words[words.index("s") - 1]
                assert told["rpm"] == {"PER": f"{sample.own.rpm.value:.0f}"}
                rested += told["speed"]["PER"] != own
                if widgets:
                    assert words[-1] == told["gear"]["PER"]
                else:
                    assert (told["speed"]["PER"], told["gear"]["PER"]) == (own, str(3 + frame // 12))
            assert (rested > 0) == bool(widgets), "what is drawn rests"
