"""Every frame's layout under the present settings, by the code that `render` runs, made in the background."""

import json
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from overlay.director import Director
from overlay.layout import Layout
from overlay.swatches import Seen, by_frame
from segmentation import track_file
from segmentation.track import Track
from sessions.errors import SLIPSTREAM_ERRORS

CHUNK = 50  # frames to a chunk: two seconds or one, about 30 kB packed
# Of video before a frame that is wanted at once: by then fades and names have settled, and paint that contradicts a name has done so long
# enough for the name to be left out.
RUN_UP_S = 2.5
DRAG_RUN_UP_S = 0.3  # while the offset is dragged: a tag is fully there after 0.24 s, and there are 33 ms for it all
HELD_S = 6.0  # at most, while a tab opens: one that never comes up must not stop the work for good
BESIDE = 12  # frames before and behind the one in sight that are made with it

OnNear = Callable[[int, dict[int, Any]], None]
OnChunk = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What is to be laid out.

    Attributes:
        version: Of the settings; rises.
        direct: Makes a director that has seen nothing yet.
        tracks: The cars.
        seen: Their paint, and where scenes begin.
        frame: The frame in sight.
        whole: Whether all frames are wanted, or only the one in sight, for the settings still move.
    """

    version: int
    direct: Callable[[], Director]
    tracks: Sequence[Track]
    seen: Seen
    frame: int
    whole: bool


class LayoutBook:
    """The layouts of a clip, packed by chunks; a new order drops what an older one was about to make.

    `on_near` gets the version and the frames around the one in sight as soon as they are there, made with a short run-up;
    `on_chunk` the version and number of each chunk that is exactly as rendered. While a tab opens, only what is in sight is made:
    it shares the interpreter with the server, and the rest would keep the tab waiting.
    """

    def __init__(self, times_s: Sequence[float], *, on_near: OnNear, on_chunk: OnChunk) -> None:
        self._times_s, self._on_near, self._on_chunk = times_s, on_near, on_chunk
        self._wake = threading.Condition()
        self._order: Order | None = None
        self._chunks: dict[int, bytes] = {}
        self._made_version = -1
        self._glance: int | None = None
        self._held_until_s: dict[object, float] = {}  # by the tab that opens, on the monotonic clock

    def begin(self) -> None:
        """Begin to work on orders.

        Not before the server stands: NiceGUI looks for it among all objects of the interpreter, and a tuple that another thread is
        just building does not bear being looked at.
        """
        threading.Thread(target=self._work, name="layouts", daemon=True).start()

    def order(self, order: Order) -> None:
        """Lay out anew."""
        with self._wake:
            self._order = order
            self._wake.notify()

    def look(self, frame: int) -> None:
        """Make the frames around one before the rest; the user has gone there."""
        self._glance = frame

    def hold(self, tab: object) -> None:
        """Make only what is in sight for now: a tab opens."""
        with self._wake:
            self._held_until_s[tab] = time.monotonic() + HELD_S

    def go_on(self, tab: object) -> None:
        """Make the rest: the tab is ready, or gone."""
        with self._wake:
            self._held_until_s.pop(tab, None)
            self._wake.notify()

    def chunk(self, version: int, number: int) -> bytes | None:
        """Return a chunk as deflated JSON, None where it is not made yet or of other settings."""
        with self._wake:
            return self._chunks.get(number) if version == self._made_version else None

    def chunks(self, version: int) -> list[int]:
        """Return the numbers of the chunks that are made."""
        with self._wake:
            return sorted(self._chunks) if version == self._made_version else []

    def _work(self) -> None:
        done: Order | None = None
        while True:
            with self._wake:
                while self._order is done or self._order is None:
                    self._wake.wait()
                done = order = self._order
            try:
                if self._near(order) and order.whole:
                    self._whole(order)
            except SLIPSTREAM_ERRORS:
                # A theme's own file is being written while the page is open: what is shown stays, and the next order finds it whole.
                continue

    def _stand_back(self, order: Order) -> None:
        """Wait while a tab opens, unless something newer is wanted."""
        with self._wake:
            while self._held_until_s and self._is_current(order):
                left_s = max(self._held_until_s.values()) - time.monotonic()
                if left_s <= 0:
                    self._held_until_s.clear()
                else:
                    self._wake.wait(left_s)

    def _is_current(self, order: Order) -> bool:
        return self._order is order

    def _is_current_version(self, order: Order) -> bool:
        return self._order is not None and self._order.version == order.version and self._order.whole

    def _near(self, order: Order) -> bool:
        """Make the frames in sight; return whether the order still stands."""
        run_up_s, beside = (RUN_UP_S, BESIDE) if order.whole else (DRAG_RUN_UP_S, 0)
        clip = _Sighted(order, self._times_s)
        first, last = max(order.frame - beside, 0), min(order.frame + beside, len(self._times_s) - 1)
        start = first
        while start > 0 and self._times_s[first] - self._times_s[start - 1] <= run_up_s:
            start -= 1
        made = {}
        for index in range(start, last + 1):
            layout = clip.lay_out(index)
            if index >= first:
                made[index] = clip.plain(layout)
            # While the offset is dragged orders come faster than layouts: each is finished, or none ever would be.
            if order.whole and not self._is_current_version(order):
                return False
        self._on_near(order.version, made)
        return True

    def _whole(self, order: Order) -> None:
        with self._wake:
            self._chunks, self._made_version = {}, order.version
        clip = _Sighted(order, self._times_s)
        for first in range(0, len(self._times_s), CHUNK):
            made = []
            for index in range(first, min(first + CHUNK, len(self._times_s))):
                self._stand_back(order)
                made.append(clip.plain(clip.lay_out(index)))
                if not self._is_current(order):
                    return
            packed = zlib.compress(json.dumps({"first": first, "layouts": made}, separators=(",", ":")).encode(), 1)
            with self._wake:
                self._chunks[first // CHUNK] = packed
            self._on_chunk(order.version, first // CHUNK)
            glance, self._glance = self._glance, None
            if glance is not None and glance >= first + CHUNK:
                self._near(replace(order, frame=glance))


class _Sighted:
    """A clip with what is seen of its cars, their paint and its scenes; its frames are laid out in order."""

    def __init__(self, order: Order, times_s: Sequence[float]) -> None:
        self._director, self._frames, self._times_s = order.direct(), track_file.Frames(order.tracks), times_s
        self._paint, self._cuts = by_frame(order.seen.swatches), set(order.seen.cuts)

    def lay_out(self, index: int) -> Layout:
        """Return the layout of a frame."""
        frame = self._frames.at(index, self._times_s[index], cut=index in self._cuts)
        return self._director.direct(frame, self._paint.get(index, ()))

    def plain(self, layout: Layout) -> dict[str, Any]:
        """Return the last layout and the numbers that go with it, as plain values."""
        return {**layout.to_json(), "numbers": self._director.numbers()}
