"""FastF1's tables of a loaded session as parts of our record; a door of FastF1."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from telemetry.race_record import GREY, CornerMark, Driver, Lap, Trace, by_tla, nameless
from telemetry.race_session import LAST_DRS_SEASON, NO_CARS

Floats = npt.NDArray[np.float64]

FINISHED = "Finished"  # as the status of a session
_COLOUR = re.compile("[0-9a-f]{6}")


def drivers(results: Any) -> dict[str, Driver]:
    """Return who is in a table of results, by TLA; safety cars are left out."""
    return by_tla(_driver(row) for _, row in results.iterrows() if str(row.DriverNumber) not in NO_CARS)


def _driver(row: Any) -> Driver:
    name = " ".join(part for part in (_word(row.FirstName), _word(row.LastName)) if part) or nameless(row.DriverNumber)
    colour = str(row.TeamColor).lstrip("#").lower()
    colour = colour if _COLOUR.fullmatch(colour) else GREY
    return Driver(_word(row.Abbreviation), int(row.DriverNumber), name, _word(row.TeamName), colour)


def _word(value: Any) -> str:
    """Return a table's word, empty where it has none, for which FastF1 writes "None" or "nan"."""
    word = str(value).strip()
    return "" if word in {"None", "nan"} else word


def _seconds(column: Any) -> Floats:
    return np.asarray(column.dt.total_seconds(), np.float64)


def trace(driver: Driver, car_data: Any, positions: Any, *, season: int) -> Trace | None:
    """Return a car's samples, positions in metres and NaN where none was sent; None where it sent fewer than two."""
    number = str(driver.number)
    if number not in car_data or number not in positions:
        return None
    car = car_data[number]
    car = car[(car["Source"] == "car") & car["SessionTime"].notna()]
    place = positions[number]
    place = place[(place["Source"] == "pos") & place["SessionTime"].notna()]
    if len(car) < 2 or len(place) < 2:
        return None
    car_s, car_keep = np.unique(_seconds(car["SessionTime"]), return_index=True)
    place_s, place_keep = np.unique(_seconds(place["SessionTime"]), return_index=True)
    x, y = (np.asarray(place[axis], np.float64)[place_keep] / 10 for axis in ("X", "Y"))
    lost = (x == 0) & (y == 0)

    def channel(name: str) -> Floats:
        return np.asarray(car[name], np.float64)[car_keep]

    return Trace(
        driver=driver.tla,
        session_time_s=car_s,
        speed_kmh=channel("Speed"),
        rpm=channel("RPM"),
        gear=channel("nGear").astype(np.int8),
        throttle=channel("Throttle"),
        brake=channel("Brake") > 0,
        drs=channel("DRS").astype(np.int8) if season <= LAST_DRS_SEASON else None,
        position_time_s=place_s,
        x_m=np.where(lost, np.nan, x),
        y_m=np.where(lost, np.nan, y),
    )


def _time(value: Any) -> float | None:
    seconds = value.total_seconds() if hasattr(value, "total_seconds") else None
    return None if seconds is None or seconds != seconds else float(seconds)


def _number(value: Any) -> int | None:
    return None if value is None or value != value else int(value)


def _tla_by_number(drivers: dict[str, Driver]) -> dict[str, str]:
    return {str(driver.number): tla for tla, driver in drivers.items()}


def laps(session: Any, drivers: dict[str, Driver]) -> dict[str, tuple[Lap, ...]]:
    """Return every driver's laps in order, by TLA; none where the session has no lap data."""
    from fastf1.core import DataNotLoadedError

    try:
        table = session.laps
    except DataNotLoadedError:
        return dict.fromkeys(drivers, ())
    laps: dict[str, list[Lap]] = {tla: [] for tla in drivers}
    by_number = _tla_by_number(drivers)
    for row in table.to_dict("records"):
        tla = by_number.get(str(row["DriverNumber"]))
        if tla is None:
            continue
        compound = str(row["Compound"])
        laps[tla].append(
            Lap(
                driver=tla,
                number=int(row["LapNumber"]),
                start_s=_time(row["LapStartTime"]),
                end_s=_time(row["Time"]),
                lap_time_s=_time(row["LapTime"]),
                sector_times_s=(_time(row["Sector1Time"]), _time(row["Sector2Time"]), _time(row["Sector3Time"])),
                position=_number(row["Position"]),
                compound=compound if compound.isalpha() and compound.lower() not in {"nan", "none", "unknown"} else None,
                tyre_age_laps=_number(row["TyreLife"]),
                accurate=bool(row["IsAccurate"]),
                in_pit=_time(row["PitInTime"]) is not None or _time(row["PitOutTime"]) is not None,
                pit_in_s=_time(row["PitInTime"]),
                pit_out_s=_time(row["PitOutTime"]),
            )
        )
    return {tla: tuple(sorted(found, key=lambda lap: lap.number)) for tla, found in laps.items()}


def _gap_s(words: Any) -> Floats:
    """Return gaps in seconds of texts such as "+1.234", "LAP 5" (the leader: 0) and "1L" (laps down: NaN)."""

    def one(word: Any) -> float:
        text = str(word).strip()
        if text.upper().startswith("LAP"):
            return 0.0
        try:
            return float(text.lstrip("+"))
        except ValueError:
            return float("nan")

    return np.array([one(word) for word in words], np.float64)


def intervals(session: Any, drivers: dict[str, Driver], livedata: Any) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Return published session times, gaps to the leader and to the car ahead in s, by TLA; NaN for what is no time."""
    from fastf1 import _api

    try:
        _, stream = _api.timing_data(session.api_path, livedata=livedata)
    except (_api.SessionNotAvailableError, KeyError, ValueError, IndexError, TypeError):
        return {}
    by_number = _tla_by_number(drivers)
    found = {}
    for number, rows in stream.groupby("Driver"):
        tla = by_number.get(str(number))
        if tla is not None:
            found[tla] = (_seconds(rows["Time"]), _gap_s(rows["GapToLeader"]), _gap_s(rows["IntervalToPositionAhead"]))
    return found


def track_status(session: Any) -> tuple[tuple[float, str], ...]:
    """Return (session time, code) whenever the track's status changed."""
    from fastf1.core import DataNotLoadedError

    try:
        table = session.track_status
    except DataNotLoadedError:
        return ()
    times = ((_time(row["Time"]), str(row["Status"])) for row in table.to_dict("records"))
    return tuple((time_s, status) for time_s, status in times if time_s is not None and status)


def flag_s(session: Any) -> float | None:
    """Return when the session was last said to be finished, which is when the chequered flag is shown; None where it is not."""
    from fastf1.core import DataNotLoadedError

    try:
        table = session.session_status
    except DataNotLoadedError:
        return None
    said_s = [_time(row["Time"]) for row in table.to_dict("records") if row["Status"] == FINISHED]
    return said_s[-1] if said_s else None


def total_laps(session: Any) -> int | None:
    """Return how many laps the race has, None where nobody says."""
    from fastf1.core import DataNotLoadedError

    try:
        return _number(session.total_laps)
    except DataNotLoadedError:
        return None


def corners(session: Any) -> tuple[CornerMark, ...]:
    """Return the official corners, which FastF1 has from another server; without them corners are numbered by the circuit's shape."""
    import requests

    try:
        info = session.get_circuit_info()
    except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
        return ()
    if info is None:
        return ()
    rows = info.corners.to_dict("records")
    return tuple(CornerMark(int(row["Number"]), str(row["Letter"]), float(row["X"]) / 10, float(row["Y"]) / 10) for row in rows)
