"""Everything a user can get wrong: one line that names it and the remedy, exit 2, and no half file."""

import gzip
import os
from pathlib import Path

import pytest

from overlay.clip import Clip
from sessions import batch, cli
from tests.sessions.syncing import ffmpeg
from tests.shared import shared


def fails(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 2) -> str:
    """Run a command that must fail, and return its one line."""
    capsys.readouterr()
    assert cli.main([str(word) for word in words]) == code
    said = capsys.readouterr().err
    assert said.startswith("slipstream: ")
    assert said.count("\n") == 1, said
    assert "defect of ours" not in said
    return said


def edited(session: Path, old: str, new: str) -> Path:
    text = session.read_text()
    assert old in text
    session.write_text(text.replace(old, new))
    return session


def test_a_missing_clip(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (demo_session.parent / "onboard.mp4").unlink()
    assert "check the path" in fails(capsys, "render", demo_session)
    assert not list(demo_session.parent.glob("*tagged*"))


def test_a_clip_that_is_no_video(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (demo_session.parent / "onboard.mp4").write_bytes(b"this is not a video" * 100)
    assert "onboard.mp4 cannot be opened as video" in fails(capsys, "track", demo_session)


def test_links_that_lead_round_in_a_circle(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, circle = demo_session.parent / "onboard.mp4", demo_session.parent / "circle.toml"
    circle.symlink_to(circle)
    assert "Too many levels of symbolic links" in fails(capsys, "check", circle)
    assert batch.files([str(circle)]) == (circle,)
    clip.unlink()
    clip.symlink_to(clip)
    assert "onboard.mp4; check the path" in fails(capsys, "track", demo_session)


def test_a_clip_with_sound_only(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = demo_session.parent / "onboard.mp4"
    heard = clip.with_name("heard.m4a")
    ffmpeg("-i", str(clip), "-vn", "-c", "copy", str(heard))
    heard.replace(clip)
    assert "has no video stream" in fails(capsys, "render", demo_session)


def test_an_unknown_driver_is_answered_with_those_there(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = fails(capsys, "render", edited(demo_session, '"RAP"', '"VER"'))
    assert "no driver 'VER'" in said
    assert "ZEN" in said


def test_a_recording_of_another_event(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = fails(capsys, "timeline", edited(demo_session, "Alta Grand Prix", "Monaco"))
    assert "is of Alta Grand Prix 2025, not Monaco" in said


@pytest.mark.parametrize(
    ("content", "wanted"),
    [(b"", "is empty"), (b"hello\nworld\n", "is no live-timing recording"), (b"\x00\xff" * 500, "is no live-timing recording")],
)
def test_a_broken_recording(demo_session: Path, capsys: pytest.CaptureFixture[str], content: bytes, wanted: str) -> None:
    (demo_session.parent / "livetiming.txt").write_bytes(content)
    assert wanted in fails(capsys, "timeline", demo_session)


def test_a_recording_that_is_missing(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (demo_session.parent / "livetiming.txt").unlink()
    assert "livetiming.txt; check the path" in fails(capsys, "timeline", demo_session)


def test_a_packed_recording_cut_off(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = demo_session.parent / "livetiming.txt"
    packed = plain.with_name("livetiming.txt.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes())[:5000])
    assert "cannot be unpacked" in fails(capsys, "timeline", edited(demo_session, "livetiming.txt", "livetiming.txt.gz"))


def test_a_packed_recording_with_a_wrong_byte(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = demo_session.parent / "livetiming.txt"
    content = bytearray(gzip.compress(plain.read_bytes()[:50_000]))
    content[10] |= 0b111  # a last block, of a kind that there is not
    plain.with_name("livetiming.txt.gz").write_bytes(content)
    assert "cannot be unpacked" in fails(capsys, "timeline", edited(demo_session, "livetiming.txt", "livetiming.txt.gz"))


def test_an_unknown_key_is_answered_with_the_known_ones(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demo_session.write_text("volume = 3\n" + demo_session.read_text())
    said = fails(capsys, "render", demo_session)
    assert "volume" in said
    assert "driver" in said


def test_an_output_that_exists_is_kept(demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"precious")
    assert "--force" in fails(capsys, "render", demo_session, "-o", out)
    assert out.read_bytes() == b"precious"


def test_an_output_in_a_folder_that_is_not_there(demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "does not exist" in fails(capsys, "render", demo_session, "-o", tmp_path / "no" / "out.mp4")


def test_an_output_of_a_kind_that_cannot_be_written(
    demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "out.xyz" in fails(capsys, "render", demo_session, "-o", tmp_path / "out.xyz", "--quiet")
    assert not list(tmp_path.glob("*.part*"))


def test_a_device_is_not_replaced_by_a_file(demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pipe = tmp_path / "out.csv"
    os.mkfifo(pipe)
    assert "no plain file" in fails(capsys, "timeline", demo_session, "--csv", pipe, "--force")
    assert "no plain file" in fails(capsys, "segment", tmp_path / "a.png", "--json", pipe)
    assert pipe.is_fifo()


@pytest.mark.parametrize("word", ["nan", "inf", "-inf"])
def test_a_number_that_is_none_is_refused(
    demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, word: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["preview", str(demo_session), f"--at={word}", "-o", str(tmp_path / "a.png")])
    assert "--at" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        cli.main(["timeline", str(demo_session), f"--offset={word}"])
    assert "--offset" in capsys.readouterr().err


def test_a_season_in_raised_digits_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert "write it as 2024/Monaco/R" in fails(capsys, "moments", "--race", "²⁰²⁴/Monaco/R")


def test_no_network_names_the_way_with_a_recording(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = demo_session.read_text().replace('recording = "livetiming.txt"\n', "").replace("Alta Grand Prix", "Monaco")
    demo_session.write_text(text.replace("2025", "2024"))
    said = fails(capsys, "timeline", demo_session)
    assert "no network" in said
    assert "--recording" in said


def test_a_race_without_a_sync_says_how_to_get_one(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    shutil.rmtree(demo_session.with_suffix(".slipstream"))
    assert "slipstream sync" in fails(capsys, "render", demo_session)


def test_a_clip_without_sound_is_refused_by_the_sync_and_rendered_by_hand(
    demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clip = demo_session.parent / "onboard.mp4"
    mute = clip.with_name("mute.mp4")
    ffmpeg("-i", str(clip), "-an", "-c", "copy", "-t", "5", str(mute))
    mute.replace(clip)
    capsys.readouterr()
    assert cli.main(["sync", str(demo_session)]) == 3
    assert "sound" in capsys.readouterr().out
    out = tmp_path / "mute.mp4"
    assert cli.main(["render", str(demo_session), "-o", str(out), "--offset", "160.15", "--quiet"]) == 0
    with Clip(out) as rendered:
        assert not rendered.has_sound


def test_real_recordings_of_another_session_are_refused_by_name(capsys: pytest.CaptureFixture[str], demo_session: Path) -> None:
    recording = shared("telemetry", "monaco2024_race_cut", "livetiming.txt")
    text = demo_session.read_text().replace('"livetiming.txt"', f'"{recording}"')
    demo_session.write_text(text)
    assert "not" in fails(capsys, "timeline", demo_session)


def test_what_a_table_is_made_from_is_kept(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, recording = demo_session.with_name("onboard.mp4"), demo_session.with_name("livetiming.txt")
    for made_from in (demo_session, clip, recording):
        before = made_from.read_bytes()
        for verb in ("timeline", "track"):
            assert "would be lost" in fails(capsys, verb, demo_session, "--csv", made_from, "--force")
        layout = ("--at", "1", "-o", clip.with_name("a.png"), "--layout", made_from, "--force")
        assert "would be lost" in fails(capsys, "preview", demo_session, *layout)
        assert made_from.read_bytes() == before
    race = ("--race", "2025/Alta/R", "--recording", recording)
    assert "would be lost" in fails(capsys, "moments", *race, "--csv", recording, "--force")
    for made_from in (clip, recording):
        assert "would be lost" in fails(capsys, "new", clip, *race, "-o", made_from, "--force")
    assert clip.stat().st_size > recording.stat().st_size > 100_000


def test_a_text_or_a_picture_is_no_clip(demo_session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes((Path(__file__).parent.parent / "overlay" / "golden" / "broadcast.png").read_bytes())
    for clip in (picture, demo_session.with_name("livetiming.txt")):
        assert "is a picture or a text" in fails(capsys, "new", clip, "--race", "2025/Alta/R", "-o", tmp_path / "a.toml")
    assert not (tmp_path / "a.toml").exists()


def test_a_folder_or_a_video_is_no_session_file(demo_session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (demo_session.parent, demo_session.with_name("onboard.mp4")):
        assert "`slipstream new" in fails(capsys, "check", wrong)
