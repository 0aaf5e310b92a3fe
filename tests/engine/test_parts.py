"""The parts that need no server: plan, backoff, conversion, tasks."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tuimail.engine import convert, plan
from tuimail.engine.backoff import FIRST_S, LONGEST_S, delay_s
from tuimail.engine.tasks import beside, first_of, run_all
from tuimail.imap.responses import FetchRow, MailboxStatus
from tuimail.model.flags import Flags
from tuimail.model.ids import IntentId, MailboxId, MessageId, OperationId
from tuimail.store.journal import Intent, IntentKind
from tuimail.store.mailboxes import MirrorState

MIRROR = MirrorState(uid_validity=7, uid_next=11, highest_mod_seq=100, server_total=10, first_uid=1)
TOLD = MailboxStatus("INBOX", messages=10, uid_next=11, uid_validity=7, unseen=3, highest_mod_seq=100)


def status(**changes: int | None) -> MailboxStatus:
    return structs.replace(TOLD, **changes)


STATUS = status()


def test_a_status_that_agrees_in_all_is_proof_of_rest() -> None:
    assert plan.is_unchanged(MIRROR, STATUS, has_mod_seq=True)
    assert not plan.is_unchanged(MIRROR, STATUS, has_mod_seq=False)
    assert not plan.is_unchanged(MIRROR, None, has_mod_seq=True)


@pytest.mark.parametrize("field", ["messages", "uid_next", "uid_validity", "highest_mod_seq"])
@pytest.mark.parametrize("number", [None, 0, 1, 12, 2**40])
def test_a_status_that_differs_in_anything_is_none(field: str, number: int | None) -> None:
    assert not plan.is_unchanged(MIRROR, status(**{field: number}), has_mod_seq=True)


@pytest.mark.parametrize("first_uid", [None, 2, 11])
def test_an_incomplete_mirror_is_never_at_rest(first_uid: int | None) -> None:
    assert not plan.is_unchanged(msgspec.structs.replace(MIRROR, first_uid=first_uid), STATUS, has_mod_seq=True)


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({}, False),
        ({"messages": 9}, True),
        ({"messages": 11, "uid_next": 12}, False),
        ({"messages": 10, "uid_next": 12}, True),
        ({"messages": 3, "uid_validity": 8}, False),
        ({"messages": None}, False),
    ],
)
def test_mailboxes_that_lost_messages(change: dict[str, int | None], lost: bool) -> None:
    assert plan.has_lost_some(MIRROR, status(**change)) is lost


@given(st.integers(0, 1_000_000))
def test_batches_add_up_and_begin_small(total: int) -> None:
    sizes = plan.batch_sizes(total)
    assert sum(sizes) == total
    assert all(0 < size <= plan.LARGEST_BATCH for size in sizes)
    assert not sizes or sizes[0] <= plan.FIRST_BATCH


def intent(
    number: int,
    kind: IntentKind,
    *,
    base: int | None = 1,
    target: int | None = None,
    argument: str = "",
    attempts: int = 0,
    state: str = "waiting",
) -> Intent:
    return Intent(
        IntentId(number),
        OperationId(number),
        kind,
        MessageId(number),
        None,
        None,
        None if target is None else MailboxId(target),
        argument,
        state,
        attempts,
        None if base is None else MailboxId(base),
        number,
        "",
        0,
    )


def test_intents_that_are_alike_go_out_together() -> None:
    intents = [
        intent(1, IntentKind.MOVE, target=2),
        intent(2, IntentKind.ADD_FLAG, argument="\\Seen"),
        intent(3, IntentKind.MOVE, target=2),
        intent(4, IntentKind.MOVE, target=3),
        intent(5, IntentKind.ADD_FLAG, argument="\\Seen", base=2),
        intent(6, IntentKind.REMOVE_FLAG, argument="\\Seen"),
        intent(7, IntentKind.CREATE_MAILBOX, base=None, argument="New"),
    ]
    found = [(group.kind, group.mailbox_id, [one.id for one in group.intents]) for group in plan.group_intents(intents)]
    assert found == [
        (IntentKind.CREATE_MAILBOX, None, [7]),
        (IntentKind.ADD_FLAG, 1, [2]),
        (IntentKind.REMOVE_FLAG, 1, [6]),
        (IntentKind.MOVE, 1, [1, 3]),
        (IntentKind.MOVE, 1, [4]),
        (IntentKind.ADD_FLAG, 2, [5]),
    ]


def test_an_intent_that_failed_in_company_goes_alone() -> None:
    intents = [
        intent(1, IntentKind.MOVE, target=2, attempts=1),
        intent(2, IntentKind.MOVE, target=2, attempts=1),
        intent(3, IntentKind.MOVE, target=2),
        intent(4, IntentKind.MOVE, target=2),
        intent(5, IntentKind.MOVE, target=2, attempts=1, state="sent"),
    ]
    assert sorted(len(group.intents) for group in plan.group_intents(intents)) == [1, 1, 3]


@given(st.lists(st.tuples(st.sampled_from(plan.ORDER_OF_KINDS), st.integers(1, 3), st.integers(1, 3)), max_size=30))
def test_every_intent_is_in_one_group(kinds: list[tuple[IntentKind, int, int]]) -> None:
    intents = [intent(n, kind, base=base, target=target) for n, (kind, base, target) in enumerate(kinds)]
    grouped = [one.id for group in plan.group_intents(intents) for one in group.intents]
    assert sorted(grouped) == [one.id for one in intents]


def test_a_plan_in_words() -> None:
    names = {MailboxId(1): "INBOX", MailboxId(2): "Archive"}
    intents = [
        intent(1, IntentKind.MOVE, target=2),
        intent(2, IntentKind.MOVE, target=2),
        intent(3, IntentKind.ADD_FLAG, argument="\\Seen"),
        intent(4, IntentKind.REMOVE_FLAG, argument="$Work"),
        intent(5, IntentKind.EXPUNGE),
        intent(6, IntentKind.COPY, target=2),
        intent(7, IntentKind.CREATE_MAILBOX, base=None, argument="New"),
    ]
    assert plan.describe_push(intents, names) == [
        "push: create mailbox New",
        "push: set \\Seen on 1 message in INBOX",
        "push: clear $Work on 1 message in INBOX",
        "push: copy 1 message from INBOX to Archive",
        "push: move 2 messages from INBOX to Archive",
        "push: delete 1 message in INBOX for good",
    ]
    nothing = MirrorState(None, None, None, None, None)
    assert plan.describe_pull("INBOX", nothing, STATUS) == "pull: INBOX: all of 10 messages"
    news = status(uid_next=14)
    assert plan.describe_pull("INBOX", MIRROR, news) == "pull: INBOX: up to 3 new, and changes of 10 messages"
    assert plan.describe_pull("INBOX", MIRROR, None) == "pull: INBOX"


@given(st.integers(-5, 10_000))
def test_the_wait_doubles_to_a_limit(failures: int) -> None:
    ceiling = min(LONGEST_S, FIRST_S * 2.0 ** min(max(0, failures - 1), 30))
    assert ceiling / 2 <= delay_s(failures) <= ceiling


def test_waits_differ() -> None:
    assert len({delay_s(5) for _ in range(20)}) > 1


def test_rows_that_are_no_messages_are_left_out() -> None:
    whole = FetchRow(5, 1, Flags.of(["\\Seen"]), internal_date=9, size_octets=3, header=b"Subject: x\r\n\r\n")
    rows = [whole, FetchRow(6, 2, Flags()), FetchRow(0, 3, Flags(), size_octets=1, header=b"")]
    (message,) = convert.server_messages(rows)
    assert (message.uid, message.flags.seen, message.internal_date, message.size_octets) == (5, True, 9, 3)
    assert message.envelope.subject == "x"
    assert [flags.uid for flags in convert.server_flags(rows)] == [5, 6]


@pytest.mark.parametrize("structure", [b"(((", b"", b"()", b'("text" "plain")', b"NIL"])
def test_a_structure_that_makes_no_sense_costs_the_mark_only(structure: bytes) -> None:
    row = FetchRow(5, 1, Flags(), internal_date=None, size_octets=0, header=b"\xff\x00", structure=structure)
    (message,) = convert.server_messages([row])
    assert message.has_attachments is False
    assert message.internal_date == 0


async def test_run_all_waits_for_all_and_raises_the_first_error() -> None:
    ended: list[str] = []

    async def fail() -> None:
        raise ValueError("first")

    async def work() -> None:
        await asyncio.sleep(0)
        ended.append("work")

    with pytest.raises(ValueError, match="first"):
        await run_all(work(), fail(), work())
    assert ended == ["work", "work"]
    assert await run_all(asyncio.sleep(0, 1), asyncio.sleep(0, 2)) == [1, 2]


async def test_first_of_returns_at_an_event_or_the_end_of_the_time() -> None:
    one, two = asyncio.Event(), asyncio.Event()
    await first_of(one, two, timeout_s=0.01)
    asyncio.get_running_loop().call_soon(two.set)
    await first_of(one, two)
    assert two.is_set()


async def test_beside_ends_its_work_with_an_error_of_the_body() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(ValueError, match="body"):
        async with beside(forever(), "forever") as task:
            raise ValueError("body")
    assert task.cancelled()

    async def fail() -> None:
        raise ValueError("work")

    with pytest.raises(ValueError, match="work"):
        async with beside(fail(), "fail"):
            await asyncio.sleep(0)
