"""The planes of decoded pictures: read, cut, and made such that tags can be drawn into them; a door of PyAV."""

from dataclasses import dataclass

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

YuvPicture = VideoFrame  # a decoded picture as the rest of the overlay passes it on

# Luma weights of red and blue (ITU-R BT.601, BT.709, BT.2020), by FFmpeg's number of the matrix; 2 is unknown.
_WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
_FULL_RANGE = 2
_HD_HEIGHT = 720  # untagged material is BT.709 from here up, BT.601 below


@dataclass(frozen=True, slots=True)
class Coding:
    """How a picture's Y, U and V stand for colours: luma weights of red and blue, and whether samples go from 0 to the top."""

    red: float
    blue: float
    full: bool

    @classmethod
    def of(cls, picture: VideoFrame) -> "Coding":
        """Return that of a picture; where it does not say, what is usual for its height."""
        red, blue = _WEIGHTS.get(int(picture.colorspace)) or _WEIGHTS[1 if picture.height >= _HD_HEIGHT else 6]
        return cls(red, blue, int(picture.color_range) == _FULL_RANGE or picture.format.name.startswith("yuvj"))

    @property
    def scale(self) -> tuple[float, float, float]:
        """Spans of luma and of chroma, and luma's zero, of 255; chroma's is 128."""
        return (255.0, 255.0, 0.0) if self.full else (219.0, 224.0, 16.0)


def cut(picture: VideoFrame, region: tuple[int, int, int, int]) -> VideoFrame:
    """Return a part of a planar YUV picture, edges moved outwards to where its chroma has samples."""
    name = picture.format.name
    step_x, step_y, depth = _PLANAR[name]
    x1, y1 = region[0] // step_x * step_x, region[1] // step_y * step_y
    x2 = min(-(-region[2] // step_x) * step_x, picture.width)
    y2 = min(-(-region[3] // step_y) * step_y, picture.height)
    part = VideoFrame(x2 - x1, y2 - y1, name)
    part.colorspace, part.color_range = picture.colorspace, picture.color_range
    for number, (source, target) in enumerate(zip(picture.planes, part.planes, strict=True)):
        sx, sy = (1, 1) if number == 0 else (step_x, step_y)
        rows = slice(y1 // sy, y1 // sy + target.height)
        columns = slice(x1 // sx, x1 // sx + target.width)
        plane_view(target, depth)[: target.height, : target.width] = plane_view(source, depth)[rows, columns]
    return part


def averaged(picture: VideoFrame, region: tuple[int, int, int, int], size_wh: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return a part of a planar YUV picture as a few pixels, (h, w, 3) uint8 RGB, each the mean of what it covers.

    For sizes so small that a scaler, which must be made for each part's size, takes far longer to make than to use.
    """
    step_x, step_y, depth = _PLANAR[picture.format.name]
    coding, parts = Coding.of(picture), []
    for plane, (sx, sy) in zip(picture.planes, ((1, 1), (step_x, step_y), (step_x, step_y)), strict=True):
        rows, columns = slice(region[1] // sy, -(-region[3] // sy)), slice(region[0] // sx, -(-region[2] // sx))
        part = plane_view(plane, depth)[: plane.height, : plane.width][rows, columns]
        parts.append(cv2.resize(part, size_wh, interpolation=cv2.INTER_AREA).astype(np.float32) / 2 ** (depth - 8))
    y_span, c_span, y_zero = coding.scale
    y, u, v = (parts[0] - y_zero) / y_span, (parts[1] - 128) / c_span, (parts[2] - 128) / c_span
    red, blue = y + 2 * (1 - coding.red) * v, y + 2 * (1 - coding.blue) * u
    green = (y - coding.red * red - coding.blue * blue) / (1 - coding.red - coding.blue)
    rgb: npt.NDArray[np.uint8] = np.clip(np.rint(np.stack([red, green, blue], -1) * 255), 0, 255).astype(np.uint8)
    return rgb


def drawable(picture: VideoFrame) -> VideoFrame:
    """Return a picture that tags can be drawn into and encoders take: itself, if it can be.

    Formats whose planes are not drawn into become 8-bit 4:2:0 in BT.709; an odd last column or row is left out.
    """
    if picture.format.name not in _PLANAR:
        picture = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
        picture.colorspace, picture.color_range = Colorspace.ITU709, ColorRange.MPEG
    if picture.width % 2 or picture.height % 2:
        even = cut(picture, (0, 0, picture.width // 2 * 2, picture.height // 2 * 2))
        even.pts, even.time_base = picture.pts, picture.time_base
        even.color_primaries, even.color_trc = picture.color_primaries, picture.color_trc
        return even
    return picture


#: Pixel formats whose planes we read and draw into: chroma steps across and down, and bits a sample.
_PLANAR = {
    "yuv420p": (2, 2, 8),
    "yuvj420p": (2, 2, 8),
    "yuv422p": (2, 1, 8),
    "yuvj422p": (2, 1, 8),
    "yuv444p": (1, 1, 8),
    "yuvj444p": (1, 1, 8),
    "yuv420p10le": (2, 2, 10),
    "yuv422p10le": (2, 1, 10),
    "yuv444p10le": (1, 1, 10),
}


def chroma_step(format_name: str) -> tuple[int, int, int] | None:
    """Return chroma steps across and down and the bits a sample of a planar format, None for one that is not drawn into."""
    return _PLANAR.get(format_name)


def plane_view(plane: "av.video.plane.VideoPlane", depth: int) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """Return a plane's memory as (height, row length) samples, writable where the frame is."""
    kind = np.uint8 if depth == 8 else np.uint16
    flat = np.frombuffer(plane, kind)  # type: ignore[call-overload]
    samples = plane.line_size // np.dtype(kind).itemsize
    return flat[: plane.height * samples].reshape(plane.height, samples)  # type: ignore[no-any-return]
