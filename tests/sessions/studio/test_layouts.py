import json
import threading
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

import pytest

from overlay.director import Director
from overlay.errors import OverlayError
from overlay.layout import Layout
from overlay.swatches import Seen
from segmentation.track import SteadyFrame
from sessions.studio.layouts import BESIDE, CHUNK, LayoutBook, Order

TIMES_S = tuple(index / 25 for index in range(3 * CHUNK + 10))


@dataclass
class Counting:
    """Stands in for a director: its layouts say what it is called and how many frames it has seen."""

    name: int
    seen: int = 0

    def direct(self, _frame: SteadyFrame, _swatches: object = ()) -> Layout:
        self.seen += 1
        return Layout((self.name, self.seen), ())

    def numbers(self) -> dict[str, str]:
        return {"PER": str(self.seen)}


@dataclass
class Told:
    """What a book tells, and a way to wait for it."""

    near: list[tuple[int, dict[int, Any]]] = field(default_factory=list)
    chunks: list[tuple[int, int]] = field(default_factory=list)
    moved: threading.Condition = field(default_factory=threading.Condition)

    def on_near(self, version: int, layouts: dict[int, Any]) -> None:
        with self.moved:
            self.near.append((version, layouts))
            self.moved.notify_all()

    def on_chunk(self, version: int, number: int) -> None:
        with self.moved:
            self.chunks.append((version, number))
            self.moved.notify_all()

    def wait(self, there: Any) -> None:
        with self.moved:
            assert self.moved.wait_for(there, timeout=20)


def order(version: int, frame: int, *, whole: bool = True) -> Order:
    return Order(version, lambda: Counting(version), (), Seen(), frame, whole=whole)  # type: ignore[arg-type,return-value]


def begun() -> tuple[LayoutBook, Told]:
    told = Told()
    book = LayoutBook(TIMES_S, on_near=told.on_near, on_chunk=told.on_chunk)
    book.begin()
    return book, told


def test_every_frame_is_laid_out_in_order_from_the_first_as_render_does() -> None:
    book, told = begun()
    book.order(order(1, 0))
    told.wait(lambda: (1, 3) in told.chunks)
    made = []
    for number in range(4):
        packed = book.chunk(1, number)
        assert packed is not None
        values = json.loads(zlib.decompress(packed))
        assert values["first"] == number * CHUNK
        made += values["layouts"]
    assert [layout["size_wh"] for layout in made] == [[1, seen] for seen in range(1, len(TIMES_S) + 1)]
    assert [layout["numbers"] for layout in made] == [{"PER": str(seen)} for seen in range(1, len(TIMES_S) + 1)]


def test_a_look_that_cannot_be_read_stops_nothing_that_comes_after_it() -> None:
    asked = threading.Event()

    def broken() -> Director:
        asked.set()
        raise OverlayError("theme own.toml cannot be read")

    book, told = begun()
    book.order(Order(1, broken, (), Seen(), 0, whole=True))
    assert asked.wait(20)
    book.order(order(2, 0))
    told.wait(lambda: (2, 3) in told.chunks)


def test_what_is_in_sight_comes_first_with_a_run_up() -> None:
    book, told = begun()
    book.order(order(1, 120))
    told.wait(lambda: told.near)
    version, layouts = told.near[0]
    assert version == 1
    assert sorted(layouts) == list(range(120 - BESIDE, 120 + BESIDE + 1))
    assert layouts[120 - BESIDE]["size_wh"][1] > 30  # frames seen before it


def test_a_new_order_takes_the_place_of_the_old_one() -> None:
    book, told = begun()
    book.order(order(1, 0))
    book.order(order(2, 0))
    told.wait(lambda: (2, 3) in told.chunks)
    assert book.chunk(1, 0) is None
    assert book.chunk(2, 3) is not None


def test_while_the_offset_is_dragged_only_the_frame_in_sight_is_made() -> None:
    book, told = begun()
    book.order(order(1, 0))
    told.wait(lambda: (1, 3) in told.chunks)
    book.order(order(1, 90, whole=False))
    told.wait(lambda: len(told.near) == 2)
    assert list(told.near[1][1]) == [90]
    assert book.chunk(1, 0) is not None


def test_while_a_tab_opens_only_what_is_in_sight_is_made() -> None:
    book, told = begun()
    book.hold("a tab")
    book.order(order(1, 60))
    told.wait(lambda: told.near)
    time.sleep(0.2)
    assert told.chunks == []
    book.go_on("a tab")
    told.wait(lambda: (1, 3) in told.chunks)


def test_a_tab_that_never_comes_up_does_not_stop_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.studio.layouts.HELD_S", 0.1)
    book, told = begun()
    book.hold("a tab")
    book.order(order(1, 0))
    told.wait(lambda: (1, 3) in told.chunks)
