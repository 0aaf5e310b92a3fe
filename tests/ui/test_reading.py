"""Reading a message: its shapes, folds, links, searches, long texts, and ways out of it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Place, Sample, deliver, plain
from tuimail.config.schema import Config, Ui
from tuimail.mime.limits import WHOLE_OCTETS
from tuimail.model.errors import ProgramFailed
from tuimail.ui.programs import MOST_OUTPUT_OCTETS, run_program, split_command, start_program
from tuimail.ui.screens import message_reader
from tuimail.ui.screens.link_question import LinkQuestion
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.preview.widget import Preview

PAGE = (
    "<h1>Spring list</h1><p>Dear Sam, seeds are <a href='https://shop.example.com/new'>here</a>, or at"
    " <a href='https://evil.example.net/x'>https://bank.example.com/</a>.</p>"
    "<pre>a line of code that is rather too long for the pane and goes on to the right until its very END</pre>"
    "<blockquote>Quoted.</blockquote><img src='https://img.example.com/a.jpg' width=300 height=200>"
)
QUOTE = "".join(f"> quoted row {number}\r\n" for number in range(9))
ANSWER = (
    f"Tomorrow at nine.\r\n\r\nOn 3 March 2025, Ada Quill wrote:\r\n{QUOTE}\r\nYes, and bring leeks.\r\n-- \r\nSam\r\n"
)


def page(body: str = PAGE) -> bytes:
    words = "Dear Sam, seeds are here: plain words, as many as those of the page, for whoever reads text."
    return (
        "From: Ada Quill <ada@example.org>\r\nTo: Sam Reed <sam@example.net>\r\nSubject: Spring\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
        f"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
        f"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}\r\n--x--\r\n"
    ).encode()


def only_page(body: str = PAGE) -> bytes:
    return (
        "From: Ada Quill <ada@example.org>\r\nSubject: Spring\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


async def reading(pilot: Pilot[None]) -> Preview:
    """The newest message is read."""
    await settle(pilot)
    await press(pilot, "enter")
    return main_screen(pilot).preview


def shown(preview: Preview) -> str:
    """What is seen of the text."""
    height = preview.scrollable_content_region.height
    return "\n".join(preview.render_line(y).text.rstrip() for y in range(height))


def newest(place: Place, octets: bytes) -> None:
    deliver(place, "INBOX", [Sample(octets, -60, ("\\Seen",))], first_uid=700)


async def test_a_key_shows_text_page_source_and_header(place: Place, make_app: MakeApp) -> None:
    newest(place, page())
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        both = {"text": "plain words", "page": "Spring list"}
        first = next(name for name, words in both.items() if words in preview.text)
        other = next(name for name in both if name != first)
        await press(pilot, "v")
        assert both[other] in preview.text
        assert both[first] not in preview.text
        await press(pilot, "v")
        assert both[first] in preview.text
        await press(pilot, "V")
        assert "--x" in preview.text
        await press(pilot, "V")
        assert "Content-Type: multipart/alternative" in preview.text
        assert "--x" not in preview.text
        await press(pilot, "V")
        assert both[first] in preview.text
        await press(pilot, "j", "v")
        assert toasts(pilot) == ["This message has no HTML."]


async def test_a_page_is_drawn_with_bars_and_cut_lines_that_move(place: Place, make_app: MakeApp) -> None:
    newest(place, only_page())
    async with make_app(place).run_test(size=(80, 30)) as pilot:
        preview = await reading(pilot)
        text = shown(preview)
        assert "│ Quoted." in text
        assert "END" not in text
        assert any(row.endswith("…") for row in text.splitlines())
        assert "1 picture was not loaded (i loads it)" in text
        await press(pilot, *["right"] * 9)
        assert "END" in shown(preview)
        await press(pilot, *["left"] * 12)
        assert shown(preview) == text


async def test_a_page_has_the_width_of_the_pane(place: Place, make_app: MakeApp) -> None:
    cells = "".join(f"<td>column {number} of it</td>" for number in range(3))
    head = "".join(f"<th>Number {number}</th>" for number in range(3))
    newest(place, only_page(f"<table border=1><tr>{head}</tr>{f'<tr>{cells}</tr>' * 4}</table><hr>"))
    async with make_app(place).run_test(size=(180, 40)) as pilot:
        preview = await reading(pilot)
        wide = preview.text
        assert "column 0 of it  " in wide
        await pilot.resize_terminal(34, 40)
        await settle(pilot)
        await settle(pilot)
        assert preview.text != wide
        assert "Number 2: column 2 of it" in preview.text


async def test_long_quotes_are_folded_until_a_key_or_a_click_opens_them(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Quotes", text=ANSWER))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        assert "▸ 9 quoted lines · On 3 March 2025, Ada Quill wrote:\n" in preview.text
        assert "quoted row" not in preview.text
        await press(pilot, "e")
        assert "│ quoted row 8" in shown(preview)
        await press(pilot, "e")
        assert "quoted row" not in preview.text
        y = next(y for y, row in enumerate(shown(preview).splitlines()) if "▸" in row)
        await pilot.click(preview, offset=(6, y))
        await settle(pilot)
        assert "quoted row 8" in preview.text
        await press(pilot, "j", "e")
        assert toasts(pilot) == ["This message has no long quote."]


async def test_a_setting_leaves_quotes_as_they_are(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Quotes", text=ANSWER))
    config = Config(accounts=CONFIG.accounts, ui=Ui(theme="tuimail-dark", fold_quotes=False))
    async with make_app(place, config=config).run_test(size=(140, 40)) as pilot:
        assert "quoted row 8" in (await reading(pilot)).text


async def test_a_search_goes_from_place_to_place_and_ends(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Quotes", text=ANSWER))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        await press_into_dialog(pilot, "slash", *"quoted")
        await press(pilot, "enter")
        assert toasts(pilot) == ["1 of 9"]
        first = preview._painter.current_match
        await press(pilot, "n")
        assert toasts(pilot) == ["2 of 9"]
        assert preview._painter.current_match != first
        await press(pilot, "N", "N")
        assert toasts(pilot) == ["9 of 9. The search went on from the bottom."]
        await press(pilot, "n")
        assert toasts(pilot) == ["1 of 9. The search went on from the top."]
        await press(pilot, "n")
        assert toasts(pilot) == ["2 of 9"]
        await press(pilot, "escape")
        assert not preview._painter.matches
        assert main_screen(pilot).desk.is_reading
        await press_into_dialog(pilot, "slash", *"turnip")
        await press(pilot, "enter")
        assert toasts(pilot) == ["“turnip” is not in this message."]
        await press(pilot, "j")
        assert not main_screen(pilot).desk.body.step_match(1)


async def test_who_opens_a_message_does_not_wait_until_the_cursor_has_rested(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(message_reader, "DEBOUNCE_S", 60.0)
        preview = main_screen(pilot).preview
        await press(pilot, "j")
        assert "Letter 1" not in preview.text
        await press(pilot, "enter")
        assert "Letter 1" in preview.text


async def test_a_notice_of_a_shape_goes_with_its_message(place: Place, make_app: MakeApp) -> None:
    newest(place, page())
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await reading(pilot)
        await press(pilot, "V")
        assert toasts(pilot) == ["Shown: the source"]
        await press(pilot, "V")
        assert toasts(pilot) == ["Shown: all fields of the header"]
        await press(pilot, "j")
        assert toasts(pilot) == []


async def test_a_message_without_attachments_opens_no_dialog(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Bare"))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await reading(pilot)
        await press(pilot, "o")
        await settle(pilot)
        assert pilot.app.screen is main_screen(pilot)
        assert toasts(pilot) == ["This message has no attachments."]


async def test_the_footer_names_the_readers_own_keys(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Keys"))
    async with make_app(place).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        footer = main_screen(pilot).query_one(KeyLine)
        assert "Links" not in footer.render_line(0).text
        await reading(pilot)
        shown = footer.render_line(0).text
        for item in ("j Next", "a Archive", "d Delete", "v HTML", "l Links", "? Help"):
            assert item in shown
        await pilot.resize_terminal(140, 40)
        await settle(pilot)
        assert "o Attached  / Find  J Junk" in footer.render_line(0).text


async def test_a_search_stays_through_another_layout(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Quotes", text=ANSWER + "leek " * 60))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        await press_into_dialog(pilot, "slash", *"leek")
        await press(pilot, "enter")
        before = sum(map(len, preview._painter.matches.values()))
        await pilot.resize_terminal(70, 30)
        await settle(pilot)
        await settle(pilot)
        assert sum(map(len, preview._painter.matches.values())) == before == 61


class Pasted:
    """A clipboard that remembers."""

    def __init__(self) -> None:
        self.text = ""

    async def copy(self, text: str) -> str:
        self.text = text
        return "a test"


async def test_what_is_copied_is_the_shape_that_is_shown(place: Place, make_app: MakeApp) -> None:
    newest(place, page())
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await reading(pilot)
        pasted = Pasted()
        main_screen(pilot).desk.clip.__dict__["clipboard"] = pasted
        seen = {}
        for _ in range(2):
            await press(pilot, "v")
            await press(pilot, "y", "y")
            seen[toasts(pilot)[-1].partition(" (")[0]] = pasted.text
        await press(pilot, "V")
        await press(pilot, "y", "y")
        seen[toasts(pilot)[-1].partition(" (")[0]] = pasted.text
        assert "plain words" in seen["Copied: the message's text, by a test."]
        assert "Spring list" in seen["Copied: the message's HTML as text"]
        assert "multipart/alternative" in seen["Copied: the message's source"]


async def test_where_there_is_no_link_the_next_key_is_a_key(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await reading(pilot)
        await press(pilot, "l", "j")
        assert toasts(pilot) == ["This message has no links."]
        assert main_screen(pilot).messages.cursor == 1
    newest(place, plain("Below", text="words\r\n" * 90 + "https://example.org/\r\n"))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await reading(pilot)
        await press(pilot, "l", "j")
        assert toasts(pilot) == ["No link is in sight: scroll to one."]
        assert main_screen(pilot).messages.cursor == 1


async def test_a_link_is_chosen_by_letters_and_says_where_it_leads(
    place: Place, make_app: MakeApp, tmp_path: Path
) -> None:
    newest(place, only_page())
    opened = tmp_path / "opened"
    opener = (sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])", str(opened))
    config = Config(accounts=CONFIG.accounts, ui=Ui(theme="tuimail-dark", open_links=opener))
    async with make_app(place, config=config).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        await press_into_dialog(pilot, "l")
        assert sorted(preview._painter.hints.values()) == ["a", "s"]
        await press_into_dialog(pilot, "s")
        question = pilot.app.screen
        assert isinstance(question, LinkQuestion)
        words = " ".join(str(one.render()) for one in question.query(Static))
        assert "evil.example.net" in words
        assert "The text says bank.example.com, the link leads to evil.example.net." in words
        assert not opened.exists()
        await press(pilot, "enter")
        assert opened.read_text("utf-8") == "https://evil.example.net/x"
        assert not preview._painter.hints
        await press_into_dialog(pilot, "l", "q")
        await settle(pilot)
        assert pilot.app.screen is main_screen(pilot)
        assert not preview._painter.hints


async def test_a_link_is_copied_and_one_that_cannot_be_opened_is_told(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Link", text="See https://example.org/a now.\r\n"))
    config = Config(accounts=CONFIG.accounts, ui=Ui(theme="tuimail-dark", open_links=("/no/such/program",)))
    async with make_app(place, config=config).run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "l", "a")
        await press(pilot, "enter")
        assert toasts(pilot) == ["/no/such/program cannot be started: No such file or directory."]
        await press_into_dialog(pilot, "l", "a")
        await press(pilot, "y")
        assert pilot.app.screen is main_screen(pilot)


async def test_a_click_on_a_link_asks_before_it_goes_there(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Link", text="https://example.org/a\r\n"))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        y = next(y for y, row in enumerate(shown(preview).splitlines()) if "https" in row)
        await pilot.click(preview, offset=(6, y))
        await pilot.pause(0.01)
        assert isinstance(pilot.app.screen, LinkQuestion)
        await press(pilot, "escape")


async def test_a_link_that_says_another_host_is_none_to_the_terminal(place: Place, make_app: MakeApp) -> None:
    body = '<p><a href="https://evil.test/x">https://bank.example/x</a></p><p><a href="https://shop.example/y">Shop</a></p>'
    newest(place, only_page(body))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        styles = {
            segment.text.strip(): segment.style
            for y in range(preview.size.height)
            for segment in preview.render_line(y)
            if segment.style is not None
        }
        assert styles["https://bank.example/x"].link is None
        assert styles["https://bank.example/x"].underline
        assert styles["Shop"].link == "https://shop.example/y"


async def test_a_long_text_is_loaded_in_portions(place: Place, make_app: MakeApp) -> None:
    count = WHOLE_OCTETS // 20
    newest(place, plain("Big", text="".join(f"Line {number} of a long text.\r\n" for number in range(count))))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        assert "Line 0 of" in preview.text
        assert f"Line {count - 1} of" not in preview.text
        assert "The text goes on: + shows more of it." in preview.text
        await press(pilot, "G")
        top = preview.line_text(preview.first_line)
        await press(pilot, "plus")
        assert preview.line_text(preview.first_line) == top
        assert f"Line {count - 1} of" in preview.text
        assert preview.document.is_counted
        await press(pilot, "G")
        assert f"Line {count - 1} of" in shown(preview)
        await press(pilot, "plus")
        assert toasts(pilot) == ["This is all of it."]


async def test_another_charset_for_this_message_alone(place: Place, make_app: MakeApp) -> None:
    octets = plain("Wrong").replace(b"charset=utf-8", b"charset=us-ascii") + "Привет всем".encode("koi8-r")
    newest(place, octets)
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        preview = await reading(pilot)
        desk = main_screen(pilot).desk
        await press_into_dialog(pilot, "K", *["down"] * 7)
        await press(pilot, "enter")
        assert desk.reader.choices.charset == "koi8-r"
        assert "Привет всем" in preview.text
        await press(pilot, "j", "k")
        assert desk.reader.choices.charset == ""


async def test_the_text_is_written_into_a_new_file_only(place: Place, make_app: MakeApp, tmp_path: Path) -> None:
    newest(place, plain("Quotes 1/2", text=ANSWER))
    path = tmp_path / "out.txt"
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await reading(pilot)
        for told in (f"Written: {path}", f"{path} is there already. Choose another name."):
            await press_into_dialog(pilot, "P")
            field = pilot.app.screen.query_one(Input)
            assert field.value == "~/Quotes 1-2.txt"
            field.value = str(path)
            await press(pilot, "enter")
            assert told in toasts(pilot)
    text = path.read_text("utf-8")
    assert "Subject  Quotes 1/2\n" in text
    assert "> quoted row 8\n" in text
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_program_gets_the_message_as_it_came(place: Place, make_app: MakeApp) -> None:
    newest(place, plain("Pipe", text="Hello.\r\n"))
    async with make_app(place).run_test(size=(140, 40)) as pilot:
        await reading(pilot)
        await press_into_dialog(pilot, "vertical_line")
        pilot.app.screen.query_one(Input).value = f"{sys.executable} -c 'import sys; print(sys.stdin.read().upper())'"
        await press_into_dialog(pilot, "enter")
        while not pilot.app.screen.query("OutputScreen #words"):  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.01)
        words = str(pilot.app.screen.query("#words Static").first(Static).render())
        assert "SUBJECT: PIPE" in words
        await press(pilot, "escape")
        assert pilot.app.screen is main_screen(pilot)


async def test_programs_are_told_no_passwords(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", "opensesame")
    told = "import os, sys; open(sys.argv[1], 'w').write(repr(dict(os.environ)))"
    await run_program([sys.executable, "-c", told, str(tmp_path / "piped")], b"")
    start_program([sys.executable, "-c", told, str(tmp_path / "started")])
    for name in ("piped", "started"):
        assert "PATH" in (tmp_path / name).read_text("utf-8")
        assert "opensesame" not in (tmp_path / name).read_text("utf-8")


async def test_programs_are_bounded_in_time_and_output() -> None:
    output = await run_program([sys.executable, "-c", "while True: print('x' * 1000)"], b"")
    assert (len(output.text), output.is_cut) == (MOST_OUTPUT_OCTETS, True)
    with pytest.raises(ProgramFailed, match="did not come to an end"):
        await run_program([sys.executable, "-c", "import time; time.sleep(60)"], b"", run_s=0.2)
    with pytest.raises(ProgramFailed, match="cannot be started"):
        await run_program(["/no/such/program"], b"")
    output = await run_program([sys.executable, "-c", "print('\\x1b]0;x\\x07'); raise SystemExit(3)"], b"y" * 10**6)
    assert ("\x1b" in output.text, output.status) == (False, 3)


def test_a_command_line_is_split_and_no_shell_reads_it() -> None:
    assert split_command("grep 'a b' $(id); x | y") == ["grep", "a b", "$(id);", "x", "|", "y"]
    for line in ("'open", "  "):
        with pytest.raises(ProgramFailed):
            split_command(line)
    with pytest.raises(ProgramFailed, match="status 3"):
        start_program([sys.executable, "-c", "raise SystemExit(3)"])
