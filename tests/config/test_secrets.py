from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

import pytest

from tuimail.config import logs, secrets
from tuimail.config.schema import ImapServer
from tuimail.config.secrets import Secret, describe_source, find_secret, has_source
from tuimail.model.errors import AuthError

PASSWORD = "correct-horse-17"
BARE = ImapServer(host="imap.example.net", username="me")


def _with_command(*command: str) -> ImapServer:
    return ImapServer(host="imap.example.net", username="me", password_command=command)


def _printing(text: str, status: int = 0) -> ImapServer:
    # The text comes from a variable of the child, so that it stands in no argument.
    return _with_command(
        sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); sys.stderr.write({text!r}); sys.exit({status})"
    )


def test_the_chain_is_asked_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def prompt(_question: str) -> str:
        return "typed"

    assert find_secret("work", BARE, prompt=prompt) == Secret("typed", "asked for")
    monkeypatch.setattr(secrets, "from_keyring", lambda _account, _username: "kept")
    assert find_secret("work", BARE, prompt=prompt) == Secret("kept", "keyring")
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", "set")
    assert find_secret("work", BARE, prompt=prompt) == Secret("set", "environment variable TUIMAIL_PASSWORD_WORK")
    found = find_secret("work", _printing("printed\nsecond line\n"), prompt=prompt)
    assert found.value == "printed"
    assert found.source == f"password_command ({sys.executable})"


def test_what_would_serve_is_told_without_running_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "ran"
    server = _with_command("touch", str(mark))
    assert describe_source("work", server) == "password_command (touch)"
    assert has_source("work", server)
    assert not mark.exists()
    assert describe_source("work", BARE) == "none: asked for on a terminal"
    assert not has_source("work", BARE)
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", PASSWORD)
    assert describe_source("work", BARE) == "environment variable TUIMAIL_PASSWORD_WORK"


def test_an_account_without_any_secret_says_where_to_put_one() -> None:
    with pytest.raises(AuthError, match="no password for account my-own") as caught:
        find_secret("my-own", BARE)
    assert "TUIMAIL_PASSWORD_MY_OWN" in caught.value.hint


def test_an_empty_answer_is_no_password() -> None:
    with pytest.raises(AuthError):
        find_secret("work", BARE, prompt=lambda _question: "")


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (_with_command("/nonexistent/pass"), "names a program that is not there: /nonexistent/pass"),
        (_with_command("/"), "could not be started"),
        (_printing(PASSWORD, 3), "ended with status 3"),
        (_printing("\nonly the second line"), "printed no password"),
        (_printing(""), "printed no password"),
    ],
)
def test_a_command_that_fails_is_an_error_and_the_chain_ends(
    server: ImapServer, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", "another")
    with pytest.raises(AuthError) as caught:
        find_secret("work", server, prompt=lambda _question: "typed")
    assert words in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COMMAND_TIMEOUT_S", 0.2)
    code = f"import sys, threading; print({PASSWORD!r}, flush=True); threading.Event().wait()"
    with pytest.raises(AuthError, match="did not end") as caught:
        find_secret("work", _with_command(sys.executable, "-c", code))
    # What it had printed by then is in no part of the error that could be shown.
    assert caught.value.__suppress_context__


def test_a_secret_is_in_no_repr_and_no_traceback() -> None:
    secret = Secret(PASSWORD, "keyring")
    assert PASSWORD not in f"{secret} {secret!r} {[secret]}"

    def fail(held: Secret) -> None:
        raise AuthError(f"refused: {held}")

    with pytest.raises(AuthError) as caught:
        fail(secret)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert PASSWORD not in "".join(told.format())


def test_a_secret_is_kept_out_of_the_log_from_the_moment_it_is_found(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tuimail.log"
    logs.set_up(path)
    find_secret("work", _printing(PASSWORD))
    try:
        raise ValueError(PASSWORD)
    except ValueError:
        logging.getLogger("test").exception("sent %s", PASSWORD)
    text = path.read_text("utf-8")
    assert PASSWORD not in text
    assert "sent ********" in text


def test_the_log_is_private_and_free_of_controls(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tuimail.log"
    logs.set_up(path)
    logging.getLogger("test").info("a\x1b]0;title\x07b\u202ec")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not {"\x1b", "\x07", "\u202e"} & set(path.read_text("utf-8"))


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    logs.set_up(tmp_path / "file" / "tuimail.log")
    logging.getLogger("test").info("to nowhere")
    assert (tmp_path / "file").read_text() == ""


def test_only_protected_keyrings_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        def get_password(self, service: str, username: str) -> str | None:
            return f"of {service} {username}"

    Real = type("Real", (Plain,), {"__module__": "keyring.backends.SecretService"})  # noqa: N806 - a class
    monkeypatch.undo()
    monkeypatch.setattr("keyring.get_keyring", Plain)
    assert secrets.from_keyring("work", "me") is None
    monkeypatch.setattr("keyring.get_keyring", Real)
    assert secrets.from_keyring("work", "me") == "of tuimail work:me"
