"""OpenF1's server, asked politely: slowly, again after a failure, and never twice for what is already here."""

import json
import os
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from telemetry.errors import NotAvailableError

SERVER = "https://api.openf1.org/v1"  # `SLIPSTREAM_OPENF1` names another
APART_S = 0.36  # the free service takes three requests a second
TIMEOUTS_S = (10.0, 75.0)  # to connect, and to answer: the server gives up after a minute
TRIES = 6
FIRST_WAIT_S = 1.0  # doubled at every further try
LONGEST_WAIT_S = 60.0  # the free service counts requests by the minute
FRESH_S = 86_400.0  # answers kept of a fetch that broke off are used for a day

Rows = list[dict[str, Any]]


class OpenF1:
    """OpenF1's server.

    Attributes:
        kept: Folder in which answers wait until a fetch is whole; one that broke off goes on from there. None keeps nothing.
    """

    def __init__(self, kept: Path | None = None) -> None:
        self.kept = kept
        self._server = os.environ.get("SLIPSTREAM_OPENF1") or SERVER
        self._session = requests.Session()
        self._asked_s = 0.0

    def rows(self, endpoint: str, **wanted: str | int) -> Rows:
        """Return what an endpoint has, empty where it has nothing.

        Raises:
            NotAvailableError: The server cannot be reached, refuses, or still answers nonsense after several tries.
        """
        file = self._file(endpoint, wanted)
        known = _read(file)
        if known is not None:
            return known
        rows = self._ask(endpoint, wanted)
        if rows:  # what is not there yet may be published until the next try
            _keep(file, rows)
        return rows

    def _file(self, endpoint: str, wanted: dict[str, str | int]) -> Path | None:
        if self.kept is None:
            return None
        return self.kept / ("-".join([endpoint, *(f"{key}{value}" for key, value in sorted(wanted.items()))]) + ".json")

    def _ask(self, endpoint: str, wanted: dict[str, str | int]) -> Rows:
        trouble, wait_s = "", FIRST_WAIT_S
        for number in range(TRIES):
            if number:
                time.sleep(wait_s)
            self._pace()
            try:
                response = self._session.get(f"{self._server}/{endpoint}", params=wanted, timeout=TIMEOUTS_S)
                trouble, pause_s = _trouble(response)
                if not trouble:
                    return _rows(response)
            except requests.ConnectionError as error:
                if number:  # a line that dropped comes back at once or not for long
                    raise NotAvailableError(
                        "OpenF1 cannot be reached; is there a network? --recording FILE needs none"
                    ) from error
                trouble, pause_s = "cannot be reached", None
            except requests.Timeout:
                trouble, pause_s = "does not answer in time", None
            except (requests.RequestException, ValueError):
                trouble, pause_s = "breaks off its answers", None
            wait_s = min(pause_s if pause_s is not None else FIRST_WAIT_S * 2**number, LONGEST_WAIT_S)
        raise NotAvailableError(
            f"OpenF1 {trouble}, also at the {TRIES}th try for {endpoint}; what is here is kept, try again later"
        )

    def _pace(self) -> None:
        time.sleep(max(self._asked_s + APART_S - time.monotonic(), 0.0))
        self._asked_s = time.monotonic()


def _trouble(response: requests.Response) -> tuple[str, float | None]:
    """Return what is wrong that may pass, empty where nothing is, and for how long the server asks to wait.

    Raises:
        NotAvailableError: It will not pass.
    """
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "asks to wait (429)", _seconds(response.headers.get("Retry-After"))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"has trouble of its own ({status})", _seconds(response.headers.get("Retry-After"))
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise NotAvailableError("OpenF1 wants a subscription for sessions that run now; it is free some time after their end")
    if status not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
        raise NotAvailableError(f"OpenF1 refuses {response.url} ({status})")
    return "", None


def _seconds(header: str | None) -> float | None:
    try:
        return None if header is None else max(float(header), 0.0)
    except ValueError:  # a date
        return None


def _rows(response: requests.Response) -> Rows:
    """Return an answer's rows; "not found" means none.

    Raises:
        ValueError: It was cut short or is no list.
    """
    if response.status_code == HTTPStatus.NOT_FOUND:
        return []
    rows = response.json()
    if not _are_rows(rows):
        raise ValueError("wanted a list of objects")
    return list(rows)


def _are_rows(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _read(file: Path | None) -> Rows | None:
    if file is None:
        return None
    try:
        if time.time() - file.stat().st_mtime > FRESH_S:
            return None
        rows = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return rows if _are_rows(rows) else None


def _keep(file: Path | None, rows: Rows) -> None:
    """Keep an answer, whole or not at all; without room for it only the next fetch is slower."""
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=".", delete=False) as beside:
            json.dump(rows, beside)
        Path(beside.name).replace(file)
    except OSError:
        return
