"""The main job on the embedded sample, from the command line to the finished video."""

import csv
import json
import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.clip import Clip
from sessions import cli

MATERIAL = Path(__file__).parent.parent / "material"
TRUE_OFFSET_S = 160.15  # of the sample: session time at video time 0, from its truth


@pytest.fixture(scope="module")
def truth() -> dict[int, tuple[float, ...]]:
    """The true box of ZEN, the car ahead, in each frame."""
    cars = json.loads((MATERIAL / "demo.json").read_text())["cars"]
    number = str(cars.index("ZEN"))
    with (MATERIAL / "demo.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["car"] == number and row["box_xyxy"]]
    return {int(row["frame"]): tuple(float(word) for word in row["box_xyxy"].split()) for row in rows}


def test_the_sample_is_rendered_with_its_own_times_and_sound(demo_folder: Path) -> None:
    with Clip(demo_folder / "onboard.mp4") as before, Clip(demo_folder / "tagged.mp4") as after:
        assert after.frame_times_s() == before.frame_times_s()
        assert after.size_wh == before.size_wh
        assert after.rate == before.rate == Fraction(25)
        sound, copied = before.sound(), after.sound()
    assert sound is not None
    assert copied is not None
    np.testing.assert_array_equal(copied.samples, sound.samples)


def test_the_tag_is_drawn_on_the_right_car_and_nowhere_else(demo_folder: Path, truth: dict[int, tuple[float, ...]]) -> None:
    with Clip(demo_folder / "onboard.mp4") as before, Clip(demo_folder / "tagged.mp4") as after:
        for plain, tagged in zip(before.frames(), after.frames(), strict=True):
            if plain.index % 50 != 25:
                continue
            x1, y1, x2, _ = (round(value) for value in truth[plain.index])
            one, other = (frame.rgb(frame.size_wh).astype(int) for frame in (plain, tagged))
            change = np.abs(one - other).mean(-1)
            above = change[max(y1 - 90, 0) : y1, x1:x2].mean()
            far = change[:, : max(x1 - 250, 1)].mean()
            assert above > 15, plain.index
            assert far < 6, plain.index


def test_tracks_lie_on_the_car_ahead(demo_session: Path, truth: dict[int, tuple[float, ...]], tmp_path: Path) -> None:
    out = tmp_path / "tracks.csv"
    assert cli.main(["track", str(demo_session), "--csv", str(out), "--quiet"]) == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "frame_index,video_time_s,track_id,x1,y1,x2,y2,score,observed"
    rows = [line.split(",") for line in lines[1:]]
    near: dict[int, float] = {}
    for row in rows:
        x1, y1, x2, y2 = (float(word) for word in row[3:7])
        a1, b1, a2, b2 = truth[int(row[0])]
        shared = max(0.0, min(x2, a2) - max(x1, a1)) * max(0.0, min(y2, b2) - max(y1, b1))
        union = (x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - shared
        near[int(row[0])] = max(near.get(int(row[0]), 0.0), shared / union)
    assert np.mean([near.get(frame, 0.0) > 0.5 for frame in truth]) > 0.97


def test_sync_finds_the_offset_and_says_so_as_json(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sync", str(demo_session), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    contract = {"offset_s", "drift_ppm", "confidence", "residual_s", "methods", "accepted", "lap"}
    assert contract | {"video_start_utc", "runner_up_offset_s"} <= set(found)
    assert found["accepted"] is True
    assert found["offset_s"] == pytest.approx(TRUE_OFFSET_S, abs=0.04)
    at_the_end_s = found["offset_s"] + 14.0 * found["drift_ppm"] * 1e-6
    assert at_the_end_s == pytest.approx(TRUE_OFFSET_S, abs=0.04)
    assert found["lap"] == 3
    assert "engine_sound" in found["methods"]


def test_the_timeline_is_a_table_with_the_contracts_columns(demo_session: Path, tmp_path: Path) -> None:
    out = tmp_path / "timeline.csv"
    assert cli.main(["timeline", str(demo_session), "--csv", str(out)]) == 0
    with out.open(newline="") as lines:
        reader = csv.DictReader(lines)
        rows = list(reader)
    assert ",".join(reader.fieldnames or ()) == (
        "frame_index,video_time_s,session_time_s,lap,driver,speed_kmh,rpm,gear,"
        "driver_ahead,gap_ahead_m,gap_ahead_s,speed_ahead_kmh,closing_kmh,quality"
    )
    assert len(rows) == 350
    assert {row["driver_ahead"] for row in rows} == {"ZEN"}
    with (MATERIAL / "demo.csv").open(newline="") as lines:
        own = {int(row["frame"]): row for row in csv.DictReader(lines) if row["onboard"] == "1"}
    errors = [float(row["speed_kmh"]) - float(own[int(row["frame_index"])]["speed_kmh"]) for row in rows]
    assert np.sqrt(np.mean(np.square(errors))) < 2.5
    assert {row["quality"] for row in rows} <= {"measured", "interpolated", "stale", "absent"}


def test_a_dash_puts_a_table_alone_on_standard_output(
    demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for verb in ("timeline", "track"):
        out = tmp_path / f"{verb}.csv"
        assert cli.main([verb, str(demo_session), "--csv", str(out)]) == 0
        capsys.readouterr()
        assert cli.main([verb, str(demo_session), "--csv", "-"]) == 0
        assert capsys.readouterr().out == out.read_text()
    assert not (demo_session.parent / "-").exists()


def test_an_offset_on_the_command_line_wins_over_the_sync(demo_session: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.csv"
    assert cli.main(["timeline", str(demo_session), "--csv", str(out), "--offset", "200"]) == 0
    assert out.read_text().splitlines()[1].split(",")[2] == "200.0"


def test_a_preview_shows_the_frame_that_render_draws(demo_session: Path, demo_folder: Path, tmp_path: Path) -> None:
    import cv2

    out, layout = tmp_path / "frame.png", tmp_path / "layout.json"
    assert cli.main(["preview", str(demo_session), "--at", "6.0", "-o", str(out), "--layout", str(layout)]) == 0
    shown = cv2.imread(str(out))[..., ::-1].astype(int)
    with Clip(demo_folder / "tagged.mp4") as clip:
        rendered = next(frame for frame in clip.frames(start_s=5.99)).rgb(clip.size_wh).astype(int)
    assert np.abs(shown - rendered).mean() < 4
    (tag,) = json.loads(layout.read_text())["tags"]
    assert tag["driver"] == "ZEN"


def test_a_frames_graphics_alone_go_to_standard_output(
    demo_session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert cli.main(["preview", str(demo_session), "--at", "6.0", "-o", "frame.png", "--layout", "-"]) == 0
    assert [tag["driver"] for tag in json.loads(capsys.readouterr().out)["tags"]] == ["ZEN"]
    assert not Path("-").exists()


def test_what_looks_wrong_is_said_quietly_too(short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.main(["render", str(short), "--offset", "-1", "-o", str(tmp_path / "out.mp4"), "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "warning: the race session's data begin 1.4 s after the clip" in said.err


def test_check_says_what_is_there_and_what_comes_next(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(demo_session)]) == 0
    said = capsys.readouterr().out
    assert "10 cars with telemetry" in said
    assert "engine_sound" in said
    assert f"slipstream render {demo_session}" in said


def test_known_tracks_render_the_same_layout_without_the_network(demo_session: Path, tmp_path: Path) -> None:
    out = tmp_path / "again.mp4"
    assert cli.main(["render", str(demo_session), "-o", str(out), "--quiet", "--preset", "ultrafast"]) == 0
    with Clip(out) as clip:
        assert len(clip.frame_times_s()) == 350


def test_a_stretch_without_tags_and_a_box_put_right_show_in_tracks_and_preview(demo_session: Path, tmp_path: Path) -> None:
    with demo_session.open("a") as file:
        file.write("\n[[track.hidden]]\nfrom_s = 5.0\nto_s = 7.0\n")
        file.write("\n[[track.boxes]]\nvideo_time_s = 3.0\ntrack_id = 1\nxyxy = [500, 200, 700, 300]\n")
    csv_file, picture = tmp_path / "tracks.csv", tmp_path / "frame.png"
    assert cli.main(["track", str(demo_session), "--csv", str(csv_file), "--quiet"]) == 0
    (row,) = (
        line.split(",") for line in csv_file.read_text().splitlines() if line.startswith("75,") and line.split(",")[2] == "1"
    )
    assert [float(word) for word in row[3:7]] == pytest.approx([500, 200, 700, 300], abs=0.01)
    drivers = {}
    for at in ("3.0", "6.0"):
        layout = tmp_path / f"{at}.json"
        words = ["preview", str(demo_session), "--at", at, "-o", str(picture), "--layout", str(layout), "--force"]
        assert cli.main(words) == 0
        drivers[at] = json.loads(layout.read_text())["tags"]
    assert drivers["6.0"] == []
    assert drivers["3.0"][0]["target_xyxy"] == pytest.approx([500, 200, 700, 300], abs=0.01)


def test_a_piece_of_a_longer_stream_is_tagged_at_its_own_times(
    short: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    late_s = 700
    with av.open(str(short.with_name("onboard.mp4"))) as whole, av.open(str(tmp_path / "late.ts"), "w") as part:
        streams = {stream.index: part.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.dts is not None and packet.pts is not None and packet.time_base is not None:
                late = round(late_s / packet.time_base)
                packet.stream, packet.pts, packet.dts = streams[packet.stream.index], packet.pts + late, packet.dts + late
                part.mux(packet)
    session = tmp_path / "late.toml"
    words = short.read_text().replace("onboard.mp4", "late.ts").replace("160.15", str(160.15 - late_s))
    session.write_text(words)
    with Clip(tmp_path / "late.ts") as clip:
        assert clip.start_s == pytest.approx(clip.frame_times_s()[0])
        assert clip.end_s == pytest.approx(clip.start_s + 2.0)
    assert cli.main(["render", str(session), "-o", str(tmp_path / "out.mp4"), "--preset", "ultrafast"]) == 0
    said = capsys.readouterr().out
    assert "tagged ZEN" in said
    assert "warning" not in said
    speed = re.search(r"frames in ([\d.]+) s.* ([\d.]+) × real time", said)
    assert speed is not None
    assert float(speed[1]) * float(speed[2]) < 3, "it is two seconds long"
    assert cli.main(["check", str(session)]) == 0
    assert cli.main(["preview", str(session), "--at", str(clip.start_s + 1), "-o", str(tmp_path / "frame.png")]) == 0
    capsys.readouterr()
    assert cli.main(["preview", str(session), "--at", str(clip.end_s + 1), "-o", str(tmp_path / "none.png")]) == 2
    assert f"it ends at {clip.end_s:.2f} s" in capsys.readouterr().err


def test_a_previews_graph_of_gaps_goes_back_as_far_as_renders(demo_session: Path, tmp_path: Path) -> None:
    demo_session.write_text(demo_session.read_text().replace("[overlay]", '[overlay]\nwidgets = ["gap_graph"]'))
    layout = tmp_path / "layout.json"
    assert cli.main(["preview", str(demo_session), "--at", "10", "-o", str(tmp_path / "frame.png"), "--layout", str(layout)]) == 0
    graph = max((item["points"] for item in json.loads(layout.read_text())["items"] if "points" in item), key=len)
    assert len(graph) == pytest.approx(10 / 0.2, abs=4)
    steps = np.diff([x for x, _ in graph])
    assert steps.min() > 0
    assert steps.max() < 2.1 * steps.min()
