"""Messages put together octet by octet, so that what is signed is known exactly."""

from __future__ import annotations

from base64 import encodebytes

HEADER = b"From: Ada Example <ada@example.org>\r\nTo: mia@example.com\r\nSubject: Plans\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nMeet me at noon.\r\n"


def message(entity: bytes, header: bytes = HEADER) -> bytes:
    return header + entity


def multipart(kind: str, *parts: bytes, boundary: str = "b0", parameters: str = "") -> bytes:
    mark = b"--" + boundary.encode()
    body = b"".join(b"%b\r\n%b\r\n" % (mark, part) for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"{parameters}\r\n\r\n'
    return head.encode() + body + mark + b"--\r\n"


def pgp_signed(entity: bytes, signature: bytes, boundary: str = "sig") -> bytes:
    tail = b"Content-Type: application/pgp-signature\r\n\r\n" + signature.replace(b"\n", b"\r\n")
    parameters = '; micalg=pgp-sha512; protocol="application/pgp-signature"'
    return multipart("signed", entity, tail, boundary=boundary, parameters=parameters)


def pgp_encrypted(armour: bytes, boundary: str = "enc") -> bytes:
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    held = b"Content-Type: application/octet-stream\r\n\r\n" + armour.replace(b"\n", b"\r\n")
    parameters = '; protocol="application/pgp-encrypted"'
    return multipart("encrypted", version, held, boundary=boundary, parameters=parameters)


def smime_signed(entity: bytes, signature: bytes) -> bytes:
    tail = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    parameters = '; protocol="application/pkcs7-signature"'
    return multipart("signed", entity, tail + encodebytes(signature), boundary="sig", parameters=parameters)


def smime_mime(octets: bytes, kind: str) -> bytes:
    head = f"Content-Type: application/pkcs7-mime; smime-type={kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + encodebytes(octets)


def text(words: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + words.encode() + b"\r\n"


def html(source: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + source.encode() + b"\r\n"
