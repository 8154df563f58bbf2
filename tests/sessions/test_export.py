"""Posts from the command line, looked at by ffprobe, which shares no code with our lint."""

import json
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.export.presets import shipped
from sessions import cli, stages
from sessions.verbs.export import EXIT_SOME_FAILED
from tests.sessions.exporting import export, ffprobe, first_picture

START_S, END_S = 3.0, 6.0


@pytest.fixture(scope="module")
def posted(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every shipped preset of three seconds of the sample."""
    folder = tmp_path_factory.mktemp("posts")
    span = ["--from", str(START_S), "--to", str(END_S)]
    words = ["export", str(demo_folder / "session.toml"), "-o", str(folder), "--preset", "all", *span, "--quiet"]
    assert cli.main(words) == 0
    return folder


def boxes(content: bytes) -> Iterator[str]:
    """The outermost boxes of an MP4."""
    place = 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        yield content[place + 4 : place + 8].decode("latin-1")
        place += size


@pytest.mark.parametrize("name", shipped())
def test_a_post_is_what_its_platform_takes_in_ffprobes_eyes_too(posted: Path, name: str) -> None:
    preset, file = shipped()[name], posted / f"session.{name}.mp4"
    facts = ffprobe("-show_streams", "-show_format", file)
    picture, sound = facts["streams"]
    assert (picture["width"], picture["height"], picture["sample_aspect_ratio"]) == (*preset.size, "1:1")
    assert (picture["codec_name"], picture["profile"], picture["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert [picture[f"color_{key}"] for key in ("space", "transfer", "primaries", "range")] == ["bt709", "bt709", "bt709", "tv"]
    assert picture["r_frame_rate"] == picture["avg_frame_rate"] == "25/1"
    assert abs(float(picture["start_time"])) <= 0.001
    assert abs(float(sound["start_time"])) <= 0.001
    assert float(facts["format"]["duration"]) == pytest.approx(END_S - START_S, abs=0.03)
    assert 0.3e6 <= float(picture["bit_rate"]) <= preset.max_bitrate_mbps * 1e6
    assert (sound["codec_name"], sound["profile"], sound["sample_rate"]) == ("aac", "LC", "48000")
    assert float(sound["bit_rate"]) <= preset.audio_kbps * 1100
    content = file.read_bytes()
    order = list(boxes(content))
    assert order.index("moov") < order.index("mdat")
    assert b"elst" not in content[: content.index(b"mdat")]


@pytest.mark.parametrize("name", ["shorts", "x", "youtube"])
def test_key_frames_come_every_half_second(posted: Path, name: str) -> None:
    shown = ffprobe("-select_streams", "v", "-show_entries", "packet=pts_time,flags", posted / f"session.{name}.mp4")["packets"]
    keys = sorted(float(packet["pts_time"]) for packet in shown if packet["flags"].startswith("K"))
    assert np.diff(keys) == pytest.approx(0.48)
    assert keys[0] == 0.0


def test_the_lint_of_every_post_passes_from_the_command_line_too(posted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("reels", "x"):
        assert cli.main(["lint", str(posted / f"session.{name}.mp4"), "--preset", name, "--json"]) == 0
        found = {entry["check"]: entry for entry in json.loads(capsys.readouterr().out)["findings"]}
        assert found["loudness"]["passed"] is True
        assert found["true peak"]["passed"] is True
        assert found["tag in safe zone"]["passed"] is True


def test_a_post_made_for_another_platform_fails_with_a_table(posted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lint", str(posted / "session.square.mp4"), "--preset", "reels"]) == EXIT_SOME_FAILED
    said = capsys.readouterr().out
    assert "1080×1920" in said
    assert "1080×1080" in said


def test_a_table_leaves_nothing_out_of_a_files_name(posted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = shutil.copy(posted / "session.square.mp4", tmp_path / "[b]ahead[hd].mp4")
    for name in ("square", "x"):
        cli.main(["lint", str(named), "--preset", name])
        assert "[b]ahead[hd].mp4" in "".join(capsys.readouterr().out.split("\n"))


def test_the_tag_stays_clear_of_the_buttons_and_the_car_in_the_free_part(posted: Path) -> None:
    report = json.loads((posted / "session.reels.report.json").read_text())
    x1, y1, x2, y2 = shipped()["reels"].safe_zone.xyxy
    cars = np.array([entry["car"] for entry in report["tags"]])
    tags = np.array([entry["tag"] for entry in report["tags"]])
    middle = (cars[:, :2] + cars[:, 2:]) / 2
    assert len(cars) == round((END_S - START_S) * 25)
    assert np.all((x1 <= middle[:, 0]) & (middle[:, 0] <= x2) & (y1 <= middle[:, 1]) & (middle[:, 1] <= y2))
    assert np.all((tags[:, 0] >= x1 - 0.5) & (tags[:, 2] <= x2 + 0.5) & (tags[:, 1] >= y1 - 0.5) & (tags[:, 3] <= y2 + 0.5))


def test_what_goes_beside_a_post_is_there_and_nothing_else(short: Path, tmp_path: Path) -> None:
    assert export(short, tmp_path / "p", "--poster", "--captions", "srt", "--teaser") == 0
    ends = ("mp4", "report.json", "srt", "poster.jpg", "teaser.gif")
    assert {path.name for path in (tmp_path / "p").iterdir()} == {f"short.small.{end}" for end in ends}
    assert (tmp_path / "p" / "short.small.srt").read_text().startswith("1\n00:00:00,0")


def test_guides_darken_what_the_platform_covers(short: Path, tmp_path: Path) -> None:
    assert export(short, tmp_path / "with", "--guides") == export(short, tmp_path / "without") == 0
    bright, dark = (first_picture(tmp_path / name / "short.small.mp4") for name in ("without", "with"))
    assert dark[:50].mean() < 0.75 * bright[:50].mean()
    assert np.abs(dark[70:500, 30:300].mean() - bright[70:500, 30:300].mean()) < 3


def test_a_clip_of_wide_pixels_is_posted_in_its_own_shape(short: Path, tmp_path: Path) -> None:
    with av.open(str(short.with_name("onboard.mp4"))) as plain, av.open(str(tmp_path / "onboard.mp4"), "w") as squeezed:
        picture = squeezed.add_stream(
            "libx264", rate=25, width=960, height=720, pix_fmt="yuv420p", options={"preset": "ultrafast"}
        )
        picture.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for frame in plain.decode(video=0):
            squeezed.mux(picture.encode(frame.reformat(960, 720)))
        squeezed.mux(picture.encode(None))
    session, small = (tmp_path / name for name in ("short.toml", "small.toml"))
    session.write_text(short.read_text())
    small.write_text(short.with_name("small.toml").read_text().replace("[360, 640]", "[640, 360]"))
    for name, file in (("plain", short), ("squeezed", session)):
        words = ["export", str(file), "-o", str(tmp_path / name), "--preset", str(small), "--alpha", "qtrle", "--quiet"]
        assert cli.main(words) == 0
    plain_post, post = (first_picture(tmp_path / name / "short.small.mp4") for name in ("plain", "squeezed"))
    assert np.abs(plain_post - post).mean() < 4
    with av.open(str(tmp_path / "squeezed" / "short.qtrle.mov")) as alone:
        assert (alone.streams.video[0].width, alone.streams.video[0].height) == (1280, 720)
    bare, tagged, wide = (_last_rgb(path) for path in (short.with_name("onboard.mp4"), *_rendered(tmp_path, short, session)))
    bar = np.abs(bare - tagged).max(axis=2) > 60
    bar[:500] = False  # a tag stands where its car was seen, the own car's bar always in one place
    assert bar.sum() > 1500
    assert np.abs(wide - tagged)[bar].mean() < 0.1 * np.abs(wide - bare)[bar].mean(), "it looks as on square pixels"


def _rendered(folder: Path, *sessions: Path) -> list[Path]:
    outputs = [folder / f"{number}.mp4" for number in range(len(sessions))]
    for session, output in zip(sessions, outputs, strict=True):
        assert cli.main(["render", str(session), "-o", str(output), "--crf", "12", "--quiet"]) == 0
    return outputs


def _last_rgb(path: Path) -> np.ndarray:
    """The last frame as it is shown at 1280×720."""
    with av.open(str(path)) as container:
        *_, last = container.decode(video=0)
    return last.reformat(1280, 720, "rgb24").to_ndarray().astype(float)


def test_a_clip_without_any_track_is_shown_whole_and_said_to_be_empty(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "tracks", lambda *_, **__: [])
    assert export(short, tmp_path) == 0
    assert "warning: no car was found in the clip: it is shown whole, and nobody is tagged" in capsys.readouterr().err


def test_a_clip_with_frames_missing_is_posted_at_the_rate_of_most_of_its_frames(
    short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "tracks", lambda *_, **__: [])
    with av.open(str(short.with_name("onboard.mp4"))) as even, av.open(str(tmp_path / "onboard.mp4"), "w") as uneven:
        picture = uneven.add_stream(
            "libx264", rate=25, width=320, height=180, pix_fmt="yuv420p", options={"preset": "ultrafast", "bf": "0"}
        )
        for index, frame in enumerate(even.decode(video=0)):
            if index % 7 != 3 and not 20 <= index < 25:
                uneven.mux(picture.encode(frame.reformat(320, 180)))
        uneven.mux(picture.encode(None))
    (tmp_path / "short.toml").write_text(short.read_text())
    for name in ("export", "reel"):
        words = [name, str(tmp_path / "short.toml"), "-o", str(tmp_path / name), "--preset", str(short.with_name("small.toml"))]
        assert cli.main([*words, "--quiet"]) == 0
        (post,) = (tmp_path / name).glob("*.mp4")
        (stream,) = ffprobe("-select_streams", "v", "-show_streams", post)["streams"]
        assert Fraction(stream["r_frame_rate"]) == 25
