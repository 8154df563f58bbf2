from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.picks import Pick
from segmentation.key_boxes import KeyBox
from segmentation.sighting import Sighting
from sessions import session_file
from sessions.errors import SessionError
from sessions.session import OverlaySettings, Session, SyncSettings, TrackSettings
from telemetry.race_session import KINDS, RaceSession
from telemetry.sync.anchors import Anchor

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
SECONDS = st.floats(-1e5, 1e5, allow_nan=False)

ANCHORS = st.one_of(
    st.builds(Anchor, video_time_s=SECONDS, lap=st.integers(1, 80)),
    st.builds(Anchor, video_time_s=SECONDS, session_time_s=SECONDS),
)
SYNCS = st.one_of(
    st.builds(SyncSettings, offset_s=SECONDS, drift_ppm=st.floats(-1e4, 1e4), nudge_s=st.floats(-1, 1)),
    st.builds(SyncSettings, anchors=st.lists(ANCHORS, max_size=3).map(tuple), nudge_s=st.floats(-1, 1)),
)
OVERLAYS = st.builds(
    OverlaySettings,
    theme=WORDS,
    units=st.sampled_from([None, "kmh", "mph"]),
    fields=st.one_of(st.none(), st.lists(WORDS, max_size=3).map(tuple)),
    cars=st.one_of(st.none(), st.integers(1, 5)),
)

SPANS = st.tuples(st.floats(0, 1e4), st.floats(0.01, 1e3)).map(lambda span: (span[0], span[0] + span[1]))
SIGHTINGS = st.one_of(st.none(), st.builds(lambda at_s, x, y: Sighting(at_s, (x[0], y[0], x[1], y[1])), SECONDS, SPANS, SPANS))
TRACKS = st.builds(
    TrackSettings,
    boxes=st.lists(
        st.builds(
            lambda at_s, number, x, y, seen: KeyBox(at_s, number, (x[0], y[0], x[1], y[1]), seen),
            SECONDS,
            st.integers(1, 99),
            SPANS,
            SPANS,
            SIGHTINGS,
        ),
        max_size=2,
    ).map(tuple),
    hidden=st.lists(SPANS.map(lambda span: Pick(*span)), max_size=2).map(tuple),
    choice=st.lists(
        st.builds(
            lambda span, number, seen: Pick(*span, number, seen),
            SPANS,
            st.integers(1, 99),
            SIGHTINGS,
        ),
        max_size=2,
    ).map(tuple),
)


@given(
    year=st.integers(2018, 2030),
    event=WORDS,
    kind=st.sampled_from(KINDS),
    driver=st.one_of(st.none(), st.just("PER")),
    camera=st.sampled_from(["front", "rear"]),
    sync=SYNCS,
    overlay=OVERLAYS,
    track=TRACKS,
)
def test_a_session_that_is_written_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    year: int,
    event: str,
    kind: str,
    driver: str | None,
    camera: str,
    sync: SyncSettings,
    overlay: OverlaySettings,
    track: TrackSettings,
) -> None:
    folder = tmp_path_factory.mktemp("round")
    race = RaceSession(year, event, kind, folder / "rec.txt")
    session = Session(folder / "clip.mp4", race, driver, camera, sync, overlay, track)
    session_file.write(session, folder / "session.toml")
    assert session_file.read(folder / "session.toml") == session


def write(folder: Path, text: str) -> Path:
    path = folder / "session.toml"
    path.write_text(text)
    return path


MINIMAL = 'clip = "a.mp4"\n[race]\nyear = 2024\nevent = "Monaco"\nkind = "R"\n'


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    assert session_file.read(write(tmp_path, MINIMAL)).clip == tmp_path / "a.mp4"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINIMAL + "[sync]\nofset_s = 3", "unknown key 'ofset_s'; known are offset_s, drift_ppm"),
        ("colour = 1\n" + MINIMAL, "unknown key 'colour'; known are clip, driver"),
        ('clip = "a.mp4"\n', "[race] year is missing"),
        (MINIMAL.replace("2024", '"2024"'), "[race] year = '2024'; wanted a whole number"),
        (MINIMAL.replace("2024", "true"), "[race] year = True; wanted a whole number"),
        (MINIMAL + "[sync]\noffset_s = 3\n[[sync.anchors]]\nlap = 2\nvideo_time_s = 1", "both offset_s and anchors"),
        (MINIMAL + "[sync]\ndrift_ppm = 3", "drift_ppm needs offset_s"),
        (MINIMAL + "[sync]\noffset_s = nan", "[sync] offset_s = nan; wanted a number"),
        (MINIMAL + "[sync]\noffset_s = 1_716_732_229_971.0", "[sync] offset_s = 1.71673e+12; wanted seconds"),
        (MINIMAL + "[[sync.anchors]]\nvideo_time_s = -1e308\nlap = 3", "video_time_s = -1e+308; wanted seconds"),
        (MINIMAL + "[sync]\nnudge_s = -inf", "[sync] nudge_s = -inf; wanted a number"),
        (MINIMAL + "[sync]\noffset_s = 3\ndrift_ppm = -1e6", "drift_ppm = -1e+06; wanted more than -1e+06"),
        (MINIMAL + "[[sync.anchors]]\nvideo_time_s = nan\nlap = 3", "[sync.anchors] video_time_s = nan; wanted a number"),
        (MINIMAL + "[[sync.anchors]]\nvideo_time_s = 1\nutc = '13:05:40'", "utc = '13:05:40'; wanted a date and time"),
        (MINIMAL + "[[sync.anchors]]\nvideo_time_s = 1\nutc = 13:05:40", "wanted a date and time"),
        (MINIMAL.replace('"R"', '"Race"'), "unknown kind of race session 'Race'; known are FP1"),
        (MINIMAL.replace("2024", "2016"), "2016 has no telemetry"),
        (MINIMAL + "[[track.hidden]]\nfrom_s = 3\nto_s = 2", "[track.hidden] wanted from_s before to_s, got 3 and 2"),
        (MINIMAL + "[[track.choice]]\nfrom_s = 3\nto_s = 4", "[track.choice] track_id is missing"),
        (
            MINIMAL + "[[track.choice]]\nfrom_s = 3\nto_s = 4\nseen = 3",
            "track.choice.seen wants a table with video_time_s and xyxy",
        ),
        (
            MINIMAL + "[[track.choice]]\nfrom_s = 3\nto_s = 4\nseen = {video_time_s = 3, xyxy = [5, 1, 2, 2]}",
            "[track.choice.seen] xyxy: wanted x1 < x2",
        ),
        (
            MINIMAL + "[[track.boxes]]\nvideo_time_s = 1\ntrack_id = 1\nxyxy = [1, 2, 3, nan]",
            "wanted left, top, right and bottom in px",
        ),
        (MINIMAL + "[track]\nboxes = [3]", "[[track.boxes]] wants tables with video_time_s, track_id, xyxy"),
        (MINIMAL + "[overlay]\nunits = 'knots'", "units = 'knots'; known are kmh, mph"),
        ("clip = ", "is not a session file"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SessionError) as caught:
        session_file.read(write(tmp_path, text))
    assert said in str(caught.value)
    assert str(tmp_path / "session.toml") in str(caught.value)


@pytest.mark.parametrize("utc", ['"2024-05-26T13:05:40.5Z"', '"2024-05-26T15:05:40.500+02:00"', "2024-05-26T13:05:40.5Z"])
def test_an_anchor_takes_an_instant_in_quotes_or_without(tmp_path: Path, utc: str) -> None:
    session = session_file.read(write(tmp_path, f"{MINIMAL}[[sync.anchors]]\nvideo_time_s = 1\nutc = {utc}"))
    assert session.sync.anchors[0].utc == datetime(2024, 5, 26, 13, 5, 40, 500_000, tzinfo=UTC)


def test_an_edit_keeps_comments_and_order(tmp_path: Path) -> None:
    path = write(tmp_path, "# mine\n" + MINIMAL + "[sync] # by ear\noffset_s = 1.5\n")

    def nudge(document: session_file.Document) -> None:
        document["sync"]["nudge_s"] = 0.04

    session_file.edit(path, nudge)
    assert path.read_text() == "# mine\n" + MINIMAL + "[sync] # by ear\noffset_s = 1.5\nnudge_s = 0.04\n"


def test_an_edit_that_breaks_the_file_leaves_it_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)

    def spoil(document: session_file.Document) -> None:
        document["camera"] = "sideways"

    with pytest.raises(SessionError, match="left as it was"):
        session_file.edit(path, spoil)
    assert path.read_text() == MINIMAL


def test_a_session_file_is_never_replaced_unasked(tmp_path: Path) -> None:
    path = write(tmp_path, "mine")
    session = Session(tmp_path / "a.mp4", RaceSession(2024, "Monaco", "R"))
    with pytest.raises(SessionError, match="--force"):
        session_file.write(session, path)
    assert path.read_text() == "mine"
    session_file.write(session, path, force=True)
    assert session_file.read(path) == session


@given(before=st.tuples(SYNCS, OVERLAYS, TRACKS), after=st.tuples(SYNCS, OVERLAYS, TRACKS))
def test_a_revision_makes_one_state_of_a_session_into_another(
    tmp_path_factory: pytest.TempPathFactory,
    before: tuple[SyncSettings, OverlaySettings, TrackSettings],
    after: tuple[SyncSettings, OverlaySettings, TrackSettings],
) -> None:
    folder = tmp_path_factory.mktemp("revised")
    race = RaceSession(2024, "Monaco", "R")
    old = Session(folder / "clip.mp4", race, None, "front", *before)
    new = Session(folder / "clip.mp4", race, "PER", "front", *after)
    session_file.write(old, folder / "session.toml")
    session_file.revise(folder / "session.toml", old, new)
    assert session_file.read(folder / "session.toml") == new


def test_a_revision_leaves_alone_what_did_not_change(tmp_path: Path) -> None:
    path = write(
        tmp_path, "# mine\n" + MINIMAL + "[sync] # by ear\noffset_s = 1.5 # heard\n\n[overlay]\n# plain\ntheme = 'minimal'\n"
    )
    old = session_file.read(path)
    session_file.revise(path, old, replace(old, sync=replace(old.sync, nudge_s=0.04)))
    said = "[sync] # by ear\noffset_s = 1.5 # heard\nnudge_s = 0.04\n\n[overlay]\n# plain\ntheme = 'minimal'\n"
    assert path.read_text() == "# mine\n" + MINIMAL + said
