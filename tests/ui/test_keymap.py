"""The keymap: presets without clashes, the user's lines, and faults in words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.config.schema import KeymapPreset
from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.command import Command, Context
from tuimail.ui.commands.key_names import key_name, parse_sequence, shown, shown_key
from tuimail.ui.commands.keymap import Keymap, build_keymap
from tuimail.ui.commands.keymap_file import lines_of
from tuimail.ui.commands.keys_in_use import load_keymap, preset_table


def _command(id_: str, keys: str, *contexts: Context) -> Command:
    return Command(id_, keys, id_.upper(), contexts, "", "", lambda _desk: None)


SMALL = {
    command.id: command
    for command in (
        _command("mail.archive", "a", Context.MESSAGES, Context.PREVIEW),
        _command("mail.delete", "d,delete", Context.MESSAGES, Context.PREVIEW),
        _command("box.delete", "d", Context.MAILBOXES),
        _command("go.inbox", "g i", Context.EVERYWHERE),
        _command("app.quit", "q", Context.EVERYWHERE),
        _command("queue.close", "q", Context.QUEUE),
    )
}


def made(text: str, preset: dict[str, str] | None = None) -> Keymap:
    """The small keymap with a file of the user's."""
    lines, faults = lines_of(tomllib.loads(text), SMALL)
    return build_keymap(SMALL, preset or {}, lines, faults)


@pytest.mark.parametrize("preset", KeymapPreset)
def test_presets_are_free_of_clashes(preset: KeymapPreset) -> None:
    assert load_keymap(preset, None).faults == ()


@pytest.mark.parametrize("preset", KeymapPreset)
def test_presets_name_commands_that_exist(preset: KeymapPreset) -> None:
    assert set(preset_table(preset)) <= set(COMMANDS)


@pytest.mark.parametrize("preset", KeymapPreset)
def test_presets_are_complete_for_daily_work(preset: KeymapPreset) -> None:
    keymap = load_keymap(preset, None)
    without = [command.id for command in COMMANDS.values() if command.keys and not keymap.shown(command.id)]
    assert without == []


def test_a_line_takes_the_place_of_the_presets_keys() -> None:
    keymap = made('"mail.archive" = ["e", "g x"]\napp.quit = []\n"mail.delete" = "!"')
    assert keymap.faults == ()
    table = keymap.table(Context.MESSAGES)
    assert "a" not in table
    assert "q" not in table
    assert keymap.all_shown("mail.archive") == ("e", "g x")
    assert keymap.all_shown("mail.delete") == ("!",)
    assert keymap.shown("app.quit") == ""


def test_a_section_is_about_one_context() -> None:
    keymap = made('"mail.archive" = ["e"]\n[preview]\n"mail.archive" = ["x"]\n[queue]\nqueue.close = ["z"]')
    assert keymap.faults == ()
    assert keymap.shown("mail.archive", Context.MESSAGES) == "e"
    assert keymap.shown("mail.archive", Context.PREVIEW) == "x"
    assert keymap.shown("queue.close") == "z"


def test_two_commands_may_change_keys_with_each_other() -> None:
    keymap = made('"mail.archive" = ["d"]\n"mail.delete" = ["a"]')
    assert keymap.faults == ()
    assert (keymap.shown("mail.archive"), keymap.shown("mail.delete")) == ("d", "a")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('"mail.archive" = ["d"]', '"d" cannot be mail.archive (in Message list): it is mail.delete already'),
        ('"app.quit" = ["d"]', '"d" cannot be app.quit (in Message list): it is mail.delete already'),
        ('"app.quit" = ["g"]', '"g" cannot be app.quit (everywhere): "g i" is go.inbox already'),
        ('"app.quit" = ["a b"]', '"a b" cannot be app.quit (in Message list): "a" is mail.archive already'),
        ('"mail.archive" = ["x"]\n"mail.delete" = ["x y"]', '"x y" cannot be mail.delete (in Message list): "x" is'),
        ('"mail.archiv" = ["x"]', 'no command is called "mail.archiv"; did you mean "mail.archive"?'),
        ('"mail.archive" = ["ctrk+x"]', 'mail.archive: no key is called "ctrk+x"'),
        ('"mail.archive" = ["gg"]', 'no key is called "gg"; did you mean "g g"?'),
        ('"mail.archive" = ["pagedwn"]', 'no key is called "pagedwn"; did you mean "pagedown"?'),
        ('"mail.archive" = 5', "mail.archive: expected a list of keys"),
        ('"mail.archive" = [5]', "mail.archive: expected a list of keys"),
        ('"mail.archive" = ["a b c d e"]', "has more than 4 keys"),
        ('"mail.archive" = ["g escape"]', "esc takes a sequence back"),
        ('[queue]\n"mail.archive" = ["x"]', "mail.archive is no command of [queue], but of [messages], [preview]"),
    ],
)
def test_a_fault_leaves_its_line_out(text: str, fault: str) -> None:
    keymap = made(text + '\n"box.delete" = ["X"]' if "[queue]" not in text else text)
    assert len(keymap.faults) == 1
    assert fault in keymap.faults[0]
    assert keymap.shown("mail.archive") in {"a", "x"}
    assert keymap.shown("app.quit") == "q"
    assert keymap.shown("box.delete") == ("d" if "[queue]" in text else "X")


def test_a_line_that_is_left_out_may_make_another_one_clash() -> None:
    keymap = made('"mail.delete" = ["a"]\n"mail.archive" = ["q"]')
    assert len(keymap.faults) == 2
    assert (keymap.shown("mail.archive"), keymap.shown("mail.delete")) == ("a", "d")


def test_a_preset_changes_keys_and_unbinds() -> None:
    keymap = made("", {"mail.delete": "d d", "go.inbox": ""})
    assert keymap.faults == ()
    assert keymap.shown("mail.delete") == "d d"
    assert "g" not in keymap.table(Context.MESSAGES)


def test_a_file_that_cannot_be_used_leaves_the_preset(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    assert load_keymap(KeymapPreset.DEFAULT, path).faults == ()
    path.write_text('"mail.archive" = [', "utf-8")
    broken = load_keymap(KeymapPreset.DEFAULT, path)
    assert "not TOML" in broken.faults[0]
    assert broken.shown("message.archive") == "a"
    path.write_bytes(b"\xff\xfe")
    assert "cannot be read" in load_keymap(KeymapPreset.DEFAULT, path).faults[0]
    path.write_text('message.archive = ["b"]', "utf-8")
    assert load_keymap(KeymapPreset.DEFAULT, path).shown("message.archive") == "b"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("!", "exclamation_mark"),
        ("?", "question_mark"),
        ("ctrl+x", "ctrl+x"),
        ("Ctrl+X", "ctrl+x"),
        ("G", "G"),
        ("shift+g", "G"),
        ("space", "space"),
        (" ", "space"),
        ("esc", "escape"),
        ("pgdn", "pagedown"),
        ("ctrl+i", "tab"),
        ("ctrl++", "ctrl+plus"),
        ("shift+ctrl+up", "ctrl+shift+up"),
        ("F5", "f5"),
        (",", "comma"),
        ("less_than_sign", "less_than_sign"),
        ("<", "less_than_sign"),
        ("/", "slash"),
        ("ö", "ö"),
        ("hyperspace", None),
        ("ctrl+", None),
        ("", None),
        ("\x1b", None),
    ],
)
def test_keys_are_written_as_they_are_seen(written: str, name: str | None) -> None:
    assert key_name(written) == name


@given(st.text(max_size=12))
def test_any_text_is_a_sequence_or_none(text: str) -> None:
    sequence = parse_sequence(text)
    if sequence is not None:
        assert all(sequence)
        assert parse_sequence(shown(sequence)) == sequence
        assert shown(sequence).isprintable()


@given(
    st.dictionaries(
        st.sampled_from([*SMALL, "messages", "queue", "nothing", "mail"]),
        st.recursive(
            st.lists(st.sampled_from(["a", "d", "g", "g i", "q q", "esc", "!", "", "zz", 5]), max_size=3),
            lambda below: st.dictionaries(st.sampled_from([*SMALL, "archive", "x"]), below, max_size=3),
        ),
        max_size=6,
    )
)
def test_any_file_gives_a_keymap_without_clashes(raw: dict[str, object]) -> None:
    lines, faults = lines_of(raw, SMALL)
    keymap = build_keymap(SMALL, {}, lines, faults)
    for (context, id_), sequences in keymap.sequences.items():
        for sequence in sequences:
            entry: object = keymap.table(context)
            for key in sequence:
                assert isinstance(entry, dict)
                entry = entry[key]
            assert entry is SMALL[id_]


def test_keys_are_shown_as_people_write_them() -> None:
    assert [
        shown_key(key) for key in ("exclamation_mark", "down", "escape", "ctrl+up", "G", "f5", "comma", "space")
    ] == [
        "!",
        "↓",
        "esc",
        "ctrl+↑",
        "G",
        "f5",
        ",",
        "space",
    ]
