"""What the timing knows over a clip, on one sheet: speeds, who wins time where, gaps, pedals, and what happens."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sessions import sheet
from sessions.moments_plot import COLOURS
from sessions.sheet import BAD, DIM, GOOD, GRID, INK, OTHER, OUTLINE, PAPER, on_dark
from telemetry.moment import Moment
from telemetry.sample import CarInSight, Quality, Reading, Sample
from telemetry.timeline import Timeline

Floats = npt.NDArray[np.float64]

POINTS = 1_500  # across the sheet; more than it has pixels for
QUALITIES = {Quality.MEASURED: GOOD, Quality.INTERPOLATED: "#2f8f68", Quality.STALE: OTHER, Quality.ABSENT: BAD}
BATTLE_S = 1.0
LEGEND_X = (0.765, 0.823, 0.893, 0.932)  # of the words for how sure
NAMES = 8  # of cars, in the head of the speeds
NAMED_S = 0.6  # a car that is ahead for less is not named
NAME_WIDE = 38  # points of the sheet: of two names that are nearer to each other nothing can be read
CORNER_WIDE = 55


def draw(timeline: Timeline, start_s: float, end_s: float, moments: Sequence[Moment], file: Path, *, title: str) -> None:
    """Write the sheet as a picture; what it is called decides on PNG, SVG or PDF.

    Args:
        timeline: The race session as the clip shows it.
        start_s: Video time at which the clip begins.
        end_s: Video time at which it ends.
        moments: Of the race session, those that this car shows; the ones within the clip are marked.
        file: To write.
        title: Of the sheet.

    Raises:
        SessionError: The file cannot be written.
    """
    samples = [timeline.at(time_s) for time_s in np.linspace(start_s, end_s, POINTS).tolist()]
    sheet.write(lambda: _sheet(timeline, samples, moments, title), file)


def _sheet(timeline: Timeline, samples: Sequence[Sample], moments: Sequence[Moment], title: str) -> Figure:
    figure = plt.figure(figsize=(16, 10.4))
    grid = figure.add_gridspec(
        4, 1, height_ratios=(1.0, 0.62, 0.34, 0.045), left=0.06, right=0.965, top=0.885, bottom=0.055, hspace=0.11
    )
    speed, gap, pedals, sure = (figure.add_subplot(grid[row]) for row in range(4))
    own = timeline.record.drivers[timeline.driver]
    figure.text(0.06, 0.955, own.full_name, fontsize=27, fontweight=600, va="center")
    laps = sorted({sample.own.lap for sample in samples if sample.own.lap is not None})
    where = f"lap {laps[0]}" if len(laps) == 1 else f"laps {laps[0]} to {laps[-1]}" if laps else "outside every lap"
    figure.text(0.965, 0.955, f"{title}  ·  {where}", fontsize=16, color=DIM, ha="right", va="center")
    time_s = np.array([sample.video_time_s for sample in samples])
    _speeds(speed, timeline, samples, time_s)
    _gaps(gap, timeline, samples, time_s)
    _pedals(pedals, samples, time_s)
    _sure(sure, samples, time_s)
    for axes in (speed, gap, pedals, sure):
        axes.set_xlim(time_s[0], time_s[-1])
        axes.tick_params(length=0, labelbottom=axes is sure)
        _events(axes, timeline, samples, time_s, named=axes is speed)
    _moments(gap, timeline, moments)
    sure.set_xlabel("video time, s", labelpad=2)
    for x, (quality, colour) in zip(LEGEND_X, QUALITIES.items(), strict=True):
        figure.text(x, 0.018, f"{quality}", color=colour, fontsize=14, fontweight=600, va="center")
    return figure


def _speeds(axes: Axes, timeline: Timeline, samples: Sequence[Sample], time_s: Floats) -> None:
    own = _values([sample.own.speed_kmh for sample in samples])
    here = _values([sample.ahead[0].speed_here_kmh if sample.ahead else None for sample in samples])
    known = np.isfinite(own) & np.isfinite(here)
    axes.fill_between(time_s, own, here, where=list(known & (own >= here)), color=GOOD, alpha=0.28, lw=0)
    axes.fill_between(time_s, own, here, where=list(known & (own < here)), color=BAD, alpha=0.28, lw=0)
    for first, last, driver in _stretches(samples):
        part = slice(first, last + 1)
        axes.plot(
            time_s[part],
            _values([sample.ahead[0].car.speed_kmh if sample.ahead else None for sample in samples[part]]),
            color=_colour(timeline, driver),
            lw=2.0,
            ls=(0, (5, 1.5)),
        )
    axes.plot(time_s, own, color=INK, lw=2.6)
    axes.set_ylabel("km/h")
    axes.grid(axis="y", color=GRID, lw=0.7)
    high = float(np.nanmax(np.r_[own, here, 100.0]))
    low = float(np.nanmin(np.r_[own, here, high - 50]))
    axes.set_ylim(low - 0.16 * (high - low), high + 0.1 * (high - low))
    names = [(timeline.driver, INK)]
    names += [(driver, _colour(timeline, driver)) for driver in dict.fromkeys(driver for *_, driver in _stretches(samples))]
    for place, (driver, colour) in enumerate(names[:NAMES]):
        axes.text(
            0.008 + 0.033 * place, 0.95, driver, color=colour, fontsize=15, fontweight=600, va="center", transform=axes.transAxes
        )
    axes.set_title(
        f"Speed of {timeline.driver} (white) and of the car ahead (dashed); green where {timeline.driver} is faster than "
        "that car was at this place, red where slower",
        fontsize=13,
        color=DIM,
        pad=24,
    )
    _corners(axes, samples, time_s)


def _corners(axes: Axes, samples: Sequence[Sample], time_s: Floats) -> None:
    """Say at the end of each corner by how much its lowest speed was above that of the car ahead."""
    said, last = None, -CORNER_WIDE
    for number, sample in enumerate(samples):
        found = sample.ahead[0].corner if sample.ahead else None
        key = (found.corner, round(found.own_kmh, 1)) if found else None
        if found and key != said and number and number - last >= CORNER_WIDE:
            last = number
            difference = found.difference_kmh
            colour = GOOD if difference > 0.5 else BAD if difference < -0.5 else DIM
            axes.text(
                time_s[number],
                0.03,
                f"T{found.corner}  {difference:+.0f}",
                color=colour,
                fontsize=13,
                fontweight=600,
                ha="right" if number > len(samples) // 20 else "left",
                transform=axes.get_xaxis_transform(),
                path_effects=OUTLINE,
            )
        said = key or said


def _gaps(axes: Axes, timeline: Timeline, samples: Sequence[Sample], time_s: Floats) -> None:
    ahead = _values([sample.ahead[0].gap_s if sample.ahead else None for sample in samples])
    behind = _values([sample.behind[0].gap_s if sample.behind else None for sample in samples])
    axes.axhspan(0, BATTLE_S, color=OTHER, alpha=0.10, lw=0)
    axes.plot(time_s, behind, color=DIM, lw=1.5, ls=(0, (2, 1.5)))
    _at_end(axes, time_s, behind, [f"{sample.behind[0].car.driver} behind" if sample.behind else "" for sample in samples], DIM)
    for first, last, driver in _stretches(samples):
        part = slice(first, last + 1)
        colour = _colour(timeline, driver)
        axes.plot(time_s[part], ahead[part], color=colour, lw=2.6, solid_capstyle="round")
        middle = (first + last) // 2
        if np.isfinite(ahead[middle]) and time_s[last] - time_s[first] > NAMED_S and last - first >= NAME_WIDE:
            axes.annotate(
                driver,
                (time_s[middle], ahead[middle]),
                (0, 13),
                textcoords="offset points",
                color=colour,
                fontsize=15,
                fontweight=600,
                ha="center",
                path_effects=OUTLINE,
            )
    seen = np.r_[ahead[np.isfinite(ahead)], behind[np.isfinite(behind)]]
    axes.set_ylim(0, max(float(np.max(seen, initial=0.0)) * 1.25, 1.3))
    axes.set_ylabel("gap, s")
    axes.grid(axis="y", color=GRID, lw=0.7)


def _at_end(axes: Axes, time_s: Floats, values: Floats, words: Sequence[str], colour: str) -> None:
    known = np.flatnonzero(np.isfinite(values))
    if len(known):
        at = known[-1]
        axes.annotate(
            words[at],
            (time_s[at], values[at]),
            (-4, 5),
            textcoords="offset points",
            color=colour,
            ha="right",
            path_effects=OUTLINE,
        )


def _pedals(axes: Axes, samples: Sequence[Sample], time_s: Floats) -> None:
    throttle = _values([sample.own.throttle for sample in samples])
    brake = _values([sample.own.brake for sample in samples])
    gear = _values([sample.own.gear for sample in samples])
    axes.fill_between(time_s, 0, throttle, color=GOOD, alpha=0.45, lw=0)
    axes.fill_between(time_s, 0, 100 * brake, step="post", color=BAD, alpha=0.65, lw=0)
    axes.set(ylim=(0, 112), yticks=[0, 100])
    axes.set_ylabel("pedals, gear")
    edges = np.flatnonzero(np.diff(np.nan_to_num(gear)) != 0) + 1
    for first, last in zip(np.r_[0, edges].tolist(), np.r_[edges, len(gear)].tolist(), strict=True):
        wide = (time_s[last - 1] - time_s[first]) / (time_s[-1] - time_s[0])
        if np.isfinite(gear[first]) and wide > 0.012:
            middle = (time_s[first] + time_s[last - 1]) / 2
            axes.text(
                middle, 0.5, f"{gear[first]:.0f}", fontsize=14, fontweight=600, ha="center", va="center",
                transform=axes.get_xaxis_transform(), path_effects=OUTLINE,
            )  # fmt: skip


def _sure(axes: Axes, samples: Sequence[Sample], time_s: Floats) -> None:
    """Draw how sure the worst of the own speed and the gap is."""
    at = 0
    order = (Quality.ABSENT, Quality.STALE, Quality.INTERPOLATED, Quality.MEASURED)

    def worst(sample: Sample) -> Quality:
        found = {sample.own.speed_kmh.quality} | ({sample.ahead[0].gap_s.quality} if sample.ahead else set())
        return next(quality for quality in order if quality in found)

    for quality, group in groupby(samples, key=worst):
        count = len(list(group))
        axes.axvspan(time_s[at], time_s[min(at + count, len(samples) - 1)], color=QUALITIES[quality], lw=0)
        at += count
    axes.set(yticks=[], ylim=(0, 1))
    axes.set_ylabel("sure", rotation=0, ha="right", va="center")


def _events(axes: Axes, timeline: Timeline, samples: Sequence[Sample], time_s: Floats, *, named: bool) -> None:
    for lap in timeline.record.laps.get(timeline.driver, ()):
        at_s = None if lap.start_s is None else timeline.alignment.video_time_s(lap.start_s)
        if at_s is not None and time_s[0] < at_s < time_s[-1]:
            axes.axvline(at_s, color=INK, lw=1.1, ls=(0, (6, 4)))
            if named:
                axes.text(at_s, 1.015, f"lap {lap.number}", ha="center", transform=axes.get_xaxis_transform())
    neutral = np.array([sample.neutralised for sample in samples])
    if neutral.any():
        axes.fill_between(
            time_s, 0, 1, where=list(neutral), color="#ffd23f", alpha=0.12, lw=0, transform=axes.get_xaxis_transform()
        )


def _moments(axes: Axes, timeline: Timeline, moments: Sequence[Moment]) -> None:
    low, high = axes.get_xlim()
    row = 0
    for what in moments:
        at_s = timeline.alignment.video_time_s(what.key_s)
        if at_s is None or not low <= at_s <= high:
            continue
        height = 0.93 - 0.115 * (row % 4)
        left = at_s < (low + high) / 2
        axes.plot(at_s, height, "o", ms=9, color=COLOURS[what.kind], mec=PAPER, transform=axes.get_xaxis_transform(), zorder=5)
        axes.axvline(at_s, ymax=height, color=COLOURS[what.kind], lw=1.0, alpha=0.6)
        axes.annotate(
            f"{what.driver} {what.reason}",
            (at_s, height),
            (9 if left else -9, 0),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="left" if left else "right",
            va="center",
            fontsize=13,
            color=COLOURS[what.kind],
            path_effects=OUTLINE,
        )
        row += 1


def _stretches(samples: Sequence[Sample]) -> list[tuple[int, int, str]]:
    """Return (first, last, driver) of every stretch with the same car ahead."""
    found, at = [], 0
    for driver, group in groupby(samples, key=lambda sample: _driver(sample.ahead)):
        count = len(list(group))
        if driver is not None:
            found.append((at, at + count - 1, driver))
        at += count
    return found


def _driver(cars: Sequence[CarInSight]) -> str | None:
    return cars[0].car.driver if cars else None


def _colour(timeline: Timeline, driver: str) -> str:
    return on_dark(timeline.record.drivers[driver].team_colour)


def _values(readings: Sequence[Reading | None]) -> Floats:
    return np.array([np.nan if reading is None or reading.value is None else reading.value for reading in readings], np.float64)
