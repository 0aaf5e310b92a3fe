"""Links of the text that is shown: letters over them, the question before one is opened, and opening it.

A link goes to a program of the user's settings as one word, without a shell, and only as http, https or mailto in
printable ASCII. Of a mailto: only what it may say goes on (RFC 6068): nobody's file is attached by a click.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ProgramFailed, TuimailError
from tuimail.ui.backstop import is_safe_url
from tuimail.ui.models.link_hints import labels

if TYPE_CHECKING:
    from tuimail.mime.view import Link
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.session import Session
    from tuimail.ui.widgets.preview.painter import Place
    from tuimail.ui.widgets.preview.widget import Preview

_MAILTO_FIELDS = frozenset({"to", "cc", "subject", "body", "in-reply-to"})


class LinkDesk:
    """`copy` puts a text (and what it is, for people) into the clipboard."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        preview: Preview,
        *,
        copy: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._session = session
        self._screen = screen
        self._preview = preview
        self._copy = copy

    async def choose(self) -> None:
        """Let the user choose one of the links in sight, and ask what is to be done with it."""
        places = self._preview.links_in_sight() if self._preview.display else {}
        if not places:
            has_links = self._preview.display and self._preview.document.links
            self._screen.say("No link is in sight: scroll to one." if has_links else "This message has no links.")
            return
        from tuimail.ui.screens.link_hints import LinkHints

        by_label: dict[str, Place] = dict(zip(labels(len(places)), places, strict=True))

        def typed(letters: str) -> None:
            self._preview.show_hints({place: label for label, place in by_label.items() if label.startswith(letters)})

        typed("")
        chosen: str | None = await self._screen.app.push_screen_wait(LinkHints(list(by_label), typed))
        self._preview.show_hints({})
        if chosen is not None:
            await self.ask(places[by_label[chosen]])

    async def ask(self, link: Link) -> None:
        """Say where the link leads, and do what the user wants with it."""
        from tuimail.mime.origin.links import link_warning
        from tuimail.ui.screens.link_question import LinkQuestion

        warning = link.warning or link_warning(link.text, link.target)
        question = LinkQuestion(link, host_of(link.target), warning)
        answer: str | None = await self._screen.app.push_screen_wait(question)
        try:
            if answer == "copy":
                await self._copy(link.target, "the link's address")
            elif answer == "open":
                await self._open(link.target)
        except TuimailError as error:
            self._screen.tell_error(error)

    async def _open(self, target: str) -> None:
        from tuimail.setup.daemon import in_daemon_thread
        from tuimail.ui.programs import start_program

        words = [*self._session.config.ui.open_links, opened_target(target)]
        if len(words) == 1:
            raise ProgramFailed("No program is set for links.", hint="Name one in the settings: ui.open_links.")
        await in_daemon_thread(lambda: start_program(words), "opener")
        self._screen.say(f"Given to {one_line(words[0])}: {host_of(target)}")


def host_of(target: str) -> str:
    """Where a link leads: the host of a page, or whom it writes to."""
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        return one_line(target)
    return one_line(host or parts.path or target)


def opened_target(target: str) -> str:
    """What a program is given of a link.

    Raises:
        ProgramFailed: it is no link that is opened.
    """
    if target[:4].lower() == "www.":
        target = f"http://{target}"
    if not is_safe_url(target):
        raise ProgramFailed("This is no address that tuimail opens.", hint="It can be copied.")
    if not target.startswith("mailto:"):
        return target
    address, _, query = target.partition("?")
    kept = [field for field in query.split("&") if field.partition("=")[0].lower() in _MAILTO_FIELDS]
    return f"{address}?{'&'.join(kept)}" if kept else address
