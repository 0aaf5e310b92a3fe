from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

import pytest

from tests.keyrings import Hanging, Keyring, Raising, at_rest, in_a_hurry, install
from tuimail.config import logs, outside_passwords
from tuimail.config.schema import AuthMethod, ImapServer
from tuimail.config.sealing import SecretId
from tuimail.config.secrets import (
    Place,
    Secret,
    SecretKind,
    describe_source,
    find_secret,
    forget_secrets,
    has_source,
    keep_secret,
    look_up,
    recall_secret,
    vault,
)
from tuimail.config.vault import LOCKED_HINT, VaultState
from tuimail.model.errors import AuthError, ConfigError

PASSWORD = "correct-horse-17"
MASTER = "battery staple"
BARE = ImapServer(host="imap.example.net", username="me")


def _with_command(*command: str) -> ImapServer:
    return ImapServer(host="imap.example.net", username="me", password_command=command)


def _printing(text: str, status: int = 0) -> ImapServer:
    # The text comes from a variable of the child, so that it stands in no argument.
    return _with_command(
        sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); sys.stderr.write({text!r}); sys.exit({status})"
    )


@pytest.mark.usefixtures("quick")
def test_the_chain_is_asked_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def prompt(_question: str) -> str:
        return "typed"

    assert find_secret("work", BARE, prompt=prompt) == Secret("typed", "prompt")
    vault().make(MASTER)
    vault().update(lambda secrets: secrets.update({SecretId("work", "me", "password"): "sealed"}))
    assert find_secret("work", BARE, prompt=prompt) == Secret("sealed", "encrypted file")
    keyring = Keyring()
    install(monkeypatch, keyring)
    keyring.set_password("tuimail", "work:me", "kept")
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
        (_with_command("pass", "a\0b"), "could not be started: embedded null byte"),
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
    monkeypatch.setattr(outside_passwords, "COMMAND_TIMEOUT_S", 0.2)
    code = f"import sys, threading; print({PASSWORD!r}, flush=True); threading.Event().wait()"
    with pytest.raises(AuthError, match="did not end") as caught:
        find_secret("work", _with_command(sys.executable, "-c", code))
    # What it had printed by then is in no part of the error that could be shown.
    assert caught.value.__suppress_context__


def test_a_command_that_prints_without_end_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "ended"
    code = (
        "import pathlib, sys\n"
        "try:\n"
        "    while True: print('x' * 4000)\n"
        "except BrokenPipeError:\n"
        f"    pathlib.Path({str(note)!r}).touch()\n"
    )
    with pytest.raises(AuthError, match="printed more than 64 KB"):
        find_secret("work", _with_command(sys.executable, "-c", code))
    # It was ended, and did not find out by itself.
    assert not note.exists()


def test_a_command_is_told_no_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_HOME", "another")
    monkeypatch.setenv("TUIMAIL_CONFIG_OF_TESTS", "kept")
    code = "import os; print(os.environ.get('TUIMAIL_PASSWORD_HOME', 'none'), os.environ['TUIMAIL_CONFIG_OF_TESTS'])"
    assert find_secret("work", _with_command(sys.executable, "-c", code)).value == "none kept"


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


def test_of_two_secrets_the_longer_one_is_kept_out_whole(tmp_path: Path) -> None:
    path = tmp_path / "state" / "tuimail.log"
    logs.set_up(path)
    for secret in ("correct", PASSWORD, "correct-horse"):
        logs.keep_out(secret)
    logging.getLogger("test").info("sent %s", PASSWORD)
    assert "sent ********\n" in path.read_text("utf-8")


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


def _locked_again() -> None:
    """The encrypted file, as another process finds it."""
    vault()._key = None


def test_a_keyring_keeps_and_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring()
    install(monkeypatch, keyring)
    assert keep_secret("work", "me", PASSWORD) == "keyring"
    assert keep_secret("work", "me", "{}", kind=SecretKind.OAUTH) == "keyring"
    assert keyring.kept == {("tuimail", "work:me"): PASSWORD, ("tuimail-oauth", "work:me"): "{}"}
    assert recall_secret("work", "me") == PASSWORD
    assert recall_secret("work", "me", kind=SecretKind.OAUTH) == "{}"
    assert recall_secret("work", "you") is None
    assert describe_source("work", BARE) == "keyring"
    forget_secrets("work", "me")
    assert keyring.kept == {}
    forget_secrets("work", "me")


@pytest.mark.usefixtures("quick")
def test_without_a_keyring_the_encrypted_file_keeps_once_it_is_open() -> None:
    with pytest.raises(AuthError, match="no keyring on this machine") as caught:
        keep_secret("work", "me", PASSWORD)
    for way_out in ("tuimail account password work", "password_command", "TUIMAIL_PASSWORD_WORK", "encrypted file"):
        assert way_out in caught.value.hint
    assert PASSWORD not in str(caught.value)
    vault().make(MASTER)
    assert keep_secret("work", "me", PASSWORD) == "encrypted file"
    assert keep_secret("work", "me", "{}", kind=SecretKind.OAUTH) == "encrypted file"
    assert describe_source("work", BARE) == "encrypted file"
    assert (recall_secret("work", "me"), recall_secret("work", "me", kind=SecretKind.OAUTH)) == (PASSWORD, "{}")
    _locked_again()
    assert describe_source("work", BARE) == "encrypted file (locked)"
    assert not has_source("work", BARE)
    with pytest.raises(AuthError, match="The encrypted file is locked"):
        find_secret("work", BARE)
    with pytest.raises(AuthError, match="The encrypted file is locked"):
        recall_secret("work", "me")
    with pytest.raises(AuthError, match=r"may still be kept\. The encrypted file is locked"):
        forget_secrets("work", "me")
    vault().open(MASTER)
    forget_secrets("work", "me")
    assert vault().read() == {}
    assert recall_secret("work", "me") is None


@pytest.mark.usefixtures("quick")
def test_a_secret_is_kept_in_one_place_only(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Keyring()
    install(monkeypatch, keyring)
    keep_secret("work", "me", "old")
    vault().make(MASTER)
    assert keep_secret("work", "me", PASSWORD, place=Place.FILE) == "encrypted file"
    assert keyring.kept == {}
    assert find_secret("work", BARE) == Secret(PASSWORD, "encrypted file")
    assert keep_secret("work", "me", "new") == "keyring"
    assert vault().read() == {}
    assert find_secret("work", BARE) == Secret("new", "keyring")


def test_a_chosen_place_is_not_exchanged_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="There is no encrypted file"):
        keep_secret("work", "me", PASSWORD, place=Place.FILE)
    with pytest.raises(AuthError, match="no keyring"):
        keep_secret("work", "me", PASSWORD, place=Place.KEYRING)
    install(monkeypatch, Raising(RuntimeError("the bus is gone")))
    with pytest.raises(AuthError, match=r"RuntimeError, the bus is gone\."):
        keep_secret("work", "me", PASSWORD, place=Place.KEYRING)


@pytest.mark.usefixtures("quick")
def test_an_encrypted_file_that_is_not_safe_stops_nobody_who_does_not_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    vault().make(MASTER)
    vault().path.chmod(0o644)
    assert describe_source("work", BARE) == "encrypted file (not safe to use)"
    with pytest.raises(ConfigError, match="can be read by others"):
        find_secret("work", BARE)
    install(monkeypatch, Keyring())
    assert keep_secret("work", "me", PASSWORD) == "keyring"
    assert find_secret("work", BARE).source == "keyring"
    assert describe_source("work", BARE) == "keyring"


@pytest.mark.usefixtures("quick")
def test_a_keyring_that_fails_is_told_and_the_next_source_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Raising(OSError("no such bus")))
    with pytest.raises(AuthError, match=r"no password for account work\. The keyring failed: OSError, no such bus"):
        find_secret("work", BARE)
    assert look_up("work", BARE).why == "The keyring failed: OSError, no such bus."
    # Not None: it may have the tokens, and a new log-in would be asked for in vain.
    with pytest.raises(AuthError, match="The keyring failed"):
        recall_secret("work", "me", kind=SecretKind.OAUTH)
    assert find_secret("work", BARE, prompt=lambda _question: "typed").value == "typed"
    vault().make(MASTER)
    assert keep_secret("work", "me", PASSWORD) == "encrypted file"
    assert find_secret("work", BARE) == Secret(PASSWORD, "encrypted file")


def test_a_keyring_that_hangs_is_not_waited_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = Hanging()
    install(monkeypatch, keyring)
    in_a_hurry(monkeypatch)
    keyring.kept["tuimail", "work:me"] = PASSWORD
    with pytest.raises(AuthError, match="did not answer within"):
        find_secret("work", BARE)
    with pytest.raises(AuthError, match="has not answered yet"):
        find_secret("work", BARE)
    assert keyring.asked == 1
    keyring.unlock.set()
    at_rest()
    in_a_hurry(monkeypatch, 60)
    assert find_secret("work", BARE) == Secret(PASSWORD, "keyring")


def test_an_account_with_tokens_is_told_how_to_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ImapServer(host="imap.example.net", username="me", auth=AuthMethod.OAUTH2)
    assert describe_source("work", server) == "none: run `tuimail account login work`"
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", PASSWORD)
    assert not has_source("work", server)
    install(monkeypatch, Keyring())
    keep_secret("work", "me", "{}", kind=SecretKind.OAUTH)
    assert describe_source("work", server) == "keyring"


@pytest.mark.usefixtures("quick")
def test_what_is_kept_stays_out_of_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state" / "tuimail.log"
    logs.set_up(path, verbose=True)
    # A keyring may repeat what it was given.
    install(monkeypatch, Raising(RuntimeError(f"cannot keep {PASSWORD}")))
    with pytest.raises(AuthError) as caught:
        keep_secret("work", "me", PASSWORD)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=False)
    assert PASSWORD not in "".join(told.format())
    assert caught.value.message.endswith("The keyring failed: RuntimeError.")
    vault().make(MASTER)
    keep_secret("work", "me", PASSWORD)
    logging.getLogger("test").info("%s %s", PASSWORD, vault().hand_over())
    text = path.read_text("utf-8")
    assert PASSWORD not in text
    assert vault().hand_over() not in text
    assert vault().state is VaultState.OPEN
    assert MASTER not in repr(vars(vault()))


@pytest.mark.usefixtures("quick")
def test_a_locked_file_is_to_be_opened_and_tokens_need_a_log_in() -> None:
    with pytest.raises(AuthError) as caught:
        keep_secret("work", "me", "{}", kind=SecretKind.OAUTH)
    assert "`tuimail account login work`" in caught.value.hint
    vault().make(MASTER)
    _locked_again()
    for look in (lambda: find_secret("work", BARE), lambda: recall_secret("work", "me", kind=SecretKind.OAUTH)):
        with pytest.raises(AuthError, match="is locked") as caught:
            look()
        assert caught.value.hint == LOCKED_HINT
