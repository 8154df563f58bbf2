"""Clips with the graphics of a broadcast drawn into them: a speed that changes as the timing sends it, a lap counter, and their truth."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from overlay.clip import Clip
from overlay.theme import FONTS

UPDATES_HZ = 4.0  # as car data come


@dataclass(frozen=True, slots=True)
class Graphic:
    """How the numbers look: where they stand in shares of the picture, how tall, in which font, and on what."""

    centre: tuple[float, float] = (0.5, 0.88)
    height: float = 0.06
    font: str = "SairaCondensed-Bold.ttf"
    panel: bool = True
    unit: str = "KM/H"
    lap: str = ""
    gear: bool = False


def drawn(
    source: Path,
    target: Path,
    graphic: Graphic,
    speed_kmh: Callable[[float], float],
    *,
    size_wh: tuple[int, int] | None = None,
    crf: int = 23,
    late_s: float = 0.0,
    seconds: float = 60.0,
    sound: bool = False,
) -> None:
    """Write a clip with a graphic over its pictures, without sound unless it is asked for.

    Args:
        source: The clip below.
        target: To write.
        graphic: How the numbers look.
        speed_kmh: What is shown at a video time.
        size_wh: Of the new clip, that of the old one when None.
        crf: How hard it is compressed.
        late_s: By how much the graphic lags the picture.
        seconds: At most.
        sound: Whether the old sound goes with it.
    """
    with Clip(source) as clip, av.open(str(target), "w") as out:
        width, height = size_wh or clip.size_wh
        stream = out.add_stream("libx264", rate=clip.rate, options={"crf": str(crf), "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, 90_000)
        tune = None
        if sound:
            below = av.open(str(source))
            tune = out.add_stream_from_template(below.streams.audio[0])
        for frame in clip.frames():
            if frame.video_time_s >= seconds:
                break
            shown_s = np.floor((frame.video_time_s - late_s) * UPDATES_HZ) / UPDATES_HZ
            picture = Image.fromarray(frame.rgb((width, height)))
            _draw(picture, graphic, round(speed_kmh(float(shown_s))))
            coded = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            coded.pts, coded.time_base = round(frame.video_time_s * 90_000), stream.time_base
            out.mux(stream.encode(coded))
        out.mux(stream.encode(None))
        if tune is not None:
            for packet in below.demux(below.streams.audio[0]):
                if packet.dts is not None and float(packet.pts * packet.time_base) < seconds:
                    packet.stream = tune
                    out.mux(packet)
            below.close()


def _draw(picture: Image.Image, graphic: Graphic, speed: int) -> None:
    width, height = picture.size
    pen = ImageDraw.Draw(picture, "RGBA")
    tall = graphic.height * height
    x, y = graphic.centre[0] * width, graphic.centre[1] * height
    big, small = _font(graphic.font, tall), _font(graphic.font, tall * 0.4)
    if graphic.panel:
        pen.rounded_rectangle(
            (x - tall * 1.4, y - tall * 0.9, x + tall * 1.4, y + tall * 1.2), tall * 0.3, fill=(10, 12, 18, 190)
        )
    pen.text((x, y), str(speed), font=big, anchor="mm", fill="white", stroke_width=0 if graphic.panel else 2, stroke_fill="black")
    pen.text((x, y + tall * 0.8), graphic.unit, font=small, anchor="mm", fill=(220, 220, 220))
    if graphic.gear:
        pen.text(
            (x + tall * 2.4, y), str(2 + speed // 50), font=big, anchor="mm", fill="white", stroke_width=2, stroke_fill="black"
        )
    if graphic.lap:
        pen.rectangle((0.03 * width, 0.04 * height, 0.03 * width + tall * 4, 0.04 * height + tall), fill=(10, 12, 18, 220))
        pen.text(
            (0.03 * width + tall * 2, 0.04 * height + tall / 2),
            graphic.lap,
            font=_font(graphic.font, tall * 0.7),
            anchor="mm",
            fill="white",
        )


def _font(name: str, tall: float) -> ImageFont.FreeTypeFont:
    path = FONTS / name
    return ImageFont.truetype(str(path if path.exists() else name), max(round(tall), 6))
