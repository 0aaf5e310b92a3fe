"""Commands of the wire log."""

from __future__ import annotations

from typing import Protocol

from tuimail.ui.commands.command import Context, Group

group = Group()
command = group.command
_TRACE = (Context.TRACE,)


class TraceDesk(Protocol):
    """The wire log's screen as its commands see it."""

    def toggle_pause(self) -> None:
        """Hold new lines back, or let them come again."""

    def toggle_account(self) -> None:
        """Show one account or all."""

    def toggle_mailbox(self) -> None:
        """Show one mailbox or all."""

    def clear(self) -> None:
        """Forget all lines."""

    def close(self) -> None:
        """Back to the mail."""


@command("trace.pause", "space", "Pause", _TRACE, footer="Pause")
def pause(desk: TraceDesk) -> None:
    """Hold new lines back; again to let them come."""
    desk.toggle_pause()


@command("trace.account", "a", "One account", _TRACE, footer="Account")
def account(desk: TraceDesk) -> None:
    """Show only the account of the current line; again for all."""
    desk.toggle_account()


@command("trace.mailbox", "m", "One mailbox", _TRACE, footer="Mailbox")
def mailbox(desk: TraceDesk) -> None:
    """Show only lines said while the current line's mailbox was selected; again for all."""
    desk.toggle_mailbox()


@command("trace.clear", "c", "Clear", _TRACE, footer="Clear")
def clear(desk: TraceDesk) -> None:
    """Forget the lines."""
    desk.clear()


@command("trace.close", "escape,q,W", "Close", _TRACE, footer="Close")
def close(desk: TraceDesk) -> None:
    """Go back to the mail."""
    desk.close()
