"""The reader of keys: counts, sequences, and whatever else is pressed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.config.schema import KeymapPreset
from tuimail.ui.commands.command import Command, Context
from tuimail.ui.commands.key_names import parse_declared
from tuimail.ui.commands.key_reader import KeyReader, Outcome, Step
from tuimail.ui.commands.keymap import Table, listed
from tuimail.ui.commands.keys_in_use import load_keymap


def _command(id_: str, *, counted: bool = False) -> Command:
    return Command(id_, "", id_, (Context.MESSAGES,), "", "", lambda _desk: None, counted)


DOWN, DELETE, PANE = _command("down", counted=True), _command("delete"), _command("pane")
TABLE: Table = {
    "j": DOWN,
    "d": DELETE,
    "2": PANE,
    "1": PANE,
    "escape": _command("back"),
    "g": {"g": _command("top", counted=True), "i": _command("inbox"), "q": {"q": _command("deep")}},
}


def read(reader: KeyReader, *keys: str) -> list[Step]:
    """Reads keys as the dispatcher does."""
    steps = []
    for key in keys:
        step = reader.read(key, TABLE)
        steps.append(step)
        if step.outcome is Outcome.RUN_AND_AGAIN:
            steps.append(reader.read(key, TABLE))
    return steps


def last(reader: KeyReader, *keys: str) -> tuple[Outcome, str, int | None]:
    """What the last of the keys came to."""
    step = read(reader, *keys)[-1]
    return step.outcome, "" if step.command is None else step.command.id, step.count


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("j", (Outcome.RUN, "down", None)),
        ("5 j", (Outcome.RUN, "down", 5)),
        ("4 0 j", (Outcome.RUN, "down", 40)),
        ("1 2 j", (Outcome.RUN, "down", 12)),
        ("2 j", (Outcome.RUN, "down", 2)),
        ("1 j", (Outcome.RUN, "down", None)),
        ("2 d", (Outcome.RUN, "delete", None)),
        ("5 d", (Outcome.REFUSED, "delete", 5)),
        ("g i", (Outcome.RUN, "inbox", None)),
        ("7 g g", (Outcome.RUN, "top", 7)),
        ("2 g g", (Outcome.RUN, "top", 2)),
        ("g q q", (Outcome.RUN, "deep", None)),
        ("g q backspace i", (Outcome.RUN, "inbox", None)),
        ("g backspace j", (Outcome.RUN, "down", None)),
        ("4 5 backspace j", (Outcome.RUN, "down", 4)),
        ("g x", (Outcome.UNKNOWN, "", None)),
        ("5 x", (Outcome.UNKNOWN, "", None)),
        ("g escape", (Outcome.CANCELLED, "", None)),
        ("5 escape", (Outcome.CANCELLED, "", None)),
        ("2 escape", (Outcome.CANCELLED, "", None)),
        ("escape", (Outcome.RUN, "back", None)),
        ("g question_mark", (Outcome.HINT, "", None)),
        ("0", (Outcome.NOT_OURS, "", None)),
        ("x", (Outcome.NOT_OURS, "", None)),
        ("2", (Outcome.HOLDING, "", None)),
        ("9 9 9 9 9 9 9 9 9 9 j", (Outcome.RUN, "down", 9_999_999)),
    ],
)
def test_what_keys_come_to(keys: str, expected: tuple[Outcome, str, int | None]) -> None:
    reader = KeyReader()
    assert last(reader, *keys.split()) == expected
    assert reader.is_idle == (expected[0] not in {Outcome.WAITING, Outcome.HOLDING, Outcome.HINT})


def test_a_digit_that_goes_to_a_pane_is_held_until_the_next_key() -> None:
    reader = KeyReader()
    steps = read(reader, "2", "d")
    assert [step.outcome for step in steps] == [Outcome.HOLDING, Outcome.RUN_AND_AGAIN, Outcome.RUN]
    assert steps[1].command is PANE


def test_a_held_digit_is_its_command_when_no_key_follows() -> None:
    reader = KeyReader()
    read(reader, "2")
    assert reader.elapsed() is PANE
    assert reader.is_idle
    read(reader, "5")
    assert reader.elapsed() is None
    assert reader.pending == "5"


def test_pending_is_what_people_typed() -> None:
    reader = KeyReader()
    read(reader, "1", "2", "g", "q")
    assert reader.pending == "12 g q"
    assert list(reader.choices) == ["q"]


def test_a_sequence_ends_where_other_keys_are_at_work() -> None:
    reader = KeyReader()
    read(reader, "g")
    assert reader.read("i", {"i": DELETE}).command is DELETE


_KEYS = st.sampled_from(
    ["j", "d", "g", "i", "q", "0", "1", "2", "5", "9", "escape", "backspace", "question_mark", "ctrl+x", "ö", "tab", ""]
) | st.text(max_size=6)


@given(st.lists(_KEYS, max_size=30))
def test_any_keys_never_fail_and_escape_ends_all(keys: list[str]) -> None:
    reader = KeyReader()
    for step in read(reader, *keys):
        assert (step.command is not None) == (step.outcome in {Outcome.RUN, Outcome.RUN_AND_AGAIN, Outcome.REFUSED})
    read(reader, "escape")
    assert reader.is_idle
    assert reader.pending == ""


@pytest.mark.parametrize("preset", KeymapPreset)
def test_every_sequence_of_every_preset_runs_its_command(preset: KeymapPreset) -> None:
    keymap = load_keymap(preset, None)
    for context in Context:
        table = keymap.table(context)
        for sequence, command in listed(table):
            reader = KeyReader()
            steps = [reader.read(key, table) for key in sequence]
            if steps[-1].outcome is Outcome.HOLDING:
                assert reader.elapsed() is command
            else:
                assert (steps[-1].outcome, steps[-1].command) == (Outcome.RUN, command)
    for (context, id_), sequences in keymap.sequences.items():
        assert {sequence for sequence, command in listed(keymap.table(context)) if command.id == id_} == set(sequences)


def test_declared_keys_are_taken_apart() -> None:
    assert parse_declared("d,delete,g i,* a,comma") == (
        ("d",),
        ("delete",),
        ("g", "i"),
        ("asterisk", "a"),
        ("comma",),
    )
    with pytest.raises(ValueError, match="hyper_key"):
        parse_declared("hyper_key")
