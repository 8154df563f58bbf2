"""The poster frame and the moving teaser: the best second, for a link, a thumbnail or a chat."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from overlay.errors import OverlayError
from overlay.export.whole import refused, remove

Picture = npt.NDArray[np.uint8]
TEASER_S = 3.0
TEASER_FPS = 12.5  # 80 ms, a whole number of GIF's hundredths
TEASER_PX = 480 * 360  # of any shape; more makes a GIF too heavy for a chat
COLOURS = 128  # of a GIF's 256: half the size, hardly seen on asphalt and sky
KINDS = (".gif", ".webp")


def write_poster(path: Path, picture: Picture) -> None:
    """Write (h, w, 3) uint8 RGB as PNG, JPEG or WebP by the path's ending.

    Raises:
        OverlayError: The ending is not known or the place cannot be written.
    """
    _save(path, Image.fromarray(picture), {"quality": 92} if path.suffix.lower() in (".jpg", ".jpeg", ".webp") else {})


def write_teaser(path: Path, pictures: Sequence[Picture], *, fps: float = TEASER_FPS) -> None:
    """Write (h, w, 3) uint8 RGB pictures as an endless GIF or WebP.

    Raises:
        OverlayError: The ending is neither, there is no picture, or the place cannot be written.
    """
    if path.suffix.lower() not in KINDS:
        raise OverlayError(f"a teaser is a .gif or a .webp, not {path.name}")
    if not pictures:
        raise OverlayError(f"no frame for a teaser {path}")
    images = [_small(picture) for picture in pictures]
    options: dict[str, object] = {"save_all": True, "duration": round(1000 / fps), "loop": 0}
    if path.suffix.lower() == ".gif":
        # One palette over all frames: one palette each would make the colours of asphalt and sky boil.
        strip = Image.new("RGB", (images[0].width, images[0].height * min(len(images), 4)))
        for row, image in enumerate(images[:: max(len(images) // 4, 1)][:4]):
            strip.paste(image, (0, row * image.height))
        palette = strip.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
        images = [image.quantize(palette=palette, dither=Image.Dither.ORDERED) for image in images]
        options |= {"optimize": False, "disposal": 1}
    else:
        options |= {"quality": 72, "method": 4}
    _save(path, images[0], options | {"append_images": images[1:]})


def small_wh(size_wh: tuple[int, int]) -> tuple[int, int]:
    """Return the even size of a teaser made from pictures of a size, in its shape."""
    scale = min(math.sqrt(TEASER_PX / (size_wh[0] * size_wh[1])), 1.0)
    return round(size_wh[0] * scale / 2) * 2, round(size_wh[1] * scale / 2) * 2


def _small(picture: Picture) -> Image.Image:
    image = Image.fromarray(picture)
    small = small_wh(image.size)
    return image if small == image.size else image.resize(small, Image.Resampling.LANCZOS)


def _save(path: Path, image: Image.Image, options: dict[str, object]) -> None:
    beside = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        image.save(beside, **options)  # type: ignore[arg-type]
        beside.replace(path)
    except ValueError as error:
        raise OverlayError(
            f"cannot write {path.name}: {path.suffix or 'no ending'} is no picture format; use .png or .jpg"
        ) from error
    except OSError as error:
        remove(beside)
        raise refused(error, f"cannot write {path}") from error
