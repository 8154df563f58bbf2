"""Times, rates and timecodes of a clip come out as they went in."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.clip import Clip
from tests.overlay.made import video
from tests.overlay.rendering import tagged, times


def test_uneven_times_stay_exact(tmp_path: Path) -> None:
    pts = (0, 3003, 6006, 6010, 9009, 21021, 24024, 27027, 90090, 90093)
    source = video(tmp_path / "clip.mp4", pts=pts, time_base=Fraction(1, 90_000))
    assert times(tagged(source)) == times(source) == [float(Fraction(at, 90_000)) for at in pts]


@pytest.mark.parametrize(("suffix", "base"), [(".mkv", 1_000), (".mp4", 90_000), (".mov", 90_000)])
def test_a_late_start_stays_late(suffix: str, base: int, tmp_path: Path) -> None:
    begins = base * 4 // 3  # ends with no whole millisecond
    pts = tuple(range(begins, begins + 12 * base // 25, base // 25))
    source = video(tmp_path / ("clip.mkv" if suffix == ".mkv" else "clip.ts"), pts=pts, time_base=Fraction(1, base))
    with av.open(str(tagged(source, suffix))) as after, Clip(source) as before:
        shown = [picture.time for picture in after.decode(video=0)]
        assert shown == [frame.video_time_s for frame in before.frames()]
    assert shown[0] > 1.3


@pytest.mark.parametrize(("suffix", "base"), [(".mkv", 1_000), (".ts", 90_000), (".mov", 90_000)])
def test_a_clip_whose_clock_begins_minutes_in_ends_with_its_last_picture(suffix: str, base: int, tmp_path: Path) -> None:
    begins = 300 * base
    pts = tuple(range(begins, begins + base * 12 // 25, base // 25))
    with Clip(video(tmp_path / f"clip{suffix}", pts=pts, time_base=Fraction(1, base))) as clip:
        assert clip.end_s - clip.start_s == pytest.approx(12 / 25, abs=0.05)
        assert clip.frame_count == pytest.approx(12, abs=1)


def test_no_frame_of_an_avi_is_lost_where_others_are_made_from_later_ones(tmp_path: Path) -> None:
    clip_path = video(
        tmp_path / "clip.avi", pts=tuple(range(60)), flash=37, options={"preset": "medium", "bf": "3", "b-adapt": "0"}
    )
    with Clip(clip_path) as clip:
        frames = [(frame.video_time_s, frame.rgb((8, 8)).mean()) for frame in clip.frames()]
        times_s = [at_s for at_s, _ in frames]
        assert times_s == pytest.approx(clip.frame_times_s())
        assert np.diff(times_s) == pytest.approx(1 / 25)
        assert len(frames) == len(list(clip.skim())) == 60
        assert int(np.argmax([light for _, light in frames])) == 37
        assert next(clip.glimpses([times_s[30]])).video_time_s == pytest.approx(times_s[30])


def test_a_clip_cut_out_of_a_stream_counts_from_its_first_picture_without_decoding_too(tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.ts", pts=tuple(range(75)), options={"preset": "veryfast", "crf": "10", "g": "20"})
    packets = whole.read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(packets[len(packets) // 188 // 5 * 188 :])
    with Clip(cut) as clip:
        shown = [frame.video_time_s for frame in clip.frames()]
        assert 10 < len(shown) < 70
        assert clip.frame_times_s() == shown, "what has a packet and no picture is not counted"


def test_ntsc_rates_stay_fractions(tmp_path: Path) -> None:
    pts = tuple(number * 1001 for number in range(20))
    source = video(tmp_path / "clip.mp4", pts=pts, time_base=Fraction(1, 60_000), rate=Fraction(60_000, 1001))
    with Clip(tagged(source)) as after:
        assert after.rate == Fraction(60_000, 1001)


def called(plain: Path, copy: Path, timecode: str) -> Path:
    """Return a copy of a clip without sound whose first picture bears a timecode."""
    with av.open(str(plain)) as before, av.open(str(copy), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0])
        stream.metadata["timecode"] = timecode
        for packet in before.demux():
            if packet.dts is not None:
                packet.stream = stream
                after.mux(packet)
    return copy


def timecodes(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [text for stream in container.streams for key, text in stream.metadata.items() if key.lower() == "timecode"]


@pytest.mark.parametrize(("rate", "timecode"), [(Fraction(25), "10:58:59:20"), (Fraction(30_000, 1001), "10:59:59;28")])
def test_the_timecode_is_kept(rate: Fraction, timecode: str, tmp_path: Path) -> None:
    plain = video(tmp_path / "plain.mp4", pts=tuple(range(12)), time_base=1 / rate, rate=rate)
    for suffix, streams in ((".mov", 2), (".mp4", 2), (".mkv", 1)):
        source = called(plain, tmp_path / f"clip{suffix}", timecode)
        assert timecodes(tagged(source, suffix)) == [timecode] * streams
    assert timecodes(tagged(plain)) == []


@pytest.mark.parametrize("said", ["noon", "10:00:00;12", "10:00:00:25"])
def test_a_timecode_that_cannot_be_is_left_out(said: str, tmp_path: Path) -> None:
    plain = video(tmp_path / "plain.mp4")
    assert timecodes(tagged(called(plain, tmp_path / "clip.mkv", said))) == []
