"""The pieces of pictures that are learnt from, and what is asked of the network about each."""

from pathlib import Path

import numpy as np

from segmentation import crops
from segmentation.dataset import Labelled
from segmentation.regions import INPUT_WH


def test_the_same_seed_gives_the_same_pieces(pictures: list[Labelled]) -> None:
    shares = crops.Shares([pictures], [1.0])
    streams = [shares.pieces(seed, INPUT_WH, stride=4, unit_px=16.0) for seed in (5, 5, 6)]
    first, same, other = ([next(stream) for _ in range(4)] for stream in streams)
    for a, b in zip(first, same, strict=True):
        np.testing.assert_array_equal(a.rgb, b.rgb)
        np.testing.assert_array_equal(a.target.centre, b.target.centre)
    assert any((a.rgb != b.rgb).any() for a, b in zip(first, other, strict=True))


def test_a_pieces_target_says_where_its_car_is(pictures: list[Labelled]) -> None:
    labelled = pictures[0]
    dice = np.random.default_rng(0)
    for _ in range(20):
        piece = crops.cut_piece(labelled, dice, INPUT_WH, stride=4, unit_px=16.0)
        for row, column in np.argwhere(piece.target.centre >= 0.999):
            reach = np.exp(piece.target.sides[:, row, column]) * 16
            x, y = (column + 0.5) * 4, (row + 0.5) * 4
            rows = slice(int((y - reach[1]) / 4 + 1), int((y + reach[3]) / 4))
            columns = slice(int((x - reach[0]) / 4 + 1), int((x + reach[2]) / 4))
            inside = piece.target.classes[0, rows, columns]
            if inside.size == 0:
                continue
            assert inside.mean() > 0.9


def test_what_a_piece_asks_of_the_mask_lies_no_half_pixel_aside() -> None:
    dice = np.random.default_rng(3)
    away = []
    for _ in range(60):
        w, h = (int(size) for size in dice.integers(150, 300, 2))
        x, y = int(dice.integers(0, 1280 - w)), int(dice.integers(0, 720 - h))
        ids = np.zeros((720, 1280), np.uint8)
        ids[y : y + h, x : x + w] = 1
        box = np.array([[x, y, x + w, y + h]], float)
        labelled = Labelled("s", Path("p"), np.full((720, 1280, 3), 90, np.uint8), box, np.empty((0, 4)), ids)
        asked = crops.cut_piece(labelled, dice, INPUT_WH, stride=4, unit_px=16.0).target
        inner = asked.classes[0, 1:-1, 1:-1].sum() == asked.classes[0].sum()
        if asked.centre.max() >= 0.999 and inner:  # the whole car lies in the piece
            row, column = np.unravel_index(asked.centre.argmax(), asked.centre.shape)
            reach = np.exp(asked.sides[:, row, column]) * 16
            rows = np.arange(len(asked.centre)) * 4 + 2
            middle = (asked.classes[0].sum(1) * rows).sum() / asked.classes[0].sum()
            away.append(middle - (row * 4 + 2 + (reach[3] - reach[1]) / 2))
    assert len(away) > 15
    assert abs(np.mean(away)) < 0.15  # of a pixel of the input
