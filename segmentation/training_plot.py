"""A training's course as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

MARKS = (("dice", "Dice"), ("box_iou", "box IoU"), ("recall", "recall"), ("precision", "precision"))
DOT = "."  # at each epoch: a training of one alone is no line


def draw(log: Sequence[dict[str, Any]], path: Path) -> None:
    """Write a PNG with the loss and the marks over epochs.

    Args:
        log: The lines of a training, as `training.run` returns them.
        path: Where the picture goes.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(10, 4), dpi=120, layout="constrained")
        losses, marks = figure.subplots(1, 2)
        epochs = [line["number"] + 1 for line in log]
        for name in log[0]["loss"] if log else ():
            losses.plot(epochs, [line["loss"][name] for line in log], label=name.replace("_", " "), marker=DOT)
        losses.set(title="Loss on training pieces", xlabel="epoch", ylim=(0, None))
        for name, label in MARKS:
            values = [line["marks"][name] for line in log]
            if any(value is not None for value in values):
                marks.plot(epochs, [float("nan") if value is None else value for value in values], label=label, marker=DOT)
        marks.set(title="Marks on pictures held out", xlabel="epoch", ylim=(0, 1.01))
        for axes in (losses, marks):
            axes.grid(alpha=0.25)
            axes.xaxis.get_major_locator().set_params(integer=True)
            if axes.has_data():
                axes.legend(frameon=False)
        figure.savefig(path)
