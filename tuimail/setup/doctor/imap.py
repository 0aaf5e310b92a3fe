"""Looks at an IMAP account from the inside: log-in, capabilities, special mailboxes, quota, clock. Changes nothing."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.session import ImapSession, Timeouts, open_session
from tuimail.model.errors import ConnectionLost, ProtocolError, ServerRefused
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Credentials, Security
from tuimail.setup import hello
from tuimail.setup.doctor import costs
from tuimail.setup.doctor.checkup import Check, State, Step
from tuimail.setup.doctor.reach import Reach
from tuimail.setup.login import enter
from tuimail.setup.tls import tls_context
from tuimail.store.mailboxes import NEW_NAMES, WELL_KNOWN_NAMES, ListedFacts, with_chosen_uses, with_guessed_uses

if TYPE_CHECKING:
    from tuimail.config.schema import ImapServer
    from tuimail.imap.results import ListedMailbox, Quota
    from tuimail.setup.login import SecretOf

TIMEOUTS = Timeouts(connect_s=15.0, silence_s=15.0)
FAREWELL_S = 2.0
QUOTA_SHARE = 0.9
AHEAD_S = 120
"""A message that came so long after now came by another clock."""
_HINTS = {
    SpecialUse.DRAFTS: ("draft", "entw", "brouillon", "borrador", "bozze", "concept", "utkast", "kladde"),
    SpecialUse.SENT: ("sent", "gesendet", "envoy", "enviad", "inviat", "verzonden", "skickat", "sendt"),
    SpecialUse.ARCHIVE: ("archiv", "archief", "arkiv", "all mail"),
    SpecialUse.JUNK: ("junk", "spam", "bulk", "unerw", "ind\N{LATIN SMALL LETTER E WITH ACUTE}sir", "ongewenst"),
    SpecialUse.TRASH: ("trash", "deleted", "papierkorb", "gel\N{LATIN SMALL LETTER O WITH DIAERESIS}scht", "corbeille",
                       "papelera", "cestino", "prullenbak", "papperskorg"),
}  # fmt: skip
"""What these mailboxes are called in some languages; parts of names in lower case, for a proposal only."""


class ImapCheckup:
    """The steps of one IMAP account; `reach` is the way to its server. `close` ends the session."""

    def __init__(self, account: str, server: ImapServer, secret_of: SecretOf, reach: Reach) -> None:
        self._account = account
        self._server = server
        self._secret_of = secret_of
        self._reach = reach
        self._session: ImapSession | None = None

    def steps(self) -> list[Step]:
        """What comes after the greeting."""
        return [
            Step("log-in", self._log_in, ("secret", "greeting"), timeout_s=40),
            Step("capabilities", self._capabilities, ("greeting",)),
            Step("mailboxes", self._mailboxes, ("log-in",)),
            Step("quota", self._quota, ("log-in",)),
            Step("clock", self._clock, ("log-in",)),
        ]

    async def close(self) -> None:
        """Log out, if the server still answers."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            async with asyncio.timeout(FAREWELL_S):
                await session.logout()
        except TimeoutError:
            session.abort()

    async def _log_in(self) -> Check:
        server = self._server
        context = None if server.security is Security.NONE else tls_context(server)

        async def open_with(credentials: Credentials) -> ImapSession:
            return await open_session(
                server.host,
                server.port,
                server.security,
                credentials,
                tls_context=context,
                timeouts=TIMEOUTS,
                allow_cleartext=server.allow_cleartext,
            )

        self._session = await enter(self._account, server, self._secret_of, open_with)
        identity = await self._session.identify({"name": "tuimail"})
        who = " ".join(filter(None, (identity.get("name"), identity.get("version"))))
        said = f"as {server.username}" + (f"; the server is {who}" if who else "")
        return Check("log-in", State.OK, said, details={"username": server.username, "server": identity})

    async def _capabilities(self) -> Check:
        if self._session is not None:
            offered = self._session.capabilities_offered
        else:
            # Most servers say more after the log-in, so that a lack proves nothing yet.
            offered = Capabilities(await hello.ask_capabilities(self._reach.open_dialogue(), "imap"))
            said = f"before the log-in: {' '.join(offered)}"
            return Check("capabilities", State.OK, said, details={"offered": list(offered), "missing": {}})
        lacks = costs.lacking(costs.IMAP, lambda name: offered.condstore if name == "CONDSTORE" else offered.has(name))
        return capabilities_check(list(offered), lacks)

    async def _mailboxes(self) -> list[Check]:
        session = self._opened()
        listed = await session.list_mailboxes(status=False)
        spaces = await session.namespace()
        foreign = [prefix for prefix, _ in (*spaces.others, *spaces.shared) if prefix] if spaces is not None else []
        chosen = self._server.mailboxes.chosen
        told = [_facts(one, foreign) for one in listed]
        serving = {one.special_use: one.name for one in with_guessed_uses(with_chosen_uses(told, chosen))}
        by_server = {one.special_use for one in told}
        names = [one.name for one in listed if one.selectable and one.name not in serving.values()]
        # The one for snoozed messages is made when it is first needed: that it is not there is nothing to tell.
        uses = [use for use in WELL_KNOWN_NAMES if use is not SpecialUse.SNOOZED or use in serving or use in chosen]
        return [self._purpose(use, serving.get(use), chosen.get(use), names, by_server) for use in uses]

    def _purpose(
        self,
        use: SpecialUse,
        found: str | None,
        chosen: str | None,
        free: Sequence[str],
        by_server: set[SpecialUse | None],
    ) -> Check:
        word = use.value[1:].lower()
        name = f"mailbox {word}"
        if chosen is not None and chosen != found:
            said = f"the configuration names {chosen}, which the server does not have"
            fix = f"Correct `mailboxes.{word}` of [accounts.{self._account}.imap], or make the mailbox."
            return Check(name, State.FAILED, said, fix, {"use": use.value, "mailbox": None, "chosen": chosen})
        if found is not None:
            source = "chosen" if chosen is not None else "server" if use in by_server else "name"
            words = {"chosen": "as you chose", "server": "as the server says", "name": "by its name"}[source]
            return Check(
                name, State.OK, f"{found}, {words}", details={"use": use.value, "mailbox": found, "source": source}
            )
        proposals = [one for one in free if any(part in one.lower() for part in _HINTS.get(use, ()))]
        said = "none"
        if use in NEW_NAMES:
            said = f"none; {NEW_NAMES[use]} is made when it is needed first"
        value = shlex.quote(proposals[0]) if proposals else "MAILBOX"
        fix = f"If there is one by another name: `tuimail account check {self._account} --map {word}={value}`."
        details = {"use": use.value, "mailbox": None, "proposals": proposals}
        return Check(name, State.WARNING, said, fix, details)

    async def _quota(self) -> Check:
        session = self._opened()
        if not session.capabilities.has("QUOTA"):
            return Check("quota", State.OK, "the server does not tell", details={"resources": []})
        try:
            quotas = await session.quota("INBOX")
        except (ServerRefused, ProtocolError) as error:
            return Check("quota", State.WARNING, error.message, "None is needed: mail works without.")
        return quota_check(quotas)

    async def _clock(self) -> Check:
        """No mail protocol tells the server's time; what came last came after this, by the server's clock."""
        session = self._opened()
        now = int(time.time())
        newest = None
        selected = await session.select("INBOX", read_only=True)
        if selected.exists:
            rows = [row async for batch in session.fetch("*", "UID INTERNALDATE") for row in batch]
            newest = max((row.internal_date for row in rows if row.internal_date is not None), default=None)
        return clock_check(now, newest)

    def _opened(self) -> ImapSession:
        if self._session is None:
            raise ConnectionLost("The session is closed.")
        return self._session


def capabilities_check(offered: Sequence[str], lacks: Sequence[costs.Cost], extra: Sequence[str] = ()) -> Check:
    """What is offered, and what each lack costs."""
    missing = {cost.name: cost.words for cost in lacks}
    felt = any(cost.is_felt for cost in lacks)
    said = f"{len(offered)} offered, all that tuimail can use"
    if lacks:
        said = f"{len(offered)} offered; not {', '.join(missing)}"
    notes = tuple(f"{name}: {words}" for name, words in missing.items())
    fix = "A newer or another server, if what is missing is missed." if felt else ""
    details = {"offered": list(offered), "missing": missing}
    return Check("capabilities", State.WARNING if felt else State.OK, said, fix, details, (*notes, *extra))


def quota_check(quotas: Sequence[Quota]) -> Check:
    """How full the account is; a resource with a limit of 0 is not limited by some servers' reading, and left out."""
    limited = [one for one in quotas if one.limit > 0]
    resources = [{"root": one.root, "resource": one.resource, "used": one.used, "limit": one.limit} for one in limited]
    if not limited:
        return Check("quota", State.OK, "no limit", details={"resources": []})
    said = "; ".join(_quota_words(one) for one in limited)
    if any(one.used > one.limit * QUOTA_SHARE for one in limited):
        fix = "Delete mail, empty the trash, or ask for more room: a full account refuses mail."
        return Check("quota", State.WARNING, said, fix, {"resources": resources})
    return Check("quota", State.OK, said, details={"resources": resources})


def clock_check(now: int, newest: int | None) -> Check:
    """Whether the newest message, in seconds since 1970, came in the future by this machine's clock."""
    here = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC"
    details = {"now": now, "newest_message": newest}
    if newest is not None and newest > now + AHEAD_S:
        minutes = (newest - now) // 60
        said = f"it is {here} here, and the newest message of INBOX came {minutes:,} minutes later"
        return Check("clock", State.WARNING, said, "Set this machine's clock, if it is wrong.", details)
    said = f"{here} here; nothing in INBOX is later (servers do not tell their time)"
    return Check("clock", State.OK, said, details=details)


def _facts(one: ListedMailbox, foreign: Sequence[str]) -> ListedFacts:
    is_foreign = one.name.startswith(tuple(foreign)) if foreign else False
    use = None if is_foreign else one.special_use
    return ListedFacts(one.name, one.delimiter, one.attributes, use, one.subscribed, one.selectable, foreign=is_foreign)


def _quota_words(one: Quota) -> str:
    share = f"{one.used / one.limit:.0%}"
    if one.resource == "STORAGE":
        return f"{share} of {one.limit / 1024:,.0f} MiB used"
    return f"{share} of {one.limit:,} {one.resource.lower()}s used"
