from pathlib import Path

import numpy as np

from sessions import sights_stage
from sessions.session import Session
from sessions.studio import readings
from sessions.workspace import Workspace, key_of
from telemetry.alignment import Alignment
from telemetry.race_record import Trace
from telemetry.race_session import RaceSession

LAG_S = 0.4
TIME_S = np.arange(0, 100, 0.25)


def trace() -> Trace:
    speed = 200 + 80 * np.sin(TIME_S)
    zeros = np.zeros(len(TIME_S))
    gear, brake = zeros.astype(np.int8), zeros > 0
    return Trace("PER", TIME_S + LAG_S, speed, zeros, gear, zeros, brake, None, TIME_S, zeros, zeros)


def test_the_number_that_follows_the_speed_is_shown_in_kmh(tmp_path: Path) -> None:
    session = Session(tmp_path / "clip.mp4", RaceSession(2024, "Monaco", "R"))
    workspace = Workspace.of(tmp_path / "session.toml")
    assert readings.speeds(session, workspace, trace(), LAG_S, Alignment.constant(20.0)) == []
    video_s = [1.0, 2.0, 3.0]
    mph = [[at_s, (200 + 80 * np.sin(20 + at_s)) / 1.609344] for at_s in video_s]
    lap_times = [[at_s, 83.0 + at_s] for at_s in video_s]
    workspace.write(readings.STAGE, key_of(sights_stage.VERSION, session.clip), {"speeds": [lap_times, mph]})
    found = readings.speeds(session, workspace, trace(), LAG_S, Alignment.constant(20.0))
    np.testing.assert_allclose(found, [[at_s, 200 + 80 * np.sin(20 + at_s)] for at_s in video_s], atol=1.0)
