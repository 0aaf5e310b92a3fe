"""`tuimail account trust`: shows the certificate that a server has now, and pins it if its owner says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.passwords import incoming_server
from tuimail.cli.session import Session, confirm, say
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from tuimail.config.schema import Server
    from tuimail.setup.certificates import ServerCertificate

_UNASKED = "Compare the fingerprint above with what the server's owner tells you, and add it as --fingerprint."
_BY_HAND = "Take tls_fingerprint out of the configuration by hand."


@click.command("trust", cls=Verb)
@click.argument("name")
@click.option("--smtp", is_flag=True, help="The server that mail is sent through, not the one that it comes from.")
@click.option("--fingerprint", metavar="SHA256", help="Trust without a question, if this is the fingerprint.")
@pass_session
def command(session: Session, name: str, smtp: bool, fingerprint: str | None) -> None:
    """Look at the certificate that the server of the account NAME shows now, and trust that one from then on."""
    from tuimail.config.load import fingerprint_octets

    session.account_names([name])
    kind, server = _server(session, name, smtp=smtp)
    expected = None
    if fingerprint is not None and (expected := fingerprint_octets(fingerprint)) is None:
        raise click.UsageError('--fingerprint is "sha256:" and 64 hexadecimal digits.')
    certificate = asyncio.run(_fetch(kind, server))
    _show(server, certificate)
    pinned = fingerprint_octets(server.tls_fingerprint) if server.tls_fingerprint else None
    found = fingerprint_octets(certificate.fingerprint)
    if expected is not None and found != expected:
        session.fail("That is not the fingerprint that you gave. Nothing was changed.")
        return
    if pinned == found and (expected is not None or not certificate.trusted):
        output.write_line("It is the one that you trust already.")
        return
    if certificate.trusted and expected is None:
        _leave_to_authorities(session, name, kind, is_pinned=pinned is not None)
        return
    if pinned is not None:
        output.write_line(f"It is not the one that you trust: sha256:{pinned.hex()}")
    if expected is None and not confirm(f"Trust this certificate, and no other, for {server.host}?", hint=_UNASKED):
        session.failed = True
        say("Nothing was changed.")
        return
    _write(session, name, kind, certificate.fingerprint)
    output.write_line(f"Account {name} trusts this certificate from the next start or sync; r in the app takes it in.")


def _server(session: Session, name: str, *, smtp: bool) -> tuple[str, Server]:
    account = session.config.accounts[name]
    server: Server | None = account.smtp if smtp else incoming_server(account)
    if server is None:
        raise ConfigError(f"Account {name} has no smtp table.")
    if server.security.value == "none":
        raise ConfigError(
            f"Account {name} uses no TLS with {server.host}: there is no certificate to trust.",
            hint='Set security = "tls" or "starttls".',
        )
    return "smtp" if smtp else account.protocol.value, server


async def _fetch(kind: str, server: Server) -> ServerCertificate:
    import msgspec

    from tuimail.setup.certificates import fetch_certificate
    from tuimail.setup.tls import tls_context

    # What would be trusted without the pin: the authority of the configuration, or those of the system.
    context = tls_context(msgspec.structs.replace(server, tls_fingerprint=""))
    return await fetch_certificate(server.host, server.port, server.security, kind, context=context)


def _show(server: Server, certificate: ServerCertificate) -> None:
    rows = (
        ("server", f"{server.host}:{server.port}"),
        ("for", ", ".join(certificate.names) or certificate.subject),
        ("subject", certificate.subject),
        ("issuer", certificate.issuer),
        ("valid", f"{certificate.not_before:%Y-%m-%d %H:%M} to {certificate.not_after:%Y-%m-%d %H:%M} UTC"),
        ("SHA-256", certificate.fingerprint),
        ("trust", certificate.problem or "An authority that this machine or `ca_file` knows vouches for it."),
    )
    for title, value in rows:
        output.write_line(f"{title:<8} {value}")


def _leave_to_authorities(session: Session, name: str, kind: str, *, is_pinned: bool) -> None:
    """A pin that is not needed makes each renewal a question; the owner may keep it all the same."""
    if not is_pinned:
        output.write_line("It is trusted as it is: nothing has to be written.")
        return
    if confirm("Trust its authority again, and take tls_fingerprint out of the configuration?", hint=_BY_HAND):
        _write(session, name, kind, None)
        output.write_line(f"Account {name} trusts the certificate by its authority from the next start or sync.")
    else:
        session.failed = True
        say("Nothing was changed.")


def _write(session: Session, name: str, kind: str, fingerprint: str | None) -> None:
    from tuimail.config.edit import set_key

    set_key(session.paths.config, ("accounts", name, kind, "tls_fingerprint"), fingerprint)
