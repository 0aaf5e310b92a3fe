"""What goes wrong with a server's certificate, in words: one sentence for each reason, and what to do about it.

Reasons are OpenSSL's numbers (X509_V_ERR_…), which `ssl.SSLCertVerificationError.verify_code` carries.
"""

from __future__ import annotations

from tuimail.model.errors import CertificateChanged, CertificateUntrusted, ConnectionLost

_NOT_YET = frozenset({9})
_EXPIRED = frozenset({10})
_SELF_SIGNED = frozenset({18})
_UNKNOWN_AUTHORITY = frozenset({2, 19, 20, 21, 27})
_REVOKED = frozenset({23})
_OTHER_HOST = frozenset({62, 64})
_COMMAND = "tuimail account trust NAME"
_OFFER = (
    f"If you know the server, `{_COMMAND}` shows the certificate and can trust this one;"
    " ca_file names an authority of your own."
)


def certificate_problem(code: int, message: str, host: str) -> str:
    """Why a certificate was refused, as the end of a sentence; `message` serves where the code is not known."""
    for codes, words in (
        (_EXPIRED, "it has expired"),
        (_NOT_YET, "it is not valid yet"),
        (_SELF_SIGNED, "it is self-signed, so that nobody vouches for it"),
        (_UNKNOWN_AUTHORITY, "this machine does not know the authority that signed it"),
        (_REVOKED, "its authority has revoked it"),
        (_OTHER_HOST, f"it is for another host than {host}"),
    ):
        if code in codes:
            return words
    return message.strip().rstrip(".") or "no reason was given"


def certificate_refused(where: str, host: str, code: int, message: str) -> CertificateUntrusted:
    """The error for a certificate that is not trusted; `where` is host and port."""
    if code in _EXPIRED:
        hint = f"Whoever runs the server has to renew it; look at this machine's clock too. {_OFFER}"
    elif code in _NOT_YET:
        hint = "This machine's clock may be behind: set it."
    elif code in _OTHER_HOST:
        hint = f"Write the name that the certificate is for as `host`. {_OFFER}"
    elif code in _REVOKED:
        hint = "Do not trust it; ask whoever runs the server."
    else:
        hint = _OFFER
    problem = certificate_problem(code, message, host)
    return CertificateUntrusted(f"The certificate of {where} is not trusted: {problem}.", hint=hint)


def certificate_changed(host: str, found: str, pinned: str) -> CertificateChanged:
    """The error for a certificate that is not the pinned one; both fingerprints as `sha256:…`."""
    return CertificateChanged(
        f"The certificate of {host} has changed: it is {found}, and you trust {pinned}. Nothing was sent.",
        hint="Somebody may be listening in. If whoever runs the server has renewed it, compare the fingerprints, and"
        f" run `{_COMMAND}`.",
    )


def for_account(
    error: CertificateChanged | CertificateUntrusted, account: str, options: str = ""
) -> CertificateChanged | CertificateUntrusted:
    """The same error, with the command in its hint as `account` has to type it."""
    command = _COMMAND.replace("NAME", f"{account} {options}".rstrip())
    return type(error)(error.message, hint=error.hint.replace(_COMMAND, command))


def handshake_failed(where: str, reason: str, tls_port: int) -> ConnectionLost:
    """The error for a TLS handshake that failed for `reason` (OpenSSL's name for it), not for the certificate."""
    words = reason.replace("_", " ").lower()
    if any(sign in words for sign in ("wrong version number", "record layer failure", "packet length")):
        return ConnectionLost(
            f"{where} does not speak TLS from the start.",
            hint=f'Set security = "starttls", or the TLS port ({tls_port}).',
        )
    if "unsupported protocol" in words or "protocol version" in words:
        return ConnectionLost(
            f"{where} offers no TLS that is safe: tuimail speaks TLS 1.2 and newer.",
            hint="Whoever runs the server has to update it.",
        )
    return ConnectionLost(f"The TLS handshake with {where} failed: {words}.")
