"""The moments of a race session that are worth a clip: battles, overtakes, closing runs, braking duels, fastest sectors."""

from collections.abc import Iterator

from telemetry.field import Field, field_of
from telemetry.moment import Kind, Moment
from telemetry.overtakes import overtakes
from telemetry.pursuits import Found, battles, braking_duels, closing_runs
from telemetry.race_record import RaceRecord
from telemetry.race_session import RACES
from telemetry.racing import Racing
from telemetry.sectors import Sector, best_sectors

#: What a moment of a kind is worth at the least and at the most, of 100.
WORTH = {
    Kind.OVERTAKE: (30.0, 100.0),
    Kind.BATTLE: (20.0, 75.0),
    Kind.CLOSING: (15.0, 65.0),
    Kind.BRAKING: (10.0, 55.0),
    Kind.SECTOR: (10.0, 40.0),
}
#: A clip begins so many seconds before and ends so many after what it shows.
LEAD_S = {
    Kind.OVERTAKE: (10.0, 6.0),
    Kind.BATTLE: (2.0, 2.0),
    Kind.CLOSING: (0.0, 4.0),
    Kind.BRAKING: (5.0, 4.0),
    Kind.SECTOR: (1.0, 1.0),
}


def find(record: RaceRecord, *, driver: str | None = None, field: Field | None = None) -> list[Moment]:
    """Return the moments of a race session, the one most worth seeing first.

    Args:
        record: The race session; outside races only sectors are told, for nobody races there.
        driver: TLA; only moments that this driver's onboard shows, forwards or backwards, and the driver's own best sectors.
        field: The race session's field where it is known already.
    """
    found = list(_sectors(record, driver))
    field = field or (field_of(record) if record.race.kind in RACES else None)
    if field is not None and record.race.kind in RACES:
        racing = Racing.of(record, field)
        for seek in (overtakes, battles, closing_runs, braking_duels):
            found += [_moment(racing, what) for what in seek(racing)]
    shown = [moment for moment in found if driver is None or moment.shows(driver)]
    return sorted(shown, key=lambda moment: (-moment.score, moment.start_s, moment.driver))


def _moment(racing: Racing, what: Found) -> Moment:
    field = racing.field
    before_s, after_s = LEAD_S[what.kind]
    key_s = float(field.time_s[what.key])
    driver = field.drivers[what.own]
    return Moment(
        kind=what.kind,
        driver=driver,
        other=None if what.other is None else field.drivers[what.other],
        key_s=key_s,
        utc=racing.record.utc(key_s),
        lap=racing.lap(driver, key_s),
        start_s=float(field.time_s[what.first]) - before_s,
        end_s=float(field.time_s[what.last]) + after_s,
        reason=what.reason,
        score=_score(what.kind, what.strength),
    )


def _sectors(record: RaceRecord, driver: str | None) -> Iterator[Moment]:
    """Yield the fastest sectors of all, and a driver's own best ones."""
    before_s, after_s = LEAD_S[Kind.SECTOR]
    for sector in best_sectors(record):
        if sector.behind_s > 0 and sector.driver != driver:
            continue
        yield Moment(
            kind=Kind.SECTOR,
            driver=sector.driver,
            other=None,
            key_s=sector.end_s,
            utc=record.utc(sector.end_s),
            lap=sector.lap,
            start_s=sector.start_s - before_s,
            end_s=sector.end_s + after_s,
            reason=_of_sector(sector),
            score=_score(Kind.SECTOR, max(0.0, 1 - sector.behind_s / sector.time_s * 100)),
        )


def _of_sector(sector: Sector) -> str:
    if sector.behind_s > 0:
        return f"own best sector {sector.number}, {sector.time_s:.3f} s, {sector.behind_s:.3f} s behind the fastest"
    return f"fastest sector {sector.number} of all, {sector.time_s:.3f} s"


def _score(kind: Kind, strength: float) -> float:
    low, high = WORTH[kind]
    return round(low + (high - low) * min(max(float(strength), 0.0), 1.0), 1)
