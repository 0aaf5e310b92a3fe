"""What a message repeats of those before it: attributions, tails, and the list of threads that folds them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, settle
from tests.ui.sample_store import Place, Sample, deliver
from tuimail.mime.lines import StyledLine
from tuimail.mime.plain import render_plain
from tuimail.model.ids import MessageId
from tuimail.store.thread_list import list_before
from tuimail.ui.models.attributions import attribution_start, fields_end, is_attribution, is_separator
from tuimail.ui.models.quote_bars import with_bars
from tuimail.ui.models.quote_folds import FOLD
from tuimail.ui.models.quoted_tail import find_tail, repeats, with_tail_folded

EARLIER = (
    "Dear Sam,\n\nthe boat leaves at nine from the north quay.\nBring a coat, and the red box with the lamps.\n\nAda\n"
)
QUOTED = "".join(f"> {line}\n" if line else ">\n" for line in EARLIER.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "On Mon, 3 Mar 2025 at 10:00, Ada Quill <ada@example.org> wrote:",
        "On 3 March, Ada Quill wrote:",
        "Am 03.03.2025 um 10:00 schrieb Ada Quill:",
        "Am Mo., 3. März 2025 um 10:00 Uhr schrieb Ada Quill <ada@example.org>:",
        "Le lun. 3 mars 2025 à 10:00, Ada Quill <ada@example.org> a écrit :",
        "El lun, 3 mar 2025 a las 10:00, Ada Quill (<ada@example.org>) escribió:",
        "Il giorno lun 3 mar 2025 alle ore 10:00 Ada Quill <ada@example.org> ha scritto:",
        "Em seg., 3 de mar. de 2025 às 10:00, Ada Quill <ada@example.org> escreveu:",
        "Op ma 3 mrt 2025 om 10:00 schreef Ada Quill <ada@example.org>:",
        "W dniu 3.03.2025 o 10:00, Ada Quill pisze:",
        "Den mån 3 mars 2025 kl 10:00 skrev Ada Quill <ada@example.org>:",
        "3 марта 2025 г. в 10:00, Ada Quill <ada@example.org> написал(а):",
        "于2025年3月3日周一 10:00写道：",
        "2025年3月3日(月) 10:00 Ada Quill <ada@example.org>:",
        "Ada Quill <ada@example.org> writes:",
    ],
)
def test_attributions_of_many_languages(text: str) -> None:
    assert is_attribution(text)
    words = text.split(" ")
    broken = [" ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])]
    lines = ["Fine.", "", *filter(None, broken), "", "> quoted"]
    assert attribution_start(lines, 0, len(lines) - 1) == 2


def test_what_somebody_wrote_is_no_part_of_an_attribution_below_it() -> None:
    lines = ["Take 3 of them.", "On Mon, 3 Mar 2025, Ada Quill wrote:", "> quoted"]
    assert attribution_start(lines, 0, 2) == 1
    assert attribution_start(["", "Let us meet at 3", *lines[1:]], 0, 3) == 2


@pytest.mark.parametrize(
    "text",
    [
        "These are the three points that matter:",
        "I have 3 questions about what you wrote. Here they are:",
        "Yes, on Monday.",
        "Please see https://example.org/3:",
        "",
    ],
)
def test_what_somebody_wrote_before_a_quote_is_none(text: str) -> None:
    assert not is_attribution(text)
    assert attribution_start(["Fine.", "", text, "> quoted"], 0, 3) == 3


@pytest.mark.parametrize(
    "text",
    [
        "-----Original Message-----",
        "----- Ursprüngliche Nachricht -----",
        "-----Message d'origine-----",
        "_" * 32,
        "─" * 40,
    ],
)
def test_lines_that_set_another_message_off(text: str) -> None:
    assert is_separator(text)
    assert attribution_start(["Fine.", text, "> quoted"], 0, 2) == 1


@pytest.mark.parametrize(
    ("names", "is_block"),
    [
        (("From", "Sent", "To", "Subject"), True),
        (("Von", "Gesendet", "An", "Betreff"), True),
        (("De ", "Envoyé ", "À ", "Objet "), True),
        (("*From", "*Date", "*To", "*Subject"), True),
        (("发件人", "发送时间", "收件人", "主题"), True),
        (("When", "Where", "Who", "Subject"), False),
        (("From", "To", "By"), False),
    ],
)
def test_blocks_of_fields(names: tuple[str, ...], is_block: bool) -> None:
    lines = [f"{name}: something" for name in names]
    assert fields_end([*lines, "", "text"], 0, 9) == (len(lines) if is_block else 0)


def lines_of(text: str) -> list[StyledLine]:
    return with_bars(render_plain(text))


def trimmed(text: str, earlier: str = EARLIER) -> list[str]:
    lines = lines_of(text)
    tail = find_tail(lines)
    if tail is None or not repeats(lines, tail, earlier):
        return ["(as it is)"]
    return [line.text for line in with_tail_folded(lines, tail, "▸", key="e", is_open=False).lines]


def test_a_quote_at_the_end_is_one_line_with_what_introduces_it() -> None:
    answer = f"I shall be there.\n\nOn Mon, 3 Mar 2025, Ada Quill\n<ada@example.org> wrote:\n\n{QUOTED}"
    assert trimmed(answer) == ["I shall be there.", "", "··· 6 quoted lines (e shows)"]
    assert trimmed(f"{answer}\n-- \nSam\n")[2:] == ["··· 6 quoted lines (e shows)", "", "-- ", "Sam"]
    lines = lines_of(answer)
    tail = find_tail(lines)
    assert tail is not None
    shown = with_tail_folded(lines, tail, "▸", key="e", is_open=True)
    assert (shown.lines, shown.folds) == (tuple(lines), 1)
    assert with_tail_folded(lines, tail, "▸", key="e", is_open=False).lines[-1].spans[0].link == FOLD


def test_lines_that_were_broken_anew_are_the_same_words() -> None:
    again = "> Dear Sam, the boat leaves at\n> nine from the north quay.\n"
    again += "> Bring a coat, and the\n> red box with the lamps.\n"
    assert trimmed(f"Yes.\n\n{again}") == ["Yes.", "", "··· 4 quoted lines (e shows)"]


OUTLOOK = "From: Ada Quill <ada@example.org>\nSent: Monday, 3 March 2025 10:00\nTo: Sam\nSubject: The boat\n\n"


def test_a_tail_without_marks_is_folded_where_each_line_is_in_the_earlier_message() -> None:
    answer = f"I shall be there.\n\n-----Original Message-----\n{OUTLOOK}{EARLIER}"
    assert trimmed(answer) == ["I shall be there.", "", "··· 4 quoted lines (e shows)"]
    assert trimmed(answer.replace("Bring a coat", "No: at ten!\nBring a coat")) == ["(as it is)"]


@pytest.mark.parametrize(
    "text",
    [
        QUOTED,
        f"Yes.\n\n{QUOTED}\nAnd another thing.\n",
        "Yes.\n\n> Something else that nobody said before in\n> this conversation, three lines\n> of it.\n",
        "Yes.\n\n> Ada\n",
        f"{OUTLOOK}{EARLIER}",
        "Yes.\n",
    ],
    ids=["nothing of one's own", "own words below", "not said before", "short", "forwarded", "no quote"],
)
def test_what_stays(text: str) -> None:
    assert trimmed(text) == ["(as it is)"]


def test_answers_between_the_lines_stay_and_the_rest_below_them_is_folded() -> None:
    first, rest = QUOTED.split("> Bring")
    answer = f"On Mon, 3 Mar 2025, Ada Quill wrote:\n{first}\nNine is early!\n\n> Bring{rest}"
    shown = trimmed(answer)
    assert "Nine is early!" in shown
    assert shown[-1] == "··· 3 quoted lines (e shows)"
    assert shown[1] == "Dear Sam,"


TEXTS = st.lists(
    st.sampled_from(
        ["> a b", ">", "", "own words", "> > deep", "From: x", "Sent: y", "Subject: z", "-- ", "On 3, x wrote:"]
    )
).map("\n".join)


@given(TEXTS, TEXTS)
def test_no_line_of_the_writer_is_lost(text: str, earlier: str) -> None:
    lines = lines_of(text)
    tail = find_tail(lines)
    if tail is None:
        return
    assert 0 <= tail.start <= tail.words < tail.end <= len(lines)
    shown = with_tail_folded(lines, tail, "▸", key="e", is_open=False)
    own = [line.text for line in lines if line.text == "own words"]
    if tail.is_marked or repeats(lines, tail, earlier.replace("own words", "")):
        assert [line.text for line in shown.lines if line.text == "own words"] == own


def mail(number: int, text: str) -> bytes:
    more = f"In-Reply-To: <c{number - 1}@example.org>\nReferences: <c1@example.org>\n" if number > 1 else ""
    head = f"From: Ada Quill <ada@example.org>\nSubject: The boat\nMessage-ID: <c{number}@example.org>\n{more}"
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}".replace("\n", "\r\n").encode()


def test_what_stands_before_a_message_in_its_thread_copies_once(place: Place) -> None:
    copies = [deliver(place, name, [Sample(mail(1, EARLIER), 90)], first_uid=500)[0] for name in ("INBOX", "Archive")]
    second, third, _ = deliver(
        place, "INBOX", [Sample(mail(number, "x\n"), 90 - 10 * number) for number in (2, 3, 4)], first_uid=501
    )

    def before(id_: MessageId, limit: int = 9) -> list[MessageId]:
        return place.store.mail.read(lambda connection: list_before(connection, id_, limit=limit))

    assert before(copies[0]) == []
    assert before(third)[0] == second
    assert len(before(third)) == 2
    assert before(third)[1] in copies
    assert before(third, 1) == [second]


async def test_a_list_of_threads_folds_what_an_answer_repeats(place: Place, make_app: MakeApp) -> None:
    answer = f"I shall be there.\n\nOn Mon, 3 Mar 2025, Ada Quill wrote:\n{QUOTED}"
    deliver(place, "INBOX", [Sample(mail(2, answer), -60), Sample(mail(1, EARLIER), -30)], first_uid=500)
    app = make_app(place)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        preview = main_screen(pilot).preview

        def shown() -> list[str]:
            lines = [preview.line_text(number) for number in range(preview.line_count)]
            return [line for line in lines[lines.index("") + 1 :] if line]

        await press(pilot, "enter")
        assert shown()[:3] == ["I shall be there.", "On Mon, 3 Mar 2025, Ada Quill wrote:", "Dear Sam,"]
        await press(pilot, "t")
        await press(pilot, "j", "k")
        assert shown() == ["I shall be there.", "··· 6 quoted lines (e shows)"]
        await press(pilot, "e")
        assert shown()[1] == "On Mon, 3 Mar 2025, Ada Quill wrote:"
        await press(pilot, "e")
        assert shown() == ["I shall be there.", "··· 6 quoted lines (e shows)"]
