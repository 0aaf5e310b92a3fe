"""Which keyrings are used, and what is said of those that fail."""

from __future__ import annotations

import keyring.errors
import pytest

from tests.keyrings import Hanging, Keyring, Raising, at_rest, in_a_hurry, install
from tuimail.config import keyrings
from tuimail.config.keyrings import KeyringFailed, NoKeyring

REFUSED = ["keyrings.alt.file", "keyrings.cryptfile.cryptfile", "keyring.backends.fail", "keyring.backends.null",
           "keyring.backends.SecretServiceOfMine", "somebody.elses"]  # fmt: skip


@pytest.mark.parametrize("module", REFUSED)
def test_what_is_not_on_the_list_is_never_called(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    install(monkeypatch, Raising(AssertionError("it was called")), module=module)
    assert keyrings.why_none() == "There is no keyring on this machine."
    with pytest.raises(NoKeyring):
        keyrings.recall("tuimail", "work:me")
    with pytest.raises(NoKeyring):
        keyrings.keep("tuimail", "work:me", "secret")
    with pytest.raises(NoKeyring):
        keyrings.forget("tuimail", "work:me")


@pytest.mark.parametrize("module", sorted(keyrings.REAL))
def test_what_is_on_the_list_serves(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    install(monkeypatch, Keyring(), module=module)
    assert keyrings.why_none() == ""
    keyrings.keep("tuimail", "work:me", "secret")
    assert keyrings.recall("tuimail", "work:me") == "secret"
    keyrings.forget("tuimail", "work:me")
    assert keyrings.recall("tuimail", "work:me") is None
    keyrings.forget("tuimail", "work:me")


def test_of_a_chain_only_the_real_ones_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, first, second = Raising(AssertionError("it was called")), Keyring(), Keyring()
    install(monkeypatch, plain, module="keyrings.alt.file")
    install(monkeypatch, first)
    install(monkeypatch, second, module="keyring.backends.kwallet")
    chain = Keyring()
    chain.backends = [plain, first, second]  # type: ignore[attr-defined]
    install(monkeypatch, chain, module="keyring.backends.chainer")
    second.set_password("tuimail", "work:me", "second")
    assert keyrings.recall("tuimail", "work:me") == "second"
    keyrings.keep("tuimail", "work:me", "first")
    assert keyrings.recall("tuimail", "work:me") == "first"
    keyrings.forget("tuimail", "work:me")
    assert (first.kept, second.kept) == ({}, {})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (keyring.errors.KeyringLocked("Prompt dismissed.."), "The keyring failed: KeyringLocked, Prompt dismissed."),
        (keyring.errors.InitError("no \x1b[2J bus\n"), "The keyring failed: InitError, no [2J bus."),
        (RuntimeError(), "The keyring failed: RuntimeError."),
        (ValueError("x" * 1000), f"The keyring failed: ValueError, {'x' * 200}."),
    ],
)
def test_whatever_a_keyring_raises_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    install(monkeypatch, Raising(error))
    with pytest.raises(KeyringFailed) as caught:
        keyrings.recall("tuimail", "work:me")
    assert caught.value.message == words
    with pytest.raises(KeyringFailed):
        keyrings.keep("tuimail", "work:me", "secret")
    assert keyrings.why_none() == ""


def test_a_keyring_that_cannot_be_chosen_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def choose() -> Keyring:
        raise ImportError("no module named jeepney")

    monkeypatch.setattr("keyring.get_keyring", choose)
    assert keyrings.why_none() == "The keyring failed: ImportError, no module named jeepney."


def test_who_waits_may_be_interrupted_and_the_call_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Hanging()
    hanging.kept["tuimail", "work:me"] = "secret"
    install(monkeypatch, hanging)

    def interrupted(_future: object, _timeout_s: float) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tuimail.config.keyrings.Future.result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            keyrings.recall("tuimail", "work:me")
    hanging.unlock.set()
    assert keyrings.recall("tuimail", "work:me") == "secret"


def test_two_at_the_same_time_have_one_turn_each(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Hanging()
    install(monkeypatch, hanging)
    in_a_hurry(monkeypatch, 0.05)
    with pytest.raises(KeyringFailed, match="did not answer"):
        keyrings.recall("tuimail", "work:me")
    with pytest.raises(KeyringFailed, match="has not answered yet"):
        keyrings.keep("tuimail", "work:me", "secret")
    assert hanging.kept == {}
    hanging.unlock.set()
    at_rest()
    in_a_hurry(monkeypatch, 60)
    keyrings.keep("tuimail", "work:me", "secret")
    assert keyrings.recall("tuimail", "work:me") == "secret"
