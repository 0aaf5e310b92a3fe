"""One connection to the model server: reads commands, answers them, tells news of the open mailbox."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tuimail.model.uid_set import UidSet

if TYPE_CHECKING:
    from tests.servers.model import ModelMailbox, ModelMessage, ModelServer

CUT, HANG = b"\0cut", b"\0hang"
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^()]*(?:\([^()]*\)[^()]*)*\))|([^\s()"]+)')
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
_FIELDS = re.compile(rb"HEADER\.FIELDS \(([^)]*)\)")


class _Talk:
    """Lines in and out, and the news of the open mailbox."""

    def __init__(self, server: ModelServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.box: ModelMailbox | None = None
        self.known: list[ModelMessage] = []
        self.told: dict[int, int] = {}
        self.qresync = False
        self.idle_tag = b""
        self.tag = b""
        self.leaving = False

    async def run(self) -> None:
        """Until the client leaves."""
        self.say(b"* OK [CAPABILITY IMAP4rev1 %s] ready" % self.server.capabilities.encode())
        try:
            while line := await self._command():
                await self._serve(line)
                await self.writer.drain()
                if self.leaving:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left
        finally:
            self.writer.close()

    async def _command(self) -> bytes:
        line = await self.reader.readline()
        while literal := _LITERAL.search(line):
            octets = await self.reader.readexactly(int(literal[1]))
            quoted = octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            line = line[: literal.start()] + b'"' + quoted + b'"' + await self.reader.readline()
        return line

    async def _serve(self, line: bytes) -> None:
        if self.idle_tag and line.strip().upper() == b"DONE":
            self.say(self.idle_tag + b" OK done")
            self.idle_tag = b""
            return
        tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
        self.tag = tag
        words = [next((g for g in match.groups() if g is not None), b"") for match in _WORD.finditer(rest)]
        words = [re.sub(rb"\\(.)", rb"\1", word) if not word.startswith(b"(") else word for word in words]
        verb = words[0].upper() if words else b""
        self.server.commands.append(rest)
        for piece in self.server.stream(rest) or ():
            self.writer.write(piece)
            await self.writer.drain()
        canned = self.server.canned(rest)
        if canned is not None:
            await self._say_canned(canned.replace(b"TAG", tag))
            return
        if verb == b"UID":
            verb = b"UID_" + words.pop(1).upper()
        handler = getattr(self, "do_" + verb.decode("ascii").lower(), None)
        if handler is None:
            self.say(tag + b" BAD unknown command")
            return
        result = handler(words[1:], rest)
        self.news()
        if verb == b"IDLE":
            self.idle_tag = tag
            self.say(b"+ idling")
        else:
            self.say(tag + b" " + (result or b"OK done"))
        if verb == b"LOGOUT":
            raise ConnectionResetError

    async def _say_canned(self, octets: bytes) -> None:
        for mark in (CUT, HANG):
            if mark in octets:
                self.writer.write(octets.partition(mark)[0])
                await self.writer.drain()
                if mark == HANG:
                    await asyncio.Event().wait()
                raise ConnectionResetError
        for part in octets.split(b"\r\n"):
            self.say(part)

    def say(self, line: bytes) -> None:
        """Send one line."""
        self.server.between()
        if self.server.tell_at_once and not line.startswith(b"* OK [CAP"):
            self.news()
        self._write(line)

    def _write(self, line: bytes) -> None:
        octets = self.server.rewrite(line + b"\r\n")
        self.server.octets_out += len(octets)
        self.writer.write(octets)

    def news(self) -> None:
        """Tell what has changed in the open mailbox since it was last told."""
        box = self.box
        if box is None:
            return
        here = {id(message) for message in box.messages}
        gone = [message for message in self.known if id(message) not in here]
        if gone and self.qresync:
            self._write(b"* VANISHED " + str(UidSet.of(m.uid for m in gone)).encode())
            self.known = [message for message in self.known if id(message) in here]
        for message in gone if not self.qresync else ():
            self._write(b"* %d EXPUNGE" % (self.known.index(message) + 1))
            self.known.remove(message)
        fresh = box.messages[len(self.known) :]
        if fresh:
            self.known = list(box.messages)
            self._write(b"* %d EXISTS" % len(self.known))
            self.told.update((message.uid, message.mod_seq) for message in fresh)
        for seq, message in enumerate(self.known, 1):
            if self.told.get(message.uid) != message.mod_seq:
                self.told[message.uid] = message.mod_seq
                uid = b"UID %d " % message.uid if self.qresync else b""
                mod = b" MODSEQ (%d)" % message.mod_seq if self.server.has("CONDSTORE") else b""
                self._write(b"* %d FETCH (%sFLAGS (%s)%s)" % (seq, uid, _flags(message), mod))


class ModelSession(_Talk):
    """What each command does; `do_` and its name, taken with the words after it and the whole line."""

    def do_login(self, _words: list[bytes], _line: bytes) -> bytes:
        return b"OK [CAPABILITY IMAP4rev1 %s] welcome" % self.server.capabilities.encode()

    def do_logout(self, _words: list[bytes], _line: bytes) -> None:
        self.say(b"* BYE")

    def do_noop(self, _words: list[bytes], _line: bytes) -> None:
        """Nothing but news."""

    do_idle = do_subscribe = do_unsubscribe = do_lsub = do_noop

    def do_id(self, _words: list[bytes], _line: bytes) -> None:
        self.say(b"* ID " + self.server.server_id)

    def do_namespace(self, _words: list[bytes], _line: bytes) -> None:
        self.say(b"* NAMESPACE " + self.server.namespace)

    def do_enable(self, words: list[bytes], _line: bytes) -> None:
        on = [word for word in words if self.server.has(word.decode())]
        self.qresync = self.qresync or b"QRESYNC" in on
        self.say(b"* ENABLED " + b" ".join(on))

    def do_list(self, _words: list[bytes], line: bytes) -> None:
        items = re.search(rb"STATUS \(([^)]*)\)", line)
        for box in list(self.server.mailboxes.values()):
            self.say(b'* LIST (%s) "/" %s' % (box.attributes.encode(), _quoted(box.name)))
            if items and "nosel" not in box.attributes.lower():
                self.say(self._status(box, items[1]))

    def _status(self, box: ModelMailbox, items: bytes) -> bytes:
        values = {
            b"MESSAGES": b"%d" % len(box.messages),
            b"UIDNEXT": b"%d" % box.uid_next,
            b"UIDVALIDITY": b"%d" % box.uid_validity,
            b"UNSEEN": b"%d" % sum("\\Seen" not in m.flags for m in box.messages),
            b"HIGHESTMODSEQ": b"%d" % box.mod_seq,
            b"MAILBOXID": b"(%s)" % box.mailbox_id.encode(),
        }
        told = b" ".join(item + b" " + values[item] for item in items.split())
        return b"* STATUS %s (%s)" % (_quoted(box.name), told)

    def do_status(self, words: list[bytes], _line: bytes) -> bytes | None:
        box = self.server.mailboxes.get(words[0])
        if box is None or "nosel" in box.attributes.lower():
            return b"NO [NONEXISTENT] no such mailbox"
        self.say(self._status(box, words[1].strip(b"()")))
        return None

    def do_create(self, words: list[bytes], _line: bytes) -> bytes:
        if words[0] in self.server.mailboxes:
            return b"NO [ALREADYEXISTS] it exists"
        box = self.server.create("made")
        del self.server.mailboxes[box.name]
        box.name = words[0]
        self.server.mailboxes[box.name] = box
        return b"OK [MAILBOXID (%s)] made" % box.mailbox_id.encode()

    def do_select(self, words: list[bytes], line: bytes) -> bytes:
        self.box = None
        box = self.server.mailboxes.get(words[0])
        if box is None or "nosel" in box.attributes.lower():
            return b"NO [NONEXISTENT] no such mailbox"
        self.say(b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
        self.say(b"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] ok")
        self.known = list(box.messages)
        self.told = {message.uid: message.mod_seq for message in self.known}
        self.say(b"* %d EXISTS" % len(self.known))
        self.say(b"* OK [UIDVALIDITY %d] ok" % box.uid_validity)
        self.say(b"* OK [UIDNEXT %d] ok" % box.uid_next)
        if self.server.has("CONDSTORE"):
            self.say(b"* OK [HIGHESTMODSEQ %d] ok" % box.mod_seq)
        if self.server.has("OBJECTID"):
            self.say(b"* OK [MAILBOXID (%s)] ok" % box.mailbox_id.encode())
        known = re.search(rb"QRESYNC \((\d+) (\d+)", line)
        if known and self.qresync and int(known[1]) == box.uid_validity:
            self._changes(box, int(known[2]), vanished=True)
        self.box = box
        return b"OK [READ-WRITE] open"

    do_examine = do_select

    def _changes(self, box: ModelMailbox, since: int, *, vanished: bool) -> None:
        gone = UidSet.of(uid for mod_seq, uid in box.vanished if mod_seq > since)
        if gone and vanished:
            self.say(b"* VANISHED (EARLIER) " + str(gone).encode())
        for message in list(self.known):
            if message.mod_seq > since:
                self._row(message, b"UID FLAGS MODSEQ")

    def do_unselect(self, _words: list[bytes], _line: bytes) -> None:
        self.box = None

    def do_uid_search(self, _words: list[bytes], line: bytes) -> bytes | None:
        found = self._found(line)
        if b"RETURN" in line.upper():
            tag = b'(TAG "%s")' % self.tag
            every = b" ALL " + str(UidSet.of(found)).encode() if found else b""
            self.say(b"* ESEARCH " + tag + b" UID" + every)
        else:
            self.say(b"* SEARCH" + b"".join(b" %d" % uid for uid in found))
        return None

    def _found(self, line: bytes) -> list[int]:
        messages = self.box.messages if self.box else []
        uids = re.search(rb" UID ([\d:*,]+)$", line)
        header = re.search(rb'HEADER Message-ID "([^"]*)"', line)
        if uids and self.box:
            messages = self.box.of(uids[1].decode())
        if header:
            messages = [message for message in messages if header[1] in message.octets]
        return [message.uid for message in messages]

    def do_uid_fetch(self, words: list[bytes], line: bytes) -> None:
        box = self.box
        if box is None:
            return
        since = re.search(rb"CHANGEDSINCE (\d+)", line)
        items = words[1][1:-1] + (b" MODSEQ" if since else b"")
        for message in box.of(words[0].decode()):
            if message in box.messages and (since is None or message.mod_seq > int(since[1])):
                self._row(message, items)

    def _row(self, message: ModelMessage, items: bytes) -> None:
        if message not in self.known:
            return
        pieces: list[bytes] = []
        upper = items.upper()
        header, _, body = message.octets.partition(b"\r\n\r\n")
        for name, value in (
            (b"UID", b"%d" % message.uid),
            (b"FLAGS", b"(%s)" % _flags(message)),
            (b"MODSEQ", b"(%d)" % message.mod_seq),
            (b"EMAILID", b"(%s)" % message.email_id.encode()),
            (b"INTERNALDATE", b'"%s"' % message.date),
            (b"RFC822.SIZE", b"%d" % len(message.octets)),
            (b"BODYSTRUCTURE", b'("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" %d 1)' % len(body)),
        ):
            if re.search(rb"(^| )" + re.escape(name) + rb"( |$)", re.sub(rb"\[.*?\]", b"", upper)):
                pieces.append(name + b" " + value)
        if fields := _FIELDS.search(upper):
            wanted = fields[1].split()
            lines = [one for one in header.split(b"\r\n") if one.split(b":")[0].upper() in wanted]
            text = b"\r\n".join([*lines, b"", b""])
            pieces.append(b"BODY[%s] {%d}\r\n%s" % (fields[0], len(text), text))
        elif b"BODY.PEEK[]" in upper:
            pieces.append(b"BODY[] {%d}\r\n%s" % (len(message.octets), message.octets))
        self.server.between()
        if self.server.tell_at_once:
            self.news()
        if message in self.known:
            self.told[message.uid] = message.mod_seq if b"FLAGS" in upper else self.told.get(message.uid, 0)
            self._write(b"* %d FETCH (%s)" % (self.known.index(message) + 1, b" ".join(pieces)))

    def do_uid_store(self, words: list[bytes], _line: bytes) -> None:
        box = self.box
        for message in box.of(words[0].decode()) if box else ():
            for flag in words[-1].strip(b"()").decode().split():
                if box is not None:
                    on = words[1].startswith(b"+")
                    box.flag(message, add=flag if on else "", remove="" if on else flag)
            self.told[message.uid] = message.mod_seq

    def do_uid_expunge(self, words: list[bytes], _line: bytes) -> None:
        box = self.box
        for message in box.of(words[0].decode()) if box else ():
            if box is not None and "\\Deleted" in message.flags:
                box.remove(message)

    def do_uid_copy(self, words: list[bytes], _line: bytes, *, leave: bool = True) -> bytes:
        target, box = self.server.mailboxes.get(words[1]), self.box
        if target is None or box is None:
            return b"NO [TRYCREATE] no such mailbox"
        found = box.of(words[0].decode())
        low = target.uid_next
        for message in found:
            copied = target.deliver(message.octets, *message.flags, email_id=message.email_id)
            copied.date = message.date
            if not leave:
                box.remove(message)
        if not found or not self.server.has("UIDPLUS"):
            return b"OK done"
        source = str(UidSet.of(message.uid for message in found)).encode()
        code = b"[COPYUID %d %s %s]" % (
            target.uid_validity,
            source,
            str(UidSet.span(low, target.uid_next - 1)).encode(),
        )
        if leave:
            return b"OK " + code + b" done"
        self.say(b"* OK " + code + b" moved")
        return b"OK done"

    def do_uid_move(self, words: list[bytes], line: bytes) -> bytes:
        return self.do_uid_copy(words, line, leave=False)


def _flags(message: ModelMessage) -> bytes:
    return " ".join(sorted(message.flags)).encode()


def _quoted(name: bytes) -> bytes:
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
