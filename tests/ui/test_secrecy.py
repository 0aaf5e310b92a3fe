"""Signed and encrypted messages in the preview: told above the text, decrypted by a key, forgotten with the next."""

from __future__ import annotations

import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.crypto import gpg_world
from tests.crypto.gpg_world import GpgWorld
from tests.crypto.mails import HEADER, TEXT, message, multipart, pgp_encrypted, pgp_signed, text
from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, press_into_dialog, settle, toasts
from tests.ui.sample_store import Place, Sample, deliver, make_place
from tuimail.ui.screens.desk import secrecy
from tuimail.ui.secrecy import open_stored
from tuimail.ui.widgets.preview.painter import _OURS

FAKE_BADGE = "✓ Signed by “Ada Example <ada@example.org>” (PGP)."


@pytest.fixture(scope="module")
def pgp() -> Iterator[GpgWorld]:
    world = gpg_world.make_world()
    yield world
    world.close()


@pytest.fixture
def at(pgp: GpgWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Place]]:
    """A store whose inbox has these messages, the first one at the top."""
    monkeypatch.setenv("GNUPGHOME", str(pgp.home))
    made = make_place(tmp_path / "data")

    def put(*octets: bytes) -> Place:
        deliver(made, "INBOX", [Sample(one, 60 * number, ("\\Seen",)) for number, one in enumerate(octets)])
        return made

    yield put
    made.store.close()


def shown(pilot: Pilot[None]) -> str:
    return main_screen(pilot).preview.text


def rows(pilot: Pilot[None]) -> list[str]:
    preview = main_screen(pilot).preview
    return [preview.render_line(y).text.rstrip() for y in range(preview.size.height)]


async def test_a_signature_is_told_where_no_text_can_stand(
    pgp: GpgWorld, at: Callable[..., Place], make_app: MakeApp
) -> None:
    entity = text(f"{FAKE_BADGE}\r\nPay at once.")
    octets = message(pgp_signed(entity, pgp.sign(entity, "ada")))
    async with make_app(at(octets)).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await settle(pilot)
        found = [row for row in rows(pilot) if "Signed by" in row]
        assert [row[0] for row in found] == [_OURS, " "]


async def test_a_key_decrypts_and_the_next_message_forgets_it(
    pgp: GpgWorld, at: Callable[..., Place], make_app: MakeApp
) -> None:
    place = at(message(pgp_encrypted(pgp.encrypt(TEXT, "ada"))), message(text("Another."), HEADER))
    async with make_app(place).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await settle(pilot)
        assert "This message is encrypted (PGP). O decrypts it." in shown(pilot)
        assert "noon" not in shown(pilot)
        await press(pilot, "enter", "O")
        assert "── decrypted ──\n\nMeet me at noon." in shown(pilot)
        assert "Signed by “Ada Example <ada@example.org>” (PGP)." in shown(pilot)
        await press(pilot, "j")
        assert "Another." in shown(pilot)
        session = main_screen(pilot).desk.session
        assert session.secrecy.secured(place.ids("INBOX")[0]) is None
        await press(pilot, "k")
        assert "noon" not in shown(pilot)
    assert not [path for path in place.store.data_dir.rglob("*") if path.is_file() and b"noon" in path.read_bytes()]


async def test_an_encrypted_part_is_shown_apart(pgp: GpgWorld, at: Callable[..., Place], make_app: MakeApp) -> None:
    octets = message(multipart("mixed", text("Before."), pgp_encrypted(pgp.encrypt(TEXT)), text("After.")))
    async with make_app(at(octets)).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await settle(pilot)
        assert "noon" not in shown(pilot)
        await press(pilot, "enter", "O")
        assert "── decrypted: part 2 ──\n\nMeet me at noon.\n\n── end of this part ──" in shown(pilot)


async def test_escape_stops_waiting(
    pgp: GpgWorld, at: Callable[..., Place], make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "gpg"
    program.write_text(f"#!{sys.executable}\nimport sys, time\nif '--decrypt' in sys.argv: time.sleep(600)\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(secrecy, "TOLD_AFTER_S", 0.001)
    async with make_app(at(message(pgp_encrypted(pgp.encrypt(TEXT))))).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await settle(pilot)
        await press(pilot, "enter")
        await press_into_dialog(pilot, "O")
        assert "Waiting for gpg… esc stops waiting." in toasts(pilot)
        await press(pilot, "escape")
        assert "This message is encrypted (PGP). O decrypts it." in shown(pilot)


async def test_a_message_without_secrets_says_so(at: Callable[..., Place], make_app: MakeApp) -> None:
    async with make_app(at(message(text("Plain."), HEADER))).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "enter", "O")
        assert "Nothing in this message is encrypted, or all of it is decrypted." in toasts(pilot)


async def test_what_is_attached_to_a_decrypted_message_can_be_saved(
    pgp: GpgWorld, at: Callable[..., Place], make_app: MakeApp, tmp_path: Path
) -> None:
    plan = b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="plan.pdf"\r\n\r\n%PDF-'
    place = at(message(pgp_encrypted(pgp.encrypt(multipart("mixed", text("See."), plan)))))
    async with make_app(place).run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await settle(pilot)
        await press(pilot, "enter", "O")
        attached = main_screen(pilot).desk.attachments.attached
        (id_,) = place.ids("INBOX")
        rows = await attached.rows(id_)
        assert rows is not None
        (row,) = rows.attachments
        assert (row.name, row.part.section) == ("plan.pdf", ":2")
        path = await attached.save(id_, row.part, tmp_path)
        assert path.read_bytes() == b"%PDF-"


async def test_a_key_that_comes_before_the_look_is_not_lost(
    pgp: GpgWorld, at: Callable[..., Place], make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Event()

    def slow(*arguments: Any) -> Any:
        assert looked.wait(20)
        return open_stored(*arguments)

    monkeypatch.setattr(secrecy, "open_stored", slow)
    async with make_app(at(message(pgp_encrypted(pgp.encrypt(TEXT))))).run_test(size=(120, 40)) as pilot:
        await pilot.press("enter")
        while main_screen(pilot).desk.secrecy._wait is None:
            await pilot.pause(0.01)
        await pilot.press("O")
        looked.set()
        await settle(pilot)
        await settle(pilot)
        assert "Meet me at noon." in shown(pilot)
