"""Mailboxes come, go, change their nature and their names, and have names of every kind: nothing is lost by it."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.model_mirror import assert_mirrors, model_mirror
from tests.engine.proxy import Plan, Proxy
from tests.engine.watching import settled, watching
from tests.engine.world import Mirror, Other, eventually, mail
from tests.servers.model import BARE, CONDSTORE, EVERYTHING, ModelServer
from tuimail.engine.namespaces import Namespace
from tuimail.imap.names import decode_mailbox
from tuimail.imap.responses import NamespaceData
from tuimail.model.mailbox import SpecialUse
from tuimail.store import accounts, quirks
from tuimail.store.database import rows

KINDS = pytest.mark.parametrize("capabilities", [EVERYTHING, CONDSTORE, BARE], ids=["all", "CONDSTORE", "bare"])


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Mirror]:
    with model_mirror(tmp_path) as made:
        yield made


async def passes(ours: Mirror, server: ModelServer, count: int = 1) -> None:
    ours.port = server.port
    for _ in range(count):
        report = await ours.sync_async()
        assert report.ok, report.error


def plan_changes(ours: Mirror) -> None:
    """One change of each kind of a message in Box, and one that leads into it."""
    ours.flag(["b0"], add=["\\Flagged"])
    ours.move(["b1"], "Other")
    ours.copy(["b2"], "Other")
    ours.expunge(["b3"])
    ours.move(["i0"], "Box")
    ours.copy(["i1"], "Box")


def begin(server: ModelServer) -> None:
    server.mailboxes[b"INBOX"].fill([mail(f"i{n}") for n in range(4)])
    server.create("Box").fill([mail(f"b{n}") for n in range(5)])
    server.create("Other").fill([mail("o")])


@KINDS
async def test_a_mailbox_made_unselectable_with_changes_pending(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        begin(server)
        await passes(ours, server)
        plan_changes(ours)
        box_id = ours.mailbox_id("Box")
        box = server.mailboxes[b"Box"]
        box.messages.clear()
        box.attributes = "\\Noselect"
        server.create("Box/Child").fill([mail("child")])
        await passes(ours, server, 2)
        assert ours.mailbox_id("Box") == box_id
        assert not ours.mailboxes()["Box"].selectable
        failed = ours.queue()
        assert {operation.state for operation in failed} == {"failed"}, "what was to go there fails visibly"
        assert {id_ for operation in failed for id_ in operation.ids}
        assert {m.envelope.subject for m in ours.messages("INBOX")} == {"i0", "i1", "i2", "i3"}
        assert_mirrors(ours, server)

        box.attributes = ""
        box.uid_validity += 7
        box.fill([mail("b4"), mail("again")])
        await passes(ours, server, 2)
        assert ours.mailboxes()["Box"].selectable
        assert_mirrors(ours, server)


@KINDS
async def test_unselectable_is_believed_only_with_status(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        begin(server)
        await passes(ours, server)
        ids = {message.id for message in ours.messages()}
        server.rewrite = lambda line: line.replace(b'LIST () "/" "Box"', b'LIST (\\Noselect) "/" "Box"')
        await passes(ours, server)
        server.behave()
        await passes(ours, server)
        assert {message.id for message in ours.messages()} == ids
        assert_mirrors(ours, server)


@KINDS
@pytest.mark.parametrize("answer", [b"TAG NO [UNAVAILABLE] later", b"TAG NO [SERVERBUG] oops"])
async def test_a_refusal_of_the_moment_is_no_evidence_that_a_mailbox_is_gone(
    ours: Mirror, capabilities: str, answer: bytes
) -> None:
    async with ModelServer(capabilities) as server:
        begin(server)
        await passes(ours, server)
        ids, box_id = {message.id for message in ours.messages()}, ours.mailbox_id("Box")
        server.rewrite = lambda line: b"" if b'"Box"' in line else line
        server.answer(rb"STATUS \"?Box", answer)
        await passes(ours, server)
        server.behave()
        await passes(ours, server)
        assert {message.id for message in ours.messages()} == ids
        assert ours.mailbox_id("Box") == box_id


@KINDS
async def test_a_mailbox_deleted_with_changes_pending(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        begin(server)
        await passes(ours, server)
        plan_changes(ours)
        server.delete("Box")
        await passes(ours, server, 2)
        assert {operation.state for operation in ours.queue()} == {"failed"}
        assert {m.envelope.subject for m in ours.messages("INBOX")} == {"i0", "i1", "i2", "i3"}
        assert_mirrors(ours, server)


@KINDS
async def test_a_mailbox_recreated_with_changes_pending(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        begin(server)
        await passes(ours, server)
        plan_changes(ours)
        server.delete("Box")
        server.create("Box").fill([mail(name) for name in ("other", "b3", "b0", "b1")])
        await passes(ours, server, 2)
        box = {m.envelope.subject: m for m in ours.messages("Box")}
        assert set(box) == {"other", "b0", "i0", "i1"}, "changes found their messages, and the others"
        assert box["b0"].flags.names() == ["\\Flagged"]
        assert {m.envelope.subject for m in ours.messages("Other")} == {"o", "b1"}
        assert_mirrors(ours, server)


@KINDS
async def test_messages_of_a_deleted_mailbox_that_went_elsewhere_are_followed(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        begin(server)
        await passes(ours, server)
        ids = {m.envelope.subject: m.id for m in ours.messages()}
        plan_changes(ours)
        box, other = server.mailboxes[b"Box"], server.mailboxes[b"Other"]
        server.move(list(box.messages), box, other)
        server.delete("Box")
        await passes(ours, server, 2)
        assert ours.message("b0").flags.names() == ["\\Flagged"]
        assert ours.message("b0").id == ids["b0"]
        assert ours.message("b1").mailbox == "Other"
        assert "b3" not in {m.envelope.subject for m in ours.messages()}
        assert_mirrors(ours, server)


LONG = "x" * 1000
ODD_NAMES = [
    LONG, LONG[:-1] + "y", "Case", "case", "CASE", "Caf\xe9", "Cafe\u0301", "..", "../etc/passwd", "/", "a//b", ".",
    "tab\there", "esc\x1b[31m", "bell\x07", "del\x7f", "c1\x9b", "\u202eright to left", "\ufeff", "\u200b",
    "INBOX/inbox", "inbox2", "%s%n", "~root", "'; DROP TABLE mailboxes; --", "\U0001f4ec", "&", "&AOk-", "a&b", '"',
    "\\",
    "x" * 300 + "/" + "y" * 300 + "/" + "z" * 300,
]  # fmt: skip


@KINDS
async def test_names_of_every_kind(ours: Mirror, capabilities: str) -> None:
    async with ModelServer(capabilities) as server:
        for number, name in enumerate(ODD_NAMES):
            server.create(name).fill([mail(f"in{number}")])
        server.mailboxes[b"INBOX"].fill([mail(f"to{n}") for n in range(len(ODD_NAMES))])
        await passes(ours, server)
        assert_mirrors(ours, server)
        assert set(ODD_NAMES) <= set(ours.mailboxes())
        for number, name in enumerate(ODD_NAMES):
            ours.move([f"to{number}"], name)
        await passes(ours, server, 2)
        assert ours.queue() == []
        for number, name in enumerate(ODD_NAMES):
            assert {m.envelope.subject for m in ours.messages(name)} == {f"in{number}", f"to{number}"}
        assert_mirrors(ours, server)
        assert unicodedata.normalize("NFC", "Cafe\u0301") == "Caf\xe9"


async def test_names_that_are_no_text_are_kept_octet_by_octet(ours: Mirror) -> None:
    """Raw 8-bit octets, broken and needless base64, NUL and line breaks by modified UTF-7."""
    wire_names = [b"\xff\xfe", b"gr\xc3\xbcn", b"&broken", b"&AGE-", b"&AAA-", b"&AAoADQ-", b"a\x01b"]
    async with ModelServer() as server:
        for number, wire_name in enumerate(wire_names):
            box = server.create(f"made{number}").fill([mail(number)])
            del server.mailboxes[box.name]
            box.name = wire_name
            server.mailboxes[wire_name] = box
        await passes(ours, server, 2)
        assert_mirrors(ours, server)
        ours.flag(range(len(wire_names)), add=["\\Flagged"])
        await passes(ours, server)
        assert all("\\Flagged" in server.mailboxes[name].messages[0].flags for name in wire_names)


@pytest.mark.parametrize("capabilities", [EVERYTHING, CONDSTORE], ids=["all", "CONDSTORE"])
async def test_a_thousand_mailboxes_unchanged_cost_one_round_trip_and_no_writing(
    ours: Mirror, capabilities: str
) -> None:
    async with ModelServer(capabilities) as server:
        for number in range(1000):
            server.create(f"Box {number // 50}/{number}").fill([mail(number)])
        await passes(ours, server)
        server.commands.clear()
        statements: list[str] = []

        def trace(_cursor: object, statement: str, _bindings: object) -> bool:
            statements.append(statement)
            return True

        ours.store.mail.write(lambda c: setattr(c, "exec_trace", trace), durable=False)
        report = await ours.sync_async()
        assert (report.round_trips, report.mailboxes) == (1, 0)
        assert len(server.commands) <= 8
        written = [one for one in statements if one.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
        assert len(written) < 50, "rows that have not changed are not written"
        assert_mirrors(ours, server)


async def test_a_thousand_mailboxes_gone_are_asked_about_in_one_round_trip(ours: Mirror) -> None:
    async with ModelServer() as server:
        for number in range(1000):
            server.create(f"Box {number}")
        await passes(ours, server)
        for number in range(1000):
            server.delete(f"Box {number}")
        report = await ours.sync_async()
        assert report.ok, report.error
        assert report.round_trips == 2
        assert set(ours.mailboxes()) == {"INBOX"}


def told(personal: str = "", others: str = "", shared: str = "") -> NamespaceData:
    return NamespaceData(*(((prefix, "/"),) if prefix else () for prefix in (personal, others, shared)))


async def test_other_users_and_shared_mailboxes_serve_no_purpose_of_the_users_own(ours: Mirror) -> None:
    namespace = b'(("" "/")) (("Other Users/" "/")) (("Public/" "/"))'
    async with ModelServer(namespace=namespace) as server:
        server.create("Other Users", "\\Noselect")
        server.create("Other Users/bo/Sent", "\\Sent").fill([mail("theirs")])
        server.create("Other Users/bo/Drafts")
        server.create("Public/Trash", "\\Trash")
        server.create("Archive")
        await passes(ours, server)
        found = ours.mailboxes()
        assert {name: box.special_use for name, box in found.items() if box.special_use} == {
            "INBOX": SpecialUse.INBOX,
            "Archive": SpecialUse.ARCHIVE,
        }
        assert ours.message("theirs").mailbox == "Other Users/bo/Sent"
        account_id = found["INBOX"].account_id
        kept = ours.read(lambda c: quirks.read_namespaces(c, account_id))
        assert (kept.others, kept.shared) == (("Other Users/",), ("Public/",))
        assert_mirrors(ours, server)


@pytest.mark.parametrize(
    ("namespace", "capabilities", "prefix"),
    [
        (b'(("INBOX." ".")) NIL NIL', EVERYTHING, "INBOX."),
        (b'(("" "/") ("#mh/" "/")) NIL NIL', EVERYTHING, ""),
        (b'(("&AOk-/" "/")) NIL NIL', EVERYTHING, "\xe9/"),
        (b"NIL NIL NIL", EVERYTHING, "INBOX/"),
        (b'(("" "/")) NIL NIL', BARE, "INBOX/"),
    ],
)
async def test_where_new_mailboxes_are_made(ours: Mirror, namespace: bytes, capabilities: str, prefix: str) -> None:
    async with ModelServer(capabilities, namespace=namespace) as server:
        server.create("INBOX/Sub")
        await passes(ours, server, 2)
        assert ours.read(lambda c: rows(c, "SELECT namespace_prefix FROM accounts")) == [(prefix,)]
        assert ours.read(accounts.list_accounts)[0].error == ""


def test_the_longest_prefix_decides() -> None:
    from tuimail.imap.results import ListedMailbox

    def is_foreign(name: str, space: NamespaceData) -> bool:
        one = ListedMailbox(name, name.encode(), "/", (), None, True, True)
        return Namespace.of(space, [one]).is_foreign(one)

    space = NamespaceData((("", "/"), ("Public/mine/", "/")), (("Users/", "/"),), (("Public/", "/"),))
    assert [name for name in ("INBOX", "a", "Users", "Users/bo", "Public/x", "Public/mine/x", "Publicity")
            if is_foreign(name, space)] == ["Users", "Users/bo", "Public/x"]  # fmt: skip
    assert not is_foreign("INBOX", told("INBOX.", "", ""))
    assert decode_mailbox(b"Users") == "Users"


@pytest.mark.parametrize("place", ["uidplus", "bare"], indirect=True)
async def test_flags_that_change_while_a_push_is_in_another_mailbox_are_not_missed(
    proxied: Mirror, other: Other, proxy: Proxy
) -> None:
    """Without modification sequences, SELECT shows INBOX as it was left."""
    other.fill("INBOX", [1, 2])
    other.fill("Archive", [3])
    async with watching(proxied):
        await settled(proxied)
        done: list[bytes] = []

        def race(line: bytes) -> None:
            if b"UID STORE" in line and not done:
                done.append(line)
                other.flag("INBOX", [1], "+", "\\Flagged")

        proxy.play(Plan(answer=race))
        await asyncio.to_thread(proxied.flag, [3], add=["\\Seen"])
        await eventually(lambda: "\\Flagged" in proxied.message(1).flags.names(), "the flag", timeout_s=8)
        assert done
