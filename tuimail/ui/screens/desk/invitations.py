"""What commands need to answer an invitation: the answer is made and saved in the background, and said to be there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.store import read

if TYPE_CHECKING:
    from tuimail.mime.kinds.invitation import Answer
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
            asked = await self._session.render(partial(load_answerable, id_=id_, account=account, name=name))
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        title = one_line(asked.invitation.events[0].title) or "(no title)"
        if len(title) > _TITLE_CELLS:
            title = f"{title[: _TITLE_CELLS - 1]}…"
        told = f"{answer.words.capitalize()}: {title}. Saved in Drafts: tuimail cannot send yet."
        if not asked.was_asked:
            told += f" {asked.me.address} is not among those who were asked."
        save = partial(save_answer, asked=asked, answer=answer, now=int(self._session.clock()))
        await self._changing.put(save, told=told)
