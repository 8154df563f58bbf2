"""What is skimmed of a clip is what a player shows, not what is left where pictures that others are made from were left out."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from overlay.clip import Clip

RATE = 50
SIZE_WH = (320, 180)


def clip(path: Path) -> Path:
    """Write a second of a texture that drifts and flickers, with pictures made from earlier and later ones that others are made from."""
    rng = np.random.default_rng(3)
    ground, other = (np.kron(rng.integers(40, 200, (60, 90)), np.ones((6, 6), int)) for _ in range(2))
    with av.open(str(path), "w") as target:
        options = {"preset": "medium", "crf": "20", "x264-params": "bframes=3:b-adapt=0:b-pyramid=normal:ref=4:keyint=50"}
        stream = target.add_stream("libx264", rate=RATE, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *SIZE_WH, "yuv420p"
        for index in range(RATE):
            texture = ground if index // 2 % 2 else other
            grey = texture[index : index + SIZE_WH[1], 2 * index : 2 * index + SIZE_WH[0]].astype(np.uint8)
            frame = VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, 2), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def test_what_is_skimmed_is_what_is_shown(tmp_path: Path) -> None:
    with Clip(clip(tmp_path / "clip.mp4")) as source:
        shown = {round(frame.video_time_s, 3): frame.rgb(SIZE_WH).astype(int) for frame in source.frames()}
        skimmed = {round(frame.video_time_s, 3): frame.rgb(SIZE_WH).astype(int) for frame in source.skim()}
    assert 10 < len(skimmed) < len(shown)
    assert max(np.abs(picture - shown[at_s]).max() for at_s, picture in skimmed.items()) == 0
