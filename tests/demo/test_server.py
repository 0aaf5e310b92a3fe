from __future__ import annotations

import imaplib
import io
import os
import re
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.pymap_server import SPECIAL_MAILBOXES, pymap_server
from tuimail.demo import server as demo_server
from tuimail.demo.builder import SampleMessage, file_part, message, message_part, multipart, text_part
from tuimail.demo.samples import sample_mail
from tuimail.demo.server import MAILBOXES, DemoServer
from tuimail.model.errors import TuimailError

NOW = datetime(2026, 3, 5, 12, 34, 56, tzinfo=UTC)
NOTE = SampleMessage("INBOX", b"Subject: note\r\n\r\nA note.\r\n", ("$todo",), NOW)


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    with DemoServer.start() as server:
        yield server


@pytest.fixture
def client(demo: DemoServer) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4(demo.host, demo.port, timeout=20) as connection:
        connection.login(demo.username, demo.password)
        yield connection


def quoted(mailbox: str) -> str:
    return f'"{mailbox}"'


def uids(connection: imaplib.IMAP4, *criteria: str) -> list[bytes]:
    return list(connection.uid("SEARCH", *criteria)[1][0].split())


def test_list_shows_special_uses(client: imaplib.IMAP4) -> None:
    lines = [line for line in client.list()[1] if isinstance(line, bytes)]
    listed = {line.rpartition(b' "/" ')[2].decode().strip('"'): line for line in lines}
    assert set(MAILBOXES) <= set(listed)
    for name, special_use in MAILBOXES.items():
        assert special_use is None or special_use.encode() in listed[name]
    assert b"\\Noselect" in listed["Projects"]


def test_counts_equal_the_samples(client: imaplib.IMAP4) -> None:
    samples = sample_mail(datetime.now(UTC))
    total = Counter(message.mailbox for message in samples)
    unseen = Counter(message.mailbox for message in samples if "\\Seen" not in message.flags)
    for name in MAILBOXES:
        (status,) = client.status(quoted(name), "(MESSAGES UNSEEN)")[1]
        assert status.endswith(b"(MESSAGES %d UNSEEN %d)" % (total[name], unseen[name]))
        assert client.select(quoted(name), readonly=True)[1] == [b"%d" % total[name]]
        assert len(uids(client, "ALL")) == total[name]


def test_triage(client: imaplib.IMAP4) -> None:
    client.append("Archive", "(\\Seen)", None, b"Subject: kept\r\n\r\nKept.\r\n")
    client.select("Archive")
    uid = uids(client, "SUBJECT", "kept")[0].decode()
    client.uid("STORE", uid, "+FLAGS", "(\\Flagged $later)")
    answer = client.uid("FETCH", uid, "(FLAGS)")[1][0]
    assert isinstance(answer, bytes)
    assert {b"\\Flagged", b"\\Seen", b"$later"} <= set(re.split(rb"[() ]", answer))
    assert client.uid("COPY", uid, "Trash")[0] == "OK"
    assert client.response("COPYUID")[1][0] is not None
    assert client.uid("MOVE", uid, quoted("Lists/seedbank"))[0] == "OK"
    assert uids(client, "SUBJECT", "kept") == []
    for name in ("Trash", quoted("Lists/seedbank")):
        client.select(name)
        (copy,) = uids(client, "SUBJECT", "kept", "KEYWORD", "$later")
        client.uid("STORE", copy.decode(), "+FLAGS.SILENT", "(\\Deleted)")
        assert client.uid("EXPUNGE", copy.decode())[0] == "OK"
        assert uids(client, "SUBJECT", "kept") == []


def test_a_wrong_password_is_refused(demo: DemoServer) -> None:
    connection = imaplib.IMAP4(demo.host, demo.port, timeout=20)
    with pytest.raises(imaplib.IMAP4.error):
        connection.login(demo.username, "guess")
    connection.logout()


def test_it_listens_on_loopback_only_and_keeps_its_secret_to_itself(demo: DemoServer) -> None:
    assert demo.host == "127.0.0.1"
    process = Path(f"/proc/{demo.process_id}")
    for place in ("cmdline", "environ"):
        assert demo.password.encode() not in (process / place).read_bytes()


def test_stop_ends_the_child_and_may_be_called_twice() -> None:
    server = DemoServer.start()
    server.stop()
    server.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(server.process_id, 0)


def test_the_child_ends_when_its_parent_is_killed() -> None:
    script = (
        "import os, signal\n"
        "from tuimail.demo.server import DemoServer\n"
        "print(DemoServer.start().process_id, flush=True)\n"
        "signal.pause()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent, os.fdopen(os.pidfd_open(int(parent.stdout.readline()))) as child:
        parent.send_signal(signal.SIGKILL)
        readable, _, _ = select.select([child], [], [], 30)
    assert readable


def test_a_child_that_fails_is_reported_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    with pytest.raises(TuimailError, match=r"did not start: .+") as failure:
        DemoServer.start()
    assert "\n" not in str(failure.value)
    assert failure.value.hint


def test_a_silent_child_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_server, "START_TIMEOUT_S", 0.0)
    with pytest.raises(TuimailError, match="not ready after"):
        DemoServer.start()


def test_last_words_carry_no_control_characters() -> None:
    errors = io.BytesIO(b"Traceback\nOSError: \x1b[31mno room\xff\n\n")
    assert demo_server._last_words(errors) == "OSError: ?[31mno room\ufffd"


def test_every_sample_comes_back_octet_for_octet() -> None:
    samples = sample_mail(NOW)
    with (
        pymap_server(samples, mailboxes=MAILBOXES) as server,
        imaplib.IMAP4(server.host, server.port, timeout=20) as connection,
    ):
        connection.login(server.username, server.password)
        for name in MAILBOXES:
            connection.select(quoted(name), readonly=True)
            rows = connection.uid("FETCH", "1:*", "(RFC822.SIZE INTERNALDATE BODY.PEEK[])")[1]
            literals = [row for row in rows if isinstance(row, tuple)]
            expected = [message for message in samples if message.mailbox == name]
            assert [octets for _, octets in literals] == [message.octets for message in expected]
            for (head, _), message in zip(literals, expected, strict=True):
                assert b"RFC822.SIZE %d " % len(message.octets) in head
                date = imaplib.Internaldate2tuple(head)
                assert date is not None
                assert int(message.internal_date.timestamp()) == int(datetime(*date[:6]).astimezone().timestamp())


def test_idle_tells_of_new_mail() -> None:
    with pymap_server([NOTE]) as server, imaplib.IMAP4(server.host, server.port, timeout=20) as connection:
        connection.login(server.username, server.password)
        connection.select("INBOX")
        connection.send(b"x1 IDLE\r\n")
        assert connection.readline().startswith(b"+")
        assert server.deliver(NOTE) == 102
        assert connection.readline() == b"* 2 EXISTS\r\n"
        connection.send(b"DONE\r\n")
        assert b"x1 OK" in iter(connection.readline, b"").__next__() + connection.readline()


def test_mailboxes_can_be_made_renamed_and_removed() -> None:
    with pymap_server() as server, imaplib.IMAP4(server.host, server.port, timeout=20) as connection:
        connection.login(server.username, server.password)
        assert connection.create("New")[0] == "OK"
        assert connection.create("New")[0] == "NO"
        assert connection.rename("Archive", "Kept")[0] == "OK"
        assert connection.delete("Junk")[0] == "OK"
        lines = b"\n".join(line for line in connection.list()[1] if isinstance(line, bytes))
        assert b'\\Archive) "/" Kept' in lines
        assert b"Junk" not in lines
        connection.create("Junk")
        (line,) = connection.list('""', "Junk")[1]
        assert line == b'(\\HasNoChildren) "/" Junk'


def test_capabilities_can_be_withdrawn() -> None:
    with (
        pymap_server([NOTE], without={"MOVE", "IDLE"}) as server,
        imaplib.IMAP4(server.host, server.port, timeout=20) as connection,
    ):
        connection.login(server.username, server.password)
        told = connection.capability()[1][0].split()
        assert b"UIDPLUS" in told
        assert not {b"MOVE", b"IDLE"} & set(told)
        connection.select("INBOX")
        with pytest.raises(imaplib.IMAP4.error, match="Unknown command"):
            connection.uid("MOVE", "1:*", "Trash")


def test_cut_connections_are_lost_and_new_ones_accepted() -> None:
    with pymap_server() as server:
        connection = imaplib.IMAP4(server.host, server.port, timeout=20)
        server.cut_connections()
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            connection.noop()
        connection.shutdown()
        with imaplib.IMAP4(server.host, server.port, timeout=20) as again:
            assert again.login(server.username, server.password)[0] == "OK"


def test_a_mailbox_that_does_not_exist_is_told_to_the_test() -> None:
    astray = SampleMessage("Nowhere", NOTE.octets, (), NOW)
    with pytest.raises(KeyError, match="Nowhere"), pymap_server([astray]):
        pass


def test_every_special_mailbox_is_there() -> None:
    with pymap_server() as server, imaplib.IMAP4(server.host, server.port, timeout=20) as connection:
        connection.login(server.username, server.password)
        assert len(connection.list()[1]) == len(SPECIAL_MAILBOXES)


def test_body_structure_follows_the_standard() -> None:
    parts = [
        text_part("Guten Tag\n"),
        file_part("application/pdf", b"%PDF-1.4\n", filename="Größe.pdf"),
        file_part("image/png", b"png", filename="lamp.png", content_id="lamp@example.org"),
        message_part(message([b"Subject: inner\r\n"], text_part("Inner\n"))),
    ]
    whole = message([b"Subject: outer\r\n"], multipart("mixed", parts, "=_b"))
    with (
        pymap_server([SampleMessage("INBOX", whole, (), NOW)]) as server,
        imaplib.IMAP4(server.host, server.port, timeout=20) as connection,
    ):
        connection.login(server.username, server.password)
        connection.select("INBOX")
        connection.uid("COPY", "101", "Trash")
        connection.select("Trash")
        fetched = connection.uid("FETCH", "101", "(BODYSTRUCTURE)")[1][0]
        bodies = [connection.uid("FETCH", "101", f"(BODY.PEEK[{n}])")[1][0] for n in (1, 2, 3, 4)]
    assert isinstance(fetched, bytes)
    # pymap counts the line end before a boundary to the part, in BODY[n] as in the size.
    sizes = [len(body[1]) for body in bodies if isinstance(body, tuple)]
    assert b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" %d 2 NIL NIL NIL NIL)' % sizes[0] in fetched
    assert (
        b'"base64" %d NIL ("attachment" ("filename*" "utf-8\'\'Gr%%C3%%B6%%C3%%9Fe.pdf")) NIL NIL)' % sizes[1]
        in fetched
    )
    assert b'"<lamp@example.org>" NIL "base64" %d NIL ("inline" ("filename" "lamp.png")) NIL NIL)' % sizes[2] in fetched
    assert b'("message" "rfc822" NIL NIL NIL "7bit" %d (NIL "inner" ' % sizes[3] in fetched
    assert fetched.endswith(b' "mixed" ("boundary" "=_b") NIL NIL NIL) UID 101)')
