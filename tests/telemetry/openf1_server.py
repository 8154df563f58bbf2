"""A stand-in for OpenF1: a made race as its JSON, and the ways in which a server can misbehave."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from telemetry.pit_stops import pit_stops_s
from telemetry.race_record import Lap, RaceRecord
from telemetry.race_session import RaceSession

Rows = list[dict[str, Any]]

MEETING, SESSION = 1236, 9523
RACE = RaceSession(2024, "Made", "R", source="openf1")
SLOW_S = 0.6


@dataclass
class StandIn:
    """What is published, what goes wrong next, and what was asked.

    `trouble` maps an endpoint to what its next answers are: a status, "cut" or "slow"; once they are used up it answers well.
    """

    rows: dict[str, Rows]
    trouble: dict[str, list[int | str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(stand_in: StandIn) -> Iterator[str]:
    """Serve on a free port while the block runs, and lend the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            endpoint = address.path.rsplit("/", 1)[1]
            wanted = dict(parse_qsl(address.query))
            stand_in.asked.append(f"{endpoint} {wanted.get('driver_number', '')}".strip())
            next_up = stand_in.trouble.get(endpoint) or [200]
            trouble = next_up.pop(0) if stand_in.trouble.get(endpoint) else 200
            if trouble == "slow":
                time.sleep(SLOW_S)
            rows = [row for row in stand_in.rows[endpoint] if all(str(row.get(key)) == value for key, value in wanted.items())]
            body = json.dumps(rows or {"detail": "No results found."}).encode()
            status = trouble if isinstance(trouble, int) and trouble != 200 else 200 if rows else 404
            try:
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "0.05")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if trouble == "cut" else body)
            except BrokenPipeError:
                return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def published(record: RaceRecord) -> dict[str, Rows]:
    """Return a race as OpenF1 publishes it."""

    def date(session_time_s: float) -> str:
        return (record.utc_at_zero + timedelta(seconds=round(float(session_time_s), 6))).isoformat()

    both = {"meeting_key": MEETING, "session_key": SESSION}
    numbers = {tla: driver.number for tla, driver in record.drivers.items()}
    rows: dict[str, Rows] = {
        "meetings": [
            _meeting(1, "Pre-Season Testing", "Bahrain", "02-21"),
            _meeting(1229, "Bahrain Grand Prix", "Bahrain", "02-29"),
            _meeting(MEETING, "Made Grand Prix", "Madeland", "05-24"),
        ],
        "sessions": [{**both, "session_name": name} for name in ("Practice 1", "Qualifying")]
        + [{**both, "session_name": "Race"}],
        "drivers": [
            {
                **both,
                "driver_number": driver.number,
                "name_acronym": tla,
                "full_name": driver.full_name,
                "team_name": driver.team,
                "team_colour": driver.team_colour.upper(),
            }
            for tla, driver in record.drivers.items()
        ],
        "car_data": [],
        "location": [],
        "laps": [],
        "position": [],
        "stints": [],
        "pit": [],
        "intervals": [],
        "race_control": [],
    }
    for tla, trace in record.traces.items():
        car = {**both, "driver_number": numbers[tla]}
        rows["car_data"] += [
            {
                **car,
                "date": date(time_s),
                "speed": int(trace.speed_kmh[at]),
                "rpm": int(trace.rpm[at]),
                "n_gear": int(trace.gear[at]),
                "throttle": int(trace.throttle[at]),
                "brake": 100 if trace.brake[at] else 0,
                "drs": 8,
            }
            for at, time_s in enumerate(trace.session_time_s)
        ]
        lost = ~np.isfinite(trace.x_m)
        rows["location"] += [
            {
                **car,
                "date": date(time_s),
                "x": 0 if lost[at] else round(trace.x_m[at] * 10),
                "y": 0 if lost[at] else round(trace.y_m[at] * 10),
                "z": 0,
            }
            for at, time_s in enumerate(trace.position_time_s)
        ]
        rows["laps"] += [{**car, **_lap(lap), "date_start": date(lap.start_s or 0.0)} for lap in record.laps[tla]]
        rows["position"] += [{**car, "date": date(1.0), "position": list(record.drivers).index(tla) + 1}]
        rows["stints"] += [{**car, "lap_start": 1, "lap_end": 2, "compound": "SOFT", "tyre_age_at_start": 3, "stint_number": 1}]
        rows["stints"] += [{**car, "lap_start": 3, "lap_end": 99, "compound": "HARD", "tyre_age_at_start": 0, "stint_number": 2}]
        rows["pit"] += [
            {**car, "date": date(out_s), "lap_number": 2, "pit_duration": out_s - in_s}
            for in_s, out_s in pit_stops_s(record.laps[tla])
        ]
        rows["intervals"] += [{**car, "date": date(50.0), "gap_to_leader": None, "interval": None}]
        rows["intervals"] += [{**car, "date": date(54.0), "gap_to_leader": "+1 LAP", "interval": 1.234}]
    return rows


def _meeting(key: int, name: str, country: str, day: str) -> dict[str, Any]:
    return {
        "meeting_key": key,
        "meeting_name": name,
        "country_name": country,
        "location": f"{country} City",
        "date_start": f"2024-{day}T11:30:00+00:00",
        "year": 2024,
    }


def _lap(lap: Lap) -> dict[str, Any]:
    third = None if lap.lap_time_s is None else round(lap.lap_time_s / 3, 3)
    total = None if third is None else round(3 * third, 3)
    return {"lap_number": lap.number, "lap_duration": total, "is_pit_out_lap": False} | {
        f"duration_sector_{number}": third for number in (1, 2, 3)
    }


def said(session_time_s: float, record: RaceRecord, **what: Any) -> dict[str, Any]:
    """Return a message of race control."""
    when = record.utc_at_zero + timedelta(seconds=session_time_s)
    both = {"meeting_key": MEETING, "session_key": SESSION}
    return {**both, "date": when.isoformat(), "flag": None, "scope": None, "message": "", **what}
