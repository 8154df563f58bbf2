"""A clip's pieces, however its windows named them, are never laid over each other."""

from itertools import pairwise

import numpy as np
import pytest

from telemetry.sync import pieces
from telemetry.sync.orders import Ear
from telemetry.sync.places import Hearing, Place
from telemetry.sync.sound import Sound
from telemetry.sync.verdict import Doubt, Judgement


def test_of_three_pieces_over_each_other_none_is_laid_over_another(monkeypatch: pytest.MonkeyPatch) -> None:
    chains = [(0.0, 20.0, Place("RAP", 0.0, 1.0, 90.0)), (10.0, 16.0, Place("RAP", 50.0, 1.0, 40.0))]
    chains.append((12.0, 40.0, Place("RAP", 90.0, 1.0, 90.0)))
    monkeypatch.setattr(pieces, "_chains", lambda *_: chains)
    monkeypatch.setattr(pieces, "line", lambda _what, place, *_: (place, 0.02))
    monkeypatch.setattr(pieces, "_extent", lambda _what, place, *_: next(chain[:2] for chain in chains if chain[2] == place))
    # The first explains all that it shares with the second, the third all that it shares with that.
    monkeypatch.setattr(
        pieces, "_run", lambda _what, place, _start, _end, edges: edges * {0.0: 3, 50.0: 2, 90.0: 2.5}[place.offset_s]
    )
    monkeypatch.setattr(pieces, "judge", lambda _what, start, end, **_: Judgement(start, end, (), None, Doubt.NOWHERE))
    what = Hearing(Sound(np.zeros(1, np.float32), 16_000, 0.0), Ear(np.zeros((1, 1)), np.zeros((1, 1)), 0.0), None, {}, {})  # type: ignore[arg-type]
    found = pieces.stretches(what, what, 0.0, 40.0)
    assert [(one.start_s, one.end_s) for one in found] == [(0.0, pytest.approx(20.0)), (pytest.approx(20.0), 40.0)]
    assert all(before.end_s <= after.start_s for before, after in pairwise(found))
