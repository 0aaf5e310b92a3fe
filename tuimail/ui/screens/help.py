"""All keys on one page, made from the commands' declarations."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tuimail.ui.commands.catalog import COMMANDS, in_context
from tuimail.ui.commands.command import Context
from tuimail.ui.widgets.footer import KeyLine

_INTRODUCTION = (
    "Commands on mail work on the marked messages, else on the current one. Every change is here at once and"
    " goes to the server when it can be reached; u takes it back.\n"
    "In the list: ● unseen   ↩ answered   ✎ draft   ! flagged   * on its way to the server   @ attachment"
)


class HelpScreen(Screen[None]):
    """Closed by escape, q or ?."""

    BINDINGS = [Binding("escape,q,question_mark,f1", "app.pop_screen", "Close", id="help.close")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        """One text that scrolls."""
        with VerticalScroll(id="keys"):
            yield Static(_page(), id="table")
        yield KeyLine()


def _page() -> Content:
    parts: list[Content] = [Content(_INTRODUCTION), Content("\n")]
    key_cells = 2 + max(len(command.shown_keys) for command in COMMANDS.values())
    title_cells = 2 + max(len(command.title) for command in COMMANDS.values())
    for context in Context:
        parts.append(Content("\n").append(Content.styled(context.value, "bold $primary")).append("\n"))
        for command in in_context(context):
            parts.append(
                Content.assemble(
                    (f"  {command.shown_keys:<{key_cells}}", "bold"),
                    f"{command.title:<{title_cells}}",
                    (command.help, "$mail-dim"),
                    "\n",
                )
            )
    return Content("").join(parts)
