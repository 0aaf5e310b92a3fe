from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.charset import codec_of, decode_octets, label_of, says_nothing
from tuimail.mime.detect import detect
from tuimail.mime.enriched import enriched_to_text
from tuimail.mime.parse import parse_message
from tuimail.mime.texts import text_of

SAMPLES = {
    "koi8-r": "Добрый день, коллеги! Напоминаю, что завтра в десять часов у нас встреча.",
    "cp1251": "Добрый день, коллеги! Напоминаю, что завтра в десять часов у нас встреча.",
    "iso8859_5": "Добрый день, коллеги! Напоминаю, что завтра в десять часов у нас встреча.",
    "cp1253": "Καλημέρα σας, η συνάντηση είναι αύριο το πρωί στις δέκα.",
    "iso8859_2": "Dzień dobry, spotkanie jest jutro rano, proszę o potwierdzenie. Łódź, żółw.",
    "cp1250": "Dobrý den, schůzka je zítra v deset hodin. Prosím potvrďte účast, děkuji.",
    "cp1254": "Günaydın, toplantı yarın sabah saat onda. Lütfen onaylayınız, teşekkürler.",
    "cp1252": "Bonjour, la réunion est prévue demain à dix heures, à bientôt, élève.",
    "cp932": "明日の会議は十時からです。よろしくお願いします。",
    "euc_jp": "明日の会議は十時からです。よろしくお願いします。",
    "gb18030": "明天上午十点开会，请准时参加。谢谢大家。",
    "big5": "明天上午十點開會，請準時參加。謝謝大家。",
    "cp949": "내일 오전 열 시에 회의가 있습니다. 감사합니다.",
    "cp1255": "בוקר טוב, הפגישה מחר בשעה עשר בבוקר. תודה רבה.",
    "cp1256": "صباح الخير، الاجتماع غدا في الساعة العاشرة.",
}


@pytest.mark.parametrize("codec", SAMPLES)
def test_text_without_a_label_is_read(codec: str) -> None:
    assert decode_octets(SAMPLES[codec].encode(codec)).text == SAMPLES[codec]
    long_ago = b"An introduction in English.\n" * 2000
    assert decode_octets(long_ago + SAMPLES[codec].encode(codec)).text.endswith(SAMPLES[codec])


def test_a_few_accents_are_western() -> None:
    assert decode_octets("Café".encode("cp1252")).text == "Café"
    assert detect(b"Caf\xe9") == detect(b"") == ""


@given(
    st.binary(max_size=300), st.sampled_from(["utf-8", "utf-16", "shift_jis", "iso-2022-jp", "x", ""]), st.booleans()
)
def test_a_cut_never_raises(octets: bytes, label: str, forced: bool) -> None:
    found = decode_octets(octets, label, forced=label if forced else "", cut=True)
    assert found.lost <= len(found.text)
    assert codec_of(found.codec) == found.codec


@given(st.text(max_size=60), st.sampled_from(["utf_8", "gb18030", "cp932", "utf_16"]), st.integers(0, 200))
def test_a_cut_text_is_the_beginning_of_the_text(text: str, codec: str, end: int) -> None:
    octets = text.encode(codec, "ignore")
    whole = octets.decode(codec)
    found = decode_octets(octets[:end], codec, cut=True).text
    assert whole.removeprefix("\ufeff").startswith(found) or codec == "utf_16"


def test_labels() -> None:
    labels = ("cp1252", "iso8859_2", "utf_8", "koi8_r", "iso2022_jp", "gb18030")
    assert [label_of(codec) for codec in labels] == [
        "windows-1252", "iso-8859-2", "utf-8", "koi8-r", "iso-2022-jp", "gb18030",
    ]  # fmt: skip
    assert all(codec_of(label_of(codec)) == codec for codec in labels)
    assert says_nothing("Unknown-8bit")
    assert not says_nothing("utf-8")


@given(st.lists(st.sampled_from([*"<>/ab\n ", "<param>", "</param>", "<<", "<nl>"])).map("".join))
def test_any_enriched_text(source: str) -> None:
    assert len(enriched_to_text(source)) <= len(source)


def test_enriched_text() -> None:
    assert enriched_to_text("<bold>a</bold>\nb\n\nc <<x><color><param>red</param>d</color>") == "a b\nc <x>d"
    assert enriched_to_text("a<nl>b<lt>c") == "a\nb<c"


@pytest.mark.parametrize("source", ["<" * 300_000, "<param>" * 50_000, "<a" * 100_000, "\n" * 300_000])
@pytest.mark.timeout(20)
def test_hostile_enriched_text_finishes(source: str) -> None:
    assert len(enriched_to_text(source)) <= len(source)


@given(
    st.binary(max_size=200), st.integers(1, 50), st.sampled_from([b"7bit", b"base64", b"quoted-printable", b"x-uue"])
)
def test_any_portion_of_any_text(content: bytes, most: int, encoding: bytes) -> None:
    octets = b"Content-Transfer-Encoding: " + encoding + b"\n\n" + content
    part = parse_message(octets)
    found = text_of(octets, part, max_octets=most)
    assert found.has_more or len(content) <= most or encoding == b"base64"
