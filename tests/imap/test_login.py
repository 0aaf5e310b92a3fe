"""The log-in, seen from the server: what is sent by which mechanism, and what is made of a refusal."""

from __future__ import annotations

import base64
import json
import re

import pytest

from tests.servers.fake import HOST, Conversation, FakeServer, Step, cut, expect, greet, reply, send
from tuimail.imap.session import Timeouts, open_session
from tuimail.model import sasl
from tuimail.model.errors import AuthError, ConfigError, ConnectionLost, ProtocolError
from tuimail.model.server import Credentials, Security

TOKEN = Credentials("ada", "a-token-of-ada", is_token=True)
WELCOME = reply("OK [CAPABILITY IMAP4rev1] welcome")
REFUSAL = base64.b64encode(json.dumps({"status": "invalid_token", "scope": "mail"}).encode()).decode()


def message(mechanism: str, fake: FakeServer, credentials: Credentials = TOKEN) -> bytes:
    return sasl.encoded(sasl.token_message(mechanism, credentials.username, HOST, fake.port, credentials.secret))


def hear(pattern: str, lines: list[bytes] | None = None) -> Step:
    """Wait for a line that is no command but an answer to a `+`."""

    async def step(conversation: Conversation) -> None:
        line = await conversation.reader.readline()
        assert re.search(pattern.encode(), line), f"expected {pattern!r}, got {line!r}"
        if lines is not None:
            lines.append(line)

    return step


async def log_in(fake: FakeServer, credentials: Credentials = TOKEN, traced: list[bytes] | None = None) -> None:
    session = await open_session(
        HOST,
        fake.port,
        Security.NONE,
        credentials,
        tls_context=None,
        timeouts=Timeouts(connect_s=10, silence_s=10),
        trace=None if traced is None else lambda _direction, line: traced.append(line),
    )
    session.abort()


@pytest.mark.parametrize(
    ("offered", "mechanism"),
    [(("AUTH=XOAUTH2", "AUTH=OAUTHBEARER", "AUTH=PLAIN"), "OAUTHBEARER"), (("AUTH=XOAUTH2",), "XOAUTH2")],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_token_goes_with_the_command_or_after_it(
    offered: tuple[str, ...], mechanism: str, at_once: bool
) -> None:
    steps: list[Step] = [*greet(*offered, *(["SASL-IR"] if at_once else [])), expect(f"AUTHENTICATE {mechanism}")]
    answers: list[bytes] = []
    if not at_once:
        steps += [send("+ "), hear("", answers)]
    traced: list[bytes] = []
    async with FakeServer([*steps, WELCOME]) as fake:
        await log_in(fake, traced=traced)
        assert (fake.commands[0] if at_once else answers[0]).split(b" ")[-1].strip() == message(mechanism, fake)
    assert TOKEN.secret.encode() not in b"".join(traced)
    assert message(mechanism, fake) not in b"".join(traced)
    assert any(line.endswith(b"AUTHENTICATE (secret)") for line in traced)


async def test_a_long_token_goes_alone() -> None:
    long = Credentials("ada", "t" * 5000, is_token=True)
    answers: list[bytes] = []
    steps = [*greet("AUTH=XOAUTH2", "SASL-IR"), expect(r"AUTHENTICATE XOAUTH2\r\n$"), send("+ "), hear("", answers)]
    async with FakeServer([*steps, WELCOME]) as fake:
        await log_in(fake, long)
        assert answers[0].strip() == message("XOAUTH2", fake, long)


@pytest.mark.parametrize(("mechanism", "answer"), [("OAUTHBEARER", r"^AQ==\r\n$"), ("XOAUTH2", r"^\r\n$")])
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_refusal_is_answered_as_the_mechanism_wants(mechanism: str, answer: str, at_once: bool) -> None:
    steps: list[Step] = [*greet(f"AUTH={mechanism}", *(["SASL-IR"] if at_once else [])), expect("AUTHENTICATE")]
    if not at_once:
        steps += [send("+ "), hear("")]
    steps += [send(f"+ {REFUSAL}"), hear(answer), reply("NO [AUTHENTICATIONFAILED] not today")]
    async with FakeServer(steps) as fake:
        with pytest.raises(AuthError) as caught:
            await log_in(fake)
    assert "refused the log-in of ada: not today (status invalid_token, scope mail)" in caught.value.message


@pytest.mark.parametrize("form", ["plain", "base64", "no IMAP"])
async def test_what_a_server_repeats_of_a_token_is_not_told(form: str) -> None:
    octets = base64.b64encode(f"user=ada\x01auth=Bearer {TOKEN.secret}".encode()).decode()
    answer = {
        "plain": reply(f"NO what is {TOKEN.secret}?"),
        "base64": reply(f"NO what is {octets}?"),
        "no IMAP": send(f"{octets} what is this?"),
    }[form]
    async with FakeServer([*greet("AUTH=XOAUTH2", "SASL-IR"), expect("AUTHENTICATE"), answer]) as fake:
        with pytest.raises((AuthError, ProtocolError)) as caught:
            await log_in(fake)
    assert TOKEN.secret not in str(caught.value)
    assert octets[:30] not in str(caught.value)


async def test_a_server_without_the_mechanisms_gets_no_token() -> None:
    async with FakeServer(greet("AUTH=PLAIN", "SASL-IR")) as fake:
        with pytest.raises(ConfigError, match="takes no access tokens: it offers neither OAUTHBEARER nor XOAUTH2"):
            await log_in(fake)
        assert fake.commands == []


async def test_a_server_that_cannot_ask_whose_token_it_is_gets_another_try_later() -> None:
    steps = [*greet("AUTH=XOAUTH2", "SASL-IR"), expect("AUTHENTICATE"), reply("NO [UNAVAILABLE] no answer from there")]
    async with FakeServer(steps) as fake:
        with pytest.raises(ConnectionLost, match="cannot take the log-in now: no answer from there"):
            await log_in(fake)


async def test_a_server_that_asks_again_after_a_password_is_not_answered() -> None:
    steps: list[Step] = [*greet("AUTH=PLAIN", "SASL-IR"), expect("AUTHENTICATE PLAIN"), send("+ "), hear(r"^\*\r\n$")]
    async with FakeServer([*steps, send("* BYE enough")]) as fake:
        with pytest.raises(ConnectionLost):
            await open_session(
                HOST,
                fake.port,
                Security.NONE,
                Credentials("ada", "pw"),
                tls_context=None,
                timeouts=Timeouts(connect_s=10, silence_s=0.3),
            )


@pytest.mark.parametrize(
    "password", ["pw-of-ada", "pw", 'a "quoted\\ one', "p\u00e4\u00df w\x02rd", "a-much-longer-password-than-that"]
)
@pytest.mark.parametrize("form", ["plain", "quoted", "base64", "bye"])
async def test_a_server_that_repeats_a_password_is_not_quoted(password: str, form: str) -> None:
    credentials = Credentials("ada", password)
    quoted = '"' + password.replace("\\", "\\\\").replace('"', '\\"') + '"'
    shown = {
        "plain": f"NO wrong: {password}",
        "quoted": f"NO unknown: LOGIN {quoted}",
        "base64": f"NO unknown: AUTHENTICATE PLAIN {sasl.encoded(sasl.plain('ada', password)).decode()}",
        "bye": f"wrong: {password}",
    }[form]
    answer = send(f"* BYE {shown}") if form == "bye" else reply(shown)
    steps: list[Step] = [*greet("AUTH=PLAIN", "SASL-IR"), expect("AUTHENTICATE PLAIN"), answer]
    async with FakeServer([*steps, *([cut()] if form == "bye" else [])]) as fake:
        with pytest.raises((AuthError, ConnectionLost)) as caught:
            await log_in(fake, credentials)
    told = str(caught.value)
    assert "wrong" not in told
    assert "unknown" not in told
    assert told.isprintable()
