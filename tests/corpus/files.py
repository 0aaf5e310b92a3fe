"""Troubles of attachments: their names, what is text and what is a file; and hostile messages of a few octets."""

from __future__ import annotations

from tests.corpus.declare import attached, mail, multipart

FILE = b"Content-Type: application/x-chart\nContent-Disposition: attachment; "
TYPED = b"Content-Type: application/x-chart; "
X = "application/x-chart"

NAMES = [
    attached("usual", FILE + b'filename="chart 1.bin"', f"{X} chart 1.bin"),
    attached("unquoted-with-blanks", FILE + b"filename=chart 1.bin", f"{X} chart 1.bin"),
    attached("unquoted-with-brackets", FILE + b"filename=chart (1).bin", f"{X} chart (1).bin"),
    attached("unquoted-with-a-number-at-its-end", FILE + b"filename=chart (1)", f"{X} chart (1)"),
    attached("unquoted-with-a-comment", FILE + b"filename=chart.bin (a reef)", f"{X} chart.bin"),
    attached("in-content-type-alone", TYPED + b'name="chart.bin"', f"{X} chart.bin"),
    attached("rfc2231", FILE + b"filename*=utf-8''%C3%9Cbersicht.bin", f"{X} Übersicht.bin"),
    attached("rfc2231-with-language", FILE + b"filename*=iso-8859-1'de'%DCbersicht.bin", f"{X} Übersicht.bin"),
    attached(
        "rfc2231-continued",
        FILE + b"\n filename*0*=utf-8''%C3%9Cber;\n filename*1=sicht;\n filename*2=.bin",
        f"{X} Übersicht.bin",
    ),
    attached(
        "rfc2231-out-of-order",
        FILE + b"filename*2=.bin; filename*0*=utf-8''%C3%9Cber; filename*1=sicht",
        f"{X} Übersicht.bin",
    ),
    attached("rfc2231-piece-missing", FILE + b"filename*0=long; filename*2=.bin", f"{X} long.bin"),
    attached("rfc2231-counted-from-one", FILE + b"filename*1=chart; filename*2=.bin", f"{X} chart.bin"),
    attached(
        "rfc2231-split-inside-character",
        FILE + b"filename*0*=utf-8''%C3; filename*1*=%9Cbersicht.bin",
        f"{X} Übersicht.bin",
    ),
    attached("rfc2231-in-quotes", FILE + b"filename*=\"utf-8''%C3%9Cbersicht.bin\"", f"{X} Übersicht.bin"),
    attached("rfc2231-unknown-charset", FILE + b"filename*=x-rope''chart.bin", f"{X} chart.bin"),
    attached("rfc2231-bad-percent", FILE + b"filename*=utf-8''100%chart%.bin", f"{X} 100%chart%.bin"),
    attached("rfc2231-beside-plain", FILE + b"filename=wrong.bin; filename*=utf-8''right.bin", f"{X} right.bin"),
    attached("encoded-word", FILE + b'filename="=?utf-8?Q?=C3=9Cbersicht.bin?="', f"{X} Übersicht.bin"),
    attached(
        "encoded-words-folded",
        FILE + b'\n filename="=?utf-8?Q?=C3=9Cber?=\n =?utf-8?Q?sicht.bin?="',
        f"{X} Übersicht.bin",
    ),
    attached("raw-utf-8", FILE + 'filename="Übersicht.bin"'.encode(), f"{X} Übersicht.bin"),
    attached("raw-latin-1", FILE + 'filename="Übersicht.bin"'.encode("latin-1"), f"{X} Übersicht.bin"),
    attached("quotes-inside", FILE + b'filename="a\\"b.bin"', f"{X} a_b.bin"),
    attached("semicolon-inside", FILE + b'filename="a;b.bin"', f"{X} a;b.bin"),
    attached("quote-never-closed", FILE + b'filename="chart.bin', f"{X} chart.bin"),
    attached("path-upwards", FILE + b'filename="../../.ssh/authorized_keys"', f"{X} authorized_keys"),
    attached("path-absolute", FILE + b'filename="/etc/passwd"', f"{X} passwd"),
    attached("path-of-windows", FILE + b'filename="C:\\\\boats\\\\chart.bin"', f"{X} chart.bin"),
    attached("path-alone", FILE + b'filename="../"', f"{X} attachment"),
    attached("begins-with-a-dot", FILE + b"filename=.bashrc", f"{X} bashrc"),
    attached("begins-with-a-dash", FILE + b"filename=-rf", f"{X} rf"),
    attached("device-of-windows", FILE + b"filename=CON.bin", f"{X} _CON.bin"),
    attached("control-characters", FILE + b"filename*=utf-8''a%00b%0Ac%1B[2J.bin", f"{X} ab c[2J.bin"),
    attached("bidi-override", FILE + b"filename*=utf-8''chart%E2%80%AEnib.exe", f"{X} chartnib.exe"),
    attached("very-long", FILE + b"filename=" + b"c" * 300 + b".bin", f"{X} {'c' * 196}.bin"),
    attached("shell-signs", FILE + b'filename="$(id) `id`.bin"', f"{X} $(id) `id`.bin"),
    attached("none", b"Content-Type: application/x-chart", f"{X} -"),
]

PDF = b"Content-Type: application/pdf; name=a.pdf\n\nx\n"
KINDS = [
    mail(
        "file-text-as-attachment",
        multipart("mixed", b"\nSee.\n", b"Content-Disposition: attachment; filename=log.txt\n\nlines\n"),
        "See.\n+ 2 text/plain log.txt 7\n",
    ),
    mail(
        "file-text-inline-with-name",
        multipart(
            "mixed", b"\nSee.\n", b"Content-Type: text/x-patch; name=fix.patch\nContent-Disposition: inline\n\n+ one\n"
        ),
        "See.\n\n+ one\n+ 2 text/x-patch fix.patch 7\n",
    ),
    mail(
        "file-is-the-whole-message",
        b"Content-Type: application/pdf; name=a.pdf\n\nx\n",
        "+ 1 application/pdf a.pdf 3\n",
    ),
    mail(
        "file-text-is-the-whole-message",
        b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nTide.\n",
        "Tide.\n",
    ),
    mail(
        "file-html-attached",
        multipart(
            "mixed", b"\nSee.\n", b"Content-Type: text/html; name=a.html\nContent-Disposition: attachment\n\n<p>x\n"
        ),
        "See.\n+ 2 text/html a.html 6\n",
    ),
    mail(
        "file-rtf-is-not-shown",
        multipart("mixed", b"\nSee.\n", b"Content-Type: text/rtf\n\n{\\rtf1 x}\n"),
        "See.\n+ 2 text/rtf - 11\n",
    ),
    mail(
        "file-empty",
        multipart("mixed", b"\nSee.\n", b"Content-Type: application/pdf; name=a.pdf\n\n"),
        "See.\n+ 2 application/pdf a.pdf 0\n",
    ),
    mail(
        "file-in-broken-base64",
        multipart(
            "mixed",
            b"\nSee.\n",
            b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\naGVsbG8\n",
        ),
        "See.\n+ 2 application/pdf a.pdf 5\n",
    ),
    mail(
        "file-disposition-unknown",
        multipart(
            "mixed", b"\nSee.\n", b"Content-Type: application/pdf\nContent-Disposition: rope; filename=a.pdf\n\nx\n"
        ),
        "See.\n+ 2 application/pdf a.pdf 3\n",
    ),
    mail("file-before-the-text", multipart("mixed", PDF, b"\nSee.\n"), "See.\n+ 1 application/pdf a.pdf 3\n"),
    mail(
        "file-many",
        multipart("mixed", b"\nSee.\n", *[PDF] * 12),
        "See.\n" + "".join(f"+ {number} application/pdf a.pdf 3\n" for number in range(2, 14)),
    ),
    mail(
        "file-type-with-signs-of-a-shell",
        multipart("mixed", b"\nSee.\n", b"Content-Type: application/$(id); name=a\n\nx\n"),
        "See.\n+ 2 application/$ a 3\n",
    ),
    mail(
        "file-type-with-an-escape",
        multipart("mixed", b"\nSee.\n", b"Content-Type: application/\x1b[2Jx\nContent-Disposition: attachment\n\nx\n"),
        "See.\n+ 2 text/plain - 3\n",
    ),
]

MAILS = [*NAMES, *KINDS]
