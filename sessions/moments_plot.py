"""The moments of a race over its gaps, on one sheet."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sessions import sheet
from sessions.gap_lines import Around, Leaderward
from sessions.sheet import DIM, GRID, INK, PAPER
from telemetry.field import Field
from telemetry.flag import flag_s
from telemetry.moment import Kind, Moment
from telemetry.pit_stops import pit_stops_s
from telemetry.race_record import RaceRecord
from telemetry.race_session import KIND_NAMES
from telemetry.racing import Racing
from telemetry.traffic import lights_out_s

COLOURS = {
    Kind.OVERTAKE: "#ff5d5d",
    Kind.BATTLE: "#ffb347",
    Kind.CLOSING: "#5cf2ff",
    Kind.BRAKING: "#3ddc97",
    Kind.SECTOR: "#c77dff",
}
PINNED = 14  # moments pinned on the lines and told in words; more cover each other
STATUS = {"4": ("SC", "#ffd23f"), "5": ("RED FLAG", "#ff3b3b"), "6": ("VSC", "#ffd23f"), "7": ("VSC", "#ffd23f")}
PIN_XY = (0.016, 0.048)  # of the panel: nearer pins step aside
MARGIN_S = 20.0


def draw(record: RaceRecord, field: Field, moments: Sequence[Moment], file: Path, *, driver: str | None) -> None:
    """Write a picture of the gaps over a race with its moments on them.

    Args:
        record: The race.
        field: Every car of it on a common clock.
        moments: The best first; they bear the numbers by which `slipstream new --moment` knows them.
        file: To write: PNG, SVG or PDF by its name.
        driver: TLA whose gaps ahead and behind are drawn; None draws everybody's gap to the leader.

    Raises:
        SessionError: The file cannot be written.
    """
    sheet.write(lambda: _sheet(record, field, moments, driver), file)


def _sheet(record: RaceRecord, field: Field, moments: Sequence[Moment], driver: str | None) -> Figure:
    figure = plt.figure(figsize=(16, 11))
    grid = figure.add_gridspec(3, 1, height_ratios=(1.0, 0.27, 0.40), left=0.082, right=0.955, top=0.91, bottom=0.025, hspace=0.1)
    gaps, lanes = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
    who = "every car's gap to the leader" if driver is None else f"{record.drivers[driver].full_name}: the cars ahead and behind"
    figure.text(
        0.082,
        0.955,
        f"{record.event_name} {record.race.year} {KIND_NAMES[record.race.kind]}",
        fontsize=27,
        fontweight=600,
        va="center",
    )
    figure.text(0.955, 0.955, who, fontsize=17, color=DIM, ha="right", va="center")
    lines = Leaderward(gaps, record) if driver is None else Around(gaps, Racing.of(record, field), driver)
    _lanes(lanes, moments)
    for axes in (gaps, lanes):
        _neutral(axes, record, named=axes is gaps)
        _laps_axis(axes, record, driver, labelled=axes is lanes)
    if driver is not None:
        _pit_stops(gaps, record, driver)
    _pins(gaps, [(what, lines.y(what)) for what in moments[:PINNED]])
    _told(figure.add_subplot(grid[2]), moments[:PINNED])
    return figure


def _laps_axis(axes: Axes, record: RaceRecord, driver: str | None, *, labelled: bool) -> None:
    most = max(record.laps, key=lambda tla: len(record.laps[tla]), default=None)
    laps = record.laps.get(driver or most or "", ())
    starts = [(lap.number, lap.start_s) for lap in laps if lap.start_s is not None]
    every = max(1, round(len(starts) / 16))
    every = next((step for step in (1, 2, 5, 10) if step >= every), 10)
    marked = [(number, start_s) for number, start_s in starts if number == 1 or number % every == 0]
    words = [f"{'lap ' if number == 1 else ''}{number}" for number, _ in marked]
    axes.set_xticks([start_s for _, start_s in marked], words if labelled else [])
    axes.tick_params(length=0)
    for _, start_s in marked:
        axes.axvline(start_s, color=GRID, lw=0.7, zorder=0)
    begin_s = lights_out_s(record) or 0.0
    ends_s = [flag_s(record, tla) for tla in record.traces]
    last_s = max((end_s for end_s in ends_s if np.isfinite(end_s)), default=max(start_s for _, start_s in starts))
    axes.set_xlim(begin_s - MARGIN_S, last_s + MARGIN_S)


def _neutral(axes: Axes, record: RaceRecord, *, named: bool) -> None:
    changes = [*record.track_status, (axes.get_xlim()[1], "")]
    for (from_s, code), (to_s, _) in pairwise(changes):
        if code not in STATUS:
            continue
        name, colour = STATUS[code]
        axes.axvspan(from_s, to_s, color=colour, alpha=0.13, lw=0)
        if named:
            axes.text(
                (from_s + to_s) / 2, 1.012, name, color=colour, fontsize=12, ha="center", transform=axes.get_xaxis_transform()
            )


def _pit_stops(axes: Axes, record: RaceRecord, driver: str) -> None:
    for in_s, out_s in pit_stops_s(record.laps.get(driver, ())):
        if np.isfinite(out_s):
            axes.axvspan(in_s, out_s, color=INK, alpha=0.16, lw=0)
        axes.text(in_s, 1.012, "PIT", color=INK, fontsize=12, ha="center", transform=axes.get_xaxis_transform())


def _lanes(axes: Axes, moments: Sequence[Moment]) -> None:
    """Draw every moment as a bar in its kind's lane, the stronger the more it is worth."""
    kinds = [kind for kind in Kind if any(what.kind is kind for what in moments)]
    best = {kind: max(what.score for what in moments if what.kind is kind) for kind in kinds}
    for lane, kind in enumerate(kinds):
        for what in (what for what in moments if what.kind is kind):
            strength = 0.25 + 0.75 * (what.score / best[kind]) ** 3 if best[kind] else 1.0
            length_s = max(what.end_s - what.start_s, 12.0)
            axes.barh(lane, length_s, 0.62, what.start_s, color=COLOURS[kind], alpha=min(strength * 0.7, 1.0), lw=0)
    axes.set_yticks(range(len(kinds)), [f"{kind}s" for kind in kinds])
    for label, kind in zip(axes.get_yticklabels(), kinds, strict=True):
        label.set_color(COLOURS[kind])
    axes.set_ylim(len(kinds) - 0.5, -0.5)


def _pins(axes: Axes, pins: Sequence[tuple[Moment, float]]) -> None:
    """Draw a numbered pin at each moment; one that would cover another steps aside and points back."""
    taken: list[tuple[float, float]] = []
    into = axes.transData + axes.transAxes.inverted()
    for number, (what, y) in enumerate(pins, start=1):
        at_x, at_y = into.transform((what.key_s, y))
        spot = next(
            (at_x, place_y)
            for place_y in _nearby(at_y)
            if all(abs(at_x - x) > PIN_XY[0] or abs(place_y - other_y) > PIN_XY[1] for x, other_y in taken)
        )
        taken.append(spot)
        axes.plot([at_x, spot[0]], [at_y, spot[1]], color=COLOURS[what.kind], lw=1.1, transform=axes.transAxes, zorder=5)
        axes.plot(*spot, "o", ms=20, mfc=COLOURS[what.kind], mec=PAPER, mew=2, transform=axes.transAxes, zorder=6, clip_on=False)
        axes.text(
            *spot, f"{number}", color=PAPER, fontsize=13, fontweight=600, ha="center", va="center_baseline",
            transform=axes.transAxes, zorder=7,
        )  # fmt: skip


def _nearby(height: float) -> list[float]:
    steps = [sign * step * PIN_XY[1] for step in range(30) for sign in (1, -1)]
    return [height + step for step in steps if 0.02 < height + step < 0.98] or [height]


def _told(axes: Axes, moments: Sequence[Moment]) -> None:
    axes.axis("off")
    axes.set(xlim=(0, 2), ylim=((PINNED + 1) // 2 - 0.4, -0.6))
    for number, what in enumerate(moments, start=1):
        column, row = divmod(number - 1, (PINNED + 1) // 2)
        colour = COLOURS[what.kind]
        axes.plot(column + 0.012, row, "o", ms=17, mfc=colour, mec="none", clip_on=False)
        axes.text(column + 0.012, row, f"{number}", color=PAPER, fontsize=12, fontweight=600, ha="center", va="center_baseline")
        axes.text(column + 0.034, row, f"lap {what.lap}" if what.lap else "", color=DIM, va="center", fontsize=14)
        axes.text(column + 0.098, row, what.driver, color=INK, va="center", fontsize=15, fontweight=600)
        axes.text(column + 0.15, row, what.reason, color=INK, va="center", fontsize=13)
        axes.text(column + 0.975, row, f"{what.utc:%H:%M:%S} UTC", color=DIM, va="center", ha="right", fontsize=12)
