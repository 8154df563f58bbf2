"""The social edit: title card, the post, its key second again in slow motion, end card, cross-fades, captions; and reels.

The door of moviepy, which cuts and mixes the pictures. They come from our own drafts and leave through our own encoder, so that
every frame keeps its exact time and the post keeps the platform's terms.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
from moviepy import CompositeVideoClip, ImageClip, VideoClip, vfx

from overlay.clip import Clip
from overlay.export import mp4
from overlay.export.framing import Planes
from overlay.export.loudness import Samples
from overlay.export.presets import AUDIO_RATE_HZ
from overlay.export.source import planes_of
from overlay.export.stamp import Stamp, planes_of_rgb, rgb_of_planes

Picture = npt.NDArray[np.uint8]

CARD_S = 2.2  # long enough to read three short lines once
END_S = 2.8
FADE_S = 0.4
SLIDE_OF_HEIGHT = 0.012  # words of a card come up by this much while they fade in
WORDS_IN_S = 0.35
SLOW = 0.4  # of real speed
REPLAY_S = 1.6  # of the clip, shown in 4 s
REPLAY_GAIN = 0.35  # slowed engines are low and loud; the replay stays below the live sound
HALF_FRAME = Fraction(1, 2)
CAPTION_IN_S = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A still with words coming in: `ground` (h, w, 3) RGB, `words` (h, w, 4) RGBA."""

    ground: Picture
    words: Picture
    duration_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """A draft with its sound.

    Attributes:
        picture: An encoded picture file at the edit's rate.
        frames: Its length in frames.
        sound: (n, 2) float32 at 48 kHz, None for silence.
        badge: (h, w, 4) RGBA lying over all of it, None for none.
        captions: (start, end, RGBA) within it.
    """

    picture: Path
    frames: int
    sound: Samples | None = None
    badge: Picture | None = None
    captions: tuple[tuple[float, float, Picture], ...] = ()


Part = Card | Moving


def cut(parts: Sequence[Part], path: Path, *, size: tuple[int, int], rate: Fraction, quality: mp4.Quality) -> Samples:
    """Join the parts with cross-fades, encode the picture, and return the sound.

    Args:
        parts: In order.
        path: Where the picture goes.
        size: Canvas.
        rate: Frames a second of all parts.
        quality: How to encode.

    Returns:
        (n, 2) float32 at 48 kHz, as long as the picture.
    """
    starts, length = _starts(parts, rate)
    players = {id(part): _Played(part, size, rate) for part in parts if isinstance(part, Moving)}
    clips = []
    for index, (part, start) in enumerate(zip(parts, starts, strict=True)):
        clip = _card(part, size) if isinstance(part, Card) else VideoClip(players[id(part)], duration=float(part.frames / rate))
        clip = clip.with_start(float(start / rate))
        clips.append(clip.with_effects([vfx.CrossFadeIn(FADE_S)]) if index else clip)
    whole = CompositeVideoClip(clips, size=size).with_duration(float(length / rate))
    file = mp4.PictureFile(path, size=size, rate=rate, quality=quality)
    still: tuple[int, Planes] | None = None
    settled = math.ceil(max(WORDS_IN_S, FADE_S) * rate) + 1
    try:
        for index in range(length):
            shown = [k for k, start in enumerate(starts) if start <= index < start + _frames(parts[k], rate)]
            part, local = parts[shown[-1]], index - starts[shown[-1]]
            if len(shown) == 1 and isinstance(part, Moving):
                file.write(players[id(part)].planes(local))  # nothing to mix: no way through RGB
                continue
            if len(shown) == 1 and local > settled:
                still = still if still and still[0] == shown[0] else (shown[0], _composed(whole, index, rate))
                file.write(still[1])
                continue
            file.write(_composed(whole, index, rate))
        file.finish()
    except BaseException:
        file.abort()
        raise
    finally:
        whole.close()
    return _mixed(parts, [float(start / rate) for start in starts], float(length / rate))


def _composed(whole: CompositeVideoClip, index: int, rate: Fraction) -> Planes:
    # In the middle of the frame's time: at its edge, rounding would show the one before.
    return planes_of_rgb(np.asarray(whole.get_frame(float((index + HALF_FRAME) / rate)), np.uint8))


def _frames(part: Part, rate: Fraction) -> int:
    return max(round(part.duration_s * rate), 1) if isinstance(part, Card) else part.frames


def _starts(parts: Sequence[Part], rate: Fraction) -> tuple[list[int], int]:
    """Return where each part begins, in frames, and the length: neighbours overlap by the cross-fade."""
    overlap = round(FADE_S * rate)
    starts, place = [], 0
    for part in parts:
        starts.append(place)
        place += max(_frames(part, rate) - overlap, 1)
    return starts, starts[-1] + _frames(parts[-1], rate)


def start_of(parts: Sequence[Part], index: int, rate: Fraction) -> float:
    """Return when a part begins in the edit."""
    return float(_starts(parts, rate)[0][index] / rate)


def lasts_s(parts: Sequence[Part], rate: Fraction) -> float:
    """Return how long the edit is."""
    return float(_starts(parts, rate)[1] / rate)


def _card(card: Card, size: tuple[int, int]) -> VideoClip:
    drift = SLIDE_OF_HEIGHT * size[1]

    def place(at_s: float) -> tuple[float, float]:
        left = max(1 - at_s / WORDS_IN_S, 0.0)
        return 0.0, drift * left**3

    words = ImageClip(card.words, transparent=True).with_duration(card.duration_s)
    words = words.with_position(place).with_effects([vfx.CrossFadeIn(WORDS_IN_S)])
    return CompositeVideoClip([ImageClip(card.ground).with_duration(card.duration_s), words], size=size)


class _Played:
    """A draft with its badge and captions, read once from its first frame to its last, as planes or as moviepy wants it."""

    def __init__(self, part: Moving, size: tuple[int, int], rate: Fraction) -> None:
        self._size, self._rate = size, rate
        self._frames = self._read(part.picture)
        self._index = -1
        self._planes: Planes = planes_of_rgb(np.zeros((size[1], size[0], 3), np.uint8))
        self._badge = Stamp.of(part.badge) if part.badge is not None else None
        self._captions = [(start_s, end_s, Stamp.of(words)) for start_s, end_s, words in part.captions]

    def _read(self, path: Path) -> Iterator[Planes]:
        with Clip(path) as clip:
            for frame in clip.frames():
                yield planes_of(frame)

    def planes(self, index: int) -> Planes:
        """Return the frame at an index, or the last one before it; indices never go back."""
        while self._index < index:
            planes = next(self._frames, None)
            if planes is None:
                break
            self._index, self._planes = self._index + 1, planes
            at_s = float(self._index / self._rate)
            if self._badge is not None:
                self._badge.onto(planes)
            for start_s, end_s, words in self._captions:
                if words is not None and start_s <= at_s < end_s:
                    words.onto(planes, min(1.0, (at_s - start_s) / CAPTION_IN_S, (end_s - at_s) / CAPTION_IN_S))
        return self._planes

    def __call__(self, at_s: float) -> Picture:
        return rgb_of_planes(self.planes(int(at_s * self._rate + Fraction(1, 1000))))


def _mixed(parts: Sequence[Part], starts_s: Sequence[float], length_s: float) -> Samples:
    """Return all parts' sound in its place, with fades of equal power where parts overlap."""
    out = np.zeros((round(length_s * AUDIO_RATE_HZ), 2), np.float32)
    ramp = np.sqrt(np.linspace(0, 1, round(FADE_S * AUDIO_RATE_HZ), dtype=np.float32))[:, None]
    for part, start_s in zip(parts, starts_s, strict=True):
        if isinstance(part, Card) or part.sound is None:
            continue
        sound = part.sound.copy()
        count = min(len(ramp), len(sound) // 2)
        sound[:count] *= ramp[:count]
        sound[len(sound) - count :] *= ramp[:count][::-1]
        first = round(start_s * AUDIO_RATE_HZ)
        room = min(len(sound), len(out) - first)
        out[first : first + room] += sound[:room]
    return out


def slowed_sound(sound: Samples, slow: float = SLOW) -> Samples:
    """Return sound played as much slower as the picture, and as much lower, quieter than live."""
    wanted = np.arange(int(len(sound) / slow)) * slow
    columns = [np.interp(wanted, np.arange(len(sound)), sound[:, channel]) for channel in range(2)]
    return np.asarray(np.stack(columns, axis=1) * REPLAY_GAIN, np.float32)
