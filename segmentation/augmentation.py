"""What weather, litter, lenses, codecs, broadcasters and other teams' paint do to a picture, so that training has seen it."""

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Float32s = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
_WORDS = ("LAP 12/58", "LEADER", "+1.204", "+0.882", "HAM", "VER", "REPLAY", "318", "PIT", "SECTOR 2", "BOX", "GAP", "DRS")


def _fog(picture: Float32s, dice: np.random.Generator) -> Float32s:
    """Spray and fog: a grey veil, thicker in places, that takes contrast and colour away."""
    height, width = picture.shape[:2]
    patches = dice.uniform(0.2, 1.0, (int(dice.integers(2, 5)), int(dice.integers(2, 7)))).astype(np.float32)
    veil = cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC)[..., None] * dice.uniform(0.15, 0.75)
    tone = np.float32(dice.uniform(120, 210)) + dice.normal(0, 5, 3).astype(np.float32)
    grey = picture.mean(-1, keepdims=True)
    dull = picture + (grey - picture) * dice.uniform(0, 0.7)
    veiled: Float32s = (dull * (1 - veil) + tone * veil).astype(np.float32)
    return veiled


def _drops(picture: Float32s, dice: np.random.Generator) -> Float32s:
    """Drops on the lens: round places seen out of focus and a little displaced."""
    height, width = picture.shape[:2]
    wet = cv2.GaussianBlur(np.roll(picture, int(dice.integers(-9, 10)), axis=1), (0, 0), 3.5) * dice.uniform(0.9, 1.15)
    holes: Float32s = np.zeros((height, width), np.float32)
    for _ in range(int(dice.integers(3, 25))):
        centre = (int(dice.integers(width)), int(dice.integers(height)))
        radii = (int(dice.integers(2, 14)), int(dice.integers(2, 18)))
        cv2.ellipse(holes, centre, radii, float(dice.uniform(0, 180)), 0, 360, float(dice.uniform(0.4, 1)), -1)
    share = np.asarray(cv2.GaussianBlur(holes, (0, 0), 1.2), np.float32)[..., None]
    seen: Float32s = (picture * (1 - share) + wet * share).astype(np.float32)
    return seen


def _smear(picture: Float32s, boxes: Floats, dice: np.random.Generator) -> Float32s:
    """Motion or focus blur: in bends what is far off is drawn out sideways, by up to a third of the narrowest car's width."""
    if dice.random() < 0.4:
        return cv2.GaussianBlur(picture, (0, 0), float(dice.uniform(0.4, 1.8)))  # type: ignore[return-value]
    narrowest = (boxes[:, 2] - boxes[:, 0]).min() if len(boxes) else 48
    length = int(np.exp(dice.uniform(np.log(3), np.log(np.clip(narrowest / 3, 9, 24)))))
    line = np.zeros((length, length), np.float32)
    angle = dice.uniform(0, np.pi) if dice.random() < 0.4 else dice.normal(0, 0.15)
    end = (np.array([np.cos(angle), np.sin(angle)]) * length / 2 + length / 2).astype(int)
    cv2.line(line, (length - 1 - int(end[0]), length - 1 - int(end[1])), (int(end[0]), int(end[1])), 1.0)
    return cv2.filter2D(picture, -1, line / max(float(line.sum()), 1.0))  # type: ignore[return-value]


def _graphics(picture: Bytes, dice: np.random.Generator) -> None:
    """Draw a timing tower, name plates and numbers as broadcasters do, in place."""
    height, width = picture.shape[:2]
    for _ in range(int(dice.integers(1, 5))):
        tall = dice.random() < 0.4
        w, h = (
            (int(width * dice.uniform(0.08, 0.16)), int(height * dice.uniform(0.3, 0.8)))
            if tall
            else (int(width * dice.uniform(0.08, 0.4)), int(height * dice.uniform(0.05, 0.13)))
        )
        x = int(dice.choice([dice.uniform(0, 0.08), dice.uniform(0.75, 0.95), dice.uniform(0, 0.8)]) * width)
        y = int(dice.choice([dice.uniform(0, 0.1), dice.uniform(0.72, 0.95), dice.uniform(0.72, 0.95)]) * height)
        colour = dice.integers(0, 60, 3) if dice.random() < 0.7 else dice.integers(0, 256, 3)
        alpha = dice.uniform(0.6, 1.0)
        part = picture[y : y + h, x : x + w]
        part[:] = (part * (1 - alpha) + colour * alpha).astype(np.uint8)
        for row in range(y + 9, min(y + h, height), 12):
            word = str(dice.choice(_WORDS))
            cv2.putText(
                picture,
                word,
                (x + 3, row),
                cv2.FONT_HERSHEY_SIMPLEX,
                float(dice.uniform(0.25, 0.4)),
                (235, 235, 235),
                1,
                cv2.LINE_AA,
            )


def _spray(picture: Float32s, boxes: Floats, dice: np.random.Generator) -> Float32s:
    """Water that cars throw up: a bright plume from each car's wheels, widest low down, and often the red light shining through."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    patches = dice.uniform(0.5, 1.0, (int(dice.integers(5, 12)), int(dice.integers(8, 20)))).astype(np.float32)
    ragged = np.asarray(cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    for x1, y1, x2, y2 in boxes:
        w, h = max(x2 - x1, 4), max(y2 - y1, 3)
        spread_x, spread_y = w * dice.uniform(0.5, 1.4), h * dice.uniform(0.4, 1.1)
        x, y = (x1 + x2) / 2 + w * dice.normal(0, 0.25), y2 - h * dice.uniform(-0.1, 0.5)
        near = np.exp(-0.5 * (((columns - x) / spread_x) ** 2 + ((rows - y) / spread_y) ** 2))
        veil = (near * ragged * np.float32(dice.uniform(0.3, 0.9)))[..., None]
        picture = picture * (1 - veil) + np.float32(dice.uniform(130, 215)) * veil
        if dice.random() < 0.5:
            glow = np.float32(max(w * dice.uniform(0.03, 0.09), 1.0))
            at = np.exp(-0.5 * (((columns - (x1 + x2) / 2) / glow) ** 2 + ((rows - (y1 + 0.65 * h)) / glow) ** 2))[..., None]
            picture = picture + at * np.array([230, 60, 40], np.float32) * np.float32(dice.uniform(0.4, 1.0))
    return picture.astype(np.float32)


def _litter(picture: Float32s, boxes: Floats, dice: np.random.Generator) -> Float32s:
    """Paper and splinters on the road, and lines worn to dashes: bright specks that from far off look like a rear light, and are none."""
    height, width = picture.shape[:2]
    share: Float32s = np.zeros((height, width), np.float32)
    size = np.exp(dice.uniform(np.log(2), np.log(20)))  # px; they lie at all distances, and pieces are magnified
    for _ in range(int(dice.integers(1, 6))):
        x, y = dice.uniform(0, width), dice.uniform(0.2, 0.85) * height
        long, thick = size * dice.uniform(0.4, 1.4), size * dice.uniform(0.2, 0.8)
        if any(x1 - size < x < x2 + size and y1 - size < y < y2 + size for x1, y1, x2, y2 in boxes):
            continue
        corners = cv2.boxPoints(((x, y), (long, thick), dice.uniform(0, 180)))
        cv2.fillConvexPoly(share, (corners * 16).round().astype(int), dice.uniform(0.4, 1), cv2.LINE_AA, 4)
    seen = np.asarray(cv2.GaussianBlur(share, (0, 0), dice.uniform(0.3, 0.5 + 0.15 * size)), np.float32)[..., None]
    colour = np.float32(dice.uniform(170, 255)) + dice.normal(0, 12, 3).astype(np.float32)
    lain: Float32s = (picture * (1 - seen) + colour * seen).astype(np.float32)
    return lain


def _repaint(picture: Float32s, boxes: Floats, dice: np.random.Generator) -> Float32s:
    """Other liveries: each car's hues turned, its colours paler or stronger, its paint darker or brighter, and often a tint over all."""
    height, width = picture.shape[:2]
    for x1, y1, x2, y2 in boxes:
        left, top, right, foot = max(int(x1), 0), max(int(y1), 0), min(int(x2) + 1, width), min(int(y2) + 1, height)
        if right - left < 2 or foot - top < 2:
            continue
        part = np.clip(picture[top:foot, left:right] / 255, 0, 1)
        hsv = cv2.cvtColor(part, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0] + dice.uniform(0, 360)) % 360
        hsv[..., 1] = np.clip(hsv[..., 1] * dice.uniform(0.3, 2.2), 0, 1)
        painted = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.float32) ** np.float32(dice.uniform(0.6, 1.8))
        if dice.random() < 0.5:
            tint = dice.uniform(0, 1, 3).astype(np.float32)
            painted = painted + (painted.mean(-1, keepdims=True) * 2 * tint - painted) * np.float32(dice.uniform(0, 0.7))
        # What looks like the box's rim is road or fog, whose colour stays: a patch of paint on it would give the car away.
        rim = np.median(np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]]), axis=0)
        unlike = np.clip(np.abs(part - rim).max(-1, keepdims=True) * 6 - 0.3, 0, 1)
        rows, columns = np.mgrid[-1 : 1 : (foot - top) * 1j, -1 : 1 : (right - left) * 1j]
        share = (unlike * np.clip((1.2 - rows**4 - columns**4) / 0.5, 0, 1)[..., None]).astype(np.float32)
        picture[top:foot, left:right] += (painted * 255 - picture[top:foot, left:right]) * share
    return picture


def _sun(picture: Float32s, dice: np.random.Generator) -> Float32s:
    """Low sun: hard shadows of trees and stands across the picture, or glare that washes a part of it out."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    if dice.random() < 0.5:
        slope = np.float32(dice.uniform(-1.5, 1.5))
        bands = np.sin((rows + slope * columns) / np.float32(dice.uniform(8, 60)) + np.float32(dice.uniform(0, 6)))
        shade = np.clip((bands - np.float32(dice.uniform(-0.6, 0.8))) * 6, 0, 1)[..., None]
        shaded: Float32s = (picture * (1 - shade * np.float32(dice.uniform(0.2, 0.65)))).astype(np.float32)
        return shaded
    x, y, size = dice.uniform(0, width), dice.uniform(-0.1, 0.5) * height, dice.uniform(0.08, 0.5) * width
    glare = np.exp(-np.hypot(columns - np.float32(x), rows - np.float32(y)) / np.float32(size))[..., None]
    light = np.array([1, 0.95, 0.85], np.float32) * np.float32(dice.uniform(60, 260))
    washed: Float32s = (picture + glare * light).astype(np.float32)
    return washed


def _coarse(picture: Float32s, dice: np.random.Generator) -> Float32s:
    """A small video made large."""
    height, width = picture.shape[:2]
    share = dice.uniform(0.35, 0.8)
    small = cv2.resize(picture, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _broken(picture: Bytes, dice: np.random.Generator) -> None:
    """Blocks that a broken stream left where they do not belong, in place."""
    height, width = picture.shape[:2]
    for _ in range(int(dice.integers(2, 14))):
        w, h = 8 * int(dice.integers(1, 9)), 8 * int(dice.integers(1, 3))
        y, x = int(dice.integers(0, height - h)), int(dice.integers(0, width - w))
        from_x = int(np.clip(x + dice.integers(-24, 25), 0, width - w))
        picture[y : y + h, x : x + w] = picture[y : y + h, from_x : from_x + w].copy()


def weather(picture: Bytes, boxes: Floats, dice: np.random.Generator) -> Bytes:
    """Return a changed copy of an (h, w, 3) uint8 RGB picture; cars, in (n, 4) boxes in its pixels, stay where they are."""
    x = picture.astype(np.float32)
    if len(boxes) and dice.random() < 0.4:
        x = _repaint(x, boxes, dice)
    if len(boxes) and dice.random() < 0.2:
        x = _spray(x, boxes, dice)
    if dice.random() < 0.3:
        x = _litter(x, boxes, dice)
    if dice.random() < 0.3:
        x = _fog(x, dice)
    if dice.random() < 0.2:
        x = _sun(x, dice)
    if dice.random() < 0.25:
        x = _drops(x, dice)
    if dice.random() < 0.35:
        x = _smear(x, boxes, dice)
    if dice.random() < 0.25:
        x = _coarse(x, dice)
    grey = x.mean(-1, keepdims=True)
    x = grey + (x - grey) * np.float32(dice.uniform(0.1, 1.7))
    x = (x - 127) * np.float32(dice.uniform(0.6, 1.5)) + 127 + np.float32(dice.uniform(-45, 45))
    x *= dice.uniform(0.9, 1.1, 3).astype(np.float32)
    if dice.random() < 0.5:
        x = 255 * np.clip(x / 255, 0, 1) ** np.float32(dice.uniform(0.55, 1.9))
    if dice.random() < 0.5:
        x += dice.normal(0, dice.uniform(1, 9), x.shape).astype(np.float32)
    out: Bytes = np.clip(x, 0, 255).astype(np.uint8)
    if dice.random() < 0.35:
        _graphics(out, dice)
    if dice.random() < 0.1:
        _broken(out, dice)
    if dice.random() < 0.5:
        _, coded = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(15, 85))])
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return out
