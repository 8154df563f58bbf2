"""Clips with known truth for the sync, made from a real race's telemetry: one of every kind that a user may bring."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from telemetry.race_record import RaceRecord, Trace
from telemetry.sync.sound import Sound
from tests.telemetry.sync import engine

Floats = npt.NDArray[np.float64]

MOVING_KMH = 60.0
LACKING_S = 3.0
LAG_S = 0.075  # of car data, as the sync assumes where it cannot measure it


@dataclass(frozen=True, slots=True)
class Kind:
    """What a trial is made of.

    Attributes:
        duration_s: Of the clip.
        snr_db: Engine against everything else within `engine.MEASURED_HZ`; None for no engine at all.
        rate: Session seconds a video second.
        jumps_s: What the clip skips at each of its cuts, in session seconds.
        stranger: The engine is of another race session: "circuit" at another circuit, "day" at this one on another day, for which the
            second half of the race is heard and the first half searched; empty when it is not.
        own: The driver is given, and is the right one.
        music: What is heard where there is no engine is music and nothing else.
    """

    duration_s: float = 20.0
    snr_db: float | None = 0.0
    rate: float = 1.0
    jumps_s: tuple[float, ...] = ()
    stranger: str = ""
    own: bool = True
    music: bool = False


KINDS: Mapping[str, Kind] = {
    "20 s, 0 dB": Kind(),
    "20 s, −10 dB": Kind(snr_db=-10.0),
    "10 s, 0 dB": Kind(10.0),
    "5 s, 0 dB": Kind(5.0),
    "40 s, −10 dB": Kind(40.0, -10.0),
    "20 s, 0 dB, any driver": Kind(own=False),
    "20 s, −10 dB, any driver": Kind(snr_db=-10.0, own=False),
    "20 s, 0 dB, PAL speed-up": Kind(rate=25 / 24),
    "60 s, 0 dB, 1 % drift": Kind(60.0, rate=1.01),
    "30 s, 0 dB, one cut": Kind(30.0, jumps_s=(8.0,)),
    "20 s, no engine": Kind(snr_db=None),
    "20 s, no engine, any driver": Kind(snr_db=None, own=False),
    "20 s, music": Kind(snr_db=None, music=True),
    "20 s, music, any driver": Kind(snr_db=None, music=True, own=False),
    "20 s, 0 dB, other circuit": Kind(stranger="circuit"),
    "20 s, 0 dB, other circuit, any driver": Kind(stranger="circuit", own=False),
    "20 s, 0 dB, half speed": Kind(rate=0.5),
    "20 s, 0 dB, other day": Kind(stranger="day"),
    "20 s, 0 dB, other day, any driver": Kind(stranger="day", own=False),
}


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One clip: its sound, the driver that is given (None when none is), and the truth.

    Attributes:
        sound: As decoded.
        given: TLA that the user would name.
        driver: TLA whose engine sounds, None where nobody's of this race session does.
        truth_s: (n, 3) rows of the first video time of each piece, its session time there, and its rate; empty where the clip lies
            nowhere.
    """

    sound: Sound
    given: str | None
    driver: str | None
    truth_s: Floats

    def session_time_s(self, video_time_s: float) -> float | None:
        """Return the true session time of a video time."""
        rows = self.truth_s[self.truth_s[:, 0] <= video_time_s] if len(self.truth_s) else self.truth_s
        return float(rows[-1, 1] + (video_time_s - rows[-1, 0]) * rows[-1, 2]) if len(rows) else None


def trial(kind: Kind, record: RaceRecord, strangers: Mapping[str, Trace], seed: int) -> Trial:
    """Return one clip of a kind; the same seed gives the same clip.

    Args:
        kind: What it is made of.
        record: The race session that is searched.
        strangers: Traces of another race session.
        seed: Of everything random.
    """
    random = np.random.default_rng(seed)
    name = str(random.choice(sorted(record.traces)))
    given = name if kind.own else None
    count = round(kind.duration_s * engine.RATE_HZ)
    if kind.snr_db is None:
        heard = engine.music(count, random) if kind.music else engine.noise(count, random)
        return Trial(engine.recorded(heard), given, None, np.empty((0, 3)))
    traces = strangers if kind.stranger == "circuit" else record.traces
    trace = traces[str(random.choice(sorted(traces)))] if kind.stranger == "circuit" else traces[name]
    cuts = np.sort(random.uniform(0.3, 0.7, len(kind.jumps_s))) * kind.duration_s
    edges_s = np.concatenate([[0.0], cuts, [kind.duration_s]])
    earliest_s = halfway_s(record) if kind.stranger == "day" else 0.0
    start_s = moment(trace, kind.duration_s * kind.rate + sum(kind.jumps_s), random, earliest_s=earliest_s)
    starts_s = start_s + edges_s[:-1] * kind.rate + np.concatenate([[0.0], np.cumsum(kind.jumps_s)])
    source = engine.engine(random)
    parts = [
        engine.sing(source, engine.drive(trace, begin, length, random, lag_s=LAG_S, rate=kind.rate), random)
        for begin, length in zip(starts_s, np.diff(edges_s), strict=True)
    ]
    wanted = np.concatenate(parts)
    if random.uniform() < 0.5:
        wanted = engine.echoed(wanted, random)
    if len(cuts) == 0 and random.uniform() < 0.3:
        # A car nearby is heard too, but not as loud as the one that carries the microphone.
        end_s = start_s + kind.duration_s * kind.rate
        running = [
            tla for tla in sorted(traces) if traces[tla].session_time_s[0] < start_s < end_s < traces[tla].session_time_s[-1]
        ]
        rival = traces[str(random.choice(running))]
        beside = engine.drive(rival, start_s, kind.duration_s, random, lag_s=LAG_S, rate=kind.rate)
        wanted = engine.mixed(wanted, engine.sing(engine.engine(random), beside, random), random.uniform(6, 15))
    mix = engine.mixed(wanted, engine.noise(len(wanted), random), kind.snr_db)
    truth = np.column_stack([edges_s[:-1], starts_s, np.full(len(starts_s), kind.rate)])
    lost = kind.stranger != "" or not 0.9 < kind.rate < 1.1
    return Trial(engine.recorded(mix), given, None if lost else name, np.empty((0, 3)) if lost else truth)


def halfway_s(record: RaceRecord) -> float:
    """Return the session time halfway through the telemetry."""
    return float(np.median([trace.session_time_s[len(trace.session_time_s) // 2] for trace in record.traces.values()]))


def first_half(record: RaceRecord) -> RaceRecord:
    """Return the race session with all that came later left out."""
    end_s = halfway_s(record)
    traces = {
        tla: _only(trace, trace.session_time_s < end_s, trace.position_time_s < end_s) for tla, trace in record.traces.items()
    }
    return replace(record, traces=traces)


def lacking(record: RaceRecord, driver: str, start_s: float, end_s: float) -> RaceRecord:
    """Return the race session with what a driver did between two session times, and a little before and after it, left out."""
    trace = record.traces[driver]
    heard, seen = (
        (time_s < start_s - LACKING_S) | (time_s > end_s + LACKING_S) for time_s in (trace.session_time_s, trace.position_time_s)
    )
    return replace(record, traces={**record.traces, driver: _only(trace, heard, seen)})


def _only(trace: Trace, heard: npt.NDArray[np.bool_], seen: npt.NDArray[np.bool_]) -> Trace:
    return Trace(
        driver=trace.driver,
        session_time_s=trace.session_time_s[heard],
        speed_kmh=trace.speed_kmh[heard],
        rpm=trace.rpm[heard],
        gear=trace.gear[heard],
        throttle=trace.throttle[heard],
        brake=trace.brake[heard],
        drs=None if trace.drs is None else trace.drs[heard],
        position_time_s=trace.position_time_s[seen],
        x_m=trace.x_m[seen],
        y_m=trace.y_m[seen],
    )


def moment(trace: Trace, duration_s: float, random: np.random.Generator, *, earliest_s: float = 0.0) -> float:
    """Return a session time from which a car drives, most of the time, for as long as a clip lasts."""
    time_s = trace.session_time_s
    for _ in range(1_000):
        start_s = float(random.uniform(max(time_s[0] + 5, earliest_s), time_s[-1] - duration_s - 5))
        inside = (time_s > start_s) & (time_s < start_s + duration_s)
        if inside.any() and float(np.mean(trace.speed_kmh[inside] > MOVING_KMH)) > 0.8:
            return start_s
    raise ValueError(f"{trace.driver} hardly drives")
