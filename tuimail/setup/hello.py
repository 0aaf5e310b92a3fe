"""How each protocol begins, up to the log-in that does not happen here: greeting, capabilities, the upgrade to TLS.

IMAP   * OK …     CAPABILITY    STARTTLS     RFC 9051, sections 6.1.1 and 6.2.1
POP3   +OK …      CAPA          STLS         RFC 2449, RFC 2595
SMTP   220 …      EHLO          STARTTLS     RFC 5321, RFC 3207
"""

from __future__ import annotations

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConnectionLost, ProtocolError
from tuimail.setup.dialogue import Dialogue

SMTP = "smtp"
TLS_PORTS = {"imap": 993, "pop3": 995, SMTP: 465}
_MAX_LINES = 200
_NAMES = {"imap": "an IMAP", "pop3": "a POP3", SMTP: "an SMTP submission"}
_UPGRADES = {"imap": "STARTTLS", "pop3": "STLS", SMTP: "STARTTLS"}


async def read_greeting(dialogue: Dialogue, protocol: str) -> str:
    """The first line of the server's greeting, cut where it is long.

    Raises:
        ProtocolError: what answers does not speak `protocol`.
        ConnectionLost: it turned the connection away, or is gone.
    """
    line = await dialogue.read_line()
    begins = {"imap": ("* OK", "* PREAUTH"), "pop3": ("+OK",), SMTP: ("220",)}[protocol]
    turns_away = {"imap": ("* BYE", "* NO"), "pop3": ("-ERR",), SMTP: ("4", "5")}[protocol]
    if line.upper().startswith(turns_away):
        raise ConnectionLost(f"{dialogue.where} turned the connection away: {_shown(line)}", hint="Try again later.")
    if not line.upper().startswith(begins):
        raise ProtocolError(
            f"{dialogue.where} greets with {_shown(line)!r}.",
            hint=f"Check host and port: it is not {_NAMES[protocol]} server.",
        )
    first = line
    for _ in range(_MAX_LINES):
        if protocol != SMTP or line[3:4] != "-":
            break
        line = await dialogue.read_line()
    return _shown(first)


async def ask_capabilities(dialogue: Dialogue, protocol: str) -> tuple[str, ...]:
    """What the server offers before anyone logs in: words of CAPABILITY, lines of CAPA or of EHLO, in upper case.

    A POP3 server without CAPA offers nothing: ().

    Raises:
        ConnectionLost: the connection is gone.
        ProtocolError: the answer is none of the protocol.
    """
    if protocol == "imap":
        await dialogue.send("C1 CAPABILITY")
        lines, _ = await _until_tag(dialogue, "C1 ")
        told = [line for line in lines if line.upper().startswith("* CAPABILITY ")]
        return tuple(told[-1].upper().split()[2:]) if told else ()
    if protocol == "pop3":
        await dialogue.send("CAPA")
        if not (await dialogue.read_line()).upper().startswith("+OK"):
            return ()
        return tuple(await _until_dot(dialogue))
    return tuple(await _ehlo(dialogue))


async def ask_for_tls(dialogue: Dialogue, protocol: str) -> None:
    """Send the command after whose consent the handshake begins; nothing else is read.

    Raises:
        ConnectionLost: the server refuses.
        ProtocolError: the answer is none of the protocol.
    """
    name = _UPGRADES[protocol]
    if protocol == "imap":
        await dialogue.send(f"T1 {name}")
        _, answer = await _until_tag(dialogue, "T1 ")
        agreed = answer.upper().startswith("T1 OK")
    else:
        await dialogue.send(name)
        answer = await dialogue.read_line()
        agreed = answer.upper().startswith("+OK" if protocol == "pop3" else "220")
    if not agreed:
        raise ConnectionLost(
            f"{dialogue.where} does not offer {name} ({_shown(answer)}).",
            hint=f'Try security = "tls" with port {TLS_PORTS[protocol]}.',
        )


async def _until_tag(dialogue: Dialogue, tag: str) -> tuple[list[str], str]:
    lines: list[str] = []
    for _ in range(_MAX_LINES):
        line = await dialogue.read_line()
        if line.startswith(tag):
            return lines, line
        if line.upper().startswith("* BYE"):
            raise ConnectionLost(f"{dialogue.where} says good-bye: {_shown(line)}")
        lines.append(line)
    raise ProtocolError(f"{dialogue.where} answers without end.")


async def _until_dot(dialogue: Dialogue) -> list[str]:
    lines: list[str] = []
    for _ in range(_MAX_LINES):
        line = await dialogue.read_line()
        if line == ".":
            return lines
        lines.append(line.removeprefix(".").strip().upper())
    raise ProtocolError(f"{dialogue.where} answers without end.")


async def _ehlo(dialogue: Dialogue) -> list[str]:
    # An address literal says nothing about the machine; the name of it is nobody's business before a message is sent.
    await dialogue.send("EHLO [127.0.0.1]")
    lines: list[str] = []
    for _ in range(_MAX_LINES):
        line = await dialogue.read_line()
        if not line.startswith("250"):
            raise ProtocolError(f"{dialogue.where} refused EHLO: {_shown(line)}")
        lines.append(line[4:].strip().upper())
        if line[3:4] != "-":
            return lines[1:]
    raise ProtocolError(f"{dialogue.where} answers without end.")


def _shown(line: str) -> str:
    return one_line(line)[:400]
