"""How a message of the corpus is declared: a name that says its trouble, its octets, and what a reader should see.

`python -m tests.corpus.write` makes `mails/NAME.eml` and `mails/NAME.txt` of the declarations. What is expected is
written by hand there, never taken from what rendering gave:

    From: …            the fields that are shown, if there are any, and an empty line
    text of the body
    + 2 image/png boat.png 120        a part that can be saved: section, type, name, octets
    ! What is said above the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MAILS = Path(__file__).with_name("mails")


@dataclass(frozen=True, slots=True)
class Mail:
    name: str
    octets: bytes
    expected: str


def mail(name: str, source: bytes | str, expected: str) -> Mail:
    """`source` with LF line ends, which become CRLF; text is written as UTF-8."""
    octets = source.encode() if isinstance(source, str) else source
    return raw(name, octets.replace(b"\n", b"\r\n"), expected)


def raw(name: str, octets: bytes, expected: str) -> Mail:
    """Octets as they are."""
    return Mail(name, octets, expected.removeprefix("\n"))


def subject(name: str, value: bytes, expected: str) -> Mail:
    """A message whose trouble is its subject."""
    return mail(f"subject-{name}", b"Subject: " + value + b"\n\nThe tide turns at six.\n", _header("Subject", expected))


def sender(name: str, value: bytes, expected: str) -> Mail:
    """... or its sender."""
    return mail(f"from-{name}", b"From: " + value + b"\n\nThe tide turns at six.\n", _header("From", expected))


def body(name: str, header: bytes, content: bytes, expected: str) -> Mail:
    """One part: `header` are lines of its header, `content` stays as it is."""
    head = header.replace(b"\n", b"\r\n")
    return raw(name, head + b"\r\n\r\n" + content, expected)


def attached(name: str, fields: bytes, expected: str) -> Mail:
    """A text, and a file whose trouble is its name."""
    source = (
        b"Content-Type: multipart/mixed; boundary=sail\n\n--sail\n\nThe chart is attached.\n"
        b"--sail\n" + fields + b"\n\nreef\n--sail--\n"
    )
    return mail(f"file-{name}", source, f"The chart is attached.\n+ 2 {expected} 4\n")


def multipart(kind: str, *parts: bytes, boundary: str = "sail") -> bytes:
    """A multipart of `parts`, each with its header and an empty line, with LF line ends."""
    line = f"\n--{boundary}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n'.encode()
    return head + b"".join(line.encode() + b"\n" + part for part in parts) + f"{line}--\n".encode()


def _header(name: str, value: str) -> str:
    return f"{name}: {value}\n\nThe tide turns at six.\n" if value else "The tide turns at six.\n"
