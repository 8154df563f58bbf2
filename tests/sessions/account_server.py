"""A stand-in for Formula 1's account: the four steps of its sign-in as JSON, checked as OAuth's code flow with PKCE has them."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

CLIENT, POLICY, FLOW, CODE = "client-1", "policy-1", "flow-1", "code-1"
KEY = "a key that nobody checks here, of the length that is asked for"


@dataclass
class Account:
    """Who may sign in, and what their subscription says; None where they have none. `asked` are the paths that were."""

    username: str = "somebody@example.com"
    password: str = "secret"  # noqa: S105  (of nobody)
    subscription: dict[str, Any] | None = None
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let FastF1 sign in to the account, on a free port of this machine, while the block runs."""
    begun: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, words = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
            account.asked.append(path)
            if path == "/main.min.js":
                self._answer(200, f'a=1;davinci:{{clientId:"{CLIENT}",acrValues:"{POLICY}"}}'.encode())
            elif path == "/authorize" and (words["client_id"], words["acr_values"]) == (CLIENT, POLICY):
                begun.update(words)
                form = {"id": FLOW, "interactionId": "i", "eventName": "e", "_links": {"next": {"href": f"{origin}/submit"}}}
                self._answer(200, form)
            else:
                self._answer(400, {})

        def do_POST(self) -> None:
            account.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/submit":
                told = json.loads(body)["parameters"]["data"]["formData"]
                if told == {"username": account.username, "password": account.password}:
                    passed = {"state": begun["state"], "code": CODE}
                    self._answer(200, {"status": "COMPLETED", "authorizeResponse": passed})
                else:
                    self._answer(400, {"status": "FAILED", "message": "Invalid username or password."})
                return
            words = dict(parse_qsl(body))
            challenge = base64.urlsafe_b64encode(hashlib.sha256(words["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            known = (words["code"], challenge) == (CODE, begun["code_challenge"])
            inner = None if account.subscription is None else jwt.encode(account.subscription, KEY)
            self._answer(200 if known else 400, {"access_token": jwt.encode({"subscriptionToken": inner}, KEY)})

        def _answer(self, status: int, what: Any) -> None:
            body = what if isinstance(what, bytes) else json.dumps(what).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = "fastf1.internals.f1account"
    monkeypatch.setattr(f"{place}.discovery.CONFIG_SCRIPT_URL", f"{origin}/main.min.js")
    monkeypatch.setattr(f"{place}.login.IDP_ORIGIN", origin)
    monkeypatch.setattr(f"{place}.login.AUTHORIZE_URL", f"{origin}/authorize")
    monkeypatch.setattr(f"{place}.login.TOKEN_URL", f"{origin}/token")
    monkeypatch.setattr(f"{place}.login._get_current_user_agent", lambda: None)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
