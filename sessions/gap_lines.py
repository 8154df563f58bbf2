"""Gaps over a race as lines: from one car to those around it, or from everybody to the leader."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from sessions.sheet import GRID, INK, OUTLINE, on_dark
from telemetry.field import NOBODY
from telemetry.moment import Moment
from telemetry.race_record import RaceRecord
from telemetry.racing import Racing, runs

Floats = npt.NDArray[np.float64]

BATTLE_S = 1.0
FAR_S = 30.0  # gaps beyond it are drawn at the edge
NAMED_S = 180.0  # a car is named on its line when it stays for so long
STEADY_S = 5.0  # shorter visits of a car are not drawn: a car that is lapped, a name that flickers
LABEL_APART = 0.034  # of the panel's height between two names at the edge


class Around:
    """One car's gaps: to the car ahead upwards, to the car behind downwards, closer gaps drawn wider apart."""

    def __init__(self, axes: Axes, racing: Racing, driver: str) -> None:
        self._racing, self._driver = racing, driver
        field, record = racing.field, racing.record
        row = field.row(driver)
        self._gaps_s = {1: (field.ahead[row], field.gap_s[row]), -1: field.behind(row)}
        axes.set_yscale("function", functions=(_squeeze, _stretch))
        axes.axhspan(-BATTLE_S, BATTLE_S, color="#ffb347", alpha=0.10, lw=0)
        axes.axhline(0, color=INK, lw=1.4)
        for side, (other, gap_s) in self._gaps_s.items():
            self._side(axes, record, side, other, gap_s)
        ticks = [1, 2, 5, 10, 20, FAR_S]
        axes.set_yticks(
            [-tick for tick in reversed(ticks)] + [0, *ticks], [f"{tick:.0f}" for tick in [*reversed(ticks), 0, *ticks]]
        )
        axes.set_ylim(-FAR_S * 1.05, FAR_S * 1.05)
        axes.set_ylabel("s to the car behind           s to the car ahead")
        axes.grid(axis="y", color=GRID, lw=0.7)

    def _side(self, axes: Axes, record: RaceRecord, side: int, other: npt.NDArray[np.intp], gap_s: Floats) -> None:
        field = self._racing.field
        seen = self._racing.on[field.row(self._driver)] & np.isfinite(gap_s) & (other != NOBODY)
        for rival in np.unique(other[seen]).tolist():
            tla = field.drivers[rival]
            colour = on_dark(record.drivers[tla].team_colour)
            for first, last in runs(seen & (other == rival), bridge=self._racing.steps(STEADY_S)):
                if last - first < self._racing.steps(STEADY_S):
                    continue
                part = slice(first, last + 1, 3)
                y = side * np.minimum(np.where(other[part] == rival, gap_s[part], np.nan), FAR_S)
                axes.plot(field.time_s[part], y, color=colour, lw=1.5, solid_capstyle="round")
                if last - first > self._racing.steps(NAMED_S):
                    middle = (first + last) // 2
                    usual_s = side * min(float(np.nanmedian(gap_s[first : last + 1])), FAR_S)
                    axes.annotate(
                        tla,
                        (field.time_s[middle], usual_s),
                        (0, side * 13),
                        textcoords="offset points",
                        color=colour,
                        fontsize=14,
                        fontweight=600,
                        ha="center",
                        va="center",
                        path_effects=OUTLINE,
                    )

    def y(self, moment: Moment) -> float:
        """Return where a moment lies: on the gap to its other car, upwards where that is ahead."""
        side = -1 if moment.camera(self._driver) == "rear" else 1
        field = self._racing.field
        step = int(np.clip(np.searchsorted(field.time_s, moment.key_s), 0, len(field.time_s) - 1))
        gap_s = self._gaps_s[side][1][step] if moment.other is not None else np.nan
        return side * min(float(gap_s), FAR_S) if np.isfinite(gap_s) else side * BATTLE_S / 2


class Leaderward:
    """Everybody's gap to the leader at every line crossing."""

    def __init__(self, axes: Axes, record: RaceRecord) -> None:
        first_s: dict[int, float] = {}
        for laps in record.laps.values():
            for lap in laps:
                if lap.end_s is not None:
                    first_s[lap.number] = min(first_s.get(lap.number, np.inf), lap.end_s)
        self._lines: dict[str, tuple[Floats, Floats]] = {}
        for tla in record.traces:
            ended = [(lap.end_s, lap.end_s - first_s[lap.number]) for lap in record.laps.get(tla, ()) if lap.end_s is not None]
            if ended:
                self._lines[tla] = (np.array([end_s for end_s, _ in ended]), np.array([gap_s for _, gap_s in ended]))
        teams: set[str] = set()
        for tla in (tla for tla in record.drivers if tla in self._lines):
            driver = record.drivers[tla]
            time_s, gap_s = self._lines[tla]
            axes.plot(time_s, gap_s, color=on_dark(driver.team_colour), lw=1.7, ls=(0, (4, 1.2)) if driver.team in teams else "-")
            teams.add(driver.team)
        worst_s = max((float(np.percentile(gap_s, 98)) for _, gap_s in self._lines.values()), default=1.0)
        axes.set_ylim(worst_s * 1.06 + 1, -worst_s * 0.03 - 1)
        axes.set_ylabel("s behind the leader")
        axes.grid(axis="y", color=GRID, lw=0.7)
        self._names(axes, record)

    def _names(self, axes: Axes, record: RaceRecord) -> None:
        low, high = axes.get_ylim()
        ends = sorted((float((gap_s[-1] - low) / (high - low)), tla) for tla, (_, gap_s) in self._lines.items())
        heights = _apart(np.clip([height for height, _ in ends], 0.01, 0.99))
        for height, (_, tla) in zip(heights, ends, strict=True):
            axes.text(
                1.008,
                height,
                tla,
                transform=axes.transAxes,
                color=on_dark(record.drivers[tla].team_colour),
                fontsize=14,
                fontweight=600,
                va="center",
            )

    def y(self, moment: Moment) -> float:
        """Return where a moment lies: on its driver's line."""
        if moment.driver not in self._lines:
            return 0.0
        return float(np.interp(moment.key_s, *self._lines[moment.driver]))


def _apart(heights: Floats) -> Floats:
    """Return heights in the same order, pushed up until names do not cover each other, and kept inside."""
    out = np.array(heights, np.float64)
    for number in range(1, len(out)):
        out[number] = max(out[number], out[number - 1] + LABEL_APART)
    out[-1:] = np.minimum(out[-1:], 1.0)
    for number in range(len(out) - 2, -1, -1):
        out[number] = min(out[number], out[number + 1] - LABEL_APART)
    return out


def _squeeze(gap_s: Floats) -> Floats:
    return np.asarray(np.sign(gap_s) * np.sqrt(np.abs(gap_s)))


def _stretch(height: Floats) -> Floats:
    return np.asarray(np.sign(height) * height**2)
