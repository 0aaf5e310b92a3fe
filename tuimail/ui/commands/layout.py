"""Commands about the panes: their form, their sizes, which of them are shown."""

from __future__ import annotations

from tuimail.config.schema import Layout
from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import Desk, Pane

group = Group()
command = group.command
_EVERYWHERE = (Context.EVERYWHERE,)


@command("layout.auto", "w a", "Layout: automatic", _EVERYWHERE)
def automatic(desk: Desk) -> None:
    """Let the size of the terminal decide where the panes stand."""
    desk.layout.choose(Layout.AUTO)


@command("layout.wide", "w w", "Layout: wide", _EVERYWHERE)
def wide(desk: Desk) -> None:
    """Mailboxes, messages and the text beside each other, wherever there is room for it."""
    desk.layout.choose(Layout.WIDE)


@command("layout.tall", "w t", "Layout: tall", _EVERYWHERE)
def tall(desk: Desk) -> None:
    """The text below the messages, wherever there is room for it."""
    desk.layout.choose(Layout.TALL)


@command("layout.narrow", "w n", "Layout: one pane", _EVERYWHERE)
def narrow(desk: Desk) -> None:
    """One pane at a time: opening goes on to the next, and back leads back."""
    desk.layout.choose(Layout.NARROW)


@command("layout.mailboxes", "w m", "Hide or show the mailboxes", _EVERYWHERE)
def toggle_mailboxes(desk: Desk) -> None:
    """Hide the mailboxes, or show them again; hidden, they come while you are in them."""
    desk.layout.toggle(Pane.MAILBOXES)


@command("layout.preview", "w p", "Hide or show the preview", _EVERYWHERE)
def toggle_preview(desk: Desk) -> None:
    """Hide the text of messages, or show it again; hidden, it comes while you read."""
    desk.layout.toggle(Pane.PREVIEW)


@command("layout.reset", "w r", "Reset the panes", _EVERYWHERE)
def reset(desk: Desk) -> None:
    """Show all panes again, in the form and the sizes of a first start: as there is room, or as the settings say."""
    desk.layout.reset()


@command("layout.smaller", "less_than_sign", "Smaller pane", _EVERYWHERE, counted=True)
def smaller(desk: Desk) -> None:
    """Make the pane that you are in narrower, or lower."""
    desk.layout.resize(-desk.count)


@command("layout.larger", "greater_than_sign", "Larger pane", _EVERYWHERE, counted=True)
def larger(desk: Desk) -> None:
    """Make the pane that you are in wider, or higher."""
    desk.layout.resize(desk.count)


@command("menu.open", "shift+f10", "Menu", _EVERYWHERE)
def open_menu(desk: Desk) -> None:
    """Show a menu of what can be done here; the other button of the mouse opens it at the pointer."""
    desk.pointer.open_menu()
