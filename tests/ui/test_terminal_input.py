"""What terminals send that is no key: nothing of it ends the reader, or is taken for keys."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.ui.conftest import MakeApp
from tests.ui.sample_store import Place
from tuimail.ui.terminal_input import TerminalDriver, TerminalInput, without_answers


def keys(reader: TerminalInput, *chunks: bytes) -> list[str]:
    return [message.key for chunk in chunks for message in reader.feed(chunk) if isinstance(message, events.Key)]


@pytest.mark.parametrize("octets", [b"\xff", b"\x80\xe1", b"\xed\xa0\x80", b"\xc3"])
def test_octets_that_are_no_text_leave_the_keyboard_alive(octets: bytes) -> None:
    assert keys(TerminalInput(), octets, b"jk")[-2:] == ["j", "k"]


def test_a_character_may_come_in_pieces() -> None:
    assert keys(TerminalInput(), "ä".encode()[:1], "ä".encode()[1:]) == keys(TerminalInput(), "ä".encode())


@pytest.mark.parametrize(
    "sequence",
    ["\x1b[1114112u", "\x1b[99999999999u", "\x1b[97;5:3u", "\x1b[97::97;2u", "\x1b[0;1;1114112u"],
)
def test_a_key_that_cannot_be_is_passed_over(sequence: str) -> None:
    assert keys(TerminalInput(), sequence.encode(), b"j") == ["j"]


@pytest.mark.parametrize(
    "answer",
    [
        "\x1b[?62;22;52c",
        "\x1b[>41;354;0c",
        "\x1b[0n",
        "\x1b[?997;1n",
        "\x1b[8;24;80t",
        "\x1b[?1u",
        "\x1b]11;rgb:dddd/aaaa/dddd\x1b\\",
        "\x1b]10;rgb:ffff/ffff/ffff\x07",
        "\x1bP>|xterm(388)\x1b\\",
        "\x1b_Gi=31;OK\x1b\\",
    ],
)
def test_an_answer_that_nobody_asked_for_is_no_key(answer: str) -> None:
    assert keys(TerminalInput(), answer.encode() + b"j") == ["j"]


@pytest.mark.parametrize(
    "sequence",
    ["\x1b[c", "\x1b[1;2D", "\x1b[3~", "\x1b[?2026;2$y", "\x1b[48;40;140;800;1400t", "\x1b[<0;3;4M", "\x1b[97u"],
)
def test_keys_and_the_answers_that_textual_asks_for_come_through(sequence: str) -> None:
    assert without_answers(sequence) == sequence


PASTED = b"\x1b[200~dd\xff\x1b[1114112udd\nq\x1b]0;aa\x07dddddddddddddddddddddddddddddddddddddddd\x1b[201~"


@pytest.mark.parametrize("step", [1, 2, 7, 4096])
def test_a_paste_is_one_message_whatever_it_holds(step: int) -> None:
    reader = TerminalInput()
    chunks = [PASTED[place : place + step] for place in range(6, len(PASTED), step)]
    messages = [message for chunk in [PASTED[:6], *chunks, b"j"] for message in reader.feed(chunk)]
    paste, key = messages
    assert isinstance(paste, events.Paste)
    assert isinstance(key, events.Key)
    assert key.key == "j"
    assert "\x1b" not in paste.text
    assert paste.text.replace("\ufffd", "").startswith("dd[1114112udd\nq]0;aa")
    assert paste.text.endswith("d" * 40)


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"\x1b[", b"\x1b", b";", b"u", b"~", b"M"]), max_size=8))
def test_no_octets_end_the_reader(chunks: list[bytes]) -> None:
    reader = TerminalInput()
    for chunk in chunks:
        list(reader.feed(chunk))
    # Whatever sequence or paste was begun is ended by these.
    assert keys(reader, b"\x1b[201~" + b" " * 64, b"\x1b[201~", b"j")[-1] == "j"


def test_the_app_reads_its_terminal_so(place: Place, make_app: MakeApp) -> None:
    assert make_app(place).driver_class is TerminalDriver


async def test_a_terminal_that_is_gone_ends_the_app(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(place)
    driver = TerminalDriver(app)
    ours, theirs = os.pipe()
    driver.fileno = ours
    called: list[object] = []
    monkeypatch.setattr(app, "call_later", called.append)
    os.close(theirs)
    # It would go on for ever, with nothing to read at once each time.
    driver.run_input_thread()
    os.close(ours)
    assert called == [app.exit]
