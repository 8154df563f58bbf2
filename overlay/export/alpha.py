"""The overlay alone, with alpha, for editors who lay it over their own cut: ProRes 4444, QuickTime RLE, VP9 and PNG.

All are straight (unmatted) unless asked otherwise: the colour is the tag's own, and alpha alone says how much of it shows. Around
every edge the colour runs on under transparent pixels, so that coding and scaling never mix in black.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from overlay.errors import OverlayError
from overlay.export import whole
from overlay.timecode import KEY, Timecode

Rgba = npt.NDArray[np.uint8]
BT709 = 1
RUN_ON_PX = 16  # how far colour runs on: a coding block of ProRes and VP9
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 3]


@dataclass(frozen=True, slots=True)
class AlphaFormat:
    """One way to carry alpha; `lossless` says whether what is decoded equals what was drawn."""

    name: str
    title: str
    suffix: str
    codec: str
    pixels: str
    options: tuple[tuple[str, str], ...]
    lossless: bool


FORMATS = {
    entry.name: entry
    for entry in (
        AlphaFormat(
            "prores",
            "ProRes 4444",
            ".mov",
            "prores_ks",
            "yuva444p10le",
            (("profile", "4444"), ("alpha_bits", "16"), ("vendor", "apl0"), ("bits_per_mb", "8000")),
            lossless=False,
        ),
        AlphaFormat("qtrle", "QuickTime Animation (RLE)", ".mov", "qtrle", "argb", (), lossless=True),
        AlphaFormat(
            "vp9",
            "VP9 in WebM",
            ".webm",
            "libvpx-vp9",
            "yuva420p",
            (("crf", "12"), ("b", "0"), ("deadline", "good"), ("cpu-used", "5"), ("row-mt", "1"), ("auto-alt-ref", "0")),
            lossless=False,
        ),
        AlphaFormat("png", "PNG sequence", "", "", "rgba", (), lossless=True),
    )
}


def choose(words: str) -> tuple[AlphaFormat, ...]:
    """Return the formats named, each once; `all` for all.

    Raises:
        OverlayError: A format is not known.
    """
    names = FORMATS if words == "all" else dict.fromkeys(word.strip() for word in words.split(",") if word.strip())
    for name in names:
        if name not in FORMATS:
            raise OverlayError(f"no alpha format {name!r}; known are {', '.join(FORMATS)}, all")
    return tuple(FORMATS[name] for name in names)


class AlphaFile:
    """Writes overlay frames beside their place; `finish` puts them there whole, `abort` leaves nothing."""

    def __init__(
        self,
        path: Path,
        kind: AlphaFormat,
        *,
        size: tuple[int, int],
        rate: Fraction,
        straight: bool = True,
        timecode: Timecode | None = None,
    ) -> None:
        self.path, self.kind, self.straight, self._timecode = path, kind, straight, timecode
        self.frames = 0
        self._rate = rate
        self._beside = path.with_name(f".{path.name}.part{kind.suffix}")
        self._container: av.container.OutputContainer | None = None
        try:
            if kind.codec:
                self._open(size)
            else:
                shutil.rmtree(self._beside, ignore_errors=True)
                self._beside.mkdir(parents=True)
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise whole.refused(error, f"cannot write {path}") from error
        except ValueError as error:
            self.abort()
            raise OverlayError(
                f"encoder {kind.codec} is not in this build of FFmpeg; choose another of {', '.join(FORMATS)}"
            ) from error

    def _open(self, size: tuple[int, int]) -> None:
        self._container = av.open(str(self._beside.absolute()), "w")
        stream = self._container.add_stream(self.kind.codec, rate=self._rate)
        assert isinstance(stream, av.VideoStream)  # noqa: S101  # narrows the type
        stream.width, stream.height = size
        stream.pix_fmt = self.kind.pixels
        stream.options = dict(self.kind.options)
        stream.codec_context.time_base = 1 / self._rate
        if self.kind.pixels.startswith("yuv"):
            context = stream.codec_context
            context.color_primaries = context.color_trc = context.colorspace = BT709
            context.color_range = 1
        if self.kind.suffix == ".mov" and self._timecode is not None:
            stream.metadata[KEY] = self._timecode.text
        if self.kind.suffix == ".webm":
            stream.metadata["alpha_mode"] = "1"
        self._container.metadata["comment"] = f"alpha: {'straight (unmatted)' if self.straight else 'premultiplied with black'}"
        self._stream = stream

    def write(self, premultiplied: Rgba) -> None:
        """Write one frame, (h, w, 4) uint8 RGBA with colour premultiplied, as it is drawn."""
        try:
            picture = straightened(premultiplied) if self.straight else premultiplied
            if self._container is None:
                target = self._beside / f"{self.frames:06d}.png"
                if not cv2.imwrite(str(target), picture[:, :, [2, 1, 0, 3]], _PNG):
                    raise OSError(28, "No space left on device")  # OpenCV says no more than that it failed
            else:
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgba")
                if self.kind.pixels.startswith("yuv"):
                    frame = frame.reformat(format=self.kind.pixels, dst_colorspace="ITU709", dst_color_range="MPEG")
                    frame.color_primaries = frame.color_trc = BT709  # ProRes writes the picture's, not the encoder's
                frame.pts, frame.time_base = self.frames, 1 / self._rate
                self._container.mux(self._stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            raise whole.refused(error, f"cannot write {self.path}") from error
        self.frames += 1

    def finish(self) -> None:
        """Put the whole in its place."""
        try:
            if self._container is not None:
                self._container.mux(self._stream.encode(None))
                self._container.close()
                self._beside.replace(self.path)
                return
            about = {
                "frame_rate": str(self._rate),
                "frames": self.frames,
                "alpha": "straight" if self.straight else "premultiplied",
            }
            (self._beside / "about.json").write_text(json.dumps(about), encoding="utf-8")
            shutil.rmtree(self.path, ignore_errors=True)
            self._beside.replace(self.path)
        except (av.error.FFmpegError, OSError) as error:
            raise whole.refused(error, f"cannot write {self.path}") from error

    def abort(self) -> None:
        """Leave nothing behind."""
        with suppress(av.error.FFmpegError, OSError):  # it failed already; what counts is that the file goes
            if self._container is not None:
                self._container.close()
        shutil.rmtree(self._beside, ignore_errors=True)
        with suppress(OSError):
            self._beside.unlink()


def straightened(premultiplied: Rgba) -> Rgba:
    """Return (h, w, 4) RGBA with straight colour, run on under transparent pixels near what is drawn."""
    alpha = premultiplied[:, :, 3]
    out = np.zeros_like(premultiplied)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return out
    part = np.s_[
        max(rows[0] - RUN_ON_PX, 0) : rows[-1] + 1 + RUN_ON_PX, max(columns[0] - RUN_ON_PX, 0) : columns[-1] + 1 + RUN_ON_PX
    ]
    colour = premultiplied[part][:, :, :3].astype(np.float32)
    cover = alpha[part].astype(np.float32)
    filled = np.where(cover[:, :, None] > 0, colour * 255 / np.maximum(cover, 1)[:, :, None], 0)
    weight = (cover > 0).astype(np.float32)
    size = 2 * RUN_ON_PX + 1
    spread = cv2.blur(filled * weight[:, :, None], (size, size))
    near = cv2.blur(weight, (size, size))
    run_on = spread / np.maximum(near, 1e-6)[:, :, None]
    out[part][:, :, :3] = np.clip(np.where(weight[:, :, None] > 0, filled, run_on * (near > 0)[:, :, None]) + 0.5, 0, 255)
    out[:, :, 3] = alpha
    return out


def decoded(path: Path, kind: AlphaFormat) -> Iterator[Rgba]:
    """Yield what a player gets back, (h, w, 4) uint8 RGBA, colour as stored."""
    if not kind.codec:
        for file in sorted(path.glob("*.png")):
            picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            if picture is None:
                raise OverlayError(f"cannot read {file}")
            yield np.asarray(picture[:, :, [2, 1, 0, 3]], np.uint8)
        return
    with av.open(str(path.absolute())) as container:
        stream = container.streams.video[0]
        # FFmpeg's own VP9 decoder leaves alpha out; the library's has it.
        context = av.CodecContext.create("libvpx-vp9", "r") if kind.name == "vp9" else stream.codec_context
        for packet in container.demux(stream):
            for frame in context.decode(packet if packet.size else None):
                assert isinstance(frame, av.VideoFrame)  # noqa: S101  # narrows the type
                picture = frame.reformat(format="rgba", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray()
                yield np.asarray(picture, np.uint8)
