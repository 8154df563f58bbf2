"""An engine's own orders along a path: how far each stands out, and how likely that makes the path.

Engines differ in which multiples of their revolutions are loud, and each sounds otherwise under power than on the overrun, so nothing is
assumed of them: in both states the level of every order is learnt from the rest of the clip and tried on each part. A path that is not
the engine's teaches levels that fail on the next part.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry.sync.engine_sound import HOP, ORDERS, RATE_HZ, RPM_COUNT, RPM_LOW, RPM_STEP, SPECTRUM, WINDOW, Path

Floats = npt.NDArray[np.float64]
Float32s = npt.NDArray[np.float32]

PART_S = 2.0  # the shortest that holds a stretch of gas and one of brakes; levels learnt on the others are tried on it
DOUBT = 20.0  # samples of silence that every learnt level is averaged with
BIN_HZ = RATE_HZ / SPECTRUM


@dataclass(frozen=True, slots=True, eq=False)
class Ear:
    """A clip's whitened spectrum, and what each order would show at a chance RPM.

    Attributes:
        white: (t, f) float32, as of `engine_sound.spectrum`.
        chance: (t, o) float32, the mean over the RPM grid of each of `ORDERS`.
        start_s: Video time of the first row's middle.
    """

    white: Float32s
    chance: Float32s
    start_s: float

    @property
    def end_s(self) -> float:
        """Video time of the last row's middle."""
        return self.start_s + (len(self.white) - 1) * HOP / RATE_HZ


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What is heard along a path.

    Attributes:
        video_s: (n,) video times.
        weight: (n,) how much each counts.
        level: (n, o) how far each order stands out, in deviations.
        power: (n,) 1 under power, 0 on the overrun.
    """

    video_s: Floats
    weight: Floats
    level: Floats
    power: npt.NDArray[np.intp]

    def between(self, start_s: float, end_s: float) -> "Heard":
        """Return the part between two video times."""
        inside = (self.video_s >= start_s) & (self.video_s < end_s)
        return Heard(self.video_s[inside], self.weight[inside], self.level[inside], self.power[inside])


def ear(white: Float32s, start_video_s: float) -> Ear:
    """Return a whitened spectrum ready to be listened to along any path; `start_video_s` is where its sound begins."""
    rpm = RPM_LOW * RPM_STEP ** np.arange(RPM_COUNT)
    gather = np.zeros((white.shape[1], len(ORDERS)), np.float32)
    for column, order in enumerate(ORDERS):
        at = np.rint(rpm * order / 60 / BIN_HZ).astype(np.intp)
        at = at[at < white.shape[1]]
        np.add.at(gather[:, column], at, 1 / max(len(at), 1))
    return Ear(white, white @ gather, start_video_s + WINDOW / 2 / RATE_HZ)


def heard(source: Ear, route: Path, offset_s: float, *, rate: float = 1.0, steps: float = 0.0) -> Heard:
    """Return what is heard along a car's path.

    Args:
        source: The clip.
        route: Of the car.
        offset_s: Session time at video time 0.
        rate: Session seconds a video second.
        steps: Moves the path by so many steps of the RPM grid, to listen beside it.
    """
    route = route.between(offset_s + rate * source.start_s, offset_s + rate * source.end_s)
    use = route.weight > 0
    video_s = (route.time_s[use] - offset_s) / rate
    row = np.clip((video_s - source.start_s) / (HOP / RATE_HZ), 0, len(source.white) - 1.001)
    rpm = RPM_LOW * RPM_STEP ** (route.place[use] + steps) * rate
    bins = rpm[:, None] * ORDERS / 60 / BIN_HZ
    inside = bins < source.white.shape[1] - 1
    bins = np.minimum(bins, source.white.shape[1] - 1.001)
    top, left = row.astype(np.intp), bins.astype(np.intp)
    down, right = (row - top)[:, None], bins - left
    flat, width = source.white.ravel(), source.white.shape[1]  # a flat array is read three times as fast
    at = top[:, None] * width + left
    level = (1 - down) * ((1 - right) * flat.take(at) + right * flat.take(at + 1))
    level += down * ((1 - right) * flat.take(at + width) + right * flat.take(at + width + 1))
    return Heard(video_s, route.weight[use], np.where(inside, level - source.chance[top], 0.0), route.power[use].astype(np.intp))


def voice(what: Heard) -> Floats:
    """Return the level of each order in this very engine, (2, o) on the overrun and under power, in deviations.

    They are drawn towards silence where little was heard.
    """
    total, weight = _sums(what, np.zeros(len(what.video_s), np.intp), 1)
    return _drawn(total[0], weight[0])


def told(what: Heard, levels: Floats) -> Floats:
    """Return (n,) by how many nats each sample is likelier under orders of known levels than under none."""
    own = levels[what.power]
    return np.asarray(what.weight * ((what.level * own).sum(1) - (own**2).sum(1) / 2))


def silence(what: Heard, levels: Floats) -> Floats:
    """Return (n,) by how many nats each sample would speak against orders of known levels if nothing stood out."""
    return np.asarray(what.weight * (levels[what.power] ** 2).sum(1) / 2)


def evidence(what: Heard) -> float:
    """Return by how many nats the path is likelier than none, every part judged by levels learnt on the others."""
    if len(what.video_s) == 0:
        return 0.0
    part = ((what.video_s - what.video_s[0]) // PART_S).astype(np.intp)
    total, weight = _sums(what, part, int(part[-1]) + 1)
    levels = _drawn(total.sum(0) - total, weight.sum(0) - weight)
    return float((levels * total).sum() - (weight * (levels**2).sum(-1)).sum() / 2)


def _sums(what: Heard, part: npt.NDArray[np.intp], count: int) -> tuple[Floats, Floats]:
    """Return (p, 2, o) weighted sums of levels and (p, 2) weights of each part, on the overrun and under power."""
    group = 2 * part + what.power
    weight = np.where(group == np.arange(2 * count)[:, None], what.weight, 0.0)
    return (weight @ what.level).reshape(count, 2, -1), weight.sum(1).reshape(count, 2)


def _drawn(total: Floats, weight: Floats) -> Floats:
    return np.clip(total / (weight + DOUBT)[..., None], 0.0, None)
