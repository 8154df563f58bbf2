"""How far a long job is: a bar on a terminal, a line every few seconds elsewhere, nothing when quiet."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINE_EVERY_S = 5.0  # seldom enough for a log file, often enough to see that it lives

#: Called with the frames done so far and in total (0 where the clip does not say).
OnProgress = Callable[[int, int], None]


@contextmanager
def progress(what: str, *, quiet: bool, unit: str = "frames") -> Iterator[OnProgress]:
    """Show how far `what` is on standard error while the block runs; `unit` is what is counted."""
    if quiet:
        yield lambda _done, _total: None
    elif sys.stderr.isatty():
        with _bar(what, unit) as show:
            yield show
    else:
        yield _lines(what, unit)


@contextmanager
def _bar(what: str, unit: str) -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    started_s = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=None, rate="")

        def show(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - started_s, 1e-3)
            bars.update(task, completed=done, total=total or None, rate=_rate(rate, unit))

        yield show


def _lines(what: str, unit: str) -> OnProgress:
    started_s = time.monotonic()
    said_s = started_s

    def show(done: int, total: int) -> None:
        nonlocal said_s
        now_s = time.monotonic()
        if now_s - said_s < LINE_EVERY_S:
            return
        said_s = now_s
        rate = done / (now_s - started_s)
        left = f", {(total - done) / rate:.0f} s left" if total and rate else ""
        print(f"{what}: {done}{f' of {total}' if total else ''} {unit}, {_rate(rate, unit)}{left}", file=sys.stderr, flush=True)

    return show


def _rate(rate: float, unit: str) -> str:
    return f"{rate:.0f} fps" if unit == "frames" else f"{rate:.1f} {unit} a second"
