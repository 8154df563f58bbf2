"""The sync on one sheet, for a person to check: the sound with the telemetry over it, and what else would have fitted."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sessions import sheet
from sessions.sheet import BAD, DIM, GOOD, GRID, INK, LINE, OTHER, OUTLINE
from sessions.sync_stage import SyncResult
from telemetry.alignment import Alignment, Piece
from telemetry.race_record import RaceRecord
from telemetry.sync import orders, pieces, search
from telemetry.sync.engine_sound import HOP, ORDERS, RATE_HZ, RPM_LOW, RPM_STEP, SHIFT_WEIGHT, SPECTRUM
from telemetry.sync.places import Hearing, Place, near

Floats = npt.NDArray[np.float64]

SHOWN_ORDERS = 4  # the loudest; more lines hide what they lie on
LONGEST_S = 60.0  # of sound drawn; in more nothing can be made out
LABELLED = 5  # peaks
SCATTER_MS = 250.0  # what is further off is drawn at the edge


def draw(result: SyncResult, record: RaceRecord, what: Hearing, file: Path, *, title: str) -> None:
    """Write the sheet as a picture; what it is called decides on PNG, SVG or PDF.

    Args:
        result: What the sync found, or is unsure of.
        record: The race session.
        what: The clip's sound beside the path of at least the driver found.
        file: To write.
        title: Of the sheet.

    Raises:
        SessionError: The file cannot be written.
    """
    sheet.write(lambda: _sheet(result, record, what, title), file)


def _sheet(result: SyncResult, record: RaceRecord, what: Hearing, title: str) -> Figure:
    driver = result.driver or (result.candidates[0].driver if result.candidates else next(iter(what.filled)))
    where = _shown(result)
    figure = plt.figure(figsize=(15, 12.2))
    grid = figure.add_gridspec(
        4, 3, height_ratios=(0.14, 1.35, 1.0, 1.0), left=0.055, right=0.975, top=0.972, bottom=0.055, hspace=0.36
    )
    _head(figure.add_subplot(grid[0, :]), result, title)
    heard = _places(what, driver, where)
    _spectrogram(figure.add_subplot(grid[1, :]), what, heard, accepted=result.accepted)
    _map(figure.add_subplot(grid[2, :]), what, heard)
    _curve(figure.add_subplot(grid[3, :2]), what, driver, result, record)
    _scatter(figure.add_subplot(grid[3, 2]), what, heard)
    return figure


def _shown(result: SyncResult) -> Alignment | None:
    """Return the alignment that is drawn: what was found, else the likeliest place."""
    if result.accepted:
        return result.alignment()
    return Alignment.constant(result.candidates[0].offset_s) if result.candidates else None


def _places(what: Hearing, driver: str, where: Alignment | None) -> list[tuple[float, float, Place]]:
    """Return (start, end, place) of each piece within the sound."""
    if where is None:
        return []
    low, high = what.ear.start_s, what.ear.end_s

    def cut(piece: Piece) -> tuple[float, float, Place]:
        return max(piece.start_video_s, low), min(piece.end_video_s, high), Place(driver, piece.offset_s, piece.rate, 0.0)

    return [cut(piece) for piece in where.pieces]


def _head(axes: Axes, result: SyncResult, title: str) -> None:
    axes.axis("off")
    state, colour = {
        "locked": ("LOCKED", GOOD),
        "lap_unsure": ("PLACE SURE, LAP UNSURE", OTHER),
    }.get(result.state, ("REFUSED", BAD))
    axes.text(0, 0.9, state, color=colour, fontsize=30, fontweight="semibold", va="center")
    axes.text(1, 0.9, title, color=DIM, fontsize=15, ha="right", va="center")
    if result.accepted and result.offset_s is not None:
        words = f"lap {result.lap} of {result.driver}  ·  offset {result.offset_s:.3f} s"
        words += "" if result.residual_s is None else f" ± {result.residual_s:.3f} s"
        words += f"  ·  drift {result.drift_ppm:+.0f} ppm  ·  video begins {result.video_start_utc}"
    else:
        words = result.reason
    axes.text(0, -0.05, words, fontsize=15, va="center")


def _spectrogram(axes: Axes, what: Hearing, heard: Sequence[tuple[float, float, Place]], *, accepted: bool) -> None:
    ear, top_hz = what.ear, 2_200.0
    rows = min(len(ear.white), round(LONGEST_S * RATE_HZ / HOP))
    bins = round(top_hz * SPECTRUM / RATE_HZ)
    extent = (ear.start_s, ear.start_s + rows * HOP / RATE_HZ, 0.0, top_hz)
    axes.imshow(ear.white[:rows, :bins].T, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-0.8, vmax=2.5)
    for start_s, end_s, place in heard:
        route = near(what.filled[place.driver], place, start_s, end_s, 0.0)
        levels = orders.voice(orders.heard(ear, route, place.offset_s, rate=place.rate).between(start_s, end_s))
        video_s = (route.time_s - place.offset_s) / place.rate
        hz = RPM_LOW * RPM_STEP**route.place * place.rate / 60
        # Between the samples beside a gear change the engine was at neither's RPM.
        broken = np.where(route.weight > SHIFT_WEIGHT, hz, np.nan)
        for index in np.argsort(levels)[::-1][:SHOWN_ORDERS]:
            if levels[index] <= 0 or ORDERS[index] * float(np.nanmedian(broken)) > top_hz:
                continue
            axes.plot(video_s, broken * ORDERS[index], color=LINE, lw=1.5, ls="-" if accepted else ":", path_effects=OUTLINE)
            known = np.flatnonzero(np.isfinite(broken))
            if len(known):
                at = known[0]
                words = f"order {ORDERS[index]:g}"
                axes.text(
                    video_s[at] + 0.05, broken[at] * ORDERS[index] + 30, words, color=LINE, fontsize=12, path_effects=OUTLINE
                )
        if end_s < ear.end_s - 0.5:
            axes.axvline(end_s, color=INK, lw=1.2, ls="--")
    axes.set(xlim=extent[:2], ylim=(0, top_hz), ylabel="Hz", title="The sound, and the telemetry's engine orders over it")


def _map(axes: Axes, what: Hearing, heard: Sequence[tuple[float, float, Place]]) -> None:
    chart = what.chart
    rows = min(len(chart.likeness), round(LONGEST_S / chart.hop_s))
    count = chart.likeness.shape[1]
    extent = (chart.start_s, chart.start_s + rows * chart.hop_s, 0.0, float(count))
    axes.imshow(chart.likeness[:rows].T, origin="lower", aspect="auto", extent=extent, cmap="viridis", vmin=-0.5, vmax=4)
    for start_s, end_s, place in heard:
        route = near(what.measured[place.driver], place, start_s, end_s, 0.0)
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


def _curve(axes: Axes, what: Hearing, driver: str, result: SyncResult, record: RaceRecord) -> None:
    begin, end = what.ear.start_s, min(what.ear.end_s, what.ear.start_s + LONGEST_S)
    curve = search.curve(what.chart.part(begin, end), what.measured[driver], driver=driver)
    middle, deviation = search.spread([curve])
    offset_s = curve.first_s + np.arange(len(curve.score)) * curve.step_s
    height = np.where(np.isfinite(curve.score), (curve.score - middle) / deviation, np.nan)
    axes.plot(offset_s / 60, height, color="#6c7ae0", lw=0.7)
    laps = [lap for lap in record.laps.get(driver, ()) if lap.start_s is not None]
    every = max(1, len(laps) // 12)
    for lap in laps[::every]:
        axes.axvline((lap.start_s or 0.0) / 60, color=GRID, lw=0.8, zorder=0)
    top = float(np.nanmax(height)) if np.isfinite(height).any() else 1.0
    for rank, found in enumerate(place for place in result.candidates[:LABELLED] if place.driver == driver):
        at = int(np.clip(curve.place(found.offset_s), 0, len(height) - 1))
        around = height[max(at - 4, 0) : at + 5]
        peak = float(np.nanmax(around)) if np.isfinite(around).any() else 0.0
        colour = (GOOD if result.accepted else OTHER) if rank == 0 else DIM
        axes.plot(found.offset_s / 60, peak, "o", color=colour, ms=7 if rank == 0 else 4)
        words = f"lap {found.lap or '?'}\n{found.evidence:,.0f} nats" if rank == 0 else f"lap {found.lap or '?'}"
        axes.annotate(
            words, (found.offset_s / 60, peak), (0, 7), textcoords="offset points", color=colour, ha="center", fontsize=12
        )
    known = offset_s[np.isfinite(height)] / 60
    if len(known):
        axes.set_xlim(known[0], known[-1])
    axes.set(ylim=(-4, top * 1.2 + 2), xlabel="session time at which the video would begin, min", ylabel="deviations")
    axes.set_title(f"Every moment of {driver}'s race session, and how well it fits")


def _scatter(axes: Axes, what: Hearing, heard: Sequence[tuple[float, float, Place]]) -> None:
    axes.axhspan(-40, 40, color=GOOD, alpha=0.08, lw=0)
    axes.axhline(0, color=DIM, lw=0.8)
    for start_s, end_s, place in heard:
        middles, off_s, nats = pieces.moves(what, place, start_s, end_s)
        heard_at = nats > 0
        size = 20 + 120 * nats[heard_at] / max(float(nats.max(initial=0.0)), 1.0)
        off_ms = np.clip(off_s[heard_at] * 1000, -SCATTER_MS, SCATTER_MS)
        axes.scatter(middles[heard_at], off_ms, s=size, color=LINE, alpha=0.85, lw=0)
    axes.set_ylim(-SCATTER_MS * 1.1, SCATTER_MS * 1.1)
    axes.set(xlabel="video time, s", ylabel="ms off", title=f"Each {pieces.LINE_PIECE_S:.0f} s asked by itself (band: a frame)")
