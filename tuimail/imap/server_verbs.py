"""Verbs about the server itself: what it offers, who it is, whether it is alive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.faults import NOT_TO_BLAME
from tuimail.imap.link import Link
from tuimail.imap.names import Argument, decode_mailbox, mailbox_argument, quote
from tuimail.imap.responses import IdData, NamesData, NamespaceData, OtherData, Unreadable, safe_text
from tuimail.imap.results import Quota
from tuimail.imap.scheduler import Part, Request
from tuimail.imap.tokens import Limits, Tokenizer, list_of, number_of, text_of
from tuimail.model.errors import ServerRefused

T = TypeVar("T")


def parts_of(*pieces: str | Argument) -> tuple[Part, ...]:
    """A command's words with spaces between them."""
    parts: list[Part] = []
    for piece in pieces:
        if parts:
            parts.append(b" ")
        parts.append(piece.encode("ascii") if isinstance(piece, str) else piece)
    return tuple(parts)


class ServerVerbs:
    """The part of a session that all other verbs stand on."""

    link: Link
    server_id: dict[str, str]

    @property
    def capabilities(self) -> Capabilities:
        """What the server offers now."""
        return self.link.faults.usable(self.link.router.capabilities)

    @property
    def enabled(self) -> frozenset[str]:
        """The extensions that ENABLE turned on."""
        return self.link.router.enabled

    async def enable(self, *names: str) -> frozenset[str]:
        """ENABLE those of `names` that the server offers (RFC 5161); gives all that is on now.

        A server that refuses what it offers is not asked again: the session goes on without.
        """
        wanted = [name.upper() for name in names if self.capabilities.has(name) and name.upper() not in self.enabled]
        if wanted and self.capabilities.has("ENABLE"):
            request = Request("ENABLE", parts_of("ENABLE", *wanted), wants=frozenset({NamesData}))
            try:
                await self.link.run(request, f"enable {' '.join(wanted)}")
            except ServerRefused as error:
                if error.kind != "BAD" and error.code in NOT_TO_BLAME:
                    raise
                for name in wanted:
                    self.link.faults.blame(name, f"ENABLE: {error.kind} {error.text}")
        return self.enabled

    def _blame_for(self, name: str, error: ServerRefused) -> None:
        """Blame an extension that is one command, unless the refusal is about the moment."""
        if error.kind == "BAD" or error.code not in NOT_TO_BLAME:
            self.link.faults.blame(name, f"{error.kind} {error.text}")

    def _spare(self, suspects: Sequence[str], attempt: Callable[[], Awaitable[T]]) -> Awaitable[T]:
        return self.link.faults.spare(suspects, self.capabilities.has, attempt)

    async def namespace(self) -> NamespaceData | None:
        """NAMESPACE (RFC 2342), prefixes decoded as names are; None where it is not offered, or fails."""
        if not self.capabilities.has("NAMESPACE"):
            return None
        request = Request("NAMESPACE", (b"NAMESPACE",), wants=frozenset({NamespaceData, Unreadable}))
        try:
            await self.link.run(request, "tell its namespaces")
        except ServerRefused as error:
            self._blame_for("NAMESPACE", error)
            return None
        found = next((item for item in request.items if isinstance(item, NamespaceData)), None)
        if found is None:
            self.link.faults.blame("NAMESPACE", "an answer without namespaces")
        return found and NamespaceData(*(_decoded(group) for group in (found.personal, found.others, found.shared)))

    async def identify(self, fields: dict[str, str]) -> dict[str, str]:
        """ID (RFC 2971): tell who we are, learn who the server is; {} where ID is not offered, or fails."""
        if not self.capabilities.has("ID"):
            return {}
        arguments: list[str | Argument] = []
        for key, text in fields.items():
            arguments += [quote(key), quote(text)]
        parts: tuple[Part, ...] = (b"ID (", *parts_of(*arguments), b")") if fields else (b"ID NIL",)
        request = Request("ID", parts, wants=frozenset({IdData}))
        try:
            await self.link.run(request, "identify itself")
        except ServerRefused as error:
            self._blame_for("ID", error)
            return {}
        self.server_id = next((item.fields for item in request.items if isinstance(item, IdData)), {})
        return self.server_id

    async def quota(self, name: str) -> list[Quota]:
        """What limits the mailbox called `name`: GETQUOTAROOT (RFC 9208, section 4.1.3); [] where nothing does.

        Raises:
            ServerRefused: QUOTA is not offered, or the server does not tell.
        """
        if not self.capabilities.has("QUOTA"):
            raise ServerRefused(f"{self.link.peer} does not offer QUOTA.", kind="NO", code="CANNOT")
        request = Request(
            "GETQUOTAROOT", parts_of("GETQUOTAROOT", mailbox_argument(name)), wants=frozenset({OtherData})
        )
        await self.link.run(request, f"tell the quota of {name}")
        told = [item for item in request.items if isinstance(item, OtherData) and item.kind == "QUOTA"]
        return [quota for item in told for quota in _quotas(item.octets)]

    async def noop(self) -> None:
        """NOOP: a sign of life; news about the mailbox comes as events."""
        await self.link.run(Request("NOOP", (b"NOOP",)), "answer NOOP")

    async def check(self) -> None:
        """CHECK (RFC 3501, section 6.4.1); NOOP where the server has dropped it (IMAP4rev2 only)."""
        if self.capabilities.has("IMAP4REV1"):
            await self.link.run(Request("CHECK", (b"CHECK",)), "check the mailbox")
        else:
            await self.noop()


def _decoded(group: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((decode_mailbox(prefix.encode("latin-1")), delimiter) for prefix, delimiter in group)


def _quotas(octets: bytes) -> list[Quota]:
    """The resources of one `* QUOTA root (STORAGE 10 512 …)`.

    Raises:
        ProtocolError: it is none.
    """
    tokens = Tokenizer(octets, Limits())
    root = safe_text(text_of(tokens.value()))
    values = list_of(tokens.value())
    return [
        Quota(root, safe_text(text_of(name)).upper(), number_of(used), number_of(limit))
        for name, used, limit in zip(values[::3], values[1::3], values[2::3], strict=False)
    ]
