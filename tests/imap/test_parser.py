from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imap.transcripts import NAMES, server_octets
from tuimail.imap import responses
from tuimail.imap.fetch_rows import internal_date
from tuimail.imap.message_verbs import date_time
from tuimail.imap.parser import BUFFER_OCTETS, Parser
from tuimail.imap.responses import Code, FetchRow, LiteralHead, RawData, Response, StatusData, Unreadable
from tuimail.imap.tokens import Limits
from tuimail.model.errors import ProtocolError
from tuimail.model.flags import Flags
from tuimail.model.uid_set import UidSet


def parse(*portions: bytes, limits: Limits | None = None) -> list[Response]:
    parser = Parser(limits)
    return [response for portion in portions for response in parser.feed(portion)]


@pytest.mark.parametrize("name", NAMES)
def test_any_split_gives_the_same(name: str) -> None:
    octets = server_octets(name)
    whole = parse(octets)
    assert parse(*(octets[i : i + 1] for i in range(len(octets)))) == whole
    for cut in range(1, len(octets)):
        assert parse(octets[:cut], octets[cut:]) == whole, cut


@pytest.mark.parametrize("name", NAMES)
def test_the_fast_and_the_general_way_agree(name: str) -> None:
    octets = server_octets(name)
    general = Parser()
    general.keep_raw = True
    raw = general.feed(octets)
    assert [one.data for one in raw if isinstance(one, RawData)] == parse(octets)


def test_rows_of_a_fetch() -> None:
    rows = [one for one in parse(server_octets("select_fetch")) if isinstance(one, FetchRow)]
    assert [(row.seq, row.uid, row.size_octets, row.mod_seq) for row in rows] == [
        (1, 7, 4286, 12),
        (2, 9, 1, None),
        (3, 10, None, None),
    ]
    assert [row.header for row in rows] == [b"Subject: * 2 EXISTS {5}\r\n", b"Subject: (a\r\n", None]
    assert rows[0].flags == Flags.of(["\\Seen", "$Forwarded"])
    assert rows[1].flags == Flags()
    assert rows[0].internal_date == 837596665
    assert rows[1].internal_date == 1704067200
    assert rows[2].structure is not None
    assert rows[2].structure.endswith(b'"=_x") NIL NIL NIL)')


def test_lists_and_statuses() -> None:
    found = parse(server_octets("list_status"))
    lists = [one for one in found if isinstance(one, responses.ListData)]
    assert [one.wire_name for one in lists] == [
        b"Drafts",
        b'Clients &- friends/"The Quoted"',
        b"[a]bc",
        b"[Gmail]/All",
        b"INBOX",
        b"&ZeVnLIqe-",
    ]
    assert [one.delimiter for one in lists] == ["/", "/", "", ".", "\\", "/"]
    statuses = [one for one in found if isinstance(one, responses.StatusData)]
    assert statuses[0].numbers["HIGHESTMODSEQ"] == 18
    assert responses.Tagged("A2", "NO", Code("UNAVAILABLE"), "not now {12}") in found
    assert responses.IdData({"name": "Cyrus", "version": ""}) in found


def test_what_qresync_brings() -> None:
    found = parse(server_octets("qresync"))
    assert responses.VanishedData(UidSet.parse("300:310,405,411"), earlier=True) in found
    assert responses.SearchData("A282", UidSet.parse("2,10:11,882"), by_uid=True) in found
    assert responses.SearchData("", UidSet.parse("2,84,882"), by_uid=True) in found
    rows = {one.uid: one for one in found if isinstance(one, FetchRow)}
    assert rows[6].sections == {"1.2": b'quoted \\ "text"'}
    assert rows[6].body == b""
    assert rows[8].structure == b'("text" "plain" ("name" {5}\r\na"b.c) NIL NIL "7bit" 1 1)'


@pytest.mark.parametrize(
    "octets",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"* \r\n",
        b"* 1 FETCH\r\n",
        b"* 1 FETCH (UID 0)\r\n",
        b"* 1 FETCH (UID 0 FLAGS ())\r\n",
        b"* 1 FETCH (UID 4294967296)\r\n",
        b"* 1 FETCH (UID x)\r\n",
        b"* 1 FETCH (FLAGS (a)\r\n",
        b"* 1 FETCH (MODSEQ (99999999999999999999))\r\n",
        b"* 99999999999 EXISTS\r\n",
        b"* 4294967296 EXISTS\r\n",
        b"* SEARCH 1 x\r\n",
        b"* SEARCH 99999999999\r\n",
        b"* LIST (\r\n",
        b'* LIST () "/\r\n',
        b"* STATUS a (MESSAGES\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46\r\n",
    ],
)
def test_what_is_not_imap_is_a_protocol_error(octets: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(octets)


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"* VANISHED 5:*\r\n", "VANISHED"),
        (b"* VANISHED (EARLIER\r\n", "VANISHED"),
        (b'* ESEARCH (TAG "a") UID ALL x\r\n', "ESEARCH"),
        (b"* NAMESPACE ((\r\n", "NAMESPACE"),
        (b"* ID (\r\n", "ID"),
    ],
)
def test_what_belongs_to_an_extension_and_cannot_be_read_is_no_end(octets: bytes, kind: str) -> None:
    (response,) = parse(octets)
    assert isinstance(response, Unreadable)
    assert response.kind == kind


def test_object_ids() -> None:
    (status,) = parse(b"* STATUS a (MESSAGES 3 MAILBOXID (F2212ea87-6097_x))\r\n")
    assert isinstance(status, StatusData)
    assert (status.numbers, status.mailbox_id) == ({"MESSAGES": 3}, "F2212ea87-6097_x")
    for told in (b"MAILBOXID NIL", b"MAILBOXID (a b)", b'MAILBOXID ("\xff")', b"MAILBOXID 7"):
        (status,) = parse(b"* STATUS a (" + told + b")\r\n")
        assert isinstance(status, StatusData)
        assert status.mailbox_id == ""
    octets = b"* 3 FETCH (UID 7 EMAILID (M6d99ac3275bb4e) BODY[HEADER] {2}\r\nab RFC822.SIZE 9)\r\n"
    for one in (octets, octets.replace(b"EMAILID", b"emailid")):
        (row,) = parse(one)
        assert isinstance(row, FetchRow)
        assert (row.uid, row.email_id, row.header, row.size_octets) == (7, "M6d99ac3275bb4e", b"ab", 9)


@pytest.mark.parametrize(
    ("octets", "limits"),
    [
        (b"* " + b"x" * 2000, Limits(line_octets=1000)),
        (b"* 1 FETCH (BODY[] {2000}\r\n", Limits(literal_octets=1000)),
        (b"* 1 FETCH (BODY[] {2000}\r\n", Limits(response_octets=1000)),
        (b"* 1 FETCH (BODY[] {9000000}\r\n" + b"x" * 5000, Limits(response_octets=8_000_000)),
        (b"* FLAGS " + b"(" * 60 + b")" * 60 + b"\r\n", Limits(nesting=50)),
        (b"* FLAGS (" + b"a " * 60 + b")\r\n", Limits(tokens=50)),
    ],
)
def test_limits(octets: bytes, limits: Limits) -> None:
    with pytest.raises(ProtocolError):
        parse(octets, limits=limits)


@pytest.mark.parametrize("octet", [b"[", b"(", b'"', b"\\", b"{1}", b"BODY[", b"a ", b"* ", b"* 1 FETCH (UID 1 "])
def test_a_megabyte_of_one_thing_ends_in_linear_time(octet: bytes) -> None:
    line = b"* 1 FETCH (" + octet * ((1 << 20) // len(octet))
    parser = Parser()
    try:
        assert parser.feed(line) == []
        parser.feed(b"\r\n")
    except ProtocolError:
        return
    assert octet == b"{1}"


def test_a_long_search_line() -> None:
    line = b"* SEARCH" + b"".join(b" %d" % uid for uid in range(1, 200_001)) + b"\r\n"
    portions = [line[i : i + 1000] for i in range(0, len(line), 1000)]
    assert parse(*portions) == [responses.SearchData("", UidSet.span(1, 200_000), by_uid=True)]


class Sink:
    def __init__(self) -> None:
        self.octets = 0
        self.largest = 0
        self.ended = ""

    def write(self, chunk: bytes) -> None:
        self.octets += len(chunk)
        self.largest = max(self.largest, len(chunk))

    def finish(self) -> None:
        self.ended += "finish"

    def abort(self) -> None:
        self.ended += "abort"


def test_a_large_literal_goes_to_its_sink_in_pieces() -> None:
    sink = Sink()
    heads: list[LiteralHead] = []

    def open_sink(head: LiteralHead) -> Sink:
        heads.append(head)
        return sink

    parser = Parser(open_sink=open_sink)
    size = 5 << 20
    found = parser.feed(b"* 3 FETCH (UID 9 BODY[] {%d}\r\n" % size)
    for _ in range(5):
        found += parser.feed(bytes(1 << 20))
    found += parser.feed(b" FLAGS (\\Seen))\r\n* 4 EXISTS\r\n")
    assert heads == [LiteralHead(3, 9, "", size)]
    assert (sink.octets, sink.ended) == (size, "finish")
    assert sink.largest <= BUFFER_OCTETS
    row, exists = found
    assert isinstance(row, FetchRow)
    assert (row.sink, row.uid, row.body, row.flags) == (sink, 9, None, Flags.of(["\\Seen"]))
    assert exists == responses.ExistsData(4)


def test_a_cut_literal_aborts_its_sink() -> None:
    sink = Sink()
    parser = Parser(open_sink=lambda _: sink)
    parser.feed(b"* 3 FETCH (BODY[] {5000000}\r\nabc")
    parser.abandon()
    assert (sink.octets, sink.ended) == (3, "abort")


def test_without_sinks_a_large_literal_is_held() -> None:
    body = random.Random(1).randbytes(3 << 20)
    octets = b"* 3 FETCH (BODY[] {%d}\r\n" % len(body) + body + b" UID 4)\r\n"
    (row,) = parse(octets)
    assert isinstance(row, FetchRow)
    assert (row.uid, row.body) == (4, body)


def test_octets_after_a_chosen_tag_are_left_alone() -> None:
    parser = Parser()
    parser.stop_after = "A2"
    found = parser.feed(b"* OK hi\r\nA2 OK begin\r\n\x00\x01* 1 EXISTS\r\n")
    assert len(found) == 2
    assert parser.stopped
    assert parser.take_rest() == b"\x00\x01* 1 EXISTS\r\n"
    assert parser.feed(b"* 1 EXISTS\r\n") == [responses.ExistsData(1)]


def test_raw_pieces_keep_literals_apart() -> None:
    parser = Parser()
    parser.keep_raw = True
    (raw,) = parser.feed(b"* 1 FETCH (BODY[] {3}\r\na\r\n UID 2)\r\n")
    assert isinstance(raw, RawData)
    assert raw.pieces == [b"* 1 FETCH (BODY[] {3}", bytearray(b"a\r\n"), b" UID 2)"]


def test_a_trace_shows_lines_and_no_literals() -> None:
    lines: list[bytes] = []
    Parser(trace=lines.append).feed(b"* 1 FETCH (BODY[] {6}\r\nsecret UID 2)\r\n* OK hi\r\n")
    assert lines == [b"* 1 FETCH (BODY[] {6}  UID 2)", b"* OK hi"]


def test_what_is_no_date_is_no_error() -> None:
    assert internal_date(b"31-Feb-2024 00:00:00 +0000") is None
    assert internal_date(b"yesterday") is None
    assert internal_date(b"01-jan-1970 01:00:00 +0100") == 0


def _chunks(octets: bytes, sizes: list[int]) -> list[bytes]:
    portions: list[bytes] = []
    position = 0
    while position < len(octets):
        size = sizes[len(portions) % len(sizes)]
        portions.append(octets[position : position + size])
        position += size
    return portions


def _outcome(*portions: bytes) -> list[Response] | str:
    try:
        return parse(*portions, limits=Limits(nesting=20, tokens=500))
    except ProtocolError as error:
        return str(error)


_WORDS = st.sampled_from(
    [
        *[b"* ", b"+ ", b"A1 OK ", b"\r\n", b"(", b")", b'"', b"\\", b"{3}\r\n", b"{0}\r\n", b"{9+}\r\n", b"NIL", b" "],
        *[b"FETCH (", b"UID 5", b" FLAGS (\\Seen)", b"BODY[]", b"BODY[HEADER] {2}\r\nab", b"MODSEQ (7)", b"1 ", b"]"],
        *[b"BODYSTRUCTURE (", b"LIST () ", b"STATUS x (", b"SEARCH 1 2", b"VANISHED 1:5", b"[", b"ESEARCH ", b"\xff"],
    ]
)


@given(st.lists(_WORDS | st.binary(max_size=6), max_size=40).map(b"".join), st.lists(st.integers(1, 9), min_size=1))
@settings(max_examples=1500, deadline=None)
def test_any_octets_give_responses_or_protocol_error_however_cut(octets: bytes, sizes: list[int]) -> None:
    assert _outcome(*_chunks(octets, sizes)) == _outcome(octets)


@given(st.sampled_from(NAMES), st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_transcripts_give_responses_or_protocol_error(name: str, data: st.DataObject) -> None:
    octets = bytearray(server_octets(name))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    sizes = data.draw(st.lists(st.integers(1, 200), min_size=1))
    assert _outcome(*_chunks(bytes(octets), sizes)) == _outcome(bytes(octets))


@pytest.mark.parametrize(
    "said", [b"01-Jan-0001 00:00:00 +1400", b"31-Dec-9999 23:59:59 -1200", b"01-Jan-1970 00:00:00 +0000"]
)
def test_any_date_of_a_server_can_be_given_to_another(said: bytes) -> None:
    seconds = internal_date(said)
    assert seconds is not None
    assert internal_date(date_time(seconds)) is not None
