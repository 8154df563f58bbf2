"""A clip that is cut off or damaged is worth what is whole of it."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from overlay.clip import Clip
from tests.overlay.made import upright_rgb, video
from tests.overlay.rendering import tagged


def test_a_clip_cut_off_in_the_middle_gives_what_came_before(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mkv", pts=tuple(range(0, 4_000, 40)), time_base=Fraction(1, 1000))
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    frames = len(upright_rgb(tagged(source)))
    assert 20 < frames < 100


def test_of_a_clip_cut_off_in_a_picture_all_those_before_it_come_out(tmp_path: Path) -> None:
    options = {"preset": "veryfast", "x264-params": "bframes=2:b-adapt=0:scenecut=0"}
    whole, source = video(tmp_path / "whole.mp4", pts=tuple(range(40)), options=options), tmp_path / "clip.mp4"
    with av.open(str(whole)) as before, av.open(str(source), "w", options={"movflags": "+faststart"}) as after:
        stream = after.add_stream_from_template(before.streams.video[0])
        for packet in before.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                after.mux(packet)
    with av.open(str(source)) as container:
        packets = [(packet.pos or 0, packet.pts) for packet in container.demux(video=0) if packet.pts is not None]
    source.write_bytes(source.read_bytes()[: packets[30][0] + 6])
    with Clip(source) as clip:
        shown = [frame.video_time_s for frame in clip.frames()]
        tick_s = float(clip.stream.time_base or 0)
    assert shown == pytest.approx(sorted(pts * tick_s for _, pts in packets[:30]))


def test_what_is_damaged_costs_itself_and_not_what_lies_behind_it(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mkv", size_wh=(128, 96), pts=tuple(range(30)), sound="flac", options={"g": "5"})
    data = bytearray(source.read_bytes())
    for kind in ("audio", "video"):
        with av.open(str(source)) as container:
            coded = [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.pts is not None]
        hurt = coded[len(coded) // 3]
        at, size = data.index(hurt), min(len(hurt), 200)
        data[at : at + size] = bytes(size)
    source.write_bytes(data)
    with Clip(source) as clip:
        sound = clip.sound()
        assert [frame.video_time_s for frame in clip.frames()][-1] > 1.1
    assert sound is not None
    assert len(sound.samples) / sound.rate_hz > 0.35  # of half a second
    with Clip(tagged(source)) as after:
        assert after.has_sound
