"""Who is let in, and who is not."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sessions.studio.guard import Guard

TOKEN, PORT = "the-right-one", 8123
HOST = f"127.0.0.1:{PORT}"


async def _inner(scope: Any, _receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in"})


def ask(query: str = "", *, kind: str = "http", **headers: str) -> list[dict[str, Any]]:
    """Return what is answered to a request with these headers."""
    said: list[dict[str, Any]] = []
    sent = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": kind,
        "method": "GET",
        "path": "/",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    # In a thread of its own: the browser's tests keep a loop running in this one.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, Guard(_inner, token=TOKEN, port=PORT)(scope, receive, send)).result()
    return said


def status(answer: list[dict[str, Any]]) -> int:
    return int(answer[0]["status"])


COOKIE = f"slipstream-{PORT}={TOKEN}"


def test_the_token_in_the_address_becomes_a_cookie_that_scripts_and_other_sites_do_not_get() -> None:
    (start, *_) = ask(f"token={TOKEN}")
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 303
    assert headers["location"] == "/"
    assert headers["set-cookie"].startswith(COOKIE)
    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=strict" in headers["set-cookie"]


@pytest.mark.parametrize("query", ["", "token=", "token=wrong", f"token={TOKEN}x", "token=%F0%9F%8F%8E"])
def test_without_the_right_token_nobody_is_let_in(query: str) -> None:
    assert status(ask(query)) == 403


@pytest.mark.parametrize("cookie", [f"slipstream-{PORT}=wrong", f"slipstream-1={TOKEN}", ""])
def test_a_wrong_cookie_does_not_help(cookie: str) -> None:
    assert status(ask(cookie=cookie)) == 403


def test_the_cookie_lets_in_and_what_is_sent_may_load_nothing_from_elsewhere() -> None:
    (start, _) = ask(cookie=COOKIE)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 200
    assert "default-src 'self'" in headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", ""])
def test_another_hosts_name_is_refused_even_with_the_cookie(host: str) -> None:
    assert status(ask(cookie=COOKIE, host=host)) == 403
    assert status(ask(f"token={TOKEN}", host=host)) == 403


def test_another_sites_requests_are_refused() -> None:
    assert status(ask(cookie=COOKIE, origin="http://evil.example")) == 403
    assert status(ask(cookie=COOKIE, origin=f"http://{HOST}")) == 200


def test_a_websocket_is_opened_with_the_cookie_alone() -> None:
    assert ask(kind="websocket", cookie=COOKIE) == [{"type": "websocket.accept"}]
    for refused in (
        ask(kind="websocket"),
        ask(f"token={TOKEN}", kind="websocket"),
        ask(kind="websocket", cookie=COOKIE, origin="null"),
    ):
        assert [message["type"] for message in refused] == ["websocket.close"]
