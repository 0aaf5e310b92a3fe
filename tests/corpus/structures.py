"""Troubles of structure: boundaries, nesting, alternatives, related parts, messages within messages."""

from __future__ import annotations

import base64

from tests.corpus.declare import mail, multipart, raw

PLAIN = b"\nThe tide turns at six.\n"
PAGE = b"Content-Type: text/html\n\n<p>The tide turns at <b>six</b>.\n"
OTHER_PAGE = b"Content-Type: text/html\n\n<p>Harbour news: three boats left, two came back, one rests.\n"
PNG = b"Content-Type: image/png; name=boat.png\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n"
SIX = "The tide turns at six.\n"
CUT = "! The end of this message is missing; what came is shown.\n"
NO_PARTS = "! The parts of this message cannot be told apart: it is shown as one text.\n"
INNER = b"From: Bo <bo@example.net>\nSubject: Low water\n\nAt noon.\n"
TOLD = "From: Bo <bo@example.net>\nSubject: Low water\n\nAt noon.\n"


def page(text: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\n\n" + text.encode() + b"\n"


def plain(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode() + b"\n"


def forwarded(inner: bytes) -> bytes:
    return b"Content-Type: message/rfc822\n\n" + inner


def _in_base64(inner: bytes) -> bytes:
    return b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(inner)


def _nested(depth: int) -> bytes:
    source = PLAIN
    for number in range(depth):
        source = multipart("mixed", source, boundary=f"level{number}")
    return source


BOUNDARIES = [
    mail("boundary-usual", multipart("mixed", PLAIN), SIX),
    mail(
        "boundary-missing-parameter",
        b"Content-Type: multipart/mixed\n\n--sail\n\nTide.\n--sail--\n",
        "Tide.\n",
    ),
    mail(
        "boundary-of-another-name",
        multipart("mixed", PLAIN, PNG)
        .replace(b'boundary="sail"', b"boundary=mast")
        .replace(b"\n\n", b"\n\nMIME.\n", 1),
        SIX + "+ 2 image/png boat.png 5\n",
    ),
    mail(
        "boundary-of-no-kind-of-multipart",
        multipart("mixed", PLAIN).replace(b"multipart/mixed", b"multipart"),
        SIX,
    ),
    mail(
        "boundary-missing-and-a-signature",
        b"Content-Type: multipart/mixed\n\nTide.\n--\nBo\n",
        "Tide.\n--\nBo\n" + NO_PARTS,
    ),
    mail("boundary-never-used", b"Content-Type: multipart/mixed; boundary=sail\n\nTide.\n", "Tide.\n" + NO_PARTS),
    mail("boundary-closing-missing", multipart("mixed", PLAIN).replace(b"\n--sail--\n", b""), SIX + CUT),
    mail(
        "boundary-cut-in-part-header",
        multipart("mixed", PLAIN, b"Content-Ty").replace(b"\n--sail--\n", b""),
        SIX + "\nContent-Ty\n" + CUT,
    ),
    mail("boundary-with-blanks-behind", multipart("mixed", PLAIN).replace(b"--sail\n", b"--sail \t\n"), SIX),
    mail("boundary-with-quotes-and-signs", multipart("mixed", PLAIN, boundary="=_sail'(1)+?"), SIX),
    mail("boundary-unquoted-with-equals", multipart("mixed", PLAIN, boundary="==sail==").replace(b'"', b""), SIX),
    mail(
        "boundary-prefix-of-another",
        multipart("mixed", multipart("alternative", PLAIN, PAGE, boundary="sail2"), boundary="sail"),
        SIX,
    ),
    mail("boundary-same-outside-and-inside", multipart("mixed", multipart("mixed", PLAIN)), SIX),
    mail(
        "boundary-inner-not-closed",
        multipart("mixed", multipart("mixed", PLAIN, boundary="in").replace(b"--in--\n", b""), plain("Bye.")),
        SIX + "\nBye.\n",
    ),
    mail("boundary-text-after-end", multipart("mixed", PLAIN) + b"An epilogue.\n", SIX),
    mail(
        "boundary-text-before-start",
        multipart("mixed", PLAIN).replace(b"\n\n--sail", b"\n\nA preamble.\n--sail", 1),
        SIX,
    ),
    mail("boundary-like-line-in-text", multipart("mixed", b"\nTide.\n--sailor\n--\n"), "Tide.\n--sailor\n--\n"),
    mail("boundary-empty-part", multipart("mixed", b"", PLAIN), SIX),
    mail(
        "boundary-no-part-at-all",
        b"Content-Type: multipart/mixed; boundary=sail\n\n--sail--\n",
        "--sail--\n" + NO_PARTS,
    ),
    mail("boundary-part-without-header-or-blank-line", multipart("mixed", b"The tide turns at six.\n"), SIX),
    mail("boundary-longer-than-allowed", multipart("mixed", PLAIN, boundary="s" * 200), SIX),
    raw("boundary-bare-line-feeds", multipart("mixed", PLAIN), SIX),
    raw(
        "boundary-mixed-line-ends",
        multipart("mixed", PLAIN, PNG).replace(b"\n--", b"\r\n--"),
        SIX + "+ 2 image/png boat.png 5\n",
    ),
    raw("boundary-bare-carriage-returns", multipart("mixed", PLAIN).replace(b"\n", b"\r"), SIX),
    mail("nesting-ten-deep", _nested(10), SIX),
    mail(
        "nesting-beyond-the-limit",
        _nested(60),
        "".join(
            f'--level{number}\nContent-Type: multipart/mixed; boundary="level{number - 1}"\n\n'
            for number in range(19, 0, -1)
        )
        + "--level0\n\nThe tide turns at six.\n\n--level0--\n"
        + "".join(f"\n--level{number}--\n" for number in range(1, 20))
        + "! This message has more parts than tuimail takes apart, or deeper ones: the rest is one part.\n",
    ),
    mail("type-unknown-multipart", multipart("harbour", PLAIN, plain("Bye.")), SIX + "\nBye.\n"),
    mail("type-broken", b"Content-Type: text\n\nTide.\n", "Tide.\n"),
    mail(
        "type-with-garbage",
        b"Content-Type: text/plain; ;; charset; =x; charset=utf-8\n\nGr\xc3\xbc\xc3\x9fe\n",
        "Grüße\n",
    ),
    mail("type-twice", b"Content-Type: text/plain\nContent-Type: text/html\n\n<b>Tide\n", "<b>Tide\n"),
    mail("type-html-in-upper-case", b"CONTENT-TYPE: TEXT/HTML\n\n<p>Tide\n", "Tide\n"),
]

LINKS = "".join(f"Read more https://example.org/click?id={number}{'x' * 60}\n" for number in range(6))
GONE = "If this message is not displayed properly, open it in your browser."
ALTERNATIVES = [
    mail("alternative-usual", multipart("alternative", PLAIN, PAGE), SIX),
    mail("alternative-page-first", multipart("alternative", PAGE, PLAIN), SIX),
    mail("alternative-empty-text", multipart("alternative", plain(" \n"), PAGE), SIX),
    mail("alternative-text-of-invisible-signs", multipart("alternative", plain("\u200b\u00a0\u200c"), PAGE), SIX),
    mail(
        "alternative-client-cannot-show",
        multipart("alternative", plain("Your mail client cannot show HTML."), PAGE),
        SIX,
    ),
    mail("alternative-open-in-browser", multipart("alternative", plain(GONE), PAGE), SIX),
    mail(
        "alternative-placeholder-in-german",
        multipart("alternative", plain("Ihr E-Mail-Programm kann kein HTML anzeigen."), PAGE),
        SIX,
    ),
    mail("alternative-link-farm", multipart("alternative", plain(LINKS), PAGE), SIX),
    mail(
        "alternative-another-text",
        multipart("alternative", plain("Lorem ipsum dolor amet consetetur sadipscing"), OTHER_PAGE),
        "Harbour news: three boats left, two came back, one rests.\n",
    ),
    mail(
        "alternative-text-is-source",
        multipart("alternative", plain("<html><body><p>The tide</body></html>"), PAGE),
        SIX,
    ),
    mail("alternative-page-is-empty", multipart("alternative", PLAIN, page("<p></p>")), SIX),
    mail(
        "alternative-page-is-one-picture",
        multipart("alternative", plain("Summer sale starts tomorrow morning early."), page('<img src="x.png">')),
        "Summer sale starts tomorrow morning early.\n",
    ),
    mail("alternative-without-text", multipart("alternative", PAGE), SIX),
    mail(
        "alternative-without-both",
        multipart("alternative", PNG, b"Content-Type: text/markdown\n\n# Tide\n"),
        "# Tide\n+ 1 image/png boat.png 5\n",
    ),
    mail(
        "alternative-amp-page",
        multipart("alternative", PLAIN, b"Content-Type: text/x-amp-html\n\n<p>amp\n", PAGE),
        SIX + "+ 2 text/x-amp-html - 8\n",
    ),
    mail(
        "alternative-with-related-page",
        multipart("alternative", PLAIN, multipart("related", PAGE, PNG, boundary="in")),
        SIX + "+ 2.2 image/png boat.png 5\n",
    ),
    mail(
        "alternative-page-with-file-inside",
        multipart("alternative", PLAIN, multipart("mixed", PAGE, PNG, boundary="in")),
        SIX + "+ 2.2 image/png boat.png 5\n",
    ),
    mail("alternative-of-nothing", b"Content-Type: multipart/alternative; boundary=sail\n\n", ""),
    mail("related-usual", multipart("related", PAGE, PNG), SIX + "+ 2 image/png boat.png 5\n"),
    mail(
        "related-with-a-footer",
        multipart("related", PAGE, PNG, plain("A list.")),
        f"{SIX}\nA list.\n+ 2 image/png boat.png 5\n",
    ),
    mail(
        "alternative-page-without-anything",
        multipart("alternative", plain("Your mail client cannot show HTML."), page("<style>p {}</style>")),
        "Your mail client cannot show HTML.\n",
    ),
    mail(
        "related-start-names-root",
        multipart("related", PNG, PAGE.replace(b"\n\n", b"\nContent-ID: <root>\n\n", 1)).replace(
            b'boundary="sail"', b'boundary="sail"; start="<root>"'
        ),
        SIX + "+ 1 image/png boat.png 5\n",
    ),
    mail(
        "related-start-names-nobody",
        multipart("related", PAGE, PNG).replace(b'"sail"', b'"sail"; start="<x>"', 1),
        SIX + "+ 2 image/png boat.png 5\n",
    ),
    mail("related-without-parts", b"Content-Type: multipart/related; boundary=sail\n\nTide.\n", "Tide.\n" + NO_PARTS),
    mail("mixed-texts-in-sequence", multipart("mixed", plain("One."), PAGE, plain("Two.")), f"One.\n\n{SIX}\nTwo.\n"),
    mail(
        "mixed-picture-between-texts",
        multipart(
            "mixed",
            plain("One."),
            PNG.replace(b"\nContent-T", b"\nContent-Disposition: inline\nContent-T", 1),
            plain("Two."),
        ),
        "One.\n\n[boat.png]\n\nTwo.\n+ 2 image/png boat.png 5\n",
    ),
    mail("mixed-only-a-file", multipart("mixed", PNG), "+ 1 image/png boat.png 5\n"),
    mail("mixed-empty-texts-between", multipart("mixed", plain("One."), plain(""), plain("Two.")), "One.\n\nTwo.\n"),
    mail(
        "appledouble",
        multipart("appledouble", b"Content-Type: application/applefile; name=boat.png\n\nfork\n", PNG),
        "+ 1 application/applefile boat.png 6\n+ 2 image/png boat.png 5\n",
    ),
    mail(
        "signed-shows-what-is-signed",
        multipart("signed", PLAIN, b"Content-Type: application/pgp-signature\n\nx\n"),
        SIX + "+ 2 application/pgp-signature - 3\n",
    ),
    mail(
        "signed-with-texts-behind",
        multipart("signed", PLAIN, b"Content-Type: application/pgp-signature\n\nx\n", plain("Not signed.")),
        SIX + "+ 2 application/pgp-signature - 3\n+ 3 text/plain - 13\n",
    ),
    mail(
        "encrypted",
        multipart(
            "encrypted",
            b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
            b"Content-Type: application/octet-stream\n\nx\n",
        ),
        "[This message is encrypted.]\n+ 1 application/pgp-encrypted - 12\n+ 2 application/octet-stream - 3\n",
    ),
]

MESSAGES = [
    mail(
        "message-forwarded",
        multipart("mixed", plain("See."), forwarded(INNER)),
        f"See.\n\n{TOLD}+ 2 message/rfc822 - 59\n",
    ),
    mail("message-alone", forwarded(INNER), f"{TOLD}+ 1 message/rfc822 - 59\n"),
    mail(
        "message-of-a-multipart",
        forwarded(b"Subject: Low water\n" + multipart("alternative", PLAIN, PAGE)),
        f"Subject: Low water\n\n{SIX}+ 1 message/rfc822 - 193\n",
    ),
    mail(
        "message-in-message",
        forwarded(b"Subject: One\n" + forwarded(INNER)),
        f"Subject: One\n\n{TOLD}+ 1 message/rfc822 - 105\n+ 1.1 message/rfc822 - 59\n",
    ),
    mail("message-empty", multipart("mixed", PLAIN, forwarded(b"")), SIX + "+ 2 message/rfc822 - 0\n"),
    mail(
        "message-in-base64",
        multipart(
            "mixed",
            plain("See."),
            _in_base64(INNER),
        ),
        f"See.\n\n{TOLD}+ 2 message/rfc822 - 55\n",
    ),
    mail(
        "message-in-base64-with-a-file",
        multipart("mixed", plain("See."), _in_base64(_in_base64(multipart("mixed", PLAIN, PNG, boundary="mast")))),
        f"See.\n\n{SIX}+ 2 message/rfc822 - 308\n+ 2.1 message/rfc822 - 180\n+ 2.1.2 image/png boat.png 5\n",
    ),
    mail(
        "message-digest",
        multipart("digest", b"\n" + INNER, b"\n" + INNER),
        f"{TOLD}\n{TOLD}+ 1 message/rfc822 - 59\n+ 2 message/rfc822 - 59\n",
    ),
    mail(
        "message-digest-with-a-text",
        multipart("digest", plain("Contents."), b"\n" + INNER),
        f"Contents.\n\n{TOLD}+ 2 message/rfc822 - 59\n",
    ),
    mail(
        "message-digest-without-headers-of-parts",
        multipart("digest", INNER, INNER.replace(b"\n\n", b"\nContent-Type: text/plain\n\n")),
        f"{TOLD}\n{TOLD}+ 1 message/rfc822 - 59\n+ 2 message/rfc822 - 85\n",
    ),
    mail(
        "message-partial",
        b"Content-Type: message/partial; id=x; number=2; total=5\n\nmore\n",
        "+ 1 message/partial - 6\n"
        "! This is piece 2 of 5 of a longer message. tuimail does not join them: ask for it in one piece.\n",
    ),
    mail(
        "message-partial-of-nobody-knows-how-many",
        b"Content-Type: message/partial; id=x; number=1\n\nmore\n",
        "+ 1 message/partial - 6\n"
        "! This is piece 1 of a longer message. tuimail does not join them: ask for it in one piece.\n",
    ),
    mail(
        "message-kept-elsewhere",
        b"Content-Type: message/external-body; access-type=anon-ftp; name=boat.ps\n\nContent-Type: image/png\n",
        "+ 1 message/external-body boat.ps 25\n! A part is kept elsewhere and not loaded: boat.ps (anon-ftp).\n",
    ),
    mail(
        "report-of-an-unknown-kind",
        multipart("report", PLAIN, b"Content-Type: text/harbour-report\n\nall well\n"),
        f"{SIX}\nall well\n",
    ),
]

MAILS = [*BOUNDARIES, *ALTERNATIVES, *MESSAGES]
