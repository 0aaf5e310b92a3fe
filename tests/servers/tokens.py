"""Dovecots that let users in by tokens, which they ask the tests' authorisation server about."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.servers.authorisation import AuthorisationServer
from tests.servers.dovecot import Dovecot

OFFERED = {"OAUTHBEARER": "plain oauthbearer xoauth2", "XOAUTH2": "plain xoauth2"}
"""By mechanism: the first server offers both, as all servers that know the better one do."""


@contextlib.contextmanager
def token_dovecots(authorisation: AuthorisationServer, settings: str, **options: Any) -> Iterator[dict[str, Dovecot]]:
    """A server for each mechanism, by its name; `settings` and `options` are those of `Dovecot`."""
    with contextlib.ExitStack() as running:
        yield {
            name: running.enter_context(
                Dovecot(
                    introspection_url=f"{authorisation.url}/introspect",
                    settings=f"{settings}auth_mechanisms = {mechanisms}\n",
                    **options,
                )
            )
            for name, mechanisms in OFFERED.items()
        }
