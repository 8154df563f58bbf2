"""The store of race sessions: what goes in comes out, and what is stale or torn is read anew."""

from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from telemetry import race as source
from telemetry import store
from telemetry.errors import TelemetryError
from telemetry.race_record import CornerMark, RaceRecord
from telemetry.race_session import RaceSession
from tests.shared import shared
from tests.telemetry.races import drive, race


@pytest.fixture
def record() -> RaceRecord:
    cars = {"AAA": drive(0.0, 1.0, end_s=90.0, lost=((30.0, 35.0),)), "BBB": drive(-20.0, 0.98, end_s=90.0)}
    made = race(cars, status=((0.0, "1"), (40.0, "4"))).record
    interval = (np.array([1.0, 2.0]), np.array([0.0, np.nan]), np.array([np.nan, 1.5]))
    return replace(made, interval_s={"BBB": interval}, total_laps=78, corners=(CornerMark(13, "A", 10.5, -3.0),))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, record: RaceRecord) -> list[RaceSession]:
    """What the source was asked for; it always answers with `record`."""
    asked: list[RaceSession] = []

    def load(wanted: RaceSession) -> RaceRecord:
        asked.append(wanted)
        return replace(record, race=wanted)

    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path / "store"))
    monkeypatch.setattr(source, "load", load)
    return asked


@pytest.fixture
def wanted(tmp_path: Path) -> RaceSession:
    recording = tmp_path / "recording.txt"
    recording.write_text("as first recorded")
    return RaceSession(2024, "Made", "R", recording)


def same(first: RaceRecord, second: RaceRecord) -> None:
    assert first.drivers == second.drivers
    assert list(first.drivers) == list(second.drivers)
    assert first.laps == second.laps
    assert first.track_status == second.track_status
    assert first.corners == second.corners
    assert (first.event_name, first.utc_at_zero, first.total_laps) == (second.event_name, second.utc_at_zero, second.total_laps)
    assert first.traces.keys() == second.traces.keys()
    for tla, trace in first.traces.items():
        for was, now in zip(astuple(trace)[1:], astuple(second.traces[tla])[1:], strict=True):
            assert (was is None) == (now is None)
            if was is not None:
                assert was.dtype == now.dtype
                np.testing.assert_array_equal(was, now)
    assert first.interval_s.keys() == second.interval_s.keys()
    for tla, columns in first.interval_s.items():
        np.testing.assert_array_equal(columns, second.interval_s[tla])


def test_what_goes_in_comes_out_to_the_last_bit(reads: list[RaceSession], wanted: RaceSession, record: RaceRecord) -> None:
    store.load(wanted)
    same(store.load(wanted), record)
    assert reads == [wanted]


def test_a_season_without_drs_and_a_driver_without_data_stay_so(
    reads: list[RaceSession], wanted: RaceSession, record: RaceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = replace(record, traces={"AAA": replace(record.traces["AAA"], drs=None)}, interval_s={}, race=wanted)
    monkeypatch.setattr(source, "load", lambda _: bare)
    store.load(wanted)
    monkeypatch.setattr(source, "load", lambda _: record)
    same(store.load(wanted), bare)
    assert not reads


def test_a_recording_that_grew_is_read_anew(reads: list[RaceSession], wanted: RaceSession) -> None:
    store.load(wanted)
    assert store.kept(wanted) is not None
    assert wanted.recording is not None
    wanted.recording.write_text("as first recorded, and more")
    assert store.kept(wanted) is None
    store.load(wanted)
    assert len(reads) == 2
    assert store.kept(wanted) is not None


def test_a_store_of_an_older_form_is_read_anew(
    reads: list[RaceSession], wanted: RaceSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.load(wanted)
    monkeypatch.setattr(store, "FORM", store.FORM + 1)
    store.load(wanted)
    store.load(wanted)
    assert len(reads) == 2


@pytest.mark.parametrize("kept_share", [0.0, 0.3, 0.999])
def test_a_store_cut_short_is_read_anew(reads: list[RaceSession], wanted: RaceSession, kept_share: float) -> None:
    store.load(wanted)
    path = store.path_of(wanted)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept_share * len(whole))])
    store.load(wanted)
    assert len(reads) == 2
    store.load(wanted)
    assert len(reads) == 2


def test_no_flipped_bit_goes_unnoticed(reads: list[RaceSession], wanted: RaceSession, record: RaceRecord) -> None:
    store.load(wanted)
    path = store.path_of(wanted)
    whole = path.read_bytes()
    for at in range(64, len(whole) // 2, len(whole) // 17):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        same(store.load(wanted), record)
    assert len(reads) > 1


def test_a_car_that_a_damaged_table_of_contents_hides_is_read_anew(
    reads: list[RaceSession], wanted: RaceSession, record: RaceRecord
) -> None:
    store.load(wanted)
    path = store.path_of(wanted)
    whole = bytearray(path.read_bytes())
    last = whole.rindex(b"PK\x01\x02", 0, whole.index(b"BBB/session_time_s.npy", whole.index(b"PK\x01\x02")))
    named = int.from_bytes(whole[last + 28 : last + 30], "little")
    rest = len(whole) - 22 - (last + 46 + named)
    before = whole.rindex(b"PK\x01\x02", 0, last)
    swallowed = rest + len(whole[last : last + 46 + named])  # a comment so long hides all that follow
    whole[before + 32 : before + 34] = swallowed.to_bytes(2, "little")
    path.write_bytes(whole)
    same(store.load(wanted), record)
    assert len(reads) == 2


def test_what_was_read_on_race_day_is_read_again_later(
    reads: list[RaceSession], record: RaceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    online = RaceSession(2024, "Made", "R")
    fresh = replace(record, utc_at_zero=datetime.now(UTC) - timedelta(hours=3), race=online)
    monkeypatch.setattr(source, "load", lambda asked: reads.append(asked) or fresh)
    store.load(online)
    store.load(online)
    assert len(reads) == 1
    monkeypatch.setattr(store, "REREAD", timedelta(0))
    store.load(online)
    assert len(reads) == 2
    monkeypatch.setattr(store, "SETTLED", timedelta(hours=2))
    store.load(online)
    assert len(reads) == 2


def test_two_recordings_of_one_race_session_are_kept_apart(reads: list[RaceSession], wanted: RaceSession, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("another")
    store.load(wanted)
    store.load(replace(wanted, recording=other))
    assert len(reads) == 2
    assert store.kept(wanted) is not None


def test_a_cache_folder_that_cannot_be_written_costs_only_time(
    reads: list[RaceSession], wanted: RaceSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in the way").write_text("a file")
    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path / "in the way"))
    assert store.load(wanted).drivers
    assert reads == [wanted]


def test_nothing_is_left_beside_a_store(reads: list[RaceSession], wanted: RaceSession) -> None:
    store.load(wanted)
    assert reads
    assert [path.name for path in store.folder().iterdir()] == [store.path_of(wanted).name]


def test_a_recording_that_is_gone_is_named_even_where_it_is_kept(reads: list[RaceSession], wanted: RaceSession) -> None:
    store.load(wanted)
    assert wanted.recording is not None
    wanted.recording.unlink()
    with pytest.raises(TelemetryError, match=r"recording\.txt; check the path"):
        store.load(wanted)
    assert len(reads) == 1


def test_a_real_race_comes_back_as_it_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPSTREAM_CACHE", str(tmp_path))
    wanted = RaceSession(2024, "Monaco", "R", shared("telemetry", "monaco2024_race_cut", "livetiming.txt"))
    first = store.load(wanted)
    monkeypatch.setattr(source, "load", lambda _: pytest.fail("read anew"))
    same(store.load(wanted), first)
