"""Fetches the certificate that a server shows, trusted or not, and reads it (RFC 5280). Sends nothing that matters."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import CertificateChanged, CertificateUntrusted, ProtocolError
from tuimail.model.server import Protocol, Security
from tuimail.setup import hello
from tuimail.setup.dialogue import TAMPERING_HINT, Dialogue, dial, within
from tuimail.setup.tls import fingerprint_of, system_context, unchecked_context

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What a server shows of itself. `fingerprint` is `sha256:` and 64 hexadecimal digits, as `tls_fingerprint` has it.

    `names` are the hosts that it is for. Where it is not `trusted`, `problem` says why as a whole sentence.
    """

    fingerprint: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    trusted: bool
    problem: str
    der: bytes = field(repr=False)


async def fetch_certificate(
    host: str,
    port: int,
    security: Security,
    protocol: Protocol | str,
    *,
    context: ssl.SSLContext | None = None,
    timeout_s: float = 15.0,
) -> ServerCertificate:
    """The certificate that a server shows now, and whether `context` (None: the system's store) trusts it.

    `protocol` is a `Protocol`, or "smtp". Nothing is sent but what STARTTLS needs; nobody logs in. One that is refused
    is looked at over a second connection.

    Raises:
        ConnectionLost, TimedOut: no connection, or no TLS there; the words say which.
        ProtocolError: what answers does not speak `protocol`, or said something in clear behind its STARTTLS.
    """
    spoken = str(protocol)
    async with within(timeout_s, f"{host}:{port}"):
        try:
            return read_certificate(await _der(host, port, security, spoken, context or system_context()))
        except (CertificateUntrusted, CertificateChanged) as error:
            der = await _der(host, port, security, spoken, unchecked_context())
            return read_certificate(der, str(error.message))


async def secured(dialogue: Dialogue, security: Security, protocol: str, context: ssl.SSLContext) -> str | None:
    """Bring a fresh connection to TLS as `security` says; the greeting, if it came before.

    Raises:
        ConnectionLost, ProtocolError, CertificateChanged: see `Dialogue.start_tls` and `hello.ask_for_tls`.
    """
    greeting = None
    if security is not Security.TLS:
        greeting = await hello.read_greeting(dialogue, protocol)
        if greeting.upper().startswith("* PREAUTH"):
            raise ProtocolError(
                f"{dialogue.where} skipped the log-in before TLS was on: someone may be tampering with the connection.",
                hint=TAMPERING_HINT,
            )
        if protocol == hello.SMTP:
            await hello.ask_capabilities(dialogue, protocol)
        await hello.ask_for_tls(dialogue, protocol)
    await dialogue.start_tls(context, tls_port=hello.TLS_PORTS[protocol])
    return greeting


def read_certificate(der: bytes, problem: str = "") -> ServerCertificate:
    """What a certificate says of itself; `problem` tells why it is not trusted, "" that it is.

    Raises:
        ProtocolError: it cannot be read.
    """
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        return ServerCertificate(
            fingerprint_of(der),
            one_line(certificate.subject.rfc4514_string()),
            one_line(certificate.issuer.rfc4514_string()),
            _names(certificate),
            _moment(certificate.not_valid_before_utc),
            _moment(certificate.not_valid_after_utc),
            trusted=not problem,
            problem=problem,
            der=der,
        )
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ProtocolError(f"The server's certificate cannot be read: {one_line(str(error))}.") from error


async def _der(host: str, port: int, security: Security, protocol: str, context: ssl.SSLContext) -> bytes:
    dialogue = await dial(host, port)
    try:
        await secured(dialogue, security, protocol, context)
        return dialogue.certificate()
    finally:
        dialogue.close()


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Hosts and addresses of the subjectAltName: nothing else counts (RFC 9525)."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = names.get_values_for_type(x509.DNSName)
    return tuple(one_line(name) for name in (*hosts, *map(str, names.get_values_for_type(x509.IPAddress))))


def _moment(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
