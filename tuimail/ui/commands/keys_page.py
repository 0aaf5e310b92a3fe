"""docs/keys.md: all commands by context, with their keys in every preset, and how to change them."""

from __future__ import annotations

from tuimail.config.schema import KeymapPreset
from tuimail.ui.commands.catalog import in_context
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.keymap_file import SECTIONS
from tuimail.ui.commands.keys_in_use import load_keymap

_INTRODUCTION = """\
# Keys

Each command has a name; the palette (`ctrl+p` or `:`) finds it by a few letters of its title, and with it mailboxes,
people, saved searches and themes. Commands on mail work on the marked messages, else on the current one. `?` shows the
keys that are in use.

Keys with a space between them are pressed one after the other: after the first, tuimail shows what may follow (at once
with `?`), `esc` takes it back. Digits before a key are a count: `5 j` goes down by five lines, `10 G` to the
tenth, `3 d` deletes three messages. `1`, `2` and `3` alone go to panes: at once from the mailboxes and from the text of
a message, from the message list when no digit and no key that can be counted follows within a quarter of a second (`1`
is no count there). `alt+1` to `alt+3` go at once everywhere; in `vim` they are the only ones, and every digit counts.
What begins a sequence in one pane only (`o d`, `* a`) does nothing in the others, with all its keys.

## Changing keys

`keymap` in `[ui]` of the configuration chooses a preset: `default`, `vim` or `mutt`; where a column below is empty, the
keys are those of `default`. `keymap.toml` beside the configuration (`tuimail locate keymap`) changes single commands.
What stands there takes the place of the preset's keys:

```toml
"message.archive" = ["b", "g x"]    # these two
"mail.refresh" = []                 # none
"message.next_unseen" = ["ctrl+n"]

[preview]                           # only while a message is read
"text.down" = ["j", "down"]
"message.next" = ["n"]
"text.previous_match" = ["shift+f3"]
"message.next_unseen" = ["N"]
```

Keys are written as they are seen (`!`, `?`, `G`, `ctrl+x`, `space`, `esc`, `f5`). Sections are {sections}. A line that
would give a key two meanings, or that names what is not there, is left out; tuimail says so when it starts, and the
rest works. Changes are taken in when the file is written.
"""


def page() -> str:
    """The whole page."""
    keymaps = [load_keymap(preset, None) for preset in KeymapPreset]
    sections = ", ".join(f"`[{name}]`" for name in SECTIONS)
    parts = [_INTRODUCTION.format(sections=sections)]
    for context in Context:
        parts.append(f"## {context.value}\n")
        parts.append(f"| {' | '.join(KeymapPreset)} | Command | Name | What it does |")
        parts.append("|---" * (len(keymaps) + 3) + "|")
        for command in in_context(context):
            keys = [" ".join(map(_code, keymap.all_shown(command.id, context))) for keymap in keymaps]
            # The other presets' columns tell what they change.
            told = [keys[0], *((one or "none") if one != keys[0] else "" for one in keys[1:])]
            parts.append(f"| {' | '.join(told)} | {command.title} | `{command.id}` | {command.help} |")
        parts.append("")
    return "\n".join(parts)


def _code(keys: str) -> str:
    return f"`` {keys} ``" if "`" in keys else "`" + keys.replace("|", "\\|") + "`"
