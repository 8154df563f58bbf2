"""Lines a session's clip up with its race session, and remembers what was found."""

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from overlay.clip import Clip
from sessions.errors import SyncRefusedError
from sessions.session import Session
from sessions.sights_stage import Looking
from sessions.workspace import Workspace, key_of
from telemetry.alignment import Alignment, Piece
from telemetry.circuit import survey
from telemetry.lag import car_data_lag_s
from telemetry.race_record import RaceRecord
from telemetry.sync import answer, consensus, fusion, places
from telemetry.sync.answer import Verdict
from telemetry.sync.pieces import SHORTEST_S
from telemetry.sync.places import Hearing
from telemetry.sync.verdict import State

SAME_S = 0.5  # apart: counted from the same instant
VERSION = 17  # of the finder: results of another one are found anew


@dataclass(frozen=True, slots=True)
class Place:
    """A place where the clip may lie, as it is shown to a person and kept on disk."""

    driver: str
    offset_s: float
    lap: int | None
    video_start_utc: str
    evidence: float


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What the sync found, as it is kept on disk; `offset_s` is None when refused without a candidate.

    `lap` and `video_start_utc` are those of the clip's first picture, at `video_start_s`: its clock may begin minutes in.
    `pieces` are the clip's uncut stretches as (start, end, offset, drift in ppm), start and end None at the clip's own;
    `untagged_s` the stretches of a locked clip that lie nowhere, as (start, end).
    """

    state: str
    driver: str | None
    offset_s: float | None
    drift_ppm: float
    confidence: float
    residual_s: float | None
    methods: tuple[str, ...]
    lap: int | None
    video_start_utc: str | None
    runner_up_offset_s: float | None
    candidates: tuple[Place, ...]
    reason: str
    pieces: tuple[tuple[float | None, float | None, float, float], ...] = ()
    untagged_s: tuple[tuple[float, float], ...] = ()
    video_start_s: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether it is sure enough to render with."""
        return self.state == State.LOCKED

    @property
    def lap_of_driver(self) -> str:
        """Which lap of whom the clip begins in, in words; formation and slowing-down laps have no number."""
        return f"{self.driver} outside every lap" if self.lap is None else f"lap {self.lap} of {self.driver}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields of the command contract, and more."""
        return {
            "offset_s": self.offset_s,
            "drift_ppm": self.drift_ppm,
            "confidence": self.confidence,
            "residual_s": self.residual_s,
            "methods": list(self.methods),
            "accepted": self.accepted,
            "lap": self.lap,
            "video_start_utc": self.video_start_utc,
            "runner_up_offset_s": self.runner_up_offset_s,
            "state": self.state,
            "driver": self.driver,
            "candidates": [asdict(place) for place in self.candidates],
            "reason": self.reason,
            "pieces": [list(piece) for piece in self.pieces],
            "untagged_s": [list(stretch) for stretch in self.untagged_s],
            "video_start_s": self.video_start_s,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "SyncResult":
        """Return what `to_json` wrote."""
        rows = {"methods", "candidates", "pieces", "untagged_s"}
        return cls(
            **{key: values[key] for key in cls.__slots__ if key not in rows},
            methods=tuple(values["methods"]),
            candidates=tuple(Place(**place) for place in values["candidates"]),
            pieces=tuple((start, end, offset_s, drift_ppm) for start, end, offset_s, drift_ppm in values["pieces"]),
            untagged_s=tuple((start, end) for start, end in values["untagged_s"]),
        )

    def alignment(self, accept_unsure: int | None = None) -> Alignment:
        """Return where the clip lies.

        Args:
            accept_unsure: Number of the candidate to take, from 1, where the sync is not sure; one that is sure stands.

        Raises:
            SyncRefusedError: It is not sure and no candidate is taken, or there is no such candidate.
        """
        if accept_unsure is not None and not self.accepted:
            if not 1 <= accept_unsure <= len(self.candidates):
                raise SyncRefusedError(f"there is no candidate {accept_unsure}; the sync found {len(self.candidates)}")
            place = self.candidates[accept_unsure - 1]
            return Alignment.constant(place.offset_s, confidence=0.0, methods=("accepted",))
        if not self.accepted or self.offset_s is None:
            way = "take a candidate of `slipstream sync` with --accept-unsure N" if self.candidates else "say it by hand"
            raise SyncRefusedError(f"the sync is not sure: {self.reason}; {way}")
        pieces = tuple(
            Piece(-math.inf if start is None else start, math.inf if end is None else end, offset_s, drift_ppm)
            for start, end, offset_s, drift_ppm in self.pieces
        )
        return Alignment(pieces, self.confidence, self.residual_s, self.methods)


def find(session: Session, record: RaceRecord, workspace: Workspace) -> SyncResult:
    """Return where the clip lies, found anew, and remember it."""
    with Looking(session, workspace) as looking:
        result = search(session, record, looking)
    keep(session, workspace, result)
    return result


def keep(session: Session, workspace: Workspace, result: SyncResult) -> None:
    """Remember what was found."""
    workspace.write("sync", _key(session), result.to_json())


def search(session: Session, record: RaceRecord, looking: Looking) -> SyncResult:
    """Return where the clip lies.

    Its sound and the graphics' numbers are always asked; how the picture moves and what drives ahead only where those leave a doubt.
    """
    with Clip(session.clip) as clip:
        sound, start_s = clip.sound(), clip.start_s
        duration_s = clip.duration_s or (sound.duration_s if sound else 0.0)
    # Where a clip lies is asked of one that begins at 0.
    heard = sound.since(start_s) if sound else None
    case = consensus.hear(record, heard, driver=session.driver, duration_s=duration_s, when_unsure=looking.further)
    verdict = case.verdict(looking.numbers().since(start_s))
    if not case.hopeless and verdict.state is not State.LOCKED:
        verdict = case.verdict(looking.everything().since(start_s))
    return _result(verdict, record, start_s)


def unheard(result: SyncResult, clip: Clip) -> str | None:
    """Return what to say of a clip that its sound alone has placed, and of which long stretches have none; None where there is no such.

    They go on where the sound ended, and are tagged: most who cut off a sound leave the picture whole. But a cut there goes unnoticed.
    """
    if result.methods != (fusion.SOUND,) or (sound := clip.sound()) is None:
        return None
    begin_s, end_s = sound.start_video_s, sound.start_video_s + sound.duration_s
    where = result.alignment()
    stretches: list[str] = []
    if begin_s - clip.start_s >= SHORTEST_S and where.session_time_s(clip.start_s) is not None:
        stretches.append(f"begins {begin_s - clip.start_s:.1f} s after")
    if clip.end_s - end_s >= SHORTEST_S and where.session_time_s(clip.end_s) is not None:
        stretches.append(f"ends {clip.end_s - end_s:.1f} s before")
    if not stretches:
        return None
    return f"the clip's sound {' and '.join(stretches)} the clip; where there is none, the clip is taken to be uncut"


def hearing(session: Session, record: RaceRecord, driver: str | None) -> Hearing | None:
    """Return the clip's sound beside the path of a driver, of every one when None; None where there is nothing to hear."""
    with Clip(session.clip) as clip:
        sound = clip.sound()
    traces = record.traces if driver is None else {driver: record.traces[driver]}
    return None if sound is None else places.hearing(sound, traces, car_data_lag_s(record, survey(record)))


def by_hand(session: Session, record: RaceRecord, where: Alignment, *, start_s: float = 0.0) -> SyncResult:
    """Return an alignment set by a person as a result: it is not judged, it wins; `start_s` is the clip's first video time."""
    begin_s = where.pieces[0].offset_s + where.pieces[0].rate * start_s
    lap = answer.lap_at(record, session.driver, begin_s) if session.driver else None
    return SyncResult(
        state=str(State.LOCKED),
        driver=session.driver,
        offset_s=where.offset_s,
        drift_ppm=where.drift_ppm,
        confidence=where.confidence,
        residual_s=where.residual_s,
        methods=where.methods,
        lap=lap,
        video_start_utc=_utc(record, begin_s),
        runner_up_offset_s=None,
        candidates=(),
        reason="",
        pieces=_rows(where),
        video_start_s=start_s,
    )


def stored(session: Session, workspace: Workspace) -> SyncResult | None:
    """Return what was found earlier, None where nothing was, or the clip, race session or driver has changed."""
    values = workspace.read("sync", _key(session))
    return None if values is None else SyncResult.from_json(values)


def is_of(result: SyncResult, record: RaceRecord) -> bool:
    """Return whether a result was found on a race record that counts its time from the same instant: sources differ in it."""
    if result.offset_s is None or result.video_start_utc is None:
        return True
    begin = datetime.fromisoformat(result.video_start_utc)
    begin_s = result.offset_s + result.video_start_s * (1 + result.drift_ppm * 1e-6)
    return abs((begin - record.utc(begin_s)).total_seconds()) < SAME_S


def _key(session: Session) -> str:
    recording = session.race.recording
    return key_of(VERSION, session.clip, str(session.race), recording or session.race.source, session.driver)


def _result(verdict: Verdict, record: RaceRecord, start_s: float) -> SyncResult:
    """Return a verdict, which counts from the clip's first picture, on the clip's own clock, which shows `start_s` there."""
    places = tuple(
        Place(entry.driver, entry.offset_s - start_s, entry.lap, _utc(record, entry.offset_s), entry.evidence)
        for entry in verdict.candidates
    )
    where = verdict.alignment.begun_at(start_s) if verdict.alignment else None
    begins_s = [verdict.alignment.offset_s] if verdict.alignment else [entry.offset_s for entry in verdict.candidates]
    best = places[0] if places else None
    offset_s = where.offset_s if where else best.offset_s if best else None
    runner_up = places[1] if len(places) > 1 else None
    return SyncResult(
        state=str(verdict.state),
        driver=verdict.driver,
        offset_s=offset_s,
        drift_ppm=where.drift_ppm if where else 0.0,
        confidence=where.confidence if where else 0.0,
        residual_s=where.residual_s if where else None,
        methods=where.methods if where else (),
        lap=best.lap if best else None,
        video_start_utc=_utc(record, begins_s[0]) if begins_s else None,
        runner_up_offset_s=runner_up.offset_s if runner_up else None,
        candidates=places,
        reason=verdict.reason,
        pieces=_rows(where) if where else (),
        untagged_s=tuple((begin + start_s, end + start_s) for begin, end in verdict.untagged_s),
        video_start_s=start_s,
    )


def _rows(where: Alignment) -> tuple[tuple[float | None, float | None, float, float], ...]:
    return tuple(
        (
            piece.start_video_s if math.isfinite(piece.start_video_s) else None,
            piece.end_video_s if math.isfinite(piece.end_video_s) else None,
            piece.offset_s,
            piece.drift_ppm,
        )
        for piece in where.pieces
    )


def _utc(record: RaceRecord, session_time_s: float) -> str:
    instant: datetime = record.utc(session_time_s)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
