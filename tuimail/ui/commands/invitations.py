"""Commands that answer invitations. An answer is saved among the drafts; one undo takes it back."""

from __future__ import annotations

from tuimail.ui.commands.command import MAIL, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command


@command("invitation.accept", "Y a", "Accept the invitation", MAIL)
async def accept(desk: Desk) -> None:
    """Answer that you will come. The answer is saved in Drafts."""
    from tuimail.mime.kinds.invitation import Answer

    await desk.invitations.answer(Answer.ACCEPTED)


@command("invitation.tentative", "Y t", "Accept tentatively", MAIL)
async def tentative(desk: Desk) -> None:
    """Answer that you may come. The answer is saved in Drafts."""
    from tuimail.mime.kinds.invitation import Answer

    await desk.invitations.answer(Answer.TENTATIVE)


@command("invitation.decline", "Y d", "Decline the invitation", MAIL)
async def decline(desk: Desk) -> None:
    """Answer that you will not come. The answer is saved in Drafts."""
    from tuimail.mime.kinds.invitation import Answer

    await desk.invitations.answer(Answer.DECLINED)
