"""Attachments on the screen: listed, saved, opened, looked into; fetched first where they are not here."""

from __future__ import annotations

import base64
import json
import stat
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import NOW, Place, Sample, add_body, deliver
from tests.ui.test_app import FakeLink
from tuimail.mime.view import ShownPart
from tuimail.model.errors import SaveError
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import MessageId
from tuimail.store import accounts, part_wants, parts
from tuimail.store.accounts import AccountState
from tuimail.ui.attached import Attached, is_page
from tuimail.ui.screens.attachments import AttachmentLines, AttachmentsScreen
from tuimail.ui.session import Session

PLAN = bytes(range(256)) * 8
NOTES = "Two lines\nof notes \x1b]0;title\x07.\n"


def letter(*names: str) -> bytes:
    """A message with a plan, notes, and empty files of these names."""
    attachments = [
        ("application/pdf", "plan.pdf", base64.encodebytes(PLAN)),
        ("text/plain", "notes.txt", base64.encodebytes(NOTES.encode())),
        *(("application/octet-stream", name, b"") for name in names),
    ]
    lines = [
        b"From: Ada Quill <ada@example.org>\r\nSubject: With files\r\nMessage-ID: <files@example.org>",
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nThe text.',
    ]
    for kind, name, octets in attachments:
        lines += [
            b"--b",
            f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"'.encode(),
            b"Content-Transfer-Encoding: base64\r\n",
            octets.replace(b"\n", b"\r\n"),
        ]
    return b"\r\n".join([*lines, b"--b--\r\n"])


def frame(octets: bytes) -> bytes:
    """The message without its plan."""
    return octets.replace(base64.encodebytes(PLAN).replace(b"\n", b"\r\n"), b"")


ENCODED = base64.encodebytes(PLAN).replace(b"\n", b"\r\n")


@pytest.fixture
def files(place: Place) -> MessageId:
    """The newest message has files."""
    return deliver(place, "INBOX", [Sample(letter(), -60)], first_uid=500)[0]


@pytest.fixture
def in_part(place: Place) -> MessageId:
    """The newest message is here without its plan."""
    (id_,) = deliver(place, "INBOX", [Sample(letter(), -60)], first_uid=500, with_bodies=False)
    save = partial(parts.save_frame, body_id=id_, frame=frame(letter()), left={"2": len(ENCODED)})
    place.store.bodies.write(save, durable=True)
    place.store.mail.write(partial(parts.point_to_frame, id_=id_, snippet="The text."), durable=True)
    return id_


class Engine(FakeLink):
    """Does with what is wanted what `answer` does."""

    def __init__(self, place: Place, answer: Callable[[Place, MessageId], None]) -> None:
        super().__init__()
        self._place = place
        self._answer = answer

    def send(self, hint: Hint) -> None:
        super().send(hint)
        if hint.kind is HintKind.WANT_PART:
            self._answer(self._place, MessageId(hint.id))


def bring(place: Place, id_: MessageId) -> None:
    add = partial(parts.add_piece, body_id=id_, section="2", number=0, octets=ENCODED)
    place.store.bodies.write(add, durable=True)
    place.store.bodies.write(partial(parts.finish_part, body_id=id_, section="2"), durable=True)
    place.store.mail.write(partial(part_wants.settle_want, id_=id_, section="2"), durable=True)


def refuse(place: Place, id_: MessageId) -> None:
    problem = "The server did not give it."
    place.store.mail.write(partial(part_wants.refuse_want, id_=id_, section="2", problem=problem), durable=True)


def go_offline(place: Place, _id: MessageId) -> None:
    offline = partial(accounts.set_status, account_id=place.account_id, state=AccountState.OFFLINE, now=NOW)
    place.store.mail.write(offline, durable=True)


def nothing(_place: Place, _id: MessageId) -> None:
    """The engine takes its time."""


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the app go on until `condition` holds."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it does not come to that")


async def open_list(pilot: Pilot[None]) -> AttachmentLines:
    """The list of the newest message's attachments."""
    await settle(pilot)
    await press(pilot, "enter")
    await press_into_dialog(pilot, "o")
    await until(pilot, lambda: isinstance(pilot.app.screen, AttachmentsScreen))
    lines = pilot.app.screen.query_one(AttachmentLines)
    await until(pilot, lambda: lines.line_count > 0)
    return lines


def said(pilot: Pilot[None]) -> str:
    screen = next(one for one in pilot.app.screen_stack if isinstance(one, AttachmentsScreen))
    return str(screen.query_one("#said", Static).content)


def listing(directory: Path) -> set[str]:
    return {one.name for one in directory.iterdir()}


def names_in(directory: Path) -> set[str]:
    """Its files."""
    return {one.name for one in directory.iterdir() if one.is_file()}


async def answer(pilot: Pilot[None], text: str) -> None:
    """Type the directory that is asked for."""
    await until(pilot, lambda: bool(pilot.app.screen.query(Input)))
    pilot.app.screen.query_one(Input).value = text
    await press_into_dialog(pilot, "enter")


async def test_parts_are_listed_and_one_is_saved(
    place: Place, make_app: MakeApp, files: MessageId, tmp_path: Path
) -> None:
    app = make_app(place)
    async with app.run_test(size=(120, 30)) as pilot:
        lines = await open_list(pilot)
        assert [(row.name, row.about) for row in lines.rows] == [
            ("plan.pdf", "application/pdf  2.0 K"),
            ("notes.txt", "text/plain  31 B"),
        ]
        await press_into_dialog(pilot, "s")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: "Saved" in said(pilot))
        assert said(pilot) == f"Saved: {tmp_path}/plan.pdf"
        assert (tmp_path / "plan.pdf").read_bytes() == PLAN
        await press_into_dialog(pilot, "s")
        await until(pilot, lambda: bool(pilot.app.screen.query(Input)))
        assert pilot.app.screen.query_one(Input).value == str(tmp_path), "the last directory is offered"


async def test_marked_ones_and_all_are_saved(place: Place, make_app: MakeApp, files: MessageId, tmp_path: Path) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        lines = await open_list(pilot)
        await press_into_dialog(pilot, "j", "space")
        assert lines.marked == {"3"}
        assert any("•" in segment.text for segment in lines.row_segments(1, 80, lines.rich_style))
        await press_into_dialog(pilot, "s")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: "notes.txt" in said(pilot))
        assert names_in(tmp_path) == {"notes.txt"}
        await press_into_dialog(pilot, "S")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: "2 files" in said(pilot))
        assert names_in(tmp_path) == {"notes.txt", "plan.pdf", "notes (2).txt"}


async def test_a_directory_that_is_not_there_is_asked_for_again(
    place: Place, make_app: MakeApp, files: MessageId, tmp_path: Path
) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "S")
        await answer(pilot, str(tmp_path / "none"))
        await until(pilot, lambda: "no such directory" in str(pilot.app.screen.query_one("#box").border_title))
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: any("2 files" in toast for toast in toasts(pilot)))
        assert (tmp_path / "plan.pdf").read_bytes() == PLAN


async def test_nothing_attached_is_said(place: Place, make_app: MakeApp) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "S")
        await until(pilot, lambda: bool(toasts(pilot)))
        assert toasts(pilot) == ["Nothing is attached."]


async def test_a_message_that_is_gone_meanwhile_is_said(
    place: Place, make_app: MakeApp, files: MessageId, tmp_path: Path
) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "S")
        await until(pilot, lambda: bool(pilot.app.screen.query(Input)))
        gone = "DELETE FROM messages WHERE id = ?"
        place.store.mail.write(lambda connection: connection.execute(gone, (files,)), durable=False)
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: "The message is gone: nothing was saved." in toasts(pilot))


async def test_a_part_is_looked_into(place: Place, make_app: MakeApp, files: MessageId) -> None:
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        await open_list(pilot)
        await press_into_dialog(pilot, "j", "v")
        await until(pilot, lambda: bool(pilot.app.screen.query("#words")))
        words = str(pilot.app.screen.query_one("#words Static", Static).content)
        assert words == "Two lines\nof notes ␛]0;title␇."
        await press_into_dialog(pilot, "escape", "k", "v")
        await until(pilot, lambda: "is no text" in said(pilot))


async def test_what_is_not_here_is_fetched_and_saved(
    place: Place, make_app: MakeApp, in_part: MessageId, tmp_path: Path
) -> None:
    link = Engine(place, bring)
    async with make_app(place, link=link).run_test(size=(120, 30)) as pilot:
        lines = await open_list(pilot)
        assert "The text." in main_screen(pilot).preview.text
        assert lines.rows[0].about == "application/pdf  2.0 K  not here yet"
        assert lines.rows[1].about == "text/plain  31 B"
        await press_into_dialog(pilot, "s")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: "Saved" in said(pilot))
        assert Hint(HintKind.WANT_PART, in_part) in link.sent
        assert (tmp_path / "plan.pdf").read_bytes() == PLAN
        await until(pilot, lambda: lines.rows[0].about == "application/pdf  2.0 K")


async def test_it_is_shown_how_far_it_is(place: Place, make_app: MakeApp, in_part: MessageId, tmp_path: Path) -> None:
    save = partial(parts.save_frame, body_id=in_part, frame=frame(letter()), left={"2": 4 * parts.PIECE_OCTETS})
    place.store.bodies.write(save, durable=True)
    async with make_app(place, link=Engine(place, nothing)).run_test(size=(120, 30)) as pilot:
        lines = await open_list(pilot)
        await press_into_dialog(pilot, "s")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: said(pilot) == "Fetching plan.pdf…")
        await until(pilot, lambda: lines.rows[0].state == "coming…")
        add = partial(parts.add_piece, body_id=in_part, section="2", number=0, octets=b"x" * parts.PIECE_OCTETS)
        place.store.bodies.write(add, durable=True)
        place.store.mail.write(partial(part_wants.forget_tries, id_=in_part, section="2"), durable=True)
        await until(pilot, lambda: lines.rows[0].state == "25 %")
        refuse(place, in_part)
        await until(pilot, lambda: lines.rows[0].state == "refused")
        await until(pilot, lambda: "The server did not give it." in said(pilot))
        assert not (tmp_path / "plan.pdf").exists()


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        (refuse, "could not be fetched: The server did not give it."),
        (go_offline, "It comes when the account is connected."),
        (None, "this window does not fetch mail"),
    ],
)
async def test_why_it_does_not_come_is_said_where_one_looks(
    place: Place,
    make_app: MakeApp,
    in_part: MessageId,
    tmp_path: Path,
    engine: Callable[[Place, MessageId], None] | None,
    words: str,
) -> None:
    link = None if engine is None else Engine(place, engine)
    async with make_app(place, link=link).run_test(size=(120, 30)) as pilot:
        await open_list(pilot)
        await press_into_dialog(pilot, "s")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: words in said(pilot))
        assert not (tmp_path / "plan.pdf").exists()
        wants = place.store.mail.read(partial(part_wants.wants_of, id_=in_part))
        assert list(wants) == ["2"], "it comes when that is possible"


def program(tmp_path: Path, status: int = 0) -> tuple[str, ...]:
    """A program that notes what it was given."""
    told = tmp_path / "told.json"
    code = (
        "import json, os, sys; path = sys.argv[-1];"
        f"open({str(told)!r}, 'w').write(json.dumps([sys.argv[1:], os.stat(path).st_mode,"
        " os.stat(os.path.dirname(path)).st_mode, os.stat(os.path.dirname(os.path.dirname(path))).st_mode,"
        f" list(open(path, 'rb').read())])); sys.exit({status})"
    )
    return (sys.executable, "-c", code)


async def test_a_part_is_opened_by_the_program_for_its_type(
    place: Place, make_app: MakeApp, files: MessageId, tmp_path: Path
) -> None:
    config = msgspec.structs.replace(CONFIG, open={"Application/PDF": (*program(tmp_path), "--quiet")})
    app = make_app(place, config=config)
    async with app.run_test(size=(120, 30)) as pilot:
        await open_list(pilot)
        await press_into_dialog(pilot, "enter")
        await until(pilot, lambda: "was given to" in said(pilot))
        arguments, mode, own, outer, octets = json.loads((tmp_path / "told.json").read_text())
        assert arguments[0] == "--quiet"
        path = Path(arguments[1])
        assert path.name == "plan.pdf"
        assert bytes(octets) == PLAN
        assert not mode & stat.S_IXUSR
        assert stat.S_IMODE(own) == stat.S_IMODE(outer) == 0o700
        assert names_in(path.parent) == {"plan.pdf"}
    app.session.close()
    assert path.parent.parent.name not in listing(path.parent.parent.parent), "what was opened is gone with the run"


async def test_a_program_that_fails_is_said(place: Place, make_app: MakeApp, files: MessageId, tmp_path: Path) -> None:
    config = msgspec.structs.replace(CONFIG, open={"application/*": program(tmp_path, status=3)})
    async with make_app(place, config=config).run_test(size=(120, 30)) as pilot:
        await open_list(pilot)
        await press_into_dialog(pilot, "o")
        await until(pilot, lambda: "ended with status 3" in said(pilot))


def shown(name: str, content_type: str = "application/octet-stream") -> ShownPart:
    return ShownPart("2", content_type, name, 9)


@pytest.fixture
def bare(place: Place) -> Attached:
    config = msgspec.structs.replace(
        CONFIG, open={"image/*": ("feh",), "image/png": ("viewer", "-x"), "text/plain": ()}
    )
    return Attached(Session(place.store, config, None, config_path=Path("/nowhere/config.toml")))


@pytest.mark.parametrize(
    "name",
    [
        "evil.desktop",
        "evil.EXE",
        "run.sh ",
        "a.pdf.desktop.",
        "x/../evil.bat",
        "inv\u202etxt.scr",
        "a.JAR",
        "x.exe\u200d",
        "x.desktop\ufe0f",
    ],
)
def test_what_a_desktop_would_run_is_not_opened(bare: Attached, name: str) -> None:
    with pytest.raises(SaveError, match="may be a program: it is not opened"):
        bare.program_for(shown(name, "application/pdf"))


def test_which_program_opens_what(bare: Attached) -> None:
    usual = ["open" if sys.platform == "darwin" else "xdg-open"]
    assert bare.program_for(shown("a.png", "image/png")) == ["viewer", "-x"]
    assert bare.program_for(shown("a.jpg", "image/JPEG")) == ["feh"]
    assert bare.program_for(shown("a.txt", "text/plain")) == usual
    assert bare.program_for(shown("$(id).pdf", "application/pdf")) == usual
    with pytest.raises(SaveError):
        bare.program_for(shown("", "application/x-sh"))


@pytest.mark.parametrize("kind", ["application/java-archive", "application/x-msdos-program", "text/x-python"])
def test_a_part_without_a_name_is_judged_by_the_one_that_its_file_gets(bare: Attached, kind: str) -> None:
    with pytest.raises(SaveError, match="may be a program: it is not opened"):
        bare.program_for(shown("", kind))
    assert is_page(shown("", "application/xhtml+xml"))
    assert is_page(shown("", "text/xml"))


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("invoice", b"#!/bin/sh\nid"),
        ("a.pdfx", b"MZ\x90"),
        ("a.e\u200dxe", b"MZ\x90"),
        ("d", b"# a note\n[Desktop Entry]\nExec=id"),
        ("invoice", b"\xef\xbb\xbf \n<HTML>"),
        ("", b"PK\x03\x04"),
    ],
)
async def test_a_desktop_that_goes_by_content_is_given_no_program_under_another_name(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, name: str, octets: bytes
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("tuimail.ui.programs.start_program", started.append)
    disguised = f"attachment; filename*=utf-8''{quote(name)}" if name else "attachment"
    message = b"\n".join(
        [
            b"From: a@example.org",
            b"Content-Type: application/octet-stream",
            b"Content-Transfer-Encoding: base64",
            f"Content-Disposition: {disguised}".encode(),
            b"",
            base64.b64encode(octets),
        ]
    )
    deliver(place, "INBOX", [Sample(message, -60)], first_uid=500)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        lines = await open_list(pilot)
        await press_into_dialog(pilot, *["j"] * (len(lines.rows) - 1), "enter")
        await until(pilot, lambda: "it is not opened" in said(pilot))
    assert not started


def test_which_parts_a_browser_would_show() -> None:
    assert is_page(shown("a.html"))
    assert is_page(shown("a.SVG."))
    assert is_page(shown("", "text/html"))
    assert not is_page(shown("a.pdf", "application/pdf"))


async def test_a_page_is_opened_after_a_question_only(place: Place, make_app: MakeApp, tmp_path: Path) -> None:
    deliver(place, "INBOX", [Sample(letter("page.html"), -60)], first_uid=500)
    config = msgspec.structs.replace(CONFIG, open={"application/octet-stream": program(tmp_path)})
    async with make_app(place, config=config).run_test(size=(120, 30)) as pilot:
        await open_list(pilot)
        await press_into_dialog(pilot, "j", "j", "o")
        await until(pilot, lambda: not isinstance(pilot.app.screen, AttachmentsScreen))
        await press_into_dialog(pilot, "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, AttachmentsScreen))
        assert not (tmp_path / "told.json").exists()


async def test_a_message_that_is_not_here_is_fetched_to_be_saved(
    place: Place, make_app: MakeApp, tmp_path: Path
) -> None:
    deliver(place, "INBOX", [Sample(letter(), -60)], first_uid=500, with_bodies=False)

    def bring_all(place: Place, id_: MessageId) -> None:
        add_body(place.store, id_, letter())
        settle_ = partial(part_wants.settle_want, id_=id_, section=part_wants.WHOLE)
        place.store.mail.write(settle_, durable=True)

    async with make_app(place, link=Engine(place, bring_all)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press_into_dialog(pilot, "S")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: any("2 files" in toast for toast in toasts(pilot)))
    assert (tmp_path / "notes.txt").read_text() == NOTES


async def test_a_hostile_name_is_text_alone(place: Place, make_app: MakeApp, tmp_path: Path) -> None:
    hostile = "../\x1b]0;x\x07[/x][@click=app.quit]y\u202efdp.exe"
    deliver(place, "INBOX", [Sample(letter(hostile), -60)], first_uid=500)
    async with make_app(place).run_test(size=(120, 30)) as pilot:
        lines = await open_list(pilot)
        assert lines.rows[2].name.isprintable()
        assert "[@click=app.quit]yfdp.exe" in "".join(one.text for one in lines.row_segments(2, 100, lines.rich_style))
        await press_into_dialog(pilot, "j", "j", "enter")
        await until(pilot, lambda: "may be a program" in said(pilot))
        await press_into_dialog(pilot, "s")
        await answer(pilot, str(tmp_path))
        await until(pilot, lambda: "Saved" in said(pilot))
        (name,) = names_in(tmp_path)
        assert name.endswith("[@click=app.quit]yfdp.exe")
        assert name.isprintable()
        assert f"Saved: {tmp_path}/{name}" == said(pilot)


async def test_a_program_is_given_all_of_a_message_that_is_here_in_part(
    place: Place, make_app: MakeApp, in_part: MessageId, tmp_path: Path
) -> None:
    def bring_all(place: Place, id_: MessageId) -> None:
        add_body(place.store, id_, letter())
        whole = partial(part_wants.settle_want, id_=id_, section=part_wants.WHOLE)
        place.store.mail.write(whole, durable=True)

    async with make_app(place, link=Engine(place, bring_all)).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        preview = main_screen(pilot).preview
        assert "not here yet" in preview.text
        await press(pilot, "enter", "V")
        assert "what it has attached is left out here" in preview.text
        await press_into_dialog(pilot, "|")
        await answer(pilot, f"tee {tmp_path}/piped")
        await until(pilot, lambda: "piped" in names_in(tmp_path))
        await until(pilot, lambda: (tmp_path / "piped").stat().st_size == len(letter()))
        await press_into_dialog(pilot, "escape")
        await press(pilot, "V", "V")
        assert "not here yet" not in preview.text, "the whole takes the place of the part that was shown"
    assert (tmp_path / "piped").read_bytes() == letter()
