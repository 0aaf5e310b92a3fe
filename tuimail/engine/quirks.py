"""Which extensions are not used with a server that offers them: known beforehand by a table, or learned.

    table     by host or by what the server says of itself with ID; for failures that would do harm before they show
    learned   a server failed at an extension (`imap.faults`): it is not tried again until the server offers another
              list of capabilities, calls itself something else, or a month has passed

A server that no entry knows and that has not failed is used with all it offers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from tuimail.engine.context import EngineContext
from tuimail.imap.session import ImapSession
from tuimail.model.ids import AccountId
from tuimail.store import quirks
from tuimail.store.quirks import Fault, ServerFacts

log = logging.getLogger(__name__)

LEARNED_S = 30 * 86_400
"""How long a failure is remembered."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """Servers on `hosts` (or below them), or that call themselves `id_name`, fail at the extensions `withheld`."""

    withheld: tuple[str, ...]
    words: str
    hosts: tuple[str, ...] = ()
    id_name: str = ""

    def fits(self, host: str, server_id: dict[str, str]) -> bool:
        """Whether it is such a server."""
        host = host.lower().rstrip(".")
        if any(host == one or host.endswith("." + one) for one in self.hosts):
            return True
        return bool(self.id_name) and server_id.get("name", "").lower() == self.id_name


TABLE = (
    Quirk(
        ("QRESYNC",),
        "VANISHED responses that cannot be read, and messages told as gone that are there",
        hosts=("mail.me.com",),
    ),
    Quirk(("ESEARCH",), "RETURN (ALL) is answered with a count only", hosts=("mail.me.com",)),
    Quirk(("IMAP4REV2",), "offered, while searches of IMAP4rev2 fail", hosts=("outlook.office365.com",)),
)


class Quirks:
    """What one account's sessions do not use. `apply` is called for each new session, before its first command."""

    def __init__(self, context: EngineContext, account_id: AccountId, host: str) -> None:
        self._context = context
        self._account_id = account_id
        self._host = host
        self._facts = ServerFacts()
        self._writing: set[asyncio.Task[None]] = set()

    async def apply(self, session: ImapSession) -> None:
        """Withhold from the session what is known to fail, and learn from it."""
        await self.settle()
        self._facts = await self._context.read(partial(quirks.read_facts, account_id=self._account_id))
        for quirk in TABLE:
            if quirk.fits(self._host, self._facts.server_id):
                session.link.faults.withhold(quirk.withheld, quirk.words)
        offered = tuple(session.capabilities_offered)
        session.link.faults.on_blame = self._learn
        if offered != self._facts.offered:
            await self._save(ServerFacts(offered, self._facts.server_id))
            return
        due = self._context.now() - LEARNED_S
        fresh = {name: fault for name, fault in self._facts.faults.items() if fault.at > due}
        for name, fault in fresh.items():
            session.link.faults.withhold([name], fault.words)
        if fresh != self._facts.faults:
            await self._save(ServerFacts(offered, self._facts.server_id, fresh))

    async def heard(self, server_id: dict[str, str]) -> None:
        """The answer to ID: another server, or another version of it, may do what this one failed at."""
        if server_id and server_id != self._facts.server_id:
            known = self._facts.faults if not self._facts.server_id else {}
            await self._save(ServerFacts(self._facts.offered, server_id, known))

    async def settle(self) -> None:
        """Wait until what was learned is on the disk."""
        if self._writing:
            await asyncio.wait(self._writing)

    def _learn(self, name: str, words: str) -> None:
        faults = {**self._facts.faults, name: Fault(words, self._context.now())}
        self._facts = ServerFacts(self._facts.offered, self._facts.server_id, faults)
        task = asyncio.get_running_loop().create_task(self._save(self._facts), name="learned")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _save(self, facts: ServerFacts) -> None:
        self._facts = facts
        await self._context.write(partial(quirks.save_facts, account_id=self._account_id, facts=facts))


def withheld_names(host: str, facts: ServerFacts, now: int) -> Iterable[tuple[str, str]]:
    """What is not used of what such a server offers, and why, for people; `now` in seconds."""
    for quirk in TABLE:
        if quirk.fits(host, facts.server_id):
            for name in quirk.withheld:
                yield name, quirk.words
    for name, fault in sorted(facts.faults.items()):
        if fault.at > now - LEARNED_S:
            yield name, fault.words
