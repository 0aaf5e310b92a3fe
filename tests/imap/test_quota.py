"""GETQUOTAROOT (RFC 9208), in the forms that servers give it."""

from __future__ import annotations

import pytest

from tests.servers.fake import HOST, FakeServer, Step, expect, logged_in, reply, send
from tuimail.imap.results import Quota
from tuimail.imap.session import Timeouts, open_session
from tuimail.model.errors import ProtocolError, ServerRefused
from tuimail.model.server import Credentials, Security


async def ask(script: list[Step], *capabilities: str) -> list[Quota]:
    async with FakeServer([*logged_in(*capabilities), *script]) as fake:
        session = await open_session(
            HOST,
            fake.port,
            Security.NONE,
            Credentials("ada", "secret"),
            tls_context=None,
            timeouts=Timeouts(connect_s=5, silence_s=5),
        )
        try:
            return await session.quota("Entw\u00fcrfe")
        finally:
            session.abort()


ASKED = expect('GETQUOTAROOT "Entw&APw-rfe"\r\n')


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (
            ['* QUOTAROOT "Entw&APw-rfe" "User quota"', '* QUOTA "User quota" (STORAGE 10 512 MESSAGE 5 100)'],
            [Quota("User quota", "STORAGE", 10, 512), Quota("User quota", "MESSAGE", 5, 100)],
        ),
        (['* QUOTA "" (storage 1 2)', "* QUOTA other (X-BOX 3 4)"],
         [Quota("", "STORAGE", 1, 2), Quota("other", "X-BOX", 3, 4)]),
        (['* QUOTAROOT "Entw&APw-rfe"'], []),
        (['* QUOTA "" ()'], []),
        ([], []),
    ],
)  # fmt: skip
async def test_what_is_told(lines: list[str], found: list[Quota]) -> None:
    assert await ask([ASKED, *map(send, lines), reply("OK")], "QUOTA") == found


async def test_what_is_not_told() -> None:
    with pytest.raises(ServerRefused, match="does not offer QUOTA"):
        await ask([])
    with pytest.raises(ServerRefused, match="no such thing"):
        await ask([ASKED, reply("NO no such thing")], "QUOTA")
    for nonsense in ("* QUOTA", '* QUOTA "" (STORAGE many 5)', '* QUOTA "" 5', "* QUOTA (( (1"):
        with pytest.raises(ProtocolError):
            await ask([ASKED, send(nonsense), reply("OK")], "QUOTA")
