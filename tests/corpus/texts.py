"""Troubles of one text: its charset, its transfer encoding, its lines, files inside it."""

from __future__ import annotations

import base64
import binascii

from tests.corpus.declare import body, mail, raw


def _labelled(charset: str) -> bytes:
    return f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit".encode()


def _wrong(label: str, read_as: str) -> str:
    return f"! A text says that it is in {label}, and is not: it was read as {read_as}.\n"


def _unknown(label: str, read_as: str) -> str:
    return f"! A text is in “{label}”, which tuimail does not know: it was read as {read_as}.\n"


RUSSIAN = "Добрый день, прилив начинается завтра в шесть часов утра.\n"
JAPANESE = "明日の会議は十時からです。よろしくお願いします。\n"
POLISH = "Dzień dobry, żółta łódź płynie już jutro rano, proszę o odpowiedź.\n"
GERMAN = "Grüße vom Hafen, das Boot läuft früh aus.\n"
QP = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"
B64 = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64"
ENCODED = base64.encodebytes(GERMAN.encode()).replace(b"\n", b"\r\n")
FLOWED = b"Content-Type: text/plain; charset=utf-8; format=flowed"
UU = b"begin 644 boat.txt\n" + binascii.b2a_uu(b"a small boat") + b"`\nend\n"

CHARSETS = [
    body("charset-utf-8", _labelled("utf-8"), GERMAN.encode(), GERMAN),
    body("charset-none-utf-8", b"Subject: x", GERMAN.encode(), f"Subject: x\n\n{GERMAN}"),
    body("charset-none-latin-1", b"Subject: x", GERMAN.encode("latin-1"), f"Subject: x\n\n{GERMAN}"),
    body("charset-none-koi8-r", b"Subject: x", RUSSIAN.encode("koi8-r"), f"Subject: x\n\n{RUSSIAN}"),
    body("charset-none-windows-1251", b"Subject: x", RUSSIAN.encode("cp1251"), f"Subject: x\n\n{RUSSIAN}"),
    body("charset-none-shift-jis", b"Subject: x", JAPANESE.encode("cp932"), f"Subject: x\n\n{JAPANESE}"),
    body("charset-none-euc-jp", b"Subject: x", JAPANESE.encode("euc_jp"), f"Subject: x\n\n{JAPANESE}"),
    body("charset-none-iso-2022-jp", b"Subject: x", JAPANESE.encode("iso2022_jp"), f"Subject: x\n\n{JAPANESE}"),
    body("charset-none-windows-1250", b"Subject: x", POLISH.encode("cp1250"), f"Subject: x\n\n{POLISH}"),
    body("charset-latin-1-means-cp1252", _labelled("iso-8859-1"), b"\x93Ahoy\x94 \x80 5\r\n", "“Ahoy” € 5\n"),
    body("charset-ascii-but-utf-8", _labelled("us-ascii"), GERMAN.encode(), GERMAN),
    body("charset-ascii-but-latin-1", _labelled("us-ascii"), GERMAN.encode("latin-1"), GERMAN),
    body("charset-utf-8-but-latin-1", _labelled("utf-8"), GERMAN.encode("latin-1"), GERMAN),
    body(
        "charset-utf-8-one-bad-octet",
        _labelled("utf-8"),
        "会議室の予約".encode() * 9 + b"\xff\r\n",
        "会議室の予約" * 9 + "�\n! One character could not be read as utf-8; another charset may fit better.\n",
    ),
    body("charset-gb2312-means-gb18030", _labelled("gb2312"), "朱镕基\r\n".encode("gb18030"), "朱镕基\n"),
    body("charset-shift-jis-means-cp932", _labelled("shift_jis"), "①会議\r\n".encode("cp932"), "①会議\n"),
    body("charset-ks-c-5601-means-cp949", _labelled("ks_c_5601-1987"), "한글 똠\r\n".encode("cp949"), "한글 똠\n"),
    body("charset-big5", _labelled("big5"), "開會時間\r\n".encode("big5"), "開會時間\n"),
    body("charset-iso-8859-8-i", _labelled("iso-8859-8-i"), "שלום\r\n".encode("iso8859_8"), "שלום\n"),
    body("charset-windows-1256", _labelled("windows-1256"), "مرحبا\r\n".encode("cp1256"), "مرحبا\n"),
    body("charset-tis-620", _labelled("tis-620"), "สวัสดี\r\n".encode("cp874"), "สวัสดี\n"),
    body("charset-quoted-upper-case", _labelled('"ISO-8859-2"'), POLISH.encode("iso8859_2"), POLISH),
    body("charset-unknown", _labelled("x-harbour"), GERMAN.encode(), GERMAN + _unknown("x-harbour", "utf-8")),
    body("charset-unknown-8bit", _labelled("unknown-8bit"), GERMAN.encode(), GERMAN),
    body("charset-refused-utf-7", _labelled("utf-7"), b"+ADw-b+AD4-\r\n", "+ADw-b+AD4-\n"),
    body("charset-refused-unicode-escape", _labelled("unicode_escape"), b"\\x1b[2J\r\n", "\\x1b[2J\n"),
    body("charset-refused-zlib", _labelled("zlib"), b"x\x9c\r\n", "xœ\n" + _unknown("zlib", "windows-1252")),
    body("charset-big5-but-utf-8", _labelled("iso-2022-jp"), GERMAN.encode(), GERMAN + _wrong("iso-2022-jp", "utf-8")),
    body("charset-utf-16-with-mark", _labelled("utf-16"), "Ebbe\r\nFlut\r\n".encode("utf-16"), "Ebbe\nFlut\n"),
    body("charset-utf-8-with-mark", _labelled("utf-8"), b"\xef\xbb\xbfEbbe\r\n", "Ebbe\n"),
    body(
        "charset-html-says-it-in-meta",
        b"Content-Type: text/html",
        '<meta charset="koi8-r"><p>Привет'.encode("koi8-r"),
        "Привет\n",
    ),
    body(
        "charset-html-meta-lies",
        b"Content-Type: text/html; charset=utf-8",
        '<meta charset="iso-8859-1"><p>Grüße'.encode(),
        "Grüße\n",
    ),
]

ENCODINGS = [
    body("qp-usual", QP, b"Gr=C3=BC=C3=9Fe =\r\nvom Hafen\r\n", "Grüße vom Hafen\n"),
    body("qp-lower-case", QP, b"Gr=c3=bc=c3=9fe\r\n", "Grüße\n"),
    body("qp-bad-escape", QP, b"100 =% =ZZ =C3=BC\r\n", "100 =% =ZZ ü\n"),
    body("qp-blanks-after-soft-break", QP, b"Ebbe = \t\r\nund Flut\r\n", "Ebbe und Flut\n"),
    body("qp-ends-in-equals", QP, b"Ebbe=", "Ebbe\n"),
    body("qp-ends-inside-escape", QP, b"Ebbe=C", "Ebbe=C\n"),
    body("qp-raw-8bit", QP, "Grüße =C3=BC\r\n".encode(), "Grüße ü\n"),
    body("qp-soft-break-inside-character", QP, b"Gr=C3=\r\n=BC=C3=9Fe\r\n", "Grüße\n"),
    body("qp-bare-line-feeds", QP, b"Gr=C3=BC=\n=C3=9Fe\n", "Grüße\n"),
    body("base64-usual", B64, ENCODED, GERMAN),
    body("base64-without-padding", B64, base64.b64encode(b"Ebbe und Flut").rstrip(b"="), "Ebbe und Flut\n"),
    body("base64-one-letter-too-many", B64, base64.b64encode(b"Ebbe und Flut.")[:-1] + b"\r\n", "Ebbe und Flut.\n"),
    body("base64-blanks-and-strange-signs", B64, b" RWJi ZSB1\t!bmQg*Rmx1dA==\r\n", "Ebbe und Flut\n"),
    body("base64-two-blocks", B64, b"RWJiZQ==\r\nIHVuZCBGbHV0\r\n", "Ebbe und Flut\n"),
    body("base64-and-a-footer-behind", B64, b"RWJiZQ==\r\n\r\n-- \r\nlist\r\n", "Ebbe\n"),
    body("base64-that-is-plain-text", B64, b"", ""),
    body(
        "base64-cut-character",
        B64,
        base64.b64encode("Grü".encode()[:-1]),
        "Gr�\n! One character could not be read as utf-8; another charset may fit better.\n",
    ),
    body("encoding-in-upper-case", QP.replace(b"quoted-printable", b"QUOTED-PRINTABLE"), b"=C3=BC\r\n", "ü\n"),
    body("encoding-in-quotes", b'Content-Transfer-Encoding: "base64"', b"VGlkZS4K\r\n", "Tide.\n"),
    body("encoding-with-a-sign-too-many", b"Content-Transfer-Encoding: base-64", b"VGlkZS4K\r\n", "Tide.\n"),
    body("encoding-with-a-sign-too-few", b"Content-Transfer-Encoding: quotedprintable;", b"Tide=2E\r\n", "Tide.\n"),
    body("type-with-a-comma", b"Content-Type: text/html, charset=iso-8859-1", b"<b>\xfc</b>\r\n", "ü\n"),
    body("type-is-xhtml", b"Content-Type: application/xhtml+xml", b"<p>Tide.</p>\r\n", "Tide.\n"),
    body(
        "rtf-alone",
        b"Content-Type: text/rtf",
        b"{\\rtf1 Tide \\b turns\\b0 .\\par}",
        "Tide turns.\n+ 1 text/rtf - 30\n",
    ),
    body("encoding-with-comment", QP + b" (usual)", b"=C3=BC\r\n", "ü\n"),
    body(
        "encoding-unknown",
        QP.replace(b"quoted-printable", b"x-rope"),
        b"a=C3\r\n",
        "a=C3\n! A text is encoded in a way that tuimail does not know (“x-rope”): it is shown as it came.\n",
    ),
    body("encoding-uuencode", b"Content-Transfer-Encoding: x-uuencode", UU, "a small boat\n"),
    body("encoding-7bit-but-8bit", QP.replace(b"quoted-printable", b"7bit"), GERMAN.encode(), GERMAN),
]

LINES = [
    body(
        "flowed-paragraphs",
        FLOWED,
        b"The tide \r\nturns \r\nat six.\r\n\r\nBye.\r\n",
        "The tide turns at six.\n\nBye.\n",
    ),
    body("flowed-space-stuffed", FLOWED, b" From here\r\n > no quote\r\n  two\r\n", "From here\n> no quote\n two\n"),
    body("flowed-quotes", FLOWED, b">> deep \r\n>> deeper\r\n> up\r\nmine\r\n", "> > deep deeper\n> up\nmine\n"),
    body("flowed-quote-depth-changes-in-paragraph", FLOWED, b"> tide \r\nturns\r\n", "> tide \nturns\n"),
    body("flowed-signature", FLOWED, b"Bye \r\n-- \r\nAda\r\n", "Bye \n-- \nAda\n"),
    body("flowed-blank-line-after-soft-break", FLOWED, b"The tide \r\n\r\nturns\r\n", "The tide \n\nturns\n"),
    body("flowed-delsp", FLOWED + b"; delsp=yes", "会議 \r\n室\r\n".encode(), "会議室\n"),
    body("flowed-delsp-keeps-one-blank", FLOWED + b"; DelSp=Yes", b"two  \r\nwords\r\n", "two words\n"),
    body("flowed-ends-in-soft-break", FLOWED, b"The tide \r\n", "The tide \n"),
    body("flowed-says-fixed", FLOWED.replace(b"flowed", b"fixed"), b"The tide \r\nturns\r\n", "The tide \nturns\n"),
    body("lines-mbox-from", b"Subject: x", b">From here on\r\n", "Subject: x\n\n>From here on\n"),
    body("lines-tabs", b"Subject: x", b"a\tb\r\n\tc\r\n", "Subject: x\n\na       b\n        c\n"),
    body("lines-mixed-ends", b"Subject: x", b"a\rb\nc\r\nd", "Subject: x\n\na\nb\nc\nd\n"),
    body("lines-form-feed-and-nul", b"Subject: x", b"a\x0cb\x00c\r\n", "Subject: x\n\na␌b␀c\n"),
    body("lines-one-very-long", b"Subject: x", b"tide " * 2000, "Subject: x\n\n" + "tide " * 2000 + "\n"),
    body(
        "text-enriched",
        b"Content-Type: text/enriched",
        b"<bold>Tide</bold>\r\nat <<six>\r\n\r\nBye<param>red</param>\r\n",
        "Tide at <six>\nBye \n",
    ),
    body(
        "uuencoded-file-in-text",
        b"Subject: x",
        b"Look:\r\n" + UU.replace(b"\n", b"\r\n") + b"Bye\r\n",
        "Subject: x\n\nLook:\n[boat.txt]\nBye\n+ 1.1 application/octet-stream boat.txt 12\n",
    ),
    body(
        "uuencode-in-prose-is-prose",
        b"Subject: x",
        b"begin 644 words\r\nand prose follows\r\n",
        "Subject: x\n\nbegin 644 words\nand prose follows\n",
    ),
    body(
        "yenc-file-in-text",
        b"Content-Type: text/plain; charset=iso-8859-1",
        b"Look:\r\n=ybegin line=128 size=3 name=boat.bin\r\n\x8b\x8c\x8d\r\n=yend size=3\r\nBye\r\n",
        "Look:\n[boat.bin]\nBye\n+ 1.1 application/octet-stream boat.bin 3\n",
    ),
    body("terminal-escapes", b"Subject: x", b"\x1b]0;owned\x07 \x1b[2J\r\n", "Subject: x\n\n␛]0;owned␇ ␛[2J\n"),
    body("terminal-escapes-of-8-bit", _labelled("iso-8859-2"), b"\x9b2J\x9d0;x\x9c\r\n", "�2J�0;x�\n"),
    body("bidi-overrides", _labelled("utf-8"), "a\u202eb\u2066c\u200b\r\n".encode(), "abc\n"),
    mail(
        "markup-of-the-screen",
        "Subject: [/x] [@click=app.quit]\n\n[@click=app.quit]x[/]\n",
        "Subject: [/x] [@click=app.quit]\n\n[@click=app.quit]x[/]\n",
    ),
    raw("text-without-line-end", b"\r\nTide", "Tide\n"),
]

MAILS = [*CHARSETS, *ENCODINGS, *LINES]
