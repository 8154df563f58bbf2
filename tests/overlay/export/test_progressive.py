from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from overlay.clip import Clip
from overlay.export.progressive import progressive
from overlay.export.source import ClipFrame, frames

COUNT, STEP_PX, WIDE_PX = 12, 8, 32


def fields(path: Path, *, interlaced: bool) -> Path:
    """Write a white bar that moves on between the lower lines of a frame and, later, the upper ones, as a camera with fields sees it."""
    with av.open(str(path), "w") as container:
        how = {"preset": "ultrafast", "crf": "8", **({"x264-params": "bff=1"} if interlaced else {})}
        stream = container.add_stream("libx264", rate=Fraction(25), options=how)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(COUNT):
            rgb = np.full((180, 320, 3), 40, np.uint8)
            for field in (0, 1):
                left = 20 + (2 * number + 1 - field) * STEP_PX
                rgb[field::2, left : left + WIDE_PX] = 220
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return path


def torn(frame: ClipFrame) -> float:
    """Return how much lines differ from their neighbours', away from the edges."""
    luma = frame.planes()[0][10:-10].astype(float)
    return float(np.abs(luma[1:-1] - (luma[:-2] + luma[2:]) / 2).mean())


def posted(path: Path, start_s: float = 0.0) -> list[ClipFrame]:
    with Clip(path) as clip:
        return list(frames(clip, start_s))


def test_an_interlaced_clip_is_posted_without_torn_edges_each_frame_at_its_time(tmp_path: Path) -> None:
    clip = fields(tmp_path / "clip.mp4", interlaced=True)
    with Clip(clip) as opened:
        times = [(frame.index, frame.video_time_s) for frame in opened.frames()]
    made = posted(clip)
    assert [(one.frame.index, one.video_time_s) for one in made] == times
    assert len(times) == COUNT
    assert max(torn(one) for one in made[1:-1]) < 1.0
    for one in made[1:-1]:
        middle = float(np.flatnonzero(one.planes()[0][90] > 130).mean())
        assert middle == pytest.approx(20 + 2 * one.frame.index * STEP_PX + WIDE_PX / 2, abs=STEP_PX / 4), "where it was first"


def test_a_post_may_begin_amid_an_interlaced_clip(tmp_path: Path) -> None:
    made = posted(fields(tmp_path / "clip.mp4", interlaced=True), start_s=0.2)
    assert [one.frame.index for one in made] == list(range(5, COUNT))


def test_a_clip_that_is_not_interlaced_is_passed_on_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av.filter, "Graph", None)  # to make one would fail
    with Clip(fields(tmp_path / "clip.mp4", interlaced=False)) as clip:
        taken = list(clip.frames())
        assert all(given is frame for given, frame in zip(progressive(iter(taken)), taken, strict=True))
    assert torn(posted(tmp_path / "clip.mp4")[5]) > 3.0


def test_frames_of_both_kinds_stay_in_order(tmp_path: Path) -> None:
    with (
        Clip(fields(tmp_path / "a.mp4", interlaced=False)) as plain,
        Clip(fields(tmp_path / "b.mp4", interlaced=True)) as combed,
    ):
        taken = [*plain.frames(), *combed.frames()]
        smaller = [replace(frame, picture=frame.picture.reformat(160, 90)) for frame in combed.frames()]
    made = list(progressive([*taken, *smaller]))
    assert [(one.index, one.video_time_s, one.size_wh) for one in made] == [
        (one.index, one.video_time_s, one.size_wh) for one in (*taken, *smaller)
    ]
