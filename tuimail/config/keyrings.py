"""The desktop's keyring: only real ones are asked, every call has an end, and what fails is said in words.

A locked keyring asks its owner in a window of its own, and answers when that is done, or never. So a call runs in a
thread that nobody has to wait for, one after the other; while one hangs, the next fails at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from tuimail.config.logs import holds_secret
from tuimail.model.errors import AuthError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger(__name__)

T = TypeVar("T")
CALL_TIMEOUT_S = 60.0
"""A keyring that asks its owner to unlock it is given as long as a person takes."""
REAL = frozenset({
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
})  # fmt: skip
"""Only what a desktop protects: other keyrings ask on the terminal behind the screen, or keep plain text."""
_LONGEST_WORDS = 200
_turn = threading.Lock()
_hangs = threading.Event()


class NoKeyring(AuthError):
    """This machine has no keyring that we would use."""


class KeyringFailed(AuthError):
    """There is a keyring, and it is locked, failed, or did not answer."""


def recall(service: str, user: str) -> str | None:
    """What the keyring keeps for `user`; None if it keeps nothing.

    Raises:
        NoKeyring: there is none.
        KeyringFailed: it could not be read.
    """

    def read() -> str | None:
        values = (backend.get_password(service, user) for backend in _backends())
        return next((str(value) for value in values if value), None)

    return _bounded(read)


def keep(service: str, user: str, value: str) -> None:
    """Keep `value` for `user`, in place of what was kept before.

    Raises:
        NoKeyring: there is none.
        KeyringFailed: it did not take it.
    """
    _bounded(lambda: _backends()[0].set_password(service, user, value))


def forget(service: str, user: str) -> None:
    """Let the keyring forget what it keeps for `user`, if anything.

    Raises:
        NoKeyring: there is none.
        KeyringFailed: it did not.
    """

    def delete() -> None:
        for backend in _backends():
            if backend.get_password(service, user) is not None:
                backend.delete_password(service, user)

    _bounded(delete)


def why_none() -> str:
    """Why there is no keyring to use here; "" where there is one. It is not asked for anything, so it may be locked."""
    try:
        _bounded(_backends)
    except AuthError as error:
        return error.message
    return ""


def _backends() -> list[KeyringBackend]:
    """The real keyrings, best first; never none."""
    import keyring

    chosen = keyring.get_keyring()
    backends = list(getattr(chosen, "backends", [chosen]))
    real = [backend for backend in backends if type(backend).__module__ in REAL]
    if not real:
        raise NoKeyring("There is no keyring on this machine.")
    return real


def _bounded(work: Callable[[], T]) -> T:
    """What `work` returns, if it ends in time."""
    if not _turn.acquire(timeout=0 if _hangs.is_set() else CALL_TIMEOUT_S):
        raise KeyringFailed("The keyring has not answered yet: it may ask to be unlocked, in a window of its own.")
    _hangs.clear()
    outcome: Future[T] = Future()
    threading.Thread(target=_work, args=(work, outcome), name="tuimail-keyring", daemon=True).start()
    try:
        return outcome.result(CALL_TIMEOUT_S)
    except TimeoutError:
        _hangs.set()
        raise KeyringFailed(
            f"The keyring did not answer within {CALL_TIMEOUT_S:.0f} s: it may ask to be unlocked, in a window of"
            " its own."
        ) from None


def _work(work: Callable[[], T], outcome: Future[T]) -> None:
    failure: AuthError | None = None
    try:
        value = work()
    except AuthError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - the top of a thread; a keyring may raise anything
        # Nothing is chained: what a keyring raises may carry the secret.
        log.info("the keyring failed: %s", type(error).__name__)
        failure = KeyringFailed(f"The keyring failed: {_words(error)}.")
    _turn.release()
    if failure is not None:
        outcome.set_exception(failure)
    else:
        outcome.set_result(value)


def _words(error: Exception) -> str:
    """The error's own words if they are fit to be shown, else its kind."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())[:_LONGEST_WORDS].rstrip(".")
    return type(error).__name__ if not text or holds_secret(text) else f"{type(error).__name__}, {text}"
