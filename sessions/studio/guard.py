"""Who may talk to the page: this machine, by its own address, with the token that the command printed."""

import hmac
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PARAMETER = "token"
REFUSED = "This address is not valid, or no longer: open the one that `slipstream tune` printed.\n"
#: Nothing is loaded from elsewhere and nothing is sent there; Vue compiles its templates in the page, hence unsafe-eval.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self' ws://{host}; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


class Guard:
    """Middleware around everything: refuses other hosts, other origins and wrong tokens with 403.

    The host is checked because a page elsewhere can point its own name at 127.0.0.1 (DNS rebinding). A right token in the address
    becomes a cookie, so that it is not in the address any more when the page is bookmarked or shown.
    """

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"slipstream-{port}"  # cookies do not tell ports apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        given = query.pop(PARAMETER, None)
        if host not in self._hosts or (origin is not None and origin != f"http://{host}"):
            await self._refuse(scope, receive, send)
        elif given is not None and scope["type"] == "http":
            if not self._is_token(given):
                await self._refuse(scope, receive, send)
                return
            answer = RedirectResponse(scope["path"] + (f"?{urlencode(query)}" if query else ""), status_code=303)
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
            await answer(scope, receive, send)
        elif self._is_token(_cookie(headers, self._cookie)):
            await self._app(scope, receive, _fenced(send, host))
        else:
            await self._refuse(scope, receive, send)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the browser sees 403
            return
        await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)


def _cookie(headers: Headers, name: str) -> str:
    jar: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    return jar[name].value if name in jar else ""


def _fenced(send: Send, host: str) -> Send:
    """Return a way to send that adds what keeps the page to itself."""

    async def fenced(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY.format(host=host)
            headers["Referrer-Policy"] = "no-referrer"
            headers["X-Content-Type-Options"] = "nosniff"
        await send(message)

    return fenced
