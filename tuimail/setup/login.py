"""What an account logs in with: its password, or an access token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimail.config.logs import keep_out
from tuimail.config.schema import AuthMethod
from tuimail.model.errors import ConfigError
from tuimail.model.server import Credentials

if TYPE_CHECKING:
    from tuimail.config.schema import Server
    from tuimail.config.secrets import Secret

    SecretOf = Callable[[str, Server], Secret]


async def find_credentials(account: str, server: Server, secret_of: SecretOf) -> tuple[Credentials, str]:
    """What `server` of `account` is entered with, and the words for where that came from.

    Raises:
        ConfigError: the account asks for what we cannot do.
        AuthError: no source has a secret.
    """
    if server.auth is not AuthMethod.PASSWORD:
        raise ConfigError(f'Account {account} asks for auth = "{server.auth}", which this version does not offer.')
    # A password manager may ask its owner first: the other accounts go on meanwhile.
    secret = await asyncio.to_thread(secret_of, account, server)
    keep_out(secret.value)
    return Credentials(server.username, secret.value), secret.source
