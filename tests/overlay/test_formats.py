"""Clips as cameras and phones leave them come out as they went in, or are clearly refused."""

import os
import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType

from overlay.clip import Clip
from overlay.encoder import HARDWARE, Encoding, _opens
from overlay.errors import OverlayError
from tests.overlay.made import upright_rgb, video
from tests.overlay.rendering import render

PQ, HLG = 16, 18
BEST = Encoding(preset="ultrafast", crf=4)


def tagged(source: Path, suffix: str = ".mp4") -> Path:
    output = source.with_name(f"tagged{suffix}")
    render(source, output, encoding=BEST)
    return output


def times(path: Path) -> list[float]:
    with Clip(path) as clip:
        return clip.frame_times_s()


def square_is_in(plain: np.ndarray, drawn: np.ndarray) -> bool:
    """Return whether the square's middle is white, and the picture far from it as before."""
    change = np.abs(drawn.astype(int) - plain.astype(int))
    return bool(drawn[14:26, 12:20].mean() > 215 and change[60:, :].mean() < 3)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"])
def test_pixel_formats_stay_and_are_drawn_into(pixels: str, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(128, 96), pixels=pixels)
    output = tagged(source)
    with Clip(source) as before, Clip(output) as after:
        assert after.stream.codec_context.pix_fmt == before.stream.codec_context.pix_fmt
        assert after.size_wh == before.size_wh
    assert square_is_in(upright_rgb(source)[1], upright_rgb(output)[1])
    assert times(output) == times(source)


@pytest.mark.parametrize("preset", ["superfast", "veryfast"])
def test_at_1080p_the_encoder_takes_no_more_threads_than_there_is_memory_for(preset: str, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(1920, 1080), pts=(0, 1, 2))
    render(source, tmp_path / "out.mp4", encoding=Encoding(preset=preset))
    told = re.search(
        rb"x264.* threads=(\d+) ", (tmp_path / "out.mp4").read_bytes()
    )  # x264 writes its settings into what it encodes
    assert told is not None
    cores = os.cpu_count() or 1
    if preset == "veryfast":
        assert int(told[1]) <= cores
    elif 1 < cores <= 8:  # of more its own number may be bounded by the picture's rows
        assert int(told[1]) > cores


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix"), [("ffv1", "bgr0", ".mkv"), ("png", "rgb24", ".mov"), ("ffv1", "gray", ".mkv")]
)
def test_formats_that_are_not_drawn_into_become_common_ones(codec: str, pixels: str, suffix: str, tmp_path: Path) -> None:
    source = video(tmp_path / f"clip{suffix}", size_wh=(128, 96), pixels=pixels, codec=codec, options={})
    output = tagged(source)
    with Clip(output) as after:
        assert after.stream.codec_context.pix_fmt == "yuv420p"
    plain, drawn = upright_rgb(source), upright_rgb(output)
    assert square_is_in(plain[1], drawn[1])
    np.testing.assert_allclose(drawn[6].mean((0, 1)), plain[6].mean((0, 1)), atol=3)  # on the seventh nothing is drawn


def test_an_odd_size_loses_its_last_row_and_column_not_its_shape(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mkv", size_wh=(129, 97), codec="ffv1", options={})
    output = tagged(source)
    with Clip(output) as after:
        assert after.size_wh == (128, 96)
    plain, drawn = upright_rgb(source)[6], upright_rgb(output)[6]
    assert np.abs(plain[:96, :128].astype(int) - drawn.astype(int)).mean() < 2


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_clip_held_sideways_stays_so_and_its_tags_are_upright(turn: int, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(128, 96), turn=turn)
    output = tagged(source)
    with Clip(source) as before, Clip(output) as after:
        assert before.quarter_turns == after.quarter_turns != 0
        assert after.size_wh == before.size_wh
    assert square_is_in(upright_rgb(source)[1], upright_rgb(output)[1])


def test_pixels_that_are_not_square_stay_so(tmp_path: Path) -> None:
    output = tagged(video(tmp_path / "clip.mp4", shape=Fraction(4, 3)))
    with Clip(output) as after:
        assert after.stream.codec_context.sample_aspect_ratio == Fraction(4, 3)


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


def kinds(path: Path) -> str:
    with av.open(str(path)) as container:
        return "".join(PictureType(frame.pict_type).name for frame in container.decode(video=0))


@pytest.mark.parametrize(("how", "kept"), [("bframes=2:b-adapt=0:scenecut=0", True), ("keyint=1", False), ("bframes=0", False)])
def test_kinds_of_picture_stay_where_an_encoder_has_chosen_them(how: str, kept: bool, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", pts=tuple(range(30)), options={"preset": "veryfast", "x264-params": how})
    output = tmp_path / "tagged.mp4"
    render(source, output, encoding=Encoding(preset="veryfast"))
    assert (kinds(output) == kinds(source)) is kept
    assert "B" in kinds(output)


@pytest.mark.parametrize("trc", [PQ, HLG])
def test_hdr_is_refused_with_the_remedy(trc: int, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", pixels="yuv420p10le", trc=trc)
    with pytest.raises(OverlayError, match=r"is HDR.*convert it to BT\.709"):
        Clip(source)


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


@pytest.mark.parametrize(("how", "order"), [("tff=1", 2), ("bff=1", 3), ("", 1)])
def test_pictures_of_two_fields_stay_so(how: str, order: int, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(128, 96), options={"preset": "ultrafast", "x264-params": how})
    with Clip(source) as before, Clip(tagged(source)) as after:
        assert before.stream.codec_context.field_order == after.stream.codec_context.field_order == order


@pytest.mark.parametrize(("rate", "timecode"), [(Fraction(25), "10:58:59:20"), (Fraction(30_000, 1001), "10:59:59;28")])
def test_the_timecode_is_kept(rate: Fraction, timecode: str, tmp_path: Path) -> None:
    plain = video(tmp_path / "plain.mp4", pts=tuple(range(12)), time_base=1 / rate, rate=rate)
    for suffix in (".mov", ".mp4"):
        source = tmp_path / f"clip{suffix}"
        with av.open(str(plain)) as before, av.open(str(source), "w") as after:
            stream = after.add_stream_from_template(before.streams.video[0])
            stream.metadata["timecode"] = timecode
            for packet in before.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    after.mux(packet)
        with av.open(str(tagged(source, suffix))) as after:
            assert [stream.metadata.get("timecode") for stream in after.streams if stream.type != "audio"] == [timecode] * 2
    with av.open(str(tagged(plain))) as after:
        assert all("timecode" not in stream.metadata for stream in after.streams)


def test_the_clip_itself_is_never_written_over(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4")
    before = source.read_bytes()
    with pytest.raises(OverlayError, match="is the clip itself"):
        render(source, source)
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_colon_in_a_name_names_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video(tmp_path / "clip.mp4", sound="aac").rename(tmp_path / "15:02 lap.mp4")
    monkeypatch.chdir(tmp_path)
    output = tagged(Path("15:02 lap.mp4"))
    output = output.rename("out:1.mp4")
    render(Path("15:02 lap.mp4"), Path("out:2.mp4"))
    for path in (output, Path("out:2.mp4")):
        with Clip(path) as clip:
            assert clip.has_sound
            assert len(clip.frame_times_s()) == 12


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    source, place, link = video(tmp_path / "clip.mp4"), tmp_path / "large" / "video.mp4", tmp_path / "out.mp4"
    place.parent.mkdir()
    link.symlink_to(place)
    render(source, link)
    assert link.is_symlink()
    assert len(times(place)) == 12
    assert [path.name for path in place.parent.iterdir()] == ["video.mp4"]


@pytest.mark.parametrize(("codec", "pixels", "size_wh"), [("ffv1", "bgr0", (128, 96)), ("ffv1", "yuv420p", (129, 97))])
def test_glimpses_can_be_looked_at_in_parts_whatever_a_clips_pixels(
    codec: str, pixels: str, size_wh: tuple[int, int], tmp_path: Path
) -> None:
    source = video(tmp_path / "clip.mkv", size_wh=size_wh, pixels=pixels, codec=codec, options={})
    with Clip(source) as clip:
        (glimpse,) = clip.glimpses([0.2])
        frame = next(clip.frames(start_s=0.2))
        assert glimpse.size_wh == clip.size_wh
        part = (64, 32, 128, 96)
        np.testing.assert_array_equal(glimpse.rgb((64, 64), part), frame.rgb((64, 64), part))


def test_auto_takes_an_encoder_that_really_works(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(256, 192))
    report = render(source, tmp_path / "tagged.mp4", encoding=Encoding("auto", "ultrafast"))
    assert report.frames == 12
    assert len(upright_rgb(tmp_path / "tagged.mp4")) == 12


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"preset": "quick"}, "unknown preset 'quick'"),
        ({"crf": 99}, "crf = 99"),
        ({"encoder": "h265"}, "unknown encoder 'h265'"),
    ],
)
def test_wrong_ways_of_encoding_are_named(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(OverlayError, match=said):
        Encoding(**wrong)  # type: ignore[arg-type]


def test_a_hardware_encoder_that_is_not_there_is_refused_with_the_remedy(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", size_wh=(256, 192))
    missing = next((name for name in HARDWARE if not _opens(name, (256, 192))), None)
    if missing is None:
        pytest.skip("this machine has every hardware encoder")
    with pytest.raises(OverlayError, match="use --encoder libx264"):
        render(source, tmp_path / "tagged.mp4", encoding=Encoding(missing))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_clip_cut_off_in_the_middle_gives_what_came_before(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mkv", pts=tuple(range(0, 4_000, 40)), time_base=Fraction(1, 1000))
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    frames = len(upright_rgb(tagged(source)))
    assert 20 < frames < 100


def test_a_bare_stream_without_times_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="without times"):
        Clip(video(tmp_path / "clip.h264", size_wh=(128, 96)))


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
