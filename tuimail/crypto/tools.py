"""What opening a message may use: programs, keys, a terminal for the passphrase, and the user's patience.

A value, made where a message is opened (app, command line, tests) and handed down. Knows no message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


def _nothing(_words: str) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Tools:
    """`gpg`, `openssl` and `agent` (which speaks to gpg's) are programs. `smime_keys` are files with a certificate and
    its key (PEM or PKCS #12), `smime_crls` lists of revoked certificates (PEM or DER).

    `terminal` is the device on which gpg's agent may ask for a passphrase; empty: on none of ours, since a screen is
    drawn there. `progress` is told what is waited for; `cancelled` is asked a few times a second. `environment`: more
    variables for the programs.
    """

    gpg: str = "gpg"
    openssl: str = "openssl"
    agent: str = "gpg-connect-agent"
    smime_keys: tuple[str, ...] = ()
    smime_crls: tuple[str, ...] = ()
    terminal: str = ""
    progress: Callable[[str], None] = _nothing
    cancelled: Callable[[], bool] = _never
    environment: dict[str, str] = field(default_factory=dict)
