"""Which event is meant: said exactly, or asked back, never guessed."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from telemetry.errors import TelemetryError
from telemetry.race_session import RaceSession

_GRAND_PRIX = re.compile(r"\b(grand prix|gp)\b")


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a source knows it: its round, the name it is shown by, and all that a user may call it."""

    round: int
    name: str
    called: tuple[str, ...]


def pick(race: RaceSession, events: Sequence[Event]) -> int:
    """Return the place in `events` of the one that a race session names, by its round or one of its names.

    Raises:
        TelemetryError: None bears that name, or several do.
    """
    wanted = plain(race.event)
    if wanted.isdigit():
        found = [place for place, event in enumerate(events) if event.round == int(wanted)]
    else:
        # Its whole name means an event, also where another one's country is called so: the United States have three.
        whole = [place for place, event in enumerate(events) if event.name.casefold() == race.event.strip().casefold()]
        found = whole or [place for place, event in enumerate(events) if wanted in {plain(name) for name in event.called}]
    if len(found) == 1:
        return found[0]
    names = [event.name for event in events]
    if found:
        several = ", ".join(names[place] for place in found)
        raise TelemetryError(f"{race.event!r} names {len(found)} events of {race.year}: {several}; say which")
    near = [name for name in names if wanted in plain(name)] or difflib.get_close_matches(race.event, names, 3, 0.3)
    meant = f"did you mean {' or '.join(near)}?" if near else f"its events are {', '.join(names)}"
    raise TelemetryError(f"no event {race.event!r} in {race.year}; {meant}")


def plain(name: str) -> str:
    """Return a name as names are compared: without accents, and whatever stands for Grand Prix."""
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(_GRAND_PRIX.sub(" ", letters.casefold()).split())
