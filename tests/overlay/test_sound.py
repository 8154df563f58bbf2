"""A clip's sound comes out as it went in, or encoded anew where its new container takes no such codec."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.clip import Clip
from tests.overlay.made import video
from tests.overlay.rendering import tagged, times


def remuxed(source: Path, copy: Path, *, sound_s: float = 0.0, **described: str) -> Path:
    """Return a copy of a clip whose sound lies so much later, and says something of itself."""
    with av.open(str(source)) as before, av.open(str(copy), "w") as after:
        streams = {stream.index: after.add_stream_from_template(stream) for stream in before.streams}
        after.streams.audio[0].metadata.update(described)
        for packet in before.demux():
            if packet.dts is not None and packet.pts is not None and packet.time_base is not None:
                if packet.stream.type == "audio":
                    later = round(sound_s / packet.time_base)
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                packet.stream = streams[packet.stream.index]
                after.mux(packet)
    return copy


def sound_packets(path: Path) -> list[tuple[float, bytes]]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.pts is not None and packet.time_base is not None]
        return [(float(packet.pts * packet.time_base), bytes(packet)) for packet in packets]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("sound", "suffix", "kept"),
    [
        ("aac", ".mp4", True),
        ("pcm_s16le", ".mp4", False),
        ("pcm_s16le", ".mkv", True),
        ("pcm_s16le", ".mov", True),
        ("libopus", ".mov", False),
    ],
)
def test_sound_is_copied_where_the_container_takes_it_and_else_encoded(
    sound: str, suffix: str, kept: bool, tmp_path: Path
) -> None:
    source = video(tmp_path / "clip.mkv", pts=tuple(range(0, 480, 40)), time_base=Fraction(1, 1000), sound=sound)
    output = tagged(source, suffix)
    with av.open(str(output)) as after:
        assert after.streams.audio[0].codec_context.name == (sound if kept else "aac")
    with Clip(source) as before, Clip(output) as after:
        one, other = before.sound(48_000), after.sound(48_000)
    assert one is not None
    assert other is not None
    length = min(len(one.samples), len(other.samples))
    assert length > 0.9 * len(one.samples)
    assert abs(one.start_video_s - other.start_video_s) < 0.03
    if kept:
        np.testing.assert_array_equal(one.samples, other.samples)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_sound_that_the_clip_hides_before_its_beginning_is_not_heard(suffix: str, tmp_path: Path) -> None:
    source = remuxed(video(tmp_path / "whole.mp4", sound="aac"), tmp_path / "clip.mp4", sound_s=-0.2)
    output = tagged(source, suffix)
    assert times(output) == times(source)
    with Clip(output) as clip:
        heard = clip.sound()
    assert heard is not None
    assert heard.duration_s < 0.35, "of half a second"
    kept, all_there = ([one for one in sound_packets(path) if one[0] >= 0] for path in (output, source))
    assert [data for _, data in kept] == [data for _, data in all_there]
    assert [at_s for at_s, _ in kept] == pytest.approx([at_s for at_s, _ in all_there], abs=1e-3)


def test_sound_whose_container_counts_in_whole_packets_is_encoded_without_a_hole(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.avi", sound="wmav2", codec="mjpeg", pixels="yuvj420p", options={})
    times_s = [at_s for at_s, _ in sound_packets(tagged(source))]
    np.testing.assert_allclose(np.diff(times_s), 1024 / 48_000, atol=1e-5)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_mp3_is_copied_whatever_its_decoder_is_called(suffix: str, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mov", sound="libmp3lame")
    before, after = sound_packets(source), sound_packets(tagged(source, suffix))
    assert [data for _, data in before] == [data for _, data in after] != []


def test_a_sound_tracks_language_and_title_are_kept(tmp_path: Path) -> None:
    plain = video(tmp_path / "plain.mkv", pts=tuple(range(0, 480, 40)), time_base=Fraction(1, 1000), sound="flac")
    source = remuxed(plain, tmp_path / "clip.mkv", language="fre", title="radio")
    for suffix in (".mkv", ".mp4"):
        with av.open(str(tagged(source, suffix))) as after:
            said = after.streams.audio[0].metadata
        assert said["language"] == "fre"
        assert said.get("title", said.get("name", "radio")) == "radio"


def test_every_sound_track_is_kept_with_its_channels(tmp_path: Path) -> None:
    plain = video(tmp_path / "plain.mkv", pts=tuple(range(0, 480, 40)), time_base=Fraction(1, 1000))
    source = tmp_path / "clip.mkv"
    layouts = ("mono", "stereo", "5.1")
    with av.open(str(plain)) as before, av.open(str(source), "w") as after:
        picture = after.add_stream_from_template(before.streams.video[0])
        tracks = [after.add_stream("flac", rate=48_000, layout=layout) for layout in layouts]
        for packet in before.demux():
            if packet.dts is not None:
                packet.stream = picture
                after.mux(packet)
        for track, layout in zip(tracks, layouts, strict=True):
            channels = track.codec_context.channels
            heard = av.AudioFrame.from_ndarray(np.zeros((1, channels * 4608), np.int16), format="s16", layout=layout)
            heard.sample_rate, heard.pts = 48_000, 0
            after.mux([*track.encode(heard), *track.encode(None)])
    with Clip(source) as clip, Clip(plain) as mute:
        assert (clip.sound_channels, mute.sound_channels) == (1, 0), "the first stream's"
    for suffix, codec in ((".mp4", "aac"), (".mkv", "flac")):
        with av.open(str(tagged(source, suffix))) as after:
            kept = [(stream.codec_context.name, stream.codec_context.layout.name) for stream in after.streams.audio]
        assert kept == [(codec, layout) for layout in layouts]
