"""The only converter between video time and session time."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of video that runs without a cut.

    Within it, session time = `offset_s` + video time · (1 + `drift_ppm`/10⁶); `offset_s` is the session time that this line has
    at video time 0, even when the piece begins later.
    """

    start_video_s: float
    end_video_s: float
    offset_s: float
    drift_ppm: float = 0.0

    def __post_init__(self) -> None:
        if not self.start_video_s < self.end_video_s:
            raise ValueError(f"wanted start before end, got {self.start_video_s} to {self.end_video_s}")
        if not (math.isfinite(self.offset_s) and math.isfinite(self.drift_ppm)):
            raise ValueError(f"wanted a finite offset and drift, got {self.offset_s} and {self.drift_ppm}")

    @property
    def rate(self) -> float:
        """Seconds of session a second of video."""
        return 1.0 + self.drift_ppm * 1e-6


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a clip lies on its race session: one piece for an uncut clip, several where it has cuts.

    Attributes:
        pieces: In order of video time, not overlapping. Video times in none of them have no session time.
        confidence: 0 to 1; 1 for what a person set.
        residual_s: How far independent evidence disagrees, None where there was only one.
        methods: How it was found: "offset", "anchors", "engine_sound", "hud", "motion", "size".
    """

    pieces: tuple[Piece, ...]
    confidence: float
    residual_s: float | None
    methods: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.pieces:
            raise ValueError("wanted at least one piece")
        for first, second in zip(self.pieces, self.pieces[1:], strict=False):
            if second.start_video_s < first.end_video_s:
                raise ValueError("pieces overlap or are out of order")

    @classmethod
    def constant(
        cls,
        offset_s: float,
        *,
        drift_ppm: float = 0.0,
        confidence: float = 1.0,
        residual_s: float | None = None,
        methods: tuple[str, ...] = ("offset",),
    ) -> "Alignment":
        """Return one piece over all video time."""
        return cls((Piece(-math.inf, math.inf, offset_s, drift_ppm),), confidence, residual_s, methods)

    @property
    def offset_s(self) -> float:
        """Session time at video time 0 by the first piece."""
        return self.pieces[0].offset_s

    @property
    def drift_ppm(self) -> float:
        """Drift of the first piece."""
        return self.pieces[0].drift_ppm

    def begun_at(self, start_s: float) -> "Alignment":
        """Return the same alignment on a clock of the video that shows `start_s` where this one's shows 0."""

        def later(piece: Piece) -> Piece:
            start, end = piece.start_video_s + start_s, piece.end_video_s + start_s
            return Piece(start, end, piece.offset_s - piece.rate * start_s, piece.drift_ppm)

        return replace(self, pieces=tuple(later(piece) for piece in self.pieces))

    def session_time_s(self, video_time_s: float) -> float | None:
        """Return the session time of a video time, None outside every piece."""
        for piece in self.pieces:
            if piece.start_video_s <= video_time_s < piece.end_video_s:
                return piece.offset_s + video_time_s * piece.rate
        return None

    def session_times_s(self, video_times_s: Floats) -> Floats:
        """Return (n,) session times of (n,) video times, NaN outside every piece."""
        out = np.full(len(video_times_s), np.nan)
        for piece in self.pieces:
            inside = (video_times_s >= piece.start_video_s) & (video_times_s < piece.end_video_s)
            out[inside] = piece.offset_s + video_times_s[inside] * piece.rate
        return out

    def video_time_s(self, session_time_s: float) -> float | None:
        """Return the first video time that shows a session time, None where none does."""
        for piece in self.pieces:
            video_time_s = (session_time_s - piece.offset_s) / piece.rate
            if piece.start_video_s <= video_time_s < piece.end_video_s:
                return video_time_s
        return None
