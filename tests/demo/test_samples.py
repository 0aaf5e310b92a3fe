from __future__ import annotations

import email
import email.header
import email.policy
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest

from tuimail.demo.builder import SampleMessage
from tuimail.demo.samples import sample_mail
from tuimail.demo.server import MAILBOXES

NOW = datetime(2026, 3, 5, 12, 34, 56, 789, tzinfo=UTC)


@pytest.fixture(scope="module")
def mail() -> list[SampleMessage]:
    return sample_mail(NOW)


def parsed(message: SampleMessage) -> Message:
    return email.message_from_bytes(message.octets, policy=email.policy.compat32)


def subject_of(message: SampleMessage) -> str:
    unfolded = re.sub(r"\r\n(?=[ \t])", "", str(parsed(message)["Subject"]))
    return str(email.header.make_header(email.header.decode_header(unfolded)))


def subjects(mail: list[SampleMessage]) -> list[str]:
    return [subject_of(message) for message in mail]


def test_there_are_many_and_no_mailbox_is_empty(mail: list[SampleMessage]) -> None:
    assert len(mail) >= 220
    assert set(MAILBOXES) == {message.mailbox for message in mail}


def test_the_same_moment_gives_the_same_mail(mail: list[SampleMessage]) -> None:
    assert sample_mail(NOW) == mail


def test_another_moment_moves_the_dates_and_keeps_the_message_ids(mail: list[SampleMessage]) -> None:
    later = sample_mail(NOW + timedelta(days=40))
    assert [parsed(message)["Message-ID"] for message in later] == [parsed(message)["Message-ID"] for message in mail]
    assert all(b.internal_date - a.internal_date == timedelta(days=40) for a, b in zip(mail, later, strict=True))


def test_lines_end_with_crlf_and_fit_the_standard(mail: list[SampleMessage]) -> None:
    for message in mail:
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.octets), subject_of(message)
        # RFC 5322, section 2.1.1
        assert max(map(len, message.octets.split(b"\r\n"))) <= 998, subject_of(message)


def test_message_ids_are_unique_and_well_formed(mail: list[SampleMessage]) -> None:
    found = Counter(str(parsed(message)["Message-ID"]) for message in mail)
    assert [name for name, count in found.items() if count > 1] == []
    assert [name for name in found if not re.fullmatch(r"<[0-9a-f]{20}@[a-z.-]+>", name)] == []


def test_they_arrive_in_order_and_the_newest_is_minutes_old(mail: list[SampleMessage]) -> None:
    dates = [message.internal_date for message in mail]
    assert dates == sorted(dates)
    assert timedelta(0) < NOW - dates[-1] < timedelta(hours=1)
    assert all(date.tzinfo is not None and date.microsecond == 0 for date in dates)


def test_only_the_unfinished_one_has_defects(mail: list[SampleMessage]) -> None:
    defective = [subject_of(m) for m in mail if any(part.defects for part in parsed(m).walk())]
    assert defective == ["Unfinished business"]


def test_text_parts_decode_in_their_charset(mail: list[SampleMessage]) -> None:
    charsets: set[str] = set()
    for message in mail:
        for part in parsed(message).walk():
            if part.get_content_maintype() == "text" and message.mailbox != "Junk":
                charset = part.get_content_charset("us-ascii")
                charsets.add(charset)
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                if charset != "x-harbour-8":
                    assert "\ufffd" not in payload.decode(charset), subject_of(message)
    assert charsets >= {
        "us-ascii", "utf-8", "iso-8859-1", "iso-8859-2", "iso-8859-7", "iso-8859-15", "windows-1252", "windows-1255",
        "windows-1256", "koi8-r", "iso-2022-jp", "gb18030", "euc-kr", "tis-620", "x-harbour-8",
    }  # fmt: skip


def test_subjects_in_every_script_decode(mail: list[SampleMessage]) -> None:
    assert set(subjects(mail)) >= {
        "Leihgabe für die Ausstellung: Größe und Gewicht der Bugfigur",
        "Πρόσκληση: γιορτή του λιμανιού",
        "Маяк, чертежи и один вопрос о линзе",
        "תמונות מהנמל הישן",
        "دعوة إلى معرض الخرائط البحرية",
        "灯台の古い写真について",
        "关于老码头灯塔的展览合作",
        "항구 축제 합창단 초대",
        "बंदरगाह संग्रहालय से नमस्ते",
        "ภาพถ่ายประภาคารเก่า",
        "🎉 Happy birthday from all of us 🎂🕯️🚲",
    }


def test_encoded_words_are_never_longer_than_75(mail: list[SampleMessage]) -> None:
    words = [word for message in mail for word in re.findall(rb"=\?[^ \r\n]+\?[BQ]\?[^ \r\n]*\?=", message.octets)]
    assert len(words) > 40
    assert max(map(len, words)) <= 75


def test_the_list_has_a_thread_of_25_that_hangs_together(mail: list[SampleMessage]) -> None:
    posts = [parsed(m) for m in mail if m.mailbox == "Lists/seedbank" and "Ardenhaven Blue" in subject_of(m)]
    assert len(posts) == 25
    known = {str(post["Message-ID"]) for post in posts}
    assert all(post["In-Reply-To"] in known and set(post["References"].split()) <= known for post in posts[1:])
    assert all("growers.seedbank" in post["List-Id"] and post["List-Unsubscribe"] for post in posts)


def test_replies_are_younger_than_what_they_answer(mail: list[SampleMessage]) -> None:
    arrived = {str(parsed(message)["Message-ID"]): message.internal_date for message in mail}
    for message in mail:
        parent = parsed(message)["In-Reply-To"]
        assert parent is None or arrived[str(parent)] < message.internal_date, subject_of(message)


def test_kinds_of_content(mail: list[SampleMessage]) -> None:
    types = Counter(part.get_content_type() for message in mail for part in parsed(message).walk())
    for content_type in (
        "multipart/alternative", "multipart/mixed", "multipart/related", "multipart/report", "multipart/digest",
        "multipart/signed", "message/rfc822", "message/delivery-status", "message/disposition-notification",
        "text/html", "text/csv", "text/calendar", "application/pdf", "application/zip", "image/png",
    ):  # fmt: skip
        assert types[content_type], content_type
    encodings = {str(part["Content-Transfer-Encoding"]) for message in mail for part in parsed(message).walk()}
    assert encodings >= {"7bit", "8bit", "quoted-printable", "base64"}
    assert any(part.get_param("format") == "flowed" for message in mail for part in parsed(message).walk())
    assert any(len(message.octets) > 200_000 for message in mail)


def test_odd_headers(mail: list[SampleMessage]) -> None:
    assert [m["From"] for m in map(parsed, mail) if m["Date"] is None] == ["Old fax gateway <fax@port.example.org>"]
    assert "" in subjects(mail)
    assert max(map(len, subjects(mail))) > 400
    assert any(m["Disposition-Notification-To"] for m in map(parsed, mail))


def test_flags_vary(mail: list[SampleMessage]) -> None:
    flags = Counter(flag for message in mail for flag in message.flags)
    assert set(flags) == {"\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$todo", "$Junk"}
    assert 15 < sum("\\Seen" not in message.flags for message in mail if message.mailbox == "INBOX") < 40
    assert all("\\Draft" in message.flags for message in mail if message.mailbox == "Drafts")


def test_hostile_mail_is_in_junk_and_nowhere_else(mail: list[SampleMessage]) -> None:
    hostile = [m for m in mail if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]|\[/x\]", subject_of(m))]
    assert len(hostile) >= 5
    assert {message.mailbox for message in hostile} == {"Junk"}
    # The octets themselves are clean: what is hostile appears only when a reader decodes it.
    assert not any(b"\x1b" in m.octets for m in hostile)


def test_every_domain_is_reserved_for_examples(mail: list[SampleMessage]) -> None:
    for message in mail:
        whole = parsed(message)
        texts = [part.get_payload(decode=True) for part in whole.walk() if part.get_content_maintype() == "text"]
        readable = "\n".join(
            [*map(str, whole.values()), *(str(text, "latin-1") for text in texts if isinstance(text, bytes))]
        )
        domains = [
            mail or web for mail, web in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)|https?://([\w.-]+)", readable)
        ]
        assert domains
        assert [name for name in domains if not re.fullmatch(r"(.+\.)?example\.(org|net|com)\.?", name)] == []
