"""Secrets as octets that only a master password opens: scrypt (RFC 7914) and ChaCha20-Poly1305 (RFC 8439).

    octet   0   8  "TMSECRET"
            8   4  version, scrypt's log2 n, r, p
           12  16  salt of scrypt
           28  16  proof of the master password: HMAC-SHA-256 of octets 0 to 27
           44  12  nonce, new each time
           56   8  SHA-256 of octets 0 to 55: tells damage from a wrong password
           64   …  the sealed secrets; octets 0 to 63 are authenticated with them

scrypt gives 64 octets: the cipher's key and the proof's. A wrong password fails at the proof, everything that was
changed behind it at the seal. Knows no file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tuimail.model.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

LOG2_N, BLOCK, LANES = 17, 8, 1
"""128 MiB and about half a second for one try."""
LOG2_N_BOUNDS = range(17, 20)
"""Less would be weak, more would take over 512 MiB: a file that asks for either is not used."""
_MOST_LANES = 4
_MAGIC, _VERSION = b"TMSECRET", 1
_HEAD, _PROOF, _NONCE, _DIGEST, _TAG = 28, 16, 12, 8, 16
_HEADER = _HEAD + _PROOF + _NONCE + _DIGEST
_PADDED_TO = 512
"""The length of a password does not show in that of the file."""


class SecretId(NamedTuple):
    """Whose secret of which kind."""

    account: str
    username: str
    kind: str


Secrets = dict[SecretId, str]


class WrongMasterPassword(AuthError):
    """The master password does not open the secrets."""


class SealBroken(ConfigError):
    """The octets are not what we wrote, or not something that we read."""


@dataclass(frozen=True, slots=True)
class VaultKey:
    """What a master password and `head` (octets 0 to 27) come to. In no representation."""

    head: bytes
    octets: bytes = field(repr=False)

    def encode(self) -> str:
        """The key as a line of text, to be handed to our own child over a pipe."""
        return base64.b64encode(self.head + self.octets).decode("ascii")

    @classmethod
    def decode(cls, text: str) -> VaultKey:
        """The key in `text`.

        Raises:
            ValueError: it is none.
        """
        octets = base64.b64decode(text, validate=True)
        if len(octets) != _HEAD + 64:
            raise ValueError("not a key")
        return cls(octets[:_HEAD], octets[_HEAD:])


def new_key(master: str) -> VaultKey:
    """The key of a master password for secrets that are sealed for the first time; takes half a second."""
    head = struct.pack(">8sBBBB", _MAGIC, _VERSION, LOG2_N, BLOCK, LANES) + os.urandom(16)
    return _derive(master, head)


def find_key(master: str, sealed: bytes) -> VaultKey:
    """The key that opens `sealed`; takes half a second.

    Raises:
        WrongMasterPassword: there is none for this password.
        SealBroken: `sealed` is damaged, or of a kind that we do not read.
    """
    check(sealed)
    key = _derive(master, sealed[:_HEAD])
    if not hmac.compare_digest(_proof(key), sealed[_HEAD : _HEAD + _PROOF]):
        raise WrongMasterPassword("This is not the master password of the encrypted file.")
    return key


def fits(key: VaultKey, sealed: bytes) -> bool:
    """Whether the key was made for this salt and these parameters."""
    return sealed[:_HEAD] == key.head


def check(sealed: bytes) -> None:
    """The header is whole, and of a kind that we read.

    Raises:
        SealBroken: it is not.
    """
    if len(sealed) < _HEADER + _TAG or not sealed.startswith(_MAGIC):
        raise _damaged("it is cut short, or no file of tuimail's")
    version, log2_n, block, lanes = sealed[8:12]
    if version != _VERSION:
        raise SealBroken(
            f"The encrypted file is of version {version}, which this tuimail does not read.",
            hint="Use the tuimail that wrote it, or move the file away to begin anew.",
        )
    if hashlib.sha256(sealed[: _HEADER - _DIGEST]).digest()[:_DIGEST] != sealed[_HEADER - _DIGEST : _HEADER]:
        raise _damaged("its beginning was changed")
    if log2_n not in LOG2_N_BOUNDS or block != BLOCK or not 1 <= lanes <= _MOST_LANES:
        raise _damaged(f"it asks for scrypt with n = 2^{log2_n}, r = {block}, p = {lanes}")


def seal(secrets: Secrets, key: VaultKey) -> bytes:
    """The secrets, sealed anew."""
    text = json.dumps([[*id_, value] for id_, value in sorted(secrets.items())]).encode()
    begin = key.head + _proof(key) + os.urandom(_NONCE)
    header = begin + hashlib.sha256(begin).digest()[:_DIGEST]
    padded = text.ljust(-(-len(text) // _PADDED_TO) * _PADDED_TO)
    return header + _cipher(key).encrypt(header[_HEAD + _PROOF : _HEADER - _DIGEST], padded, header)


def unseal(sealed: bytes, key: VaultKey) -> Secrets:
    """The secrets in `sealed`.

    Raises:
        WrongMasterPassword: `key` is of another master password, or of an older one.
        SealBroken: it was changed after it was sealed.
    """
    from cryptography.exceptions import InvalidTag

    check(sealed)
    if not fits(key, sealed):
        raise WrongMasterPassword("The encrypted file has another master password by now.")
    header = sealed[:_HEADER]
    try:
        text = _cipher(key).decrypt(header[_HEAD + _PROOF : _HEADER - _DIGEST], sealed[_HEADER:], header)
    except InvalidTag:
        raise _damaged("it was changed since tuimail wrote it") from None
    return {SecretId(account, username, kind): value for account, username, kind, value in json.loads(text)}


def _derive(master: str, head: bytes) -> VaultKey:
    log2_n, block, lanes = head[9:12]
    memory = 128 * block * ((1 << log2_n) + lanes + 2)
    password = unicodedata.normalize("NFC", master).encode("utf-8", "surrogatepass")
    try:
        octets = hashlib.scrypt(
            password, salt=head[12:], n=1 << log2_n, r=block, p=lanes, maxmem=memory + (1 << 20), dklen=64
        )
    except (ValueError, MemoryError) as error:
        raise ConfigError(
            f"The master password cannot be tried: that takes {memory >> 20} MiB of memory.",
            hint="End other programs and try again.",
        ) from error
    return VaultKey(head, octets)


def _proof(key: VaultKey) -> bytes:
    return hmac.digest(key.octets[32:], key.head, "sha256")[:_PROOF]


def _cipher(key: VaultKey) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key.octets[:32])


def _damaged(how: str) -> SealBroken:
    return SealBroken(
        f"The encrypted file is damaged: {how}.",
        hint="Put a copy of it back, or move it away and keep the passwords anew.",
    )
