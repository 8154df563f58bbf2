"""Words in a picture; the door of RapidOCR, whose models lie in its own package and need no network."""

import logging
import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from overlay.errors import OverlayError

Bytes = npt.NDArray[np.uint8]

WHOLE_WIDTH = 960  # pixels at which pictures are searched; the small lap counter of a 1080p broadcast is still 20 high
LINE_SHAPE = [3, 48, 96]  # of the recogniser's input: numbers are short, and its usual 320 columns cost three times as much
LEAST_SCORE = 0.5
THREADS = 1  # pictures this small gain little from a second one, which waits by spinning


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters: what it says, how sure that is (0 to 1), and its box in the pixels of the picture searched."""

    text: str
    score: float
    xyxy: tuple[float, float, float, float]


def available() -> bool:
    """Return whether pictures can be read here: the extra `hud` is installed."""
    return find_spec("rapidocr") is not None


class Letters:
    """The text finder and the text reader; both load when first used."""

    def __init__(self) -> None:
        """Get ready.

        Raises:
            OverlayError: The extra `hud` is not installed.
        """
        if not available():
            raise OverlayError('reading numbers in the picture needs more: pip install "slipstream[hud]"')
        # Two engines: one that has once been told not to search keeps to that.
        self._finder = _engine({"Det.limit_side_len": WHOLE_WIDTH, "Det.limit_type": "max"})
        self._reader = _engine({"Global.use_det": False, "Rec.rec_img_shape": LINE_SHAPE})

    def words(self, picture: Bytes) -> list[Word]:
        """Return the words in an (h, w, 3) RGB picture."""
        found = self._finder(np.ascontiguousarray(picture[:, :, ::-1]), use_det=True, use_cls=False)
        if getattr(found, "boxes", None) is None or not found.txts:
            return []
        corners = np.asarray(found.boxes, np.float64)
        boxes = np.concatenate([corners.min(1), corners.max(1)], axis=1)
        return [
            Word(str(text), float(score), (float(x1), float(y1), float(x2), float(y2)))
            for text, score, (x1, y1, x2, y2) in zip(found.txts, found.scores, boxes, strict=True)
        ]

    def line(self, picture: Bytes) -> tuple[str, float]:
        """Return what a picture of a single line says, and how sure that is; empty where it says nothing."""
        found = self._reader(np.ascontiguousarray(picture[:, :, ::-1]), use_det=False, use_cls=False, use_rec=True)
        texts, scores = getattr(found, "txts", None), getattr(found, "scores", None)
        if not texts or not scores or float(scores[0]) < LEAST_SCORE:
            return "", 0.0
        return str(texts[0]), float(scores[0])


def _engine(settings: dict[str, Any]) -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as `segmentation` says why; that need not have been loaded
    from rapidocr import RapidOCR

    usual = {"Global.log_level": "critical", "Global.use_cls": False, "EngineConfig.onnxruntime.intra_op_num_threads": THREADS}
    engine = RapidOCR(params={**usual, **settings})
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    return engine
