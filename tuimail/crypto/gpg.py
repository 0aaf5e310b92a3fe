"""The three things that are asked of gpg: is this signed, what does this say, whose key is it.

Reading mail changes no key: none is imported, looked for or fetched. Options of the user's own gpg.conf hold, but for
those. A passphrase is between the user and gpg's agent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tuimail.crypto.process import Arguments, Ran, Task, run
from tuimail.crypto.status import GpgStatus, parse_status
from tuimail.crypto.tools import Tools

MAX_PLAIN_OCTETS = 64 << 20
"""What a few octets of a compressed message may grow to; more than any provider takes."""
MAX_STATUS_OCTETS = 256 << 10
"""A signature or a decryption is told in some 2 KB."""
MAX_LISTING_OCTETS = 4 << 20
"""Keys with many thousand certifications are listed without them."""
ANSWER_S = 30.0
"""Where it asks no person: what takes longer hangs."""
DECRYPT_S = 300.0
"""A person looks for a passphrase, or for a card."""

_ALWAYS = (
    "--batch", "--no-tty", "--no-verbose", "--no-greeting", "--display-charset", "utf-8", "--pinentry-mode", "default",
    "--no-auto-key-retrieve", "--no-auto-key-locate", "--disable-dirmngr",
    "--no-use-embedded-filename", "--no-show-photos", "--exit-on-status-write-error",
)  # fmt: skip
_NO_TRUST = ("--no-auto-check-trustdb",)
"""Whose keys are confirmed is asked for apart (`user_ids`), and worked out anew then, where keys were signed since."""
_WHERE_KNOWN = ("--no-auto-key-import", "--no-allow-multiple-messages")
"""Options that some versions do not have yet, or any more."""
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class UserId:
    """One of a key's user ids, not sanitised; `is_confirmed`: the user, or somebody he trusts, vouches for it."""

    text: str
    is_confirmed: bool


def verify_detached(octets: bytes, signature: bytes, tools: Tools) -> GpgStatus:
    """Whether `signature` is one of `octets` (RFC 3156, section 5).

    Raises:
        ProgramFailed: gpg is missing, did not end in time, or wrote without end.
    """

    def arguments(ends: Mapping[str, int]) -> list[str]:
        special = ["--enable-special-filenames", "--verify", "--", f"-&{ends['signature']}", "-"]
        return [*_base(tools), *_NO_TRUST, "--status-fd", str(ends["status"]), *special]

    task = _task(tools, arguments, octets, feeds={"signature": signature}, time_s=ANSWER_S)
    return _status(run(task, tools))


def verify_clear(octets: bytes, tools: Tools) -> tuple[GpgStatus, bytes]:
    """What gpg says of a text with its signature around it (RFC 9580, section 7), and the text that is signed.

    Raises:
        ProgramFailed: as `verify_detached`.
    """
    ran = _run_status(tools, octets, ["--output", "-", "--verify"], ANSWER_S)
    return _status(ran), ran.output


def decrypt(octets: bytes, tools: Tools) -> tuple[GpgStatus, bytes]:
    """What gpg says of an encrypted message, and what it holds: nothing unless it is whole and unchanged.

    Raises:
        ProgramFailed: as `verify_detached`, or the text grows beyond `MAX_PLAIN_OCTETS`.
    """
    ran = _run_status(
        tools, octets, ["--max-output", str(MAX_PLAIN_OCTETS + 1), "--output", "-", "--decrypt"], DECRYPT_S
    )
    status = _status(ran)
    return status, ran.output if status.decrypted else b""


def user_ids(fingerprint: str, tools: Tools) -> tuple[UserId, ...]:
    """The user ids of a key that hold: those that were revoked or have expired are left out.

    Raises:
        ProgramFailed: as `verify_detached`.
    """

    def arguments(ends: Mapping[str, int]) -> list[str]:
        return [*_base(tools), "--with-colons", "--fixed-list-mode", "--list-keys", "--", fingerprint]

    ran = run(_task(tools, arguments, b"", output=MAX_LISTING_OCTETS, time_s=ANSWER_S, status=False), tools)
    found = []
    for line in ran.output.decode("utf-8", "replace").split("\n"):
        fields = line.split(":")
        if fields[0] == "uid" and len(fields) > 9 and fields[1] not in {"r", "e", "i", "d"}:
            text = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), fields[9])
            found.append(UserId(text, fields[1] in {"u", "f"}))
    return tuple(found)


def _run_status(tools: Tools, octets: bytes, command: list[str], time_s: float) -> Ran:
    def arguments(ends: Mapping[str, int]) -> list[str]:
        return [*_base(tools), *_NO_TRUST, "--status-fd", str(ends["status"]), *command, "--", "-"]

    return run(_task(tools, arguments, octets, output=MAX_PLAIN_OCTETS, time_s=time_s), tools)


def _status(ran: Ran) -> GpgStatus:
    """What it said; one that was killed has said nothing to the end."""
    return parse_status(ran.reads["status"]) if ran.status >= 0 else GpgStatus(failed=True)


def _task(
    tools: Tools,
    arguments: Arguments,
    octets: bytes,
    *,
    feeds: Mapping[str, bytes] | None = None,
    output: int = 1 << 20,
    time_s: float,
    status: bool = True,
) -> Task:
    return Task(
        name="gpg",
        package="gpg",
        program=tools.gpg,
        arguments=arguments,
        octets=octets,
        feeds=feeds or {},
        reads={"status": MAX_STATUS_OCTETS} if status else {},
        output_octets=output,
        time_s=time_s,
    )


def _base(tools: Tools) -> tuple[str, ...]:
    return (*_ALWAYS, *_known_of(tools.gpg))


@lru_cache(maxsize=8)
def _known_of(program: str) -> tuple[str, ...]:
    task = Task("gpg", "gpg", program, lambda _: ["--no-options", "--dump-options"], time_s=ANSWER_S)
    known = set(run(task, Tools()).output.decode("utf-8", "replace").split())
    return tuple(option for option in _WHERE_KNOWN if option in known)
