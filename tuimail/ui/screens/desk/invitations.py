"""What commands need to answer an invitation: the answer is made and saved in the background, and said to be there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.store import read

if TYPE_CHECKING:
    from tuimail.mime.kinds.invitation import Answer, Event
    from tuimail.ui.invitations import Answerable
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.desk.changing import ChangeDesk
    from tuimail.ui.session import Session

_TITLE_CELLS = 60


class InvitationDesk:
    """`selected` are the messages that a command is about."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        changing: ChangeDesk,
        *,
        selected: Callable[[], list[MessageId]],
    ) -> None:
        self._session = session
        self._screen = screen
        self._changing = changing
        self._selected = selected

    async def answer(self, answer: Answer) -> None:
        """Save an answer to the invitation in the current message; see `commands.desk.InvitationsView`."""
        ids = self._selected()
        if len(ids) > 1:
            self._screen.say("Invitations are answered one at a time: clear the marks, or unfold the thread.")
            return
        if not ids:
            return
        # What an answer is made of comes with the first one.
        from tuimail.ui.invitations import load_answerable, save_answer

        id_ = ids[0]
        message = self._session.read(partial(read.read_message, id_=id_))
        name = "" if message is None else message.account
        account = self._session.config.accounts.get(name)
        try:
            found = await self._session.render(partial(load_answerable, id_=id_, account=account, name=name))
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        asked = found[0] if len(found) == 1 else await self._choose(found, answer)
        if asked is None:
            return
        title = _short_title(asked.event)
        told = f"{answer.words.capitalize()}: {title}. Saved in Drafts: tuimail cannot send yet."
        if not asked.was_asked:
            told += f" {asked.me.address} is not among those who were asked."
        save = partial(save_answer, asked=asked, answer=answer, now=int(self._session.clock()))
        await self._changing.put(save, told=told)

    async def _choose(self, found: Sequence[Answerable], answer: Answer) -> Answerable | None:
        """Let the user choose one of several events; the first that was not answered is offered."""
        from tuimail.mime.kinds.moments import own_words
        from tuimail.ui.screens.pick_one import PickOne

        lines = []
        for one in found:
            when = "" if one.event.start is None else own_words(one.event.start, one.event.end)
            given = "" if one.given is None else f"{one.given.answer.words} already"
            lines.append(", ".join(filter(None, (_short_title(one.event), when, given))))
        first = next((at for at, one in enumerate(found) if one.given is None), 0)
        dialog = PickOne(f"{len(found)} events: which one?", lines, current=first, done=f"answer: {answer.words}")
        chosen: int | None = await self._screen.app.push_screen_wait(dialog)
        return None if chosen is None else found[chosen]


def _short_title(event: Event) -> str:
    title = one_line(event.title) or "(no title)"
    return title if len(title) <= _TITLE_CELLS else f"{title[: _TITLE_CELLS - 1]}…"
