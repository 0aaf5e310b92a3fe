"""Passphrases of keys in files: asked for by gpg's agent, in the way that the user has chosen for gpg (its pinentry).

    GET_PASSPHRASE ID … ──► the agent ──► pinentry, a person ──► OK <hex> │ ERR <code>
                                └─ known from before, as long as gpg's own are kept

tuimail draws no field for a passphrase and keeps none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import quote_plus

from tuimail.crypto.process import Ran, Task, run
from tuimail.crypto.tools import Tools
from tuimail.model.errors import ProgramFailed

ASK_S = 300.0
"""A person looks for it."""
MAX_SHOWN = 200
"""Characters of a file's name that are told: a line of the agent's protocol has a thousand octets."""

_CANCELLED = frozenset({99, 198, 62})
"""GPG_ERR_CANCELED, GPG_ERR_FULLY_CANCELED, GPG_ERR_TIMEOUT (libgpg-error)."""
_BAD_PASSPHRASE = 11
_NO_PINENTRY = frozenset({85, 86})
_PINENTRY_SOURCE = 5
"""The part of GnuPG that an error comes from stands in bits 24 to 30: this one could not ask."""
_ANSWER = re.compile(rb"^(?:OK(?: ([0-9A-F]*))?|ERR (\d{1,10})\b.*)$", re.MULTILINE)


def ask(file: str, tools: Tools, *, complaint: str = "") -> bytes:
    """The passphrase of the key in `file`; `complaint`: what was wrong with the one before.

    Raises:
        ProgramFailed: nobody gave one, or nobody could be asked.
    """
    shown = file if len(file) <= MAX_SHOWN else f"…{file[-MAX_SHOWN:]}"
    words = [_id_of(file), complaint or "X", "Passphrase:", f"The passphrase of your S/MIME key {shown}"]
    tools.progress("Waiting for the passphrase…")
    ran = _told("GET_PASSPHRASE " + " ".join(map(quote_plus, words)), tools)
    found = _ANSWER.search(ran.output)
    if found is not None and found[2] is None:
        return bytes.fromhex((found[1] or b"").decode("ascii"))
    codes = [int(found[2])] if found is not None else []
    raise ProgramFailed(why_not_given(codes) or "gpg's agent, which asks for passphrases, did not answer.")


def forget(file: str, tools: Tools) -> None:
    """The one that the agent knows is wrong.

    Raises:
        ProgramFailed: the agent cannot be told.
    """
    _told(f"CLEAR_PASSPHRASE {quote_plus(_id_of(file))}", tools)


def why_not_given(errors: Iterable[int]) -> str:
    """What error codes of GnuPG say of a passphrase; "" where they speak of something else."""
    known = list(errors)
    codes = {error & 0xFFFF for error in known}
    if codes & _CANCELLED:
        return "The passphrase was not given."
    if _BAD_PASSPHRASE in codes:
        return "The passphrase was wrong."
    if codes & _NO_PINENTRY or any(error >> 24 & 0x7F == _PINENTRY_SOURCE for error in known):
        return (
            "gpg could not ask for the passphrase here. Decrypt it once in another terminal (`tuimail show`), or have a"
            " graphical pinentry; then open it again."
        )
    return ""


def _id_of(file: str) -> str:
    return f"tuimail:{hashlib.sha256(file.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def _told(command: str, tools: Tools) -> Ran:
    """The command is seen by others who look at processes; the answer is not."""
    task = Task("gpg-connect-agent", "gpgconf", tools.agent, lambda _: [command, "/bye"], time_s=ASK_S)
    return run(task, tools)
