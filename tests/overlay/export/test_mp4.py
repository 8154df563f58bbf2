import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.errors import OverlayError
from overlay.export import mp4, soundtrack
from overlay.export.lint import lint, passes
from overlay.export.presets import Preset, shipped
from overlay.export.probe import probe
from tests.overlay.export.made import RATE_HZ, tone, video

FLASH_FRAME = 31
SIZE = (96, 160)
SMALL = Preset("small", "Small", SIZE, 1.0, 10.0, 23, 60, 0.5, 25, 10, 128, True, -14.0, -1.0, (10, 10, 4, 4))


def post(folder: Path, *, rate: Fraction = Fraction(50), seconds: float = 2.0, sound: bool = True) -> Path:
    """A post with a flash and a click at the same instant."""
    picture = mp4.PictureFile(folder / "picture.mp4", size=SIZE, rate=rate, quality=mp4.Quality(500_000))
    grain = np.random.default_rng(1)
    for index in range(round(seconds * rate)):
        luma = np.full((SIZE[1], SIZE[0]), 210 if index == FLASH_FRAME else 40, np.uint8)
        luma[:40] += grain.integers(0, 20, (40, SIZE[0]), np.uint8)
        chroma = np.full((SIZE[1] // 2, SIZE[0] // 2), 128, np.uint8)
        picture.write((luma, chroma, chroma))
    picture.finish()
    samples = tone(seconds, level=0.01)
    samples[round(FLASH_FRAME / rate * RATE_HZ)] = 0.9
    data = soundtrack.encode(samples, 128) if sound else None
    mp4.put_together(folder / "picture.mp4", data, folder / "post.mp4", about={"title": "A battle"})
    return folder / "post.mp4"


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(50), Fraction(60000, 1001)])
def test_picture_and_sound_both_begin_at_zero_and_stay_together(tmp_path: Path, rate: Fraction) -> None:
    file = post(tmp_path, rate=rate)
    with av.open(str(file)) as container:
        brightness = {float(frame.time): float(frame.to_ndarray()[: SIZE[1]].mean()) for frame in container.decode(video=0)}
    with av.open(str(file)) as container:
        blocks = [(float(frame.time), frame.to_ndarray()) for frame in container.decode(audio=0)]
    flash_s = max(brightness, key=lambda at_s: brightness[at_s])
    start_s, loudest = max(blocks, key=lambda block: float(np.abs(block[1]).max()))
    click_s = start_s + int(np.abs(loudest).max(axis=0).argmax()) / RATE_HZ
    assert min(brightness) == pytest.approx(0, abs=0.001)
    assert blocks[0][0] == pytest.approx(0, abs=0.001)
    assert flash_s == pytest.approx(FLASH_FRAME / rate, abs=0.001)
    assert click_s == pytest.approx(flash_s, abs=0.001)


def test_a_post_passes_its_lint_and_ffprobe_agrees(tmp_path: Path) -> None:
    file = post(tmp_path)
    track = soundtrack.make(tone(2), duration_s=2, kbps=128, lufs=-14, true_peak_dbtp=-1)
    mp4.put_together(tmp_path / "picture.mp4", track.data, file, about={})
    findings = lint(probe(file), SMALL)
    assert passes(findings), [finding for finding in findings if finding.passed is False]
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", file]
    picture, sound = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    assert (picture["width"], picture["height"], picture["profile"], picture["pix_fmt"]) == (*SIZE, "High", "yuv420p")
    assert float(picture["start_time"]) == float(sound["start_time"]) == 0.0
    assert picture["r_frame_rate"] == "50/1"
    assert int(picture["nb_frames"]) == 100
    assert (picture["color_space"], picture["color_transfer"], picture["color_primaries"]) == ("bt709",) * 3


def test_a_file_as_ffmpeg_writes_it_by_default_fails_with_reasons(tmp_path: Path) -> None:
    clip = video(tmp_path / "clip.mp4", frames=75, sound=tone(3, level=0.9), options={"preset": "medium", "g": "250"})
    failed = {finding.check for finding in lint(probe(clip), SMALL) if finding.passed is False}
    assert {"size", "index first", "edit list", "colour tags", "key frames", "loudness"} <= failed


def test_an_open_group_is_told_from_a_closed_one(tmp_path: Path) -> None:
    def moving(index: int, width: int, height: int) -> np.ndarray:
        return np.roll(np.tile(np.arange(width, dtype=np.uint8), (height, 1)), index, axis=1)

    groups = {flag: f"open-gop={flag}:keyint=8:bframes=2:b-adapt=0:scenecut=0" for flag in (0, 1)}
    opened, closed = (
        video(tmp_path / f"{flag}.mp4", luma=moving, options={"preset": "medium", "x264-params": groups[flag]}) for flag in (1, 0)
    )
    assert not probe(opened).picture.closed_groups
    assert probe(closed).picture.closed_groups
    assert probe(closed).picture.b_frames <= 2


def test_a_missing_encoder_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="encoder nosuch264 is not in this build"):
        mp4.PictureFile(tmp_path / "a.mp4", size=SIZE, rate=Fraction(25), quality=mp4.Quality(100_000, encoder="nosuch264"))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_named_and_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = post(tmp_path, sound=False)
    file.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OverlayError, match="disk is full"):
        mp4.put_together(tmp_path / "picture.mp4", None, file, about={})
    assert [path.name for path in tmp_path.iterdir()] == ["picture.mp4"]


@pytest.mark.parametrize("content", [b"", b"this is no video" * 100])
def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.mp4").write_bytes(content)
    with pytest.raises(OverlayError, match=r"cannot read .*x\.mp4"):
        probe(tmp_path / "x.mp4")


def test_the_shipped_presets_fail_on_size_alone_for_a_good_post_of_another_size(tmp_path: Path) -> None:
    file = post(tmp_path)
    failed = {finding.check for finding in lint(probe(file), shipped()["shorts"]) if finding.passed is False}
    assert "size" in failed
    assert not failed & {"edit list", "index first", "groups", "picture starts", "sound starts", "colour tags"}
