"""Answering invitations on the screen: the answer is a draft, the card says so, one undo takes it back."""

from __future__ import annotations

import msgspec

from tests.mime.kinds.calendars import ATTENDEE, ORGANIZER, START, calendar, event, invitation_message, invite
from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts, until
from tests.ui.sample_store import NOW, Place, Sample, add_account, deliver, plain
from tuimail.mime.headers import envelope_of
from tuimail.mime.kinds.invitation import Answer
from tuimail.mime.kinds.kind import invitation_in
from tuimail.mime.new_message import new_message
from tuimail.mime.view import Notice
from tuimail.model.ids import MessageId
from tuimail.model.server import Protocol
from tuimail.store import appending, bodies, mailboxes, read
from tuimail.store.accounts import ensure_account, find_account
from tuimail.store.database import rows
from tuimail.ui.invitations import answer_notices, load_answerable, save_answer
from tuimail.ui.screens.pick_one import PickList, PickOne

ACCOUNT = CONFIG.accounts["home"]
SAVED = "Saved in Drafts: tuimail cannot send yet."


def arrives(place: Place, text: str = "", *, uid: int = 100, number: int = 1) -> MessageId:
    """An invitation, newer than all that was there."""
    octets = invitation_message(text or invite()).replace(b"<invite.1@", b"<invite.%d@" % number)
    return deliver(place, "INBOX", [Sample(octets, -uid)], first_uid=uid)[0]


def octets_of(place: Place, id_: MessageId) -> bytes:
    where = place.store.mail.read(lambda connection: read.body_place(connection, id_))
    assert where is not None
    body_id = where.body_id
    assert body_id is not None
    return place.store.bodies.read(lambda connection: bodies.load_body(connection, body_id))


def statuses(place: Place, mailbox: str = "Drafts") -> list[str]:
    """What the answers in a mailbox say, newest first."""
    found = [invitation_in(octets_of(place, id_)) for id_ in place.ids(mailbox)]
    return [one.events[0].attendees[0].status for one in found if one is not None]


def notices(place: Place, id_: MessageId) -> list[Notice]:
    return answer_notices(place.store, id_, invitation_in(octets_of(place, id_)))


def answer(place: Place, id_: MessageId, answer: Answer, now: int) -> None:
    (asked,) = load_answerable(place.store, id_, ACCOUNT, "home")
    save_answer(place.store, asked, answer, now=now)


async def test_an_answer_is_a_draft_that_one_undo_takes_back(place: Place, make_app: MakeApp) -> None:
    arrives(place)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)

        def shown() -> str:
            reading = main_screen(pilot).desk.reader.reading
            return "" if reading is None else "\n".join(line.text for line in reading.lines)

        assert "Not answered yet: Y a accepts, Y t accepts tentatively, Y d declines." in shown()
        await press(pilot, "Y", "a")
        assert toasts(pilot)[-1:] == [f"Accepted: Dress rehearsal. {SAVED}"]
        assert statuses(place) == ["ACCEPTED"]
        (draft,) = place.ids("Drafts")
        assert place.flags(draft) == ["\\Draft", "\\Seen"]
        envelope = envelope_of(octets_of(place, draft))
        assert [who.address for who in envelope.to] == ["leena@choir.example.org"]
        assert [who.address for who in envelope.from_] == ["sam@example.net"]
        await settle(pilot)
        assert "You have accepted. The answer is in Drafts: tuimail cannot send yet." in shown()
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "Undone: accepted: Dress rehearsal"
        assert place.ids("Drafts") == []
        await settle(pilot)
        assert "Not answered yet" in shown()


async def test_another_answer_takes_the_place_of_the_first(place: Place, make_app: MakeApp) -> None:
    invited = arrives(place)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        await press(pilot, "Y", "t")
        await press(pilot, "Y", "d")
        assert statuses(place) == ["DECLINED"]
        assert statuses(place, "Trash") == ["TENTATIVE"]
        assert [one.text for one in notices(place, invited)] == [
            f"You have declined. The answer is in Drafts: {SAVED[17:]}"
        ]
        await press(pilot, "u")
        assert (statuses(place), statuses(place, "Trash")) == (["TENTATIVE"], [])
        await press(pilot, "U")
        assert (statuses(place), statuses(place, "Trash")) == (["DECLINED"], ["TENTATIVE"])


async def test_what_cannot_be_answered_says_why(place: Place, make_app: MakeApp) -> None:
    arrives(place, invite(method="CANCEL"))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "Y", "a")
        assert toasts(pilot)[-1:] == ["This message asks for no answer. Only invitations that name their organiser do."]
        await press(pilot, "j", "Y", "a")
        assert toasts(pilot)[-1] == "This message is no invitation."
        await press(pilot, "space", "space", "Y", "a")
        assert toasts(pilot)[-1].startswith("Invitations are answered one at a time")
        assert place.ids("Drafts") == []


async def test_an_invitation_whose_text_is_not_here(place: Place, make_app: MakeApp) -> None:
    deliver(place, "INBOX", [Sample(invitation_message(invite()), -10)], first_uid=90, with_bodies=False)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "Y", "a")
        assert toasts(pilot)[-1].startswith("The text of this message is not here yet.")


async def test_titles_do_nothing_to_the_screen(place: Place, make_app: MakeApp) -> None:
    title = "\x1b]0;pwned\x07[@click=app.quit]x[/] [/b]"
    arrives(place, calendar(*event("DTSTART:20261128", "ORGANIZER:mailto:leena@choir.example.org", title=title)))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "Y", "a")
        told = toasts(pilot)[-1]
        assert "[@click=app.quit]x[/] [/b]" in told.replace("\\[", "[")
        assert "\x1b" not in told
        assert told.endswith("sam@example.net is not among those who were asked.")
        assert statuses(place) == ["ACCEPTED"]


def test_a_missing_mailbox_for_drafts_is_made(place: Place) -> None:
    bare = add_account(place.store, "work", ["INBOX"])
    invited = deliver(bare, "INBOX", [Sample(invitation_message(invite()), 1)])[0]
    account = msgspec.structs.replace(ACCOUNT, display_name="Samuel Reed")
    (asked,) = load_answerable(place.store, invited, account, "work")
    change = save_answer(place.store, asked, Answer.ACCEPTED, now=NOW)
    account_id = place.store.mail.read(lambda connection: find_account(connection, "work"))
    assert account_id is not None
    boxes = place.store.mail.read(lambda connection: mailboxes.list_mailboxes(connection, account_id))
    assert [box.name for box in boxes] == ["INBOX", "Drafts"]
    intents = place.store.mail.read(lambda connection: rows(connection, "SELECT kind FROM intents ORDER BY id"))
    assert intents == [("create_mailbox",), ("append",)]
    assert envelope_of(octets_of(place, change.message_ids[0])).from_[0].name == "Samuel Reed"


def test_an_account_that_downloads_has_drafts_too(place: Place) -> None:
    account_id = place.store.mail.write(
        lambda connection: ensure_account(connection, "post", Protocol.POP3), durable=False
    )
    boxes = place.store.mail.read(lambda connection: mailboxes.list_mailboxes(connection, account_id))
    local = Place(place.store, account_id, {box.name: box.id for box in boxes})
    new = new_message(invitation_message(invite()), internal_date=NOW)
    change = appending.append(place.store, local.mailbox_ids["INBOX"], [new], now=NOW)
    (asked,) = load_answerable(place.store, change.message_ids[0], ACCOUNT, "post")
    save_answer(place.store, asked, Answer.TENTATIVE, now=NOW)
    assert statuses(local) == ["TENTATIVE"]
    assert place.store.mail.read(lambda connection: rows(connection, "SELECT kind FROM intents")) == []


def test_only_own_answers_to_this_event_count(place: Place) -> None:
    first, second = arrives(place), arrives(place, invite().replace("-41@", "-42@"), uid=101, number=2)
    answer(place, first, Answer.ACCEPTED, NOW)
    assert [one.kind for one in notices(place, first)] == ["good"]
    assert [one.kind for one in notices(place, second)] == ["note"]
    draft = octets_of(place, place.ids("Drafts")[0])
    deliver(
        place, "INBOX", [Sample(draft.replace(b"In-Reply-To: <invite.1", b"In-Reply-To: <invite.2"), 5)], first_uid=200
    )
    assert [one.kind for one in notices(place, second)] == ["note"]
    deliver(
        place, "Sent", [Sample(draft.replace(b"<invite.1@", b"<invite.2@").replace(b"-41@", b"-42@"), 5)], first_uid=1
    )
    assert [one.text for one in notices(place, second)] == ["You have accepted."]
    deliver(place, "Drafts", [Sample(plain("Re: Invitation"), 1)], first_uid=70)
    assert [one.text for one in notices(place, first)] == [
        "You have accepted. The answer is in Drafts: tuimail cannot send yet."
    ]


def several() -> str:
    """Two events, and a date of the first that differs: it is no third one."""
    return calendar(
        *event(START, "RRULE:FREQ=WEEKLY;COUNT=4", ORGANIZER, ATTENDEE),
        *event("RECURRENCE-ID:20261205T173000Z", "DTSTART:20261206T100000Z", ORGANIZER, ATTENDEE, title="Moved"),
        *event("DTSTART:20261220T180000Z", ORGANIZER, ATTENDEE, uid="concert@choir.example.org", title="Concert"),
    )


async def test_of_several_events_the_user_is_asked_which(place: Place, make_app: MakeApp) -> None:
    id_ = arrives(place, several())
    keys = "Y a accepts, Y t accepts tentatively, Y d declines."
    assert [one.text for one in notices(place, id_)] == [f"Not answered yet (2 of 2; you are asked which): {keys}"]
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "Y", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickOne), "the question")
        lines = pilot.app.screen.query_one(PickList)
        assert [line.partition(",")[0] for line in lines.lines] == ["Dress rehearsal", "Concert"]
        await press(pilot, "j", "enter")
        assert toasts(pilot) == [f"Declined: Concert. {SAVED}"]
        assert statuses(place) == ["DECLINED"]
        drafted = invitation_in(octets_of(place, place.ids("Drafts")[0]))
        assert drafted is not None
        assert [one.raw_uid for one in drafted.events] == ["concert@choir.example.org"]
        assert [one.text for one in notices(place, id_)] == [
            "You have declined: Concert. The answer is in Drafts: tuimail cannot send yet.",
            f"Not answered yet (1 of 2; you are asked which): {keys}",
        ]
        await press_into_dialog(pilot, "Y", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickOne), "the question again")
        lines = pilot.app.screen.query_one(PickList)
        assert lines.lines[1].endswith("declined already")
        assert lines.cursor == 0
        await press(pilot, "enter")
        assert sorted(statuses(place)) == ["ACCEPTED", "DECLINED"]
        await press_into_dialog(pilot, "Y", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickOne), "the last question")
        await press(pilot, "escape")
        assert len(statuses(place)) == 2


def test_calendars_that_ask_nothing_say_nothing(place: Place) -> None:
    assert notices(place, arrives(place, invite(method="PUBLISH"))) == []
    assert answer_notices(place.store, place.ids("INBOX")[0], None) == []
