"""Clips that cannot be tagged, and places that cannot be written, are refused with the way out; odd names are not."""

from pathlib import Path

import pytest

from overlay.clip import Clip
from overlay.errors import OverlayError
from tests.overlay.made import video
from tests.overlay.rendering import render, tagged, times

PQ, HLG = 16, 18


@pytest.mark.parametrize("trc", [PQ, HLG])
def test_hdr_is_refused_with_the_remedy(trc: int, tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", pixels="yuv420p10le", trc=trc)
    with pytest.raises(OverlayError, match=r"is HDR.*convert it to BT\.709"):
        Clip(source)


def test_a_bare_stream_without_times_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="without times"):
        Clip(video(tmp_path / "clip.h264", size_wh=(128, 96)))


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
