"""What an account logs in with, its password or an access token, and the one way in that every log-in takes.

credentials ─► the server takes them
            └► it refuses a token ─► the token is renewed ─► one more try ─► AuthError
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from tuimail.config.logs import keep_out
from tuimail.config.schema import AuthMethod
from tuimail.model.certificate import for_account
from tuimail.model.errors import AuthError, CertificateChanged, CertificateUntrusted
from tuimail.model.server import Credentials
from tuimail.setup.daemon import in_daemon_thread

if TYPE_CHECKING:
    from tuimail.config.schema import Server
    from tuimail.config.secrets import Secret

    SecretOf = Callable[[str, Server], Secret]

log = logging.getLogger(__name__)

T = TypeVar("T")


async def find_credentials(account: str, server: Server, secret_of: SecretOf) -> tuple[Credentials, str]:
    """What `server` of `account` is entered with, and the words for where that came from.

    Raises:
        AuthError: no source has a secret, or a person must log in anew for tokens.
        ConfigError: the account asks for tokens, and its `oauth2` table does not say enough.
        ConnectionLost: a new token is needed, and whoever gives them cannot be reached.
    """
    if server.auth is AuthMethod.OAUTH2:
        return await _by_token(account, server), "OAuth2"
    # A password manager or a keyring may ask its owner first: the other accounts go on meanwhile, and who leaves does
    # not wait for it.
    secret = await in_daemon_thread(lambda: secret_of(account, server), f"secret of {account}")
    keep_out(secret.value)
    return Credentials(server.username, secret.value), secret.source


async def renew_credentials(account: str, server: Server, refused: Credentials) -> Credentials:
    """A new token in place of the one that `server` has refused, which may have been withdrawn before its time.

    Raises:
        AuthError, ConfigError, ConnectionLost: see `find_credentials`.
    """
    return await _by_token(account, server, refused=refused.secret)


async def enter(
    account: str, server: Server, secret_of: SecretOf, open_with: Callable[[Credentials], Awaitable[T]]
) -> T:
    """What `open_with` gives for the credentials of `account`; called once more, with a new token, if one is refused.

    Raises:
        AuthError: the server refused the log-in; the message names the account and the source of its secret.
        ConfigError, ConnectionLost: see `find_credentials`, and what `open_with` raises.
        CertificateChanged: the server shows another certificate than the pinned one.
    """
    credentials, source = await find_credentials(account, server, secret_of)
    try:
        return await _with_name(account, open_with(credentials))
    except AuthError as error:
        refusal = error
    if not credentials.is_token:
        raise AuthError(f"Account {account}: {refusal.message} (password from: {source})", hint=refusal.hint)
    log.info("account %s: %s", account, refusal.message)
    credentials = await renew_credentials(account, server, credentials)
    try:
        return await _with_name(account, open_with(credentials))
    except AuthError as error:
        raise AuthError(f"Account {account}: {error.message}", hint=f"Run `tuimail account login {account}`.") from None


async def _with_name(account: str, opening: Awaitable[T]) -> T:
    try:
        return await opening
    except (CertificateChanged, CertificateUntrusted) as error:
        raise for_account(error, account) from None


async def _by_token(account: str, server: Server, *, refused: str = "") -> Credentials:
    from tuimail.setup.oauth.access import access_token

    return Credentials(server.username, await access_token(account, server, refused=refused), is_token=True)
