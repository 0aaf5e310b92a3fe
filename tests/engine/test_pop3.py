"""Download and delete, through everything that a server can do to it: never lost, never here twice."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.engine.pop3_world import Pop3Mirror, mirror_of
from tests.engine.world import ACCOUNT
from tests.servers.fake_pop3 import CAPABILITIES, FakePop3, Letter, Twist, cut, end_after, hang, instead, letter, refuse
from tuimail.config.trace_pipe import TraceReader
from tuimail.engine import pop3_download
from tuimail.engine.context import EngineContext
from tuimail.model.errors import StoreError
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import BodyState
from tuimail.pop3 import session as pop3_session
from tuimail.store import accounts, local, read

WITHOUT_UIDL = tuple(name for name in CAPABILITIES if name != "UIDL")
ONE_BY_ONE = tuple(name for name in CAPABILITIES if name != "PIPELINING")
WITHOUT_BOTH = tuple(name for name in WITHOUT_UIDL if name != "TOP")
LETTERS = [
    letter("plain"),
    letter("dots", b".\r\n..\r\n.dot\r\nx\r\n.\r\n"),
    letter("eight bit", b"caf\xe9 \xff\x00 \x80\r\n"),
    letter("long line", b"y" * 30_000 + b"\r\n"),
    letter("nameless", message_id=False),
]
Make = Callable[..., Pop3Mirror]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes the mirror of a fake server."""
    made: list[Pop3Mirror] = []

    def make(fake: FakePop3, *, password: str = "", leave: bool | int = False) -> Pop3Mirror:
        made.append(mirror_of(fake, tmp_path / f"data{len(made)}", password=password, leave=leave))
        return made[-1]

    yield make
    for mirror in made:
        mirror.store.close()


def sent(letters: Sequence[Letter]) -> list[bytes]:
    return sorted(one.octets for one in letters)


def test_all_is_here_and_gone_from_there(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake)
        report = mirror.sync_ok()
        assert (report.new, report.mailboxes, report.error) == (len(LETTERS), 1, "")
        assert report.bytes_in > sum(len(one.octets) for one in LETTERS)
        assert fake.letters == []
        assert mirror.octets() == sent(LETTERS)
        message = mirror.message("plain")
        assert (message.mailbox, message.body, message.snippet) == ("INBOX", BodyState.FULL, "This is plain.")
        assert message.size_octets == len(LETTERS[0].octets)
        assert not message.flags.seen
        mirror.check()
        again = mirror.sync_ok()
        assert (again.new, again.round_trips) == (0, 2)


def test_pass_by_pass(make: Make) -> None:
    with FakePop3(LETTERS[:2]) as fake:
        mirror = make(fake)
        mirror.sync_ok()
        fake.letters += LETTERS[2:]
        assert mirror.sync_ok().new == len(LETTERS) - 2
        assert mirror.octets() == sent(LETTERS)


@pytest.mark.parametrize("leave", [True, 3])
def test_mail_that_is_left_is_fetched_once(make: Make, leave: bool | int) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake, leave=leave)
        assert mirror.sync_ok().new == len(LETTERS)
        assert mirror.sync_ok().new == 0
        assert len(fake.letters) == len(LETTERS)
        assert fake.verbs().count("RETR") == len(LETTERS)
        assert mirror.leaving(False).sync_ok().new == 0
        assert fake.letters == []
        assert mirror.octets() == sent(LETTERS)


def test_mail_goes_from_the_server_after_some_days(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake, leave=3)
        mirror.sync_ok()
        mirror.write(lambda c: c.execute("UPDATE ledger SET first_seen_at = first_seen_at - 259200 WHERE uidl = ?", (
            LETTERS[1].uid,)))  # fmt: skip
        mirror.sync_ok()
        assert fake.letters == [LETTERS[0], *LETTERS[2:]]


def test_what_is_deleted_here_is_deleted_there(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake, leave=True)
        mirror.sync_ok()
        mirror.unwanted("dots", "plain")
        assert mirror.sync_ok().pushed == 2
        assert fake.letters == LETTERS[2:]
        assert mirror.sync_ok().pushed == 0


@pytest.mark.parametrize("capabilities", [CAPABILITIES, WITHOUT_UIDL, WITHOUT_BOTH, None])
@pytest.mark.parametrize(
    "twist",
    [
        cut("LIST"), cut("UIDL", after=30), cut("RETR 2", after=40), cut("RETR 4", after=20_000), cut("RETR 1"),
        cut("DELE 1"), cut("DELE 3"), cut("QUIT"), cut("QUIT", early=True), cut("PASS"),
        refuse("QUIT", times=1), instead("RETR 3", b"what?\r\n", times=1),
    ],
    ids=lambda twist: f"{twist.pattern}{' early' if twist.early else ''}",
)  # fmt: skip
def test_wherever_it_breaks_the_next_pass_ends_it(make: Make, capabilities: Sequence[str] | None, twist: Twist) -> None:
    broken = Twist(twist.pattern, twist.change, 1, twist.early)
    with FakePop3(LETTERS, capabilities=capabilities, twists=[broken]) as fake:
        mirror = make(fake)
        report = mirror.sync()
        if broken.times == 0:
            assert not report.ok
            assert report.error
        here = mirror.octets()
        assert all(one.octets in here for one in LETTERS if one not in fake.letters), "a message was lost"
        mirror.sync_ok()
        assert mirror.octets() == sent(LETTERS)
        assert fake.letters == []
        assert mirror.sync_ok().new == 0
        mirror.check()


def test_a_break_keeps_what_came_whole(make: Make) -> None:
    with FakePop3(LETTERS, twists=[cut("RETR 2", after=40)]) as fake:
        mirror = make(fake)
        assert mirror.sync().new == 3  # the newest come first: 5, 4, 3
        assert len(fake.letters) == len(LETTERS)
        assert mirror.sync_ok().new == 2


@dataclass
class BadLetter:
    """For a `Twist`: whoever asks for the letter, whatever its number, loses the connection in the midst of it."""

    octets: bytes

    def __call__(self, answer: bytes) -> bytes:
        return end_after(answer[:40], b"") if self.octets in answer else answer


@pytest.mark.parametrize("leave", [True, False])
def test_a_message_that_breaks_every_session_keeps_none_of_the_others_back(make: Make, leave: bool) -> None:
    """Each pass is one of a process of its own."""
    bad = LETTERS[3]
    with FakePop3(LETTERS, twists=[Twist("RETR", BadLetter(bad.octets), None)]) as fake:
        mirror = make(fake, leave=leave)
        assert not mirror.sync().ok
        report = mirror.sync()
        assert mirror.octets() == sent([one for one in LETTERS if one is not bad])
        assert (bad in fake.letters, len(fake.letters)) == (True, len(LETTERS) if leave else 1)
        number = fake.letters.index(bad) + 1
        words = "'long line' from Ada Example, 29 K"
        assert not report.ok
        assert f"broke again at message {number} ({words})" in report.error
        assert "delete it there" in report.error
        assert mirror.status_error() == report.error
        # What comes later comes as well, and what is deleted here goes from there.
        fake.letters += [letter("later"), letter("latest")]
        mirror.unwanted("plain")
        report = mirror.sync()
        assert (report.new, words in report.error) == (2, True)
        assert LETTERS[0] not in fake.letters
        fake.twists.clear()
        assert mirror.sync_ok().new == 1
        assert (bad in fake.letters) is leave
        assert mirror.sync_ok().round_trips == 2


def test_several_messages_that_break_sessions_have_their_turns(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count(1_800_000_000)
    monkeypatch.setattr(EngineContext, "now", staticmethod(lambda: next(seconds)))
    with FakePop3(LETTERS, twists=[cut("RETR [24]", after=40, times=4)], capabilities=ONE_BY_ONE) as fake:
        mirror = make(fake, leave=True)
        passes = [mirror.sync() for _ in range(4)]
        assert [one.ok for one in passes] == [False] * 4
        assert len(mirror.octets()) == 3
        # The first pass breaks at 4, the second at 2; then the one whose last try is longest ago goes first.
        tries = [command for command in fake.commands if command in {"RETR 2", "RETR 4"}]
        assert tries == ["RETR 4", "RETR 2", "RETR 4", "RETR 2"]
        assert mirror.sync_ok().new == 2
        assert mirror.octets() == sent(LETTERS)


def test_a_message_without_a_header_to_show_is_named_by_its_id(make: Make) -> None:
    twists = [cut("RETR 3", after=40, times=None), refuse("TOP")]
    with FakePop3(LETTERS, twists=twists) as fake:
        mirror = make(fake, leave=True)
        mirror.sync()
        mirror.sync()
        assert f"message 3 (its unique id is {LETTERS[2].uid}, " in mirror.sync().error
        assert len(mirror.octets()) == len(LETTERS) - 1


def test_a_second_session_that_is_refused_takes_nothing_back(make: Make) -> None:
    with FakePop3(LETTERS, twists=[cut("RETR 3", after=40)]) as fake:
        mirror = make(fake)
        mirror.sync()
        fake.twists = [Twist("PASS", lambda answer: answer), refuse("PASS", "[LOGIN-DELAY] too soon", times=1)]
        report = mirror.sync()
        assert not report.ok
        assert "wait for the next pass" in report.error
        assert fake.letters == [LETTERS[2]]
        assert mirror.sync_ok().new == 1


def test_an_account_stays_of_its_kind(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake)
        mirror.write(partial(accounts.ensure_account, name=ACCOUNT))
        assert "is now one of POP3" in mirror.sync().error


def test_what_the_server_does_not_give_stays_there(make: Make) -> None:
    with FakePop3(LETTERS, twists=[refuse("RETR 2", "damaged")]) as fake:
        mirror = make(fake)
        report = mirror.sync()
        assert not report.ok
        assert "refused to give out message 2: damaged" in report.error
        assert fake.letters == [LETTERS[1]]
        fake.twists.clear()
        assert mirror.sync_ok().new == 1


def test_what_the_server_does_not_delete_is_not_gone(make: Make) -> None:
    with FakePop3(LETTERS, twists=[refuse("DELE 2", times=1)]) as fake:
        mirror = make(fake)
        assert not mirror.sync().ok
        assert fake.letters == [LETTERS[1]]
        assert mirror.sync_ok().new == 0
        assert fake.letters == []
        # It is not in doubt: the server has said that it still has it.
        assert fake.verbs().count("RETR") == len(LETTERS)


def test_a_message_that_comes_back_is_compared(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake)
        mirror.sync_ok()
        # The first is the same, as if it had not been deleted; the second another under the same id.
        fake.letters = [LETTERS[0], letter("new", uid=LETTERS[1].uid)]
        assert mirror.sync_ok().new == 1
        assert fake.letters == []
        assert mirror.octets() == sent([*LETTERS, letter("new")])


@pytest.mark.parametrize("leave", [True, False])
def test_a_new_message_under_an_old_id_is_not_taken_for_the_old_one(make: Make, leave: bool) -> None:
    """Nobody heard that the old one is gone: its QUIT was not answered, or another program deleted it."""
    with FakePop3([letter("old", uid="1")], twists=[cut("QUIT")] if not leave else []) as fake:
        mirror = make(fake, leave=leave)
        mirror.sync()
        fake.letters = [letter("new", b"another one\r\n", uid="1")]
        assert mirror.leaving(False).sync_ok().new == 1
        assert fake.letters == []
        assert sorted(mirror.bodies()) == ["new", "old"]


@pytest.mark.parametrize("twist", [cut("QUIT"), cut("DELE"), refuse("QUIT", times=1)], ids=lambda twist: twist.pattern)
@pytest.mark.parametrize("leave", [True, False])
def test_a_new_message_of_the_same_size_under_the_id_of_one_in_doubt_is_fetched(
    make: Make, leave: bool, twist: Twist
) -> None:
    """DELE was sent and its session has broken: the server may have deleted the message all the same."""
    with FakePop3([letter("a", uid="1"), letter("other")]) as fake:
        mirror = make(fake, leave=True)
        mirror.sync_ok()
        mirror.unwanted("a")
        fake.twists = [Twist(twist.pattern, twist.change, 1, twist.early)]
        assert not mirror.sync().ok
        fake.letters = [letter("b", uid="1"), letter("other")]
        assert mirror.leaving(leave).sync_ok().new == 1
        assert fake.letters == ([letter("b", uid="1"), letter("other")] if leave else [])
        assert sorted(mirror.bodies()) == ["a", "b", "other"]
        retrieved = fake.verbs().count("RETR")
        assert mirror.sync_ok().new == 0
        assert fake.verbs().count("RETR") == retrieved


def test_a_message_that_quit_did_not_delete_is_compared_once(make: Make) -> None:
    with FakePop3(LETTERS, twists=[cut("QUIT", early=True)]) as fake:
        mirror = make(fake)
        assert not mirror.sync().ok
        assert mirror.sync_ok().new == 0
        assert fake.letters == []
        assert fake.verbs().count("RETR") == 2 * len(LETTERS)


@pytest.mark.parametrize("leave", [True, 3])
def test_a_new_message_under_the_id_of_one_that_was_left_is_fetched(make: Make, leave: bool | int) -> None:
    with FakePop3([letter("old", uid="1")]) as fake:
        mirror = make(fake, leave=leave)
        mirror.sync_ok()
        fake.letters = [letter("new", b"another one\r\n", uid="1")]
        assert mirror.sync_ok().new == 1
        assert sorted(mirror.bodies()) == ["new", "old"]
        assert len(fake.letters) == 1


def test_a_size_that_changes_is_looked_at_once(make: Make) -> None:
    """The server counts otherwise than before, as some do once they have given a message out."""
    with FakePop3(LETTERS) as fake:
        mirror = make(fake, leave=True)
        mirror.sync_ok()
        fake.twists = [instead("LIST", b"+OK\r\n%b.\r\n" % b"".join(b"%d 7\r\n" % n for n in range(1, 6)))]
        assert [mirror.sync_ok().new for _ in range(3)] == [0, 0, 0]
        assert fake.verbs().count("RETR") == 2 * len(LETTERS)


@pytest.mark.parametrize("leave", [True, False])
@pytest.mark.parametrize("kind", ["uids", "headers"])
def test_messages_that_cannot_be_told_apart_are_here_and_stay_there(make: Make, leave: bool, kind: str) -> None:
    names: Sequence[str] = CAPABILITIES
    if kind == "uids":
        alike = [letter("one", uid="x"), letter("two", uid="x")]
    else:
        alike, names = [letter("same", b"one\r\n"), letter("same", b"two and more\r\n", uid="y")], WITHOUT_UIDL
    with FakePop3([*alike, letter("other")], capabilities=names) as fake:
        mirror = make(fake, leave=leave)
        report = mirror.sync_ok()
        assert report.new == 3
        assert "2 messages from one another" in report.error
        assert mirror.status_error() == report.error
        assert [one in fake.letters for one in [*alike, letter("other")]] == [True, True, leave]
        retrieved = fake.verbs().count("RETR")
        assert mirror.sync_ok().new == 0
        assert fake.verbs().count("RETR") == retrieved
        # Once the server has one of them alone it can be told again.
        fake.letters.remove(alike[0])
        assert mirror.sync_ok().new == 0
        assert (alike[1] in fake.letters) is leave
        assert mirror.octets() == sent([*alike, letter("other")])


def test_twins_are_both_here(make: Make) -> None:
    twin = letter("twin")
    for names in (CAPABILITIES, WITHOUT_UIDL, WITHOUT_BOTH):
        with FakePop3([twin, Letter("second", twin.octets), Letter("third", twin.octets)], capabilities=names) as fake:
            mirror = make(fake)
            mirror.sync_ok()
            assert mirror.octets() == [twin.octets] * 3
            assert mirror.sync_ok().new == 0
            assert mirror.octets() == [twin.octets] * 3


@pytest.mark.parametrize("names", [WITHOUT_UIDL, WITHOUT_BOTH, None])
def test_without_unique_ids(make: Make, names: Sequence[str] | None) -> None:
    twists = [refuse("UIDL|TOP")] if names is None else []
    with FakePop3(LETTERS, capabilities=names, twists=twists) as fake:
        mirror = make(fake, leave=True)
        assert mirror.sync_ok().new == len(LETTERS)
        assert mirror.sync_ok().new == 0
        fake.letters.append(letter("later"))
        assert mirror.sync_ok().new == 1
        mirror.unwanted("later")
        mirror.sync_ok()
        assert letter("later") not in fake.letters
        assert len(fake.letters) == len(LETTERS)
        mirror.leaving(False).sync_ok()
        assert fake.letters == []
        assert mirror.octets() == sent([*LETTERS, letter("later")])


@pytest.mark.parametrize("names", [WITHOUT_UIDL, WITHOUT_BOTH])
def test_marks_of_a_server_do_not_make_another_message(make: Make, names: Sequence[str]) -> None:
    with FakePop3(LETTERS, capabilities=names) as fake:
        mirror = make(fake, leave=True)
        mirror.sync_ok()
        fake.letters = [Letter("", b"Status: RO\r\nX-UIDL: 12\r\n" + one.octets) for one in LETTERS]
        mirror.sync_ok()
        mirror.leaving(False).sync_ok()
        assert fake.letters == []
        assert mirror.octets() == sent(LETTERS)


def test_a_large_message_is_never_held(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_session, "HELD_OCTETS", 10_000)
    with FakePop3(LETTERS, twists=[cut("RETR 4", after=25_000)]) as fake:
        mirror = make(fake, leave=True)
        mirror.sync()
        mirror.sync_ok()
        assert mirror.octets() == sent(LETTERS)
        assert mirror.store.bodies.read(lambda c: c.execute("SELECT count(DISTINCT id >> 16) FROM chunks").get) == 5
        message = mirror.message("long line")
        assert message.size_octets == len(LETTERS[3].octets)
        fake.letters.append(Letter(LETTERS[3].uid, LETTERS[3].octets))
        mirror.sync_ok()
        assert mirror.octets() == sent([*LETTERS, LETTERS[3]])


def test_batches_are_committed_before_anything_is_deleted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_download, "BATCH_MESSAGES", 2)
    with FakePop3(LETTERS, twists=[]) as fake:
        mirror = make(fake)
        saved = pop3_download.Keeper._save

        def fail_at_last(keeper: pop3_download.Keeper, fresh: Sequence[object], now: int) -> object:
            if len(fresh) == 1:
                raise StoreError("The disk is full.")
            return saved(keeper, fresh, now)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(pop3_download.Keeper, "_save", fail_at_last)
            report = mirror.sync()
        assert (report.ok, report.error) == (False, "The disk is full.")
        assert len(fake.letters) == len(LETTERS)
        assert "DELE" not in fake.verbs()
        assert mirror.sync_ok().new == 1
        assert mirror.octets() == sent(LETTERS)


def test_a_plan_changes_nothing(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake)
        plan = mirror.sync_ok(dry_run=True).plan
        assert plan[0].startswith("fetch: 5 new messages (30 K)")
        assert plan[1] == "delete: 5 new messages from the server, once stored here"
        assert mirror.messages() == []
        mirror.leaving(True).sync_ok()
        assert mirror.sync_ok(dry_run=True).plan == []
        assert mirror.leaving(False).sync_ok(dry_run=True).plan == ["delete: 5 messages that are here, from the server"]
        assert len(fake.letters) == len(LETTERS)


def test_a_wrong_password_names_its_source(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake, password="wrong one")
        report = mirror.sync()
        assert not report.ok
        assert "password from: the test" in report.error
        assert "wrong one" not in report.error


async def test_a_cancelled_pass_ends_at_once(make: Make) -> None:
    with FakePop3(LETTERS, twists=[hang("RETR 3", after=50)]) as fake:
        mirror = make(fake)
        task = asyncio.create_task(mirror.sync_async())
        assert await asyncio.to_thread(fake.hanging.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(fake.letters) == len(LETTERS)
        await mirror.sync_async()
        assert mirror.octets() == sent(LETTERS)


def test_mailboxes_are_named(make: Make) -> None:
    with FakePop3(LETTERS) as fake:
        mirror = make(fake)
        mirror.sync_ok()
        fake.letters.append(letter("later"))
        assert "nowhere" in mirror.sync(mailboxes=["Nowhere"]).error.lower()
        assert mirror.sync_ok(mailboxes=[local.NAMES[SpecialUse.TRASH]]).new == 0
        assert mirror.sync_ok(mailboxes=["INBOX"]).new == 1


def test_a_huge_maildrop_is_listed_in_no_time(make: Make) -> None:
    count = 100_000
    uids = b"+OK\r\n" + b"".join(b"%d u%d\r\n" % (n, n) for n in range(1, count + 1)) + b".\r\n"
    sizes = b"+OK\r\n" + b"".join(b"%d 100\r\n" % n for n in range(1, count + 1)) + b".\r\n"
    with FakePop3([], twists=[instead("UIDL", uids), instead("LIST", sizes)]) as fake:
        mirror = make(fake)
        assert mirror.sync_ok(dry_run=True).plan[0].startswith("fetch: 100,000 new messages")


def test_a_trace_shows_the_session_and_nothing_secret(make: Make) -> None:
    with FakePop3([letter("private subject", b"private text\r\n")]) as fake:
        mirror = make(fake)
        with TraceReader(mirror.directory) as reader:
            mirror.sync_ok()
            lines = [line for batch in iter(reader.read, []) for line in batch]
        texts = [f"{line.speaker} {line.text}" for line in lines]
        assert {line.account for line in lines} == {ACCOUNT}
        assert texts[4:10] == ["C USER ada", "S +OK", "C PASS (secret)", "S +OK welcome", "C LIST", "C UIDL"]
        assert texts[-2:] == ["C QUIT", "S +OK bye"]
        assert not any("private" in text or mirror.password in text for text in texts)


def test_lists_see_new_mail_in_conversations(make: Make) -> None:
    head = b"Subject: second\r\nMessage-ID: <second@mail.example.org>\r\nIn-Reply-To: <first@mail.example.org>\r\n"
    with FakePop3([letter("first"), Letter("reply", head + b"\r\nYes.\r\n")]) as fake:
        mirror = make(fake)
        mirror.sync_ok()
        found = mirror.read(read.list_messages)
        assert len({message.thread_id for message in found}) == 1
