"""What a person typed at the console, made into a command for the wire, and what could be typed next. Pure.

    SELECT Entwürfe          ─►  SELECT "Entw&APw-rfe"
    SEARCH SUBJECT "Grüße"   ─►  SEARCH SUBJECT {7} …
    APPEND INBOX <note.eml   ─►  APPEND INBOX {512} …       the octets of a file

Tags are the session's business. Names of mailboxes are typed as people read them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from tuimail.imap.names import Argument, Literal, decode_mailbox, mailbox_argument
from tuimail.model.errors import ConfigError

_WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s"])+')
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')
_ESCAPED = re.compile(r"\\(.)")
_LITERAL_END = re.compile(r"\{\d+\+?\}$")
_KEPT_OCTET = re.compile("[\uf700-\uf7ff]")
_PLAIN_NAME = re.compile(r"[^\s\"()\\{]+")

MAILBOX_WORDS: dict[str, tuple[int, ...]] = {
    "SELECT": (1,),
    "EXAMINE": (1,),
    "CREATE": (1,),
    "DELETE": (1,),
    "RENAME": (1, 2),
    "SUBSCRIBE": (1,),
    "UNSUBSCRIBE": (1,),
    "STATUS": (1,),
    "APPEND": (1,),
    "COPY": (2,),
    "MOVE": (2,),
    "UID COPY": (3,),
    "UID MOVE": (3,),
    "GETQUOTAROOT": (1,),
    "MYRIGHTS": (1,),
}
"""Which words of a command are names of mailboxes; the command is word 0."""
COMMANDS = [
    "APPEND", "CAPABILITY", "CHECK", "CLOSE", "COMPRESS", "COPY", "CREATE", "DELETE", "ENABLE", "EXAMINE", "EXPUNGE",
    "FETCH", "GETQUOTAROOT", "ID", "IDLE", "LIST", "LOGOUT", "LSUB", "MOVE", "MYRIGHTS", "NAMESPACE", "NOOP", "RENAME",
    "SEARCH", "SELECT", "STATUS", "STORE", "SUBSCRIBE", "UID", "UNSELECT", "UNSUBSCRIBE",
]  # fmt: skip
UID_COMMANDS = ["COPY", "EXPUNGE", "FETCH", "MOVE", "SEARCH", "STORE"]
LOCAL_COMMANDS = ["HELP", "LITERALS", "QUIT"]
_DANGERS = {
    "EXPUNGE": "removes every message that is marked \\Deleted for good",
    "UID EXPUNGE": "removes those of the messages that are marked \\Deleted for good",
    "CLOSE": "removes every message that is marked \\Deleted for good, and closes the mailbox",
    "DELETE": "deletes the mailbox with its messages for good",
}
_NOT_HERE = {
    "LOGIN": "You are logged in already.",
    "AUTHENTICATE": "You are logged in already.",
    "STARTTLS": "Whether TLS is on was decided when the connection was opened.",
}


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file whose octets are sent as a literal."""

    path: Path


@dataclass(frozen=True, slots=True)
class Typed:
    """One command: `name` in capitals ("UID FETCH" is one name), `parts` as they go out, without the tag.

    `mailbox` is the first mailbox that it names, decoded, "" for none.
    """

    name: str
    parts: tuple[bytes | Literal | FilePart, ...]
    mailbox: str

    @property
    def danger(self) -> str:
        """What makes it worth a question, as the rest of a sentence about it; "" for nothing."""
        return _DANGERS.get(self.name, "")

    @property
    def verb(self) -> str:
        """The first word, by which a connection knows commands."""
        return self.name.partition(" ")[0]


def is_secret(line: str) -> bool:
    """Whether the line is of a kind that carries a password: it is neither sent nor remembered."""
    return line.split(None, 1)[:1] != [] and line.split(None, 1)[0].upper() in {"LOGIN", "AUTHENTICATE"}


def parse(line: str, mailboxes: Collection[str] = ()) -> Typed:
    """The command that `line` stands for; `mailboxes` are names that are known, decoded.

    Raises:
        ConfigError: it cannot be sent; the message says why.
    """
    line = line.strip()
    words = [match.span() for match in _WORD.finditer(line)]
    if _WORD.sub("", line).strip():
        raise ConfigError("A quoted string has no end.", hint='Close it with ".')
    if not words:
        raise ConfigError("Nothing was typed.")
    if _LITERAL_END.search(line):
        raise ConfigError("A literal is not typed here.", hint='Write "text in quotes", or <FILE for a file\'s octets.')
    name = _name(line, words)
    if name in _NOT_HERE:
        raise ConfigError(f"{name} does nothing here.", hint=_NOT_HERE[name])
    named = MAILBOX_WORDS.get(name, ())
    parts: list[bytes | Literal | FilePart] = []
    mailbox = ""
    for number, (start, end) in enumerate(words):
        word = line[start:end]
        if number:
            parts.append(b" ")
        if number in named:
            text = unquoted(word)
            argument = _mailbox(text, mailboxes)
            mailbox = mailbox or (text if text in mailboxes else _decoded(argument))
            parts.append(argument)
        elif word.startswith("<") and len(word) > 1 and number == len(words) - 1:
            parts.append(FilePart(Path(unquoted(word[1:]))))
        else:
            parts += _pieces(word)
    return Typed(name, tuple(_joined(parts)), mailbox)


def _name(line: str, words: list[tuple[int, int]]) -> str:
    first = line[slice(*words[0])].upper()
    if first == "UID" and len(words) > 1:
        return f"UID {line[slice(*words[1])].upper()}"
    return first


def unquoted(word: str) -> str:
    """The text of a quoted string; of anything else the word itself."""
    if len(word) > 1 and word[0] == word[-1] == '"':
        return _ESCAPED.sub(r"\1", word[1:-1])
    return word


def _mailbox(text: str, mailboxes: Collection[str]) -> Argument:
    """The argument for a mailbox's name; what is modified UTF-7 already and no known name is taken as it is."""
    if text not in mailboxes and text.isascii() and "&" in text:
        decoded = decode_mailbox(text.encode("ascii"))
        if not _KEPT_OCTET.search(decoded):
            return mailbox_argument(decoded)
    return mailbox_argument(text)


def _decoded(argument: Argument) -> str:
    octets = argument.octets if isinstance(argument, Literal) else unquoted(argument.decode("ascii")).encode("ascii")
    return decode_mailbox(octets)


def _pieces(word: str) -> Iterator[bytes | Literal]:
    """The word as it is; text beyond ASCII in it becomes a literal (RFC 9051, section 4.3)."""
    for piece in _QUOTED.split(word):
        if not piece:
            continue
        if piece.isascii():
            if "\0" in piece:
                raise ConfigError("A command may not contain NUL.")
            yield piece.encode("ascii")
        else:
            try:
                yield Literal(unquoted(piece).encode("utf-8"))
            except UnicodeEncodeError:
                raise ConfigError("The command is not valid text.") from None


def _joined(parts: list[bytes | Literal | FilePart]) -> Iterator[bytes | Literal | FilePart]:
    """Octets that follow each other in one piece."""
    held = b""
    for part in parts:
        if isinstance(part, bytes):
            held += part
            continue
        if held:
            yield held
        held = b""
        yield part
    if held:
        yield held


def completions(text: str, mailboxes: Collection[str]) -> list[tuple[int, str]]:
    """What could stand in place of the last characters of `text`: how many characters, and by what."""
    open_quote = _begun_quote(text)
    begun = text[open_quote:] if open_quote is not None else re.split(r"\s", text)[-1]
    before = [match[0] for match in _WORD.finditer(text[: len(text) - len(begun)])]
    if not before:
        return _with_prefix(begun, sorted([*COMMANDS, *LOCAL_COMMANDS]))
    first = before[0].upper()
    if first == "UID" and len(before) == 1:
        return _with_prefix(begun, UID_COMMANDS)
    name = f"UID {before[1].upper()}" if first == "UID" and len(before) > 1 else first
    if len(before) not in MAILBOX_WORDS.get(name, ()):
        return []
    letters = _ESCAPED.sub(r"\1", begun.removeprefix('"')).casefold()
    return [(len(begun), as_word(name)) for name in mailboxes if name.casefold().startswith(letters)]


def _begun_quote(text: str) -> int | None:
    """Where a quoted string begins that has no end yet."""
    inside: int | None = None
    escaped = False
    for place, character in enumerate(text):
        if inside is not None and escaped:
            escaped = False
        elif inside is not None and character == "\\":
            escaped = True
        elif character == '"':
            inside = place if inside is None else None
    return inside


def _with_prefix(begun: str, words: Collection[str]) -> list[tuple[int, str]]:
    return [(len(begun), word) for word in words if word.startswith(begun.upper())]


def as_word(name: str) -> str:
    """A mailbox's name as it is typed: in quotes where it needs them."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
