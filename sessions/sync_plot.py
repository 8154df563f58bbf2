"""The sync on one sheet, for a person to check: the sound with the telemetry over it, what was seen, and what else would have fitted."""

from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sessions import sheet
from sessions.sheet import BAD, DIM, GOOD, GRID, INK, LINE, OTHER, OUTLINE, PAPER
from sessions.sync_stage import SyncResult
from sessions.sync_view import Compared, OrderLine, View
from telemetry.race_record import RaceRecord
from telemetry.sync import timing
from telemetry.sync.engine_sound import HOP, RATE_HZ, RPM_LOW, RPM_STEP, SPECTRUM
from telemetry.sync.fusion import STEP_S
from telemetry.sync.places import Hearing, near

Floats = npt.NDArray[np.float64]
Draw = Callable[[Axes], None]

WITNESSES = {
    "engine_sound": ("engine sound", "#6c7ae0"),
    "hud": ("speed on the screen", "#ffb347"),
    "laps": ("lap counter", "#f27ea9"),
    "motion": ("bends", "#3ddc97"),
    "size": ("car ahead", "#b58cff"),
}
SHOWN_ORDERS = 4  # the loudest; more lines hide what they lie on
TOP_HZ = 2_200.0
LONGEST_S = 60.0  # of sound drawn; in more nothing can be made out
LABELLED = 5  # peaks
SCATTER_MS = 250.0  # what is further off is drawn at the edge
ROW_INCHES = {"sound": 3.9, "map": 2.9, "sight": 2.1, "curve": 2.9}


def draw(result: SyncResult, record: RaceRecord, what: View, file: Path, *, title: str) -> None:
    """Write the sheet as a picture; what it is called decides on PNG, SVG or PDF.

    Args:
        result: What the sync found, or is unsure of.
        record: The race session.
        what: What there is to see.
        file: To write.
        title: Of the sheet.

    Raises:
        SessionError: The file cannot be written.
    """
    sheet.write(lambda: _sheet(result, record, what, title), file)


def _sheet(result: SyncResult, record: RaceRecord, what: View, title: str) -> Figure:
    rows: list[tuple[str, list[Draw]]] = []
    sound = what.what
    if sound is not None:
        rows.append(("sound", [lambda axes: _spectrogram(axes, sound, what, accepted=result.accepted)]))
        rows.append(("map", [lambda axes: _map(axes, sound, what)]))
    sights = _sights(what)
    rows += [("sight", sights[first : first + 2]) for first in range(0, len(sights), 2)]
    bottom: list[Draw] = [lambda axes: _curve(axes, what, result, record)]
    rows.append(("curve", bottom + ([lambda axes: _scatter(axes, what)] if len(what.windows) else [])))
    inches = [0.75, *(ROW_INCHES[kind] for kind, _ in rows)]
    figure = plt.figure(figsize=(15, sum(inches) + 0.85 * len(inches)))
    grid = figure.add_gridspec(
        len(inches), 1, height_ratios=inches, left=0.055, right=0.975, top=1 - 0.3 / figure.get_figheight(),
        bottom=0.65 / figure.get_figheight(), hspace=0.9 * len(inches) / sum(inches),
    )  # fmt: skip
    _head(figure.add_subplot(grid[0]), result, title)
    for number, (kind, panels) in enumerate(rows, start=1):
        ratios = (2, 1) if kind == "curve" and len(panels) == 2 else (1,) * len(panels)
        inner = grid[number].subgridspec(1, len(panels), width_ratios=ratios, wspace=0.14)
        for place, panel in enumerate(panels):
            panel(figure.add_subplot(inner[place]))
    return figure


def _head(axes: Axes, result: SyncResult, title: str) -> None:
    axes.axis("off")
    state, colour = {
        "locked": ("LOCKED", GOOD),
        "lap_unsure": ("PLACE SURE, LAP UNSURE", OTHER),
    }.get(result.state, ("REFUSED", BAD))
    axes.text(0, 0.95, state, color=colour, fontsize=30, fontweight="semibold", va="center")
    axes.text(1, 0.95, title, color=DIM, fontsize=15, ha="right", va="center")
    if result.accepted and result.offset_s is not None:
        words = f"{result.lap_of_driver}  ·  offset {result.offset_s:.3f} s"
        words += "" if result.residual_s is None else f" ± {result.residual_s:.3f} s"
        words += f"  ·  drift {result.drift_ppm:+.0f} ppm  ·  video begins {result.video_start_utc}"
        said = " and ".join(WITNESSES[name][0] if name in WITNESSES else name for name in result.methods)
        axes.text(1, 0.15, f"by {said}", color=DIM, fontsize=15, ha="right", va="center")
    else:
        words = result.reason
    axes.text(0, 0.15, words, fontsize=15, va="center")


def _spectrogram(axes: Axes, sound: Hearing, what: View, *, accepted: bool) -> None:
    ear = sound.ear
    rows = min(len(ear.white), round(LONGEST_S * RATE_HZ / HOP))
    bins = round(TOP_HZ * SPECTRUM / RATE_HZ)
    extent = (ear.start_s, ear.start_s + rows * HOP / RATE_HZ, 0.0, TOP_HZ)
    axes.imshow(ear.white[:rows, :bins].T, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-0.8, vmax=2.5)
    begins: dict[float, list[OrderLine]] = {}
    for line in what.orders:
        if len(line.video_s) and float(np.nanmedian(line.hz)) < TOP_HZ:
            begins.setdefault(float(line.video_s[0]), []).append(line)
    for line in (line for lines in begins.values() for line in lines[:SHOWN_ORDERS]):
        axes.plot(line.video_s, line.hz, color=LINE, lw=1.5, ls="-" if accepted else ":", path_effects=OUTLINE)
        at = int(np.flatnonzero(np.isfinite(line.hz))[0])
        words = f"order {line.order:g}"
        axes.text(line.video_s[at] + 0.05, line.hz[at] + 30, words, color=LINE, fontsize=12, path_effects=OUTLINE, clip_on=True)
    for stretch in what.stretches:
        if stretch.end_s < ear.end_s - 0.5:
            axes.axvline(stretch.end_s, color=INK, lw=1.2, ls="--")
    axes.set(xlim=extent[:2], ylim=(0, TOP_HZ), ylabel="Hz", title="The sound, and the telemetry's engine orders over it")


def _map(axes: Axes, sound: Hearing, what: View) -> None:
    chart = sound.chart
    rows = min(len(chart.likeness), round(LONGEST_S / chart.hop_s))
    count = chart.likeness.shape[1]
    extent = (chart.start_s, chart.start_s + rows * chart.hop_s, 0.0, float(count))
    axes.imshow(chart.likeness[:rows].T, origin="lower", aspect="auto", extent=extent, cmap="viridis", vmin=-0.5, vmax=4)
    for stretch in what.stretches:
        place = stretch.place
        route = near(sound.measured[place.driver], place, stretch.start_s, stretch.end_s, 0.0)
        use = route.weight > 0
        axes.plot(
            (route.time_s[use] - place.offset_s) / place.rate,
            route.place[use] + np.log(place.rate) / np.log(RPM_STEP) + 0.5,
            "o",
            ms=4.5,
            mfc="none",
            mec=INK,
            mew=1.1,
        )
    ticks = np.array([6_000, 8_000, 10_000, 12_000])
    axes.set_yticks(np.log(ticks / RPM_LOW) / np.log(RPM_STEP), [f"{tick:,}" for tick in ticks])
    axes.set(xlim=extent[:2], ylim=(0, count), ylabel="RPM", xlabel="video time, s")
    axes.set_title("The RPM that the sound speaks for (bright), and the RPM as measured (rings)")


def _sights(what: View) -> list[Draw]:
    """Return the panels of what was seen."""
    panels: list[Draw] = []
    speed, turning, width = what.speed, what.turning, what.width
    if speed is not None:
        lag = f"; the graphic is {speed.late_s:.2f} s late" if speed.late_s > 0.05 else ""
        title = f"Speed read off the picture (dots) over the telemetry's{lag}"
        panels.append(lambda axes: _compared(axes, speed, "hud", "km/h", title, dots=True))
    if width is not None:
        title_w = "Width of the car ahead (dots), and as the gap would show it"
        panels.append(lambda axes: _compared(axes, width, "size", "% of the picture", title_w, dots=True, scale=100.0))
    if turning is not None:
        title_t = "How the picture turns (green), and how the car's heading does (blue)"
        panels.append(lambda axes: _compared(axes, turning, "motion", "to the right", title_t, dots=False))
    return panels


def _compared(axes: Axes, pair: Compared, name: str, unit: str, title: str, *, dots: bool, scale: float = 1.0) -> None:
    colour = WITNESSES[name][1]
    axes.plot(pair.told.video_time_s, pair.told.value * scale, color=LINE, lw=2.0, zorder=2)
    if dots:
        axes.plot(pair.seen.video_time_s, pair.seen.value * scale, "o", ms=4.5, color=colour, mec=PAPER, mew=0.6, zorder=3)
    else:
        axes.plot(pair.seen.video_time_s, pair.seen.value * scale, color=colour, lw=2.0, zorder=3)
        axes.axhline(0, color=GRID, lw=0.8, zorder=1)
        axes.set_yticks([])
    axes.grid(axis="y", color=GRID, lw=0.6)
    axes.margins(x=0.01, y=0.12)
    axes.set(xlabel="video time, s", ylabel=unit, title=title)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _curve(axes: Axes, what: View, result: SyncResult, record: RaceRecord) -> None:
    curve = what.curve
    total = np.clip(curve.total, 0, None)
    minutes = curve.offset_s / 60
    heights = [np.zeros(len(total))]
    for told in curve.told.values():
        # What speaks against a moment takes from what the others say for it.
        heights.append(np.minimum(heights[-1] + np.clip(told, 0, None), np.maximum(total, heights[-1])))
    # From the top down: peaks are a pixel wide, and each layer's edge would hide those below it.
    for name, height in reversed(list(zip(curve.told, heights[1:], strict=True))):
        words, colour = WITNESSES[name]
        axes.fill_between(minutes, 0, height, color=colour, ec=colour, lw=1.2, label=words)
    laps = [lap for lap in record.laps.get(what.driver, ()) if lap.start_s is not None]
    for lap in laps[:: max(1, len(laps) // 12)]:
        axes.axvline((lap.start_s or 0.0) / 60, color=GRID, lw=0.8, zorder=0)
    top = float(total.max(initial=1.0))
    for rank, found in enumerate(place for place in result.candidates[:LABELLED] if place.driver == what.driver):
        begin_s = found.offset_s + result.video_start_s
        at = int(np.clip(round((begin_s - curve.offset_s[0]) / STEP_S), 0, len(total) - 1))
        peak = float(total[max(at - 2, 0) : at + 3].max())
        colour = (GOOD if result.accepted else OTHER) if rank == 0 else DIM
        axes.plot(begin_s / 60, peak, "o", color=colour, ms=7 if rank == 0 else 4)
        words = f"lap {found.lap or '?'}" + (f"\n{found.evidence:,.0f} nats looked at closely" if rank == 0 else "")
        axes.annotate(words, (begin_s / 60, peak), (0, 7), textcoords="offset points", color=colour, ha="center", fontsize=12)
    if len(curve.told) > 1:
        axes.legend(
            frameon=False, labelcolor=INK, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(curve.told), borderaxespad=0.2
        )
    axes.set(xlim=(minutes[0], minutes[-1]), ylim=(0, top * 1.35), xlabel="session time at which the video would begin, min")
    axes.set_ylabel("nats at first glance")
    axes.set_title(f"Every moment of {what.driver}'s race session, and how well it fits")


def _scatter(axes: Axes, what: View) -> None:
    middles, off_s, nats = what.windows[what.windows[:, 2] > 0].T
    axes.axhspan(-40, 40, color=GOOD, alpha=0.08, lw=0)
    axes.axhline(0, color=DIM, lw=0.8)
    size = 20 + 120 * nats / max(float(nats.max(initial=0.0)), 1.0)
    axes.scatter(middles, np.clip(off_s * 1000, -SCATTER_MS, SCATTER_MS), s=size, color=LINE, alpha=0.85, lw=0)
    axes.set_ylim(-SCATTER_MS * 1.1, SCATTER_MS * 1.1)
    axes.set(xlabel="video time, s", ylabel="ms off", title=f"Each {timing.LINE_PIECE_S:.0f} s asked by itself (band: a frame)")
