"""Lists of revoked certificates (RFC 5280, section 5) that the user has put into files, and what they say.

Nobody is asked over the network: whoever issued a certificate would learn that mail of its owner was read. A list
counts because the user has named its file; whose certificates it is about says the issuer's name in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tuimail.crypto.certificates import Signer, absolute, read_some
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.x509 import CertificateRevocationList
_WHAT = "The list of revoked certificates"


@dataclass(frozen=True, slots=True)
class Standing:
    """What lists say of a certificate; `as_of`: the date of the newest that is of its issuer, None: there is none.

    `fault`: why one of the files was of no use.
    """

    is_revoked: bool = False
    as_of: datetime | None = None
    fault: str = ""


def standing_of(signer: Signer, files: Iterable[str], now: datetime) -> Standing:
    """What the lists in `files` say of a certificate. Never raises.

    A list that is out of date still says what was revoked, and no more than that.
    """
    as_of: datetime | None = None
    fault = ""
    for name in files:
        try:
            listed = _list_in(name)
        except (ConfigError, ValueError) as error:
            fault = one_line(str(error)) if isinstance(error, ConfigError) else f"{one_line(name)} is no such list."
            continue
        if listed.issuer.public_bytes() != signer.issuer:
            continue
        if listed.get_revoked_certificate_by_serial_number(signer.serial) is not None:
            return Standing(True, listed.last_update_utc)
        is_current = listed.next_update_utc is None or listed.next_update_utc >= now
        if is_current and (as_of is None or listed.last_update_utc > as_of):
            as_of = listed.last_update_utc
    return Standing(False, as_of, fault)


def _list_in(name: str) -> CertificateRevocationList:
    from cryptography import x509

    path = absolute(name, _WHAT)
    octets, _ = read_some(path, f"{_WHAT} {path}", "crypto.smime_crls")
    is_pem = b"-----BEGIN" in octets[:1000]
    return x509.load_pem_x509_crl(octets) if is_pem else x509.load_der_x509_crl(octets)
