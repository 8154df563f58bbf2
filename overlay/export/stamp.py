"""A still picture with alpha laid onto planes: a badge, a caption. Only where it is, and converted once."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overlay.export.framing import Planes

Picture = npt.NDArray[np.uint8]
Weights = npt.NDArray[np.uint16]

#: RGB 0–255 to Y 16–235, U and V 16–240 by BT.709 (Kr 0.2126, Kb 0.0722), the last column added.
TO_YUV = np.array(
    [
        [0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, 16],
        [-0.2126 / 1.8556 * 224 / 255, -0.7152 / 1.8556 * 224 / 255, 0.5 * 224 / 255, 128],
        [0.5 * 224 / 255, -0.7152 / 1.5748 * 224 / 255, -0.0722 / 1.5748 * 224 / 255, 128],
    ],
    np.float32,
)
_BACK = np.linalg.inv(TO_YUV[:, :3].astype(np.float64))
FROM_YUV = np.concatenate([_BACK, -_BACK @ TO_YUV[:, 3:]], axis=1).astype(np.float32)


def planes_of_rgb(picture: Picture) -> Planes:
    """Return BT.709 limited-range planes of (h, w, 3) RGB with even sides, chroma averaged over 2×2."""
    height, width = picture.shape[:2]
    whole = np.asarray(cv2.transform(picture, TO_YUV), np.uint8)
    half = (width // 2, height // 2)
    u, v = (np.asarray(cv2.resize(whole[:, :, index], half, interpolation=cv2.INTER_AREA), np.uint8) for index in (1, 2))
    return np.ascontiguousarray(whole[:, :, 0]), u, v


def rgb_of_planes(planes: Planes) -> Picture:
    """Return (h, w, 3) RGB of BT.709 limited-range planes."""
    y, u, v = planes
    size = (y.shape[1], y.shape[0])
    whole = np.dstack([y, *(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (u, v))])
    return np.asarray(cv2.transform(whole, FROM_YUV), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """What to lay where: the corner in canvas pixels (even), the colour planes and how much of them shows, 0 to 255."""

    corner: tuple[int, int]
    colour: Planes
    cover: tuple[Picture, Picture]

    @classmethod
    def of(cls, picture: Picture) -> "Stamp | None":
        """Return the stamp of (h, w, 4) RGBA with straight alpha and even sides, None where nothing shows."""
        rows, columns = np.flatnonzero(picture[:, :, 3].any(axis=1)), np.flatnonzero(picture[:, :, 3].any(axis=0))
        if not len(rows):
            return None
        y1, x1 = rows[0] // 2 * 2, columns[0] // 2 * 2
        y2, x2 = -(-(rows[-1] + 1) // 2) * 2, -(-(columns[-1] + 1) // 2) * 2
        part = np.ascontiguousarray(picture[y1:y2, x1:x2])
        cover = np.ascontiguousarray(part[:, :, 3])
        half = np.asarray(cv2.resize(cover, ((x2 - x1) // 2, (y2 - y1) // 2), interpolation=cv2.INTER_AREA), np.uint8)
        return cls((int(x1), int(y1)), planes_of_rgb(np.ascontiguousarray(part[:, :, :3])), (cover, half))

    def onto(self, planes: Planes, opacity: float = 1.0) -> None:
        """Lay it onto planes, in place."""
        for index, (plane, colour) in enumerate(zip(planes, self.colour, strict=True)):
            half = 1 if index == 0 else 2
            x, y = self.corner[0] // half, self.corner[1] // half
            target = plane[y : y + colour.shape[0], x : x + colour.shape[1]]
            cover = self.cover[min(index, 1)].astype(np.uint16)
            if opacity < 1.0:
                cover = (cover * opacity).astype(np.uint16)
            # Rounded; at most 255 · 255 + 127, which sixteen bits hold.
            target[:] = ((colour * cover + target * (255 - cover) + 127) // 255).astype(np.uint8)
