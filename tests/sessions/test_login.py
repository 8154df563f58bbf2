"""`slipstream login` explains, tries, and never asks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from sessions import cli
from tests.sessions.account_server import Account, serving


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_prompt: str = "") -> str:
        raise AssertionError("a password was asked for")

    for name in ("F1_USERNAME", "F1_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("builtins.input", asked)
    monkeypatch.setattr("getpass.getpass", asked)


def test_without_credentials_it_says_which_are_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["login"]) == 2
    said = capsys.readouterr()
    for way in ("F1_USERNAME", "F1_PASSWORD", "--source openf1", "--recording"):
        assert way in said.out
    assert "not signed in: set F1_USERNAME and F1_PASSWORD" in said.err
    assert said.err.count("\n") == 1


def test_a_refused_sign_in_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from fastf1.exceptions import F1AuthError

    def refused(**_: bool) -> None:
        raise F1AuthError("Invalid username or password.")

    monkeypatch.setenv("F1_USERNAME", "somebody@example.com")
    monkeypatch.setenv("F1_PASSWORD", "wrong")
    monkeypatch.setattr("fastf1.internals.f1account.get_token", refused)
    assert cli.main(["login"]) == 2
    error = capsys.readouterr().err
    assert error == "slipstream: not signed in: Invalid username or password.\n"


def test_asked_only_how_it_tries_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["login", "--no-test"]) == 0
    assert capsys.readouterr().err == ""


def _answer(status: int, body: bytes) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer.url, answer._content = status, "https://login.formula1.com/x", body
    return answer


@pytest.mark.parametrize(
    ("failing", "said_of_it"),
    [
        (lambda: _answer(503, b"").raise_for_status(), "its server has trouble of its own (503)"),
        (lambda: _answer(200, b"<html>").json(), "answers otherwise than FastF1 knows it"),
        (lambda: [].get("status"), "answers otherwise than FastF1 knows it"),  # type: ignore[attr-defined]
        (lambda: _refuse(requests.ConnectionError("https://…")), "cannot be reached; is there a network?"),
        (lambda: _refuse(requests.Timeout("https://…")), "cannot be reached; is there a network?"),
    ],
)
def test_a_server_that_misbehaves_is_told_from_one_that_is_not_there(
    failing: Callable[[], object], said_of_it: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("F1_USERNAME", "somebody@example.com")
    monkeypatch.setenv("F1_PASSWORD", "secret")
    monkeypatch.setattr("fastf1.internals.f1account.login.fetch_config", lambda _: failing())
    monkeypatch.setattr("fastf1.internals.f1account.login._get_current_user_agent", lambda: None)
    assert cli.main(["login"]) == 2
    error = capsys.readouterr().err
    assert said_of_it in error
    assert error.count("\n") == 1


def _refuse(error: Exception) -> None:
    raise error


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    """An account that can be signed in to, its token kept apart from the user's."""
    from fastf1.internals.f1account import token_manager

    monkeypatch.setattr(token_manager, "_token_path", tmp_path / "token.json")
    monkeypatch.setattr(token_manager, "_token", None)
    account = Account(subscription={"exp": 1_900_000_000, "SubscribedProduct": "F1 TV Access"})
    monkeypatch.setenv("F1_USERNAME", account.username)
    monkeypatch.setenv("F1_PASSWORD", account.password)
    with serving(account, monkeypatch):
        yield account


def test_signed_in_it_says_what_the_account_has_and_until_when_and_keeps_the_token(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from fastf1.internals.f1account import get_token

    assert cli.main(["login"]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("signed in: F1 TV Access, until 2030-03-17 17:46 UTC\n")
    assert said.err == ""
    assert account.password not in said.out
    assert account.asked == ["/main.min.js", "/authorize", "/submit", "/token"]
    assert (tmp_path / "token.json").stat().st_mode & 0o077 == 0
    assert get_token().claims["SubscribedProduct"] == "F1 TV Access"
    assert len(account.asked) == 4  # it was kept
    assert cli.main(["login"]) == 0
    assert len(account.asked) == 8  # and what it is good for is tried anew


@pytest.mark.parametrize(
    ("password", "subscription", "why"),
    [
        ("wrong", None, "Invalid username or password."),
        ("secret", None, "An active F1TV subscription is required."),
        ("secret", {"SubscribedProduct": "F1 TV Access"}, "Subscription token has no valid expiry."),
    ],
)
def test_an_account_that_will_not_do_is_told_why(
    password: str,
    subscription: dict[str, str] | None,
    why: str,
    account: Account,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account.subscription = subscription
    monkeypatch.setenv("F1_PASSWORD", password)
    assert cli.main(["login"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("slipstream: not signed in: ")
    assert why in error
    assert error.count("\n") == 1
    assert not (tmp_path / "token.json").exists()


def test_a_subscription_without_a_name_is_called_none(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.subscription = {"exp": 1_900_000_000}
    assert cli.main(["login"]) == 0
    assert "signed in: an account without a subscription, until 2030" in capsys.readouterr().out
