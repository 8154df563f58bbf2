"""Posts and files for editors from the command line, looked at by ffprobe, which shares no code with our lint."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from overlay.export import cards, edit, moment
from overlay.export.presets import SafeZone, shipped
from sessions import cli, stages
from sessions.errors import EXIT_USER

START_S, END_S = 3.0, 6.0
EXIT_SOME_FAILED = 1


@pytest.fixture(scope="module")
def posted(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every shipped preset of three seconds of the sample."""
    folder = tmp_path_factory.mktemp("posts")
    span = ["--from", str(START_S), "--to", str(END_S)]
    words = ["export", str(demo_folder / "session.toml"), "-o", str(folder), "--preset", "all", *span, "--quiet"]
    assert cli.main(words) == 0
    return folder


def export(session: Path, folder: Path, *more: str) -> int:
    """Run `slipstream export`, quietly, with the small preset."""
    words = ["export", str(session), "-o", str(folder), "--preset", str(session.with_name("small.toml")), "--quiet"]
    return cli.main([*words, *more])


def ffprobe(*arguments: str | Path) -> Any:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    return json.loads(
        subprocess.run(["ffprobe", "-v", "error", "-of", "json", *arguments], capture_output=True, check=True).stdout
    )


def first_picture(path: Path) -> np.ndarray:
    """The brightness of the first frame."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray()[: frame.height].astype(float)


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


def test_beside_an_edit_the_best_frame_is_one_of_the_post_alone(
    short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment.Story, "key_s", lambda _story, start_s, _end_s: start_s)
    assert export(short, tmp_path, "--edit", "--no-replay", "--poster") == 0
    with av.open(str(tmp_path / "short.small.mp4")) as made:
        pictures = [frame.to_ndarray(format="gray").astype(float) for frame in made.decode(video=0)]
    poster = cv2.imread(str(tmp_path / "short.small.poster.jpg"), cv2.IMREAD_GRAYSCALE).astype(float)
    alike = [float(np.abs(poster - picture).mean()) for picture in pictures]
    faded_in = round(edit.CARD_S * 25)
    assert abs(int(np.argmin(alike)) - faded_in) <= 1, "the title card fades out until then"


def test_guides_darken_what_the_platform_covers(short: Path, tmp_path: Path) -> None:
    assert export(short, tmp_path / "with", "--guides") == export(short, tmp_path / "without") == 0
    bright, dark = (first_picture(tmp_path / name / "short.small.mp4") for name in ("without", "with"))
    assert dark[:50].mean() < 0.75 * bright[:50].mean()
    assert np.abs(dark[70:500, 30:300].mean() - bright[70:500, 30:300].mean()) < 3


def test_the_social_edit_is_longer_by_its_cards_and_replay_and_still_passes(short: Path, tmp_path: Path) -> None:
    assert export(short, tmp_path, "--edit", "--captions", "burn", "--title", "A battle", "--to", "1") == 0
    report = json.loads((tmp_path / "short.small.report.json").read_text())
    assert report["seconds"] == pytest.approx(1 + edit.CARD_S + edit.END_S + 1 / edit.SLOW - 3 * edit.FADE_S, abs=0.1)
    assert {finding["check"] for finding in report["lint"] if finding["passed"] is False} == set()


def test_words_of_an_edit_stand_above_the_own_cars_bar(short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feet: dict[str, set[float]] = {"caption": set(), "label": set()}
    for name, made in (("caption", cards.caption), ("label", cards.label)):

        def noted(words: str, size: Any, zone: SafeZone, *rest: Any, name: str = name, made: Any = made, **more: Any) -> Any:
            feet[name].add(zone.y2)
            return made(words, size, zone, *rest, **more)

        monkeypatch.setattr(cards, name, noted)
    barred = short.with_name("barred.toml")
    for widgets in ([], ["speed"]):
        barred.write_text(short.read_text().replace("[overlay]\n", f"[overlay]\nwidgets = {json.dumps(widgets)}\n"))
        assert export(barred, tmp_path, "--edit", "--captions", "burn", "--force") == 0
    top, foot = 60, 640 - 120
    assert feet["caption"] == feet["label"]
    assert sorted(feet["label"]) == [pytest.approx(foot - 0.096 * (foot - top)), foot]  # the bar's height and margin in `social`


def test_a_reel_joins_sessions_in_order_with_their_tags(short: Path, tmp_path: Path) -> None:
    words = ["reel", str(short), str(short), "-o", str(tmp_path), "--preset", str(short.with_name("small.toml"))]
    assert cli.main([*words, "--seconds", "1", "--no-replay", "--quiet"]) == 0
    report = json.loads((tmp_path / "reel.small.report.json").read_text())
    assert report["clips"] == ["onboard.mp4", "onboard.mp4"]
    assert report["seconds"] == pytest.approx(2 * (edit.CARD_S + 1.0) + edit.END_S - 4 * edit.FADE_S, abs=0.1)
    frames = np.array([entry["frame"] for entry in report["tags"]])
    assert frames[0] / 25 == pytest.approx(edit.CARD_S - edit.FADE_S, abs=0.1)
    assert frames[-1] / 25 == pytest.approx(2 * (edit.CARD_S + 1.0) - 3 * edit.FADE_S, abs=0.1)
    assert np.all(np.diff(frames) > 0)


def test_a_reel_too_long_for_one_platform_is_made_for_the_others(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brief = tmp_path / "brief.toml"
    brief.write_text("[brief]\nsize = [360, 640]\nmin_s = 0.5\nmax_s = 6.0\n")
    words = ["reel", str(short), "-o", str(tmp_path / "r"), "--preset", f"{brief},{short.with_name('small.toml')}"]
    assert cli.main([*words, "--seconds", "1", "--no-replay", "--quiet"]) == EXIT_SOME_FAILED
    assert "slipstream: brief: 1 sessions leave 1.0 s each; join fewer or use --no-replay" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"reel.small.mp4", "reel.small.report.json"}


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


def test_editors_get_their_formats_and_the_overlay_alone(short: Path, tmp_path: Path) -> None:
    words = ["export", str(short), "-o", str(tmp_path), "--editors", "csv,otio,fcpxml", "--alpha", "qtrle", "--quiet"]
    assert cli.main(words) == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"short.{end}" for end in ("csv", "otio", "fcpxml", "qtrle.mov")}
    (stream,) = ffprobe("-show_streams", tmp_path / "short.qtrle.mov")["streams"]
    assert (stream["pix_fmt"], stream["nb_frames"], Fraction(stream["r_frame_rate"])) == ("argb", "50", 25)
    assert cli.main(words) == EXIT_USER, "what exists is not replaced without --force"
    keyframes = ["export", str(short), "-o", str(tmp_path / "ae"), "--editors", "ae", "--quiet"]
    assert [cli.main(keyframes), cli.main(keyframes)] == [0, EXIT_USER], "nor a file that is named after a driver"


def test_editors_find_the_car_of_a_streams_piece_in_its_first_frame(short: Path, tmp_path: Path) -> None:
    with av.open(str(short.with_name("onboard.mp4"))) as whole, av.open(str(tmp_path / "onboard.ts"), "w") as piece:
        targets = {stream.index: piece.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.dts is not None and packet.pts is not None and packet.time_base is not None:
                packet.dts, packet.pts = (round(stamp + 2 / packet.time_base) for stamp in (packet.dts, packet.pts))
                packet.stream = targets[packet.stream_index]
                piece.mux(packet)
    text = short.read_text().replace("onboard.mp4", "onboard.ts")
    (tmp_path / "short.toml").write_text(text.replace("offset_s = 160.15", "offset_s = 158.15"))
    words = ["export", str(tmp_path / "short.toml"), "-o", str(tmp_path / "p"), "--editors", "edl,csv", "--quiet"]
    assert cli.main(words) == 0
    first = (tmp_path / "p" / "short.csv").read_text().splitlines()[1].split(",")
    assert first[:2] == ["0", "2.000000"]
    assert "01:00:00:00 01:00:00:01" in (tmp_path / "p" / "short.edl").read_text()


def test_a_place_for_the_overlay_alone_that_cannot_be_made_is_told_in_a_line(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    words = ["export", str(short), "-o", str(tmp_path / "file" / "p"), "--alpha", "qtrle", "--quiet"]
    assert cli.main(words) == EXIT_USER
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("Not a directory; choose another folder with -o")


def test_a_preset_that_cannot_be_made_is_told_in_a_line_and_the_others_come_out(
    short: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[huge]\nsize = [4000, 7000]\nmin_s = 0.5\n[odd]\nsize = [640, 640]\nmin_s = 0.5\nencoder = "nosuch264"\n')
    assert export(short, tmp_path / "p", "--preset", f"{own},reels", "--json") == EXIT_SOME_FAILED
    made = {entry["preset"]: entry for entry in json.loads(capsys.readouterr().out)["made"]}
    assert "a crop for 4000×7000 is larger than the picture" in made["huge"]["error"]
    assert made["odd"]["error"] == "encoder nosuch264 is not in this build of FFmpeg; use libx264"
    assert made["reels"]["error"] == "reels: the clip gives 2.00 s and Instagram Reels takes no less than 3 s"
    assert made["small"]["error"] is None
    assert {path.name for path in (tmp_path / "p").iterdir()} == {"short.small.mp4", "short.small.report.json"}


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


def test_a_limit_on_file_size_stops_the_post_and_leaves_nothing(short: Path, tmp_path: Path) -> None:
    """The system's own limit stands for a disk that fills in the middle."""
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); from sessions import cli; "
    code = limited + "sys.exit(cli.main(sys.argv[1:]))"
    words = ["export", str(short), "-o", str(tmp_path / "p"), "--preset", "x", "--quiet"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == EXIT_USER
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("slipstream:")]
    assert said.startswith("slipstream: x: cannot write the picture: ")
    assert not list((tmp_path / "p").iterdir())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "what shall it be? --preset reels"),
        (["--preset", "reel"], "no preset 'reel'; known are reels"),
        (["--preset", "x", "--from", "30", "--to", "40"], "nothing lies from 30 s to 40 s; the clip runs from 0 s to 2 s"),
        (["--preset", "x", "--captions", "burn"], "--captions burn needs --edit"),
        (["--alpha", "avi"], "no alpha format 'avi'; known are prores"),
        (["--editors", "xls"], "no format 'xls' for editors; known are csv"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(short: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(short), "--quiet", *more]) == EXIT_USER
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.skipif(sys.platform == "win32", reason="no file's name holds a colon there")
def test_names_with_the_time_of_day_in_them_are_files_and_no_protocols(
    short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(short.with_name("onboard.mp4"), "13:05:40.mp4")
    Path("13:05:40.toml").write_text(short.read_text().replace("onboard.mp4", "13:05:40.mp4"))
    assert cli.main(["render", "13:05:40.toml", "--quiet"]) == 0
    words = ["--preset", str(short.with_name("small.toml")), "-o", "po:sts", "--alpha", "qtrle", "--edit", "--quiet"]
    assert cli.main(["export", "13:05:40.toml", *words]) == 0
    assert cli.main(["lint", "po:sts/13:05:40.small.mp4", "--preset", str(short.with_name("small.toml"))]) == 0
    assert {path.name for path in tmp_path.glob("*/*")} >= {"13:05:40.small.mp4", "13:05:40.qtrle.mov"}
    assert not list(tmp_path.rglob("*.part*"))
