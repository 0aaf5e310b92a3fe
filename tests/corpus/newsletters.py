"""Newsletters and other pages of HTML as programs write them, made here: same words every time, nobody's real mail.

Each is built the way its kind is: tables within tables, columns of inline blocks, what Outlook makes of a reply. They
have the weight of real ones too, most of which is attributes: 10 to 200 KB.
"""

# ruff: noqa: E501 - a line of markup says more whole than broken in pieces

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

_WORDS = [
    "chair",
    "lamp",
    "table",
    "oak",
    "walnut",
    "linen",
    "cushion",
    "shelf",
    "kettle",
    "copper",
    "harbour",
    "garden",
    "morning",
    "window",
    "paper",
    "letter",
    "road",
    "river",
    "bridge",
    "market",
    "bread",
    "apple",
    "winter",
    "summer",
    "ticket",
    "train",
    "platform",
    "evening",
    "concert",
    "museum",
    "gallery",
    "painter",
    "workshop",
    "carpenter",
    "order",
    "parcel",
    "delivery",
    "weekend",
    "family",
    "friend",
    "recipe",
    "pepper",
    "lemon",
    "butter",
    "oven",
    "plate",
    "season",
    "colour",
    "pattern",
    "wool",
    "cotton",
    "pocket",
    "button",
    "shoe",
    "jacket",
    "mountain",
    "cabin",
    "valley",
    "lake",
    "boat",
    "engine",
    "wheel",
    "cycle",
    "tyre",
]
_FONT = "font-family:Helvetica,Arial,sans-serif;mso-line-height-rule:exactly;-webkit-text-size-adjust:100%"
_TABLE = 'border="0" cellpadding="0" cellspacing="0" role="presentation" width="100%"'
_DATA_TABLE = 'border="0" cellpadding="0" cellspacing="0" width="100%"'
_HEAD = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/><title>{title}</title>
<!--[if mso]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<style type="text/css">
body{{margin:0;padding:0;width:100%!important}} img{{border:0;outline:none;text-decoration:none}} table td{{border-collapse:collapse}}
.preheader{{display:none!important}} .button a:hover{{background:#333333!important}}
@media only screen and (max-width:600px){{.column{{width:100%!important;display:block!important}} .desktop{{display:none!important}}
.mobile{{display:block!important;max-height:none!important}} h1{{font-size:22px!important}}}}
</style></head><body bgcolor="#f4f4f4" style="margin:0;padding:0;background-color:#f4f4f4">
"""


class _Pen:
    """Words, prices and links that are the same in every run."""

    def __init__(self, seed: int, host: str) -> None:
        self._random = random.Random(seed)
        self._host = host

    def words(self, count: int) -> str:
        return " ".join(self._random.choice(_WORDS) for _ in range(count))

    def title(self, count: int = 2) -> str:
        return self.words(count).capitalize()

    def sentence(self, count: int = 14) -> str:
        return f"{self.words(count).capitalize()}."

    def price(self) -> str:
        return f"€{self._random.randrange(4, 400)}.{self._random.choice(('00', '50', '90', '95'))}"

    def number(self, below: int) -> int:
        return self._random.randrange(below)

    def link(self) -> str:
        token = "".join(self._random.choice("0123456789abcdefghijkmnpqrstuvwxyzABCDEF") for _ in range(120))
        return f"https://click.{self._host}/f/a/{token}~~/AAQRxQA~/RgRh{self._random.randrange(10**9)}?utm_source=mail&amp;utm_medium=news"

    def image(self, alt: str, width: int = 280, height: int = 180) -> str:
        name = self._random.randrange(10**8)
        return (
            f'<img src="https://img.{self._host}/media/{name}.jpg?w={width * 2}" alt="{alt}" width="{width}" height="{height}"'
            f' style="display:block;border:0;outline:none;width:{width}px;height:auto;max-width:100%;{_FONT};font-size:14px"/>'
        )


def _cell(content: str, *, size: int = 14, pad: str = "10px 25px", align: str = "left", extra: str = "") -> str:
    return (
        f'<tr><td align="{align}" class="cell" style="padding:{pad};word-break:break-word;{extra}"><div style="{_FONT};'
        f'font-size:{size}px;line-height:1.5;text-align:{align};color:#3c4043">{content}</div></td></tr>\n'
    )


def _button(text: str, link: str) -> str:
    return (
        f'<tr><td align="center" style="padding:15px"><table {_TABLE.replace("100%", "220")} class="button"><tr>'
        f'<td align="center" bgcolor="#0b5fff" style="border-radius:4px"><!--[if mso]><v:roundrect href="{link}"><![endif]-->'
        f'<a href="{link}" target="_blank" style="display:inline-block;padding:12px 28px;{_FONT};font-weight:bold;color:#ffffff;'
        f'text-decoration:none;mso-hide:all">{text}</a><!--[if mso]></v:roundrect><![endif]--></td></tr></table></td></tr>\n'
    )


def _box(rows: Iterable[str], width: int = 600) -> str:
    """A centred table as every newsletter has them, with Outlook's copy of it in comments."""
    return (
        f'<!--[if mso]><table align="center" width="{width}"><tr><td><![endif]-->\n'
        f'<div style="margin:0 auto;max-width:{width}px"><table align="center" {_TABLE} style="width:100%"><tbody><tr>'
        '<td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center;vertical-align:top">'
        f'<table {_TABLE} style="vertical-align:top"><tbody>\n{"".join(rows)}</tbody></table></td></tr></tbody></table></div>\n'
        "<!--[if mso]></td></tr></table><![endif]-->\n"
    )


def _preheader(text: str) -> str:
    filler = "&nbsp;&zwnj;" * 90
    return (
        f'<div class="preheader" style="display:none;font-size:1px;color:#f4f4f4;line-height:1px;max-height:0px;max-width:0px;'
        f'opacity:0;overflow:hidden;mso-hide:all">{text} {filler}</div>\n'
    )


def _footer(pen: _Pen, name: str) -> str:
    return _box(
        [
            '<tr><td style="padding:10px 0"><p style="border-top:solid 1px #cccccc;font-size:1px;margin:0 auto;width:100%">'
            "&nbsp;</p></td></tr>",
            _cell(
                f'{name}, 12 Quay Street, Port Example<br/>You get this because you asked for it. <a href="{pen.link()}">'
                f'Unsubscribe</a> | <a href="{pen.link()}">Your settings</a> | <a href="{pen.link()}">Read in a browser</a>',
                size=11,
                align="center",
            ),
        ]
    )


def shop() -> str:
    """A shop's offers: a row of departments, a large picture, products two by two, social signs."""
    pen = _Pen(1, "oakandlinen.example")
    departments = "".join(
        f'<td align="center" style="padding:0 12px"><a href="{pen.link()}" style="{_FONT};font-size:13px;color:#111111;'
        f'text-decoration:none">{name}</a></td>'
        for name in ("New", "Living", "Kitchen", "Bath", "Garden", "Sale")
    )
    rows = []
    for _ in range(18):
        cells = ""
        for _ in range(2):
            name = pen.title(3)
            cells += (
                f'<td class="column" valign="top" width="50%" style="padding:10px"><table {_TABLE}>'
                f'<tr><td><a href="{pen.link()}">{pen.image(name)}</a></td></tr>'
                + _cell(
                    f'<a href="{pen.link()}" style="color:#111111;text-decoration:none"><b>{name}</b></a>',
                    pad="8px 0 0",
                )
                + _cell(
                    f'<s style="color:#888888">{pen.price()}</s> <b style="color:#c00000">{pen.price()}</b>',
                    pad="4px 0",
                )
                + _cell(pen.sentence(9), size=12, pad="4px 0")
                + "</table></td>"
            )
        rows.append(f"<tr><td><table {_TABLE}><tr>{cells}</tr></table></td></tr>\n")
    social = "".join(
        f'<td style="padding:4px"><a href="{pen.link()}"><img src="https://img.oakandlinen.example/s/{name}.png" width="32"'
        f' height="32" alt="{name}" style="border-radius:3px;display:block"/></a></td>'
        for name in ("Chirper", "Picturebook", "Pinwall")
    )
    return (
        _HEAD.format(title="The winter sale begins")
        + _preheader("Up to half off chairs, lamps and linen until Sunday")
        + _box(
            [
                f'<tr><td align="center"><a href="{pen.link()}">{pen.image("Oak &amp; Linen", 200, 48)}</a></td></tr>',
                f'<tr><td align="center"><table border="0" cellpadding="0" cellspacing="0"><tr>{departments}</tr></table></td></tr>',
                '<tr><td style="font-size:0;line-height:0" height="20">&nbsp;</td></tr>',
                f'<tr><td><a href="{pen.link()}">{pen.image("The winter sale: up to half off", 600, 320)}</a></td></tr>',
                _cell("<h1>The winter sale begins</h1>", size=28, align="center"),
                _cell(pen.sentence(22) + " " + pen.sentence(16), align="center"),
                _button("Shop the sale", pen.link()),
            ]
        )
        + _box(rows)
        + _box([f'<tr><td align="center"><table align="center"><tr>{social}</tr></table></td></tr>'])
        + _footer(pen, "Oak &amp; Linen")
        + '<img src="https://open.oakandlinen.example/o/gif?u=8312" width="1" height="1" alt="" style="display:block"/>'
        + '<img src="https://pixel.adcounter.example/t?m=77" width="1" height="1" border="0"/></body></html>'
    )


def invoice() -> str:
    """An invoice of nested tables: addresses side by side, items with numbers, sums that span columns."""
    pen = _Pen(2, "papermill.example")
    items = "".join(
        f'<tr><td style="padding:8px;border-bottom:1px solid #eeeeee;{_FONT};font-size:14px">{pen.title(2)}</td>'
        f'<td align="right" style="padding:8px;border-bottom:1px solid #eeeeee;{_FONT};font-size:14px">{1 + pen.number(12)}</td>'
        f'<td align="right" style="padding:8px;border-bottom:1px solid #eeeeee;{_FONT};font-size:14px">{pen.price()}</td>'
        f'<td align="right" style="padding:8px;border-bottom:1px solid #eeeeee;{_FONT};font-size:14px">{pen.price()}</td></tr>\n'
        for _ in range(24)
    )
    heads = "".join(
        f'<th align="left" style="padding:8px;border-bottom:2px solid #333333;{_FONT};font-size:12px">{name}</th>'
        for name in ("Item", "Qty", "Price", "Total")
    )
    sums = "".join(
        f'<tr><td colspan="3" align="right" style="padding:8px;{_FONT}">{name}</td><td align="right" style="padding:8px;{_FONT}">'
        f"<b>{amount}</b></td></tr>"
        for name, amount in (("Subtotal", "€1,284.30"), ("VAT 20%", "€256.86"), ("To pay", "€1,541.16"))
    )
    facts = "".join(
        f'<tr><td style="{_FONT};padding:2px 10px"><b>{name}:</b></td><td style="{_FONT};padding:2px 10px">{value}</td></tr>'
        for name, value in (
            ("Invoice", "2026-0417"),
            ("Date", "4 November 2026"),
            ("Due", "18 November 2026"),
            ("Customer", "K-20113"),
        )
    )
    return (
        _HEAD.format(title="Your invoice")
        + _preheader("Invoice 2026-0417 over €1,541.16, due on 18 November")
        + _box(
            [
                f'<tr><td><table {_TABLE}><tr><td width="50%" valign="top">{pen.image("Paper Mill", 160, 40)}</td>'
                f'<td width="50%" align="right" style="{_FONT}">Paper Mill Ltd<br/>3 Weir Lane<br/>Milltown Example</td></tr></table></td></tr>',
                _cell("<h2>Invoice 2026-0417</h2>"),
                f"<tr><td><table {_TABLE}>{facts}</table></td></tr>",
                _cell("<p>Dear Ms Ashgrove,</p><p>thank you for your order. Please pay within 14 days.</p>"),
                f'<tr><td style="padding:0 25px"><table {_DATA_TABLE}><thead><tr>{heads}</tr></thead><tbody>{items}{sums}</tbody></table></td></tr>',
                _button("Pay now", pen.link()),
                _cell("Account: <b>XX00 0000 0000 0000 00</b><br/>Reference: <code>2026-0417</code>"),
            ],
            640,
        )
        + _footer(pen, "Paper Mill Ltd")
        + "</body></html>"
    )


def digest() -> str:
    """A forum's weekly digest: headings, authors, excerpts, lists of links."""
    pen = _Pen(3, "treehouse-forum.example")
    topics = []
    for number in range(40):
        topics.append(
            _cell(
                f'<h3 style="margin:0"><a href="{pen.link()}" style="color:#1155cc">{pen.title(6)}</a></h3>'
                f'<p style="margin:0;color:#777777;font-size:12px">{pen.title(1)} {pen.title(1)} · {2 + number} replies · {pen.number(900)} views</p>'
                f"<p>{pen.sentence(30)} <em>{pen.words(4)}</em> {pen.sentence(24)}</p>"
            )
        )
    links = "".join(
        f'<li style="margin-bottom:6px"><a href="{pen.link()}">{pen.title(5)}</a>, by {pen.title(1)}</li>'
        for _ in range(30)
    )
    steps = "".join(f"<li>{pen.sentence(11)}</li>" for _ in range(5))
    return (
        _HEAD.format(title="This week in the Treehouse")
        + _preheader("40 topics, 312 replies")
        + _box([_cell("<h1>This week in the Treehouse</h1>"), _cell(f"<p>{pen.sentence(20)}</p>"), *topics])
        + _box([_cell(f"<h2>Also read</h2><ul>{links}</ul>"), _cell(f"<h2>How to take part</h2><ol>{steps}</ol>")])
        + _footer(pen, "The Treehouse")
        + "</body></html>"
    )


def travel() -> str:
    """An itinerary: legs with times in two columns, seats, a code, rules in small print."""
    pen = _Pen(4, "swiftrail.example")
    legs = []
    for number in range(8):
        start, end = pen.title(1), pen.title(1)
        legs.append(
            f'<tr><td style="padding:15px 25px"><table {_TABLE} style="border:1px solid #dddddd">'
            f'<tr><td colspan="3" style="background:#eef3ff;padding:8px;{_FONT}"><b>Leg {number + 1}: {start} to {end}</b></td></tr>'
            f'<tr><td style="padding:8px;{_FONT}">Departs</td><td style="padding:8px;{_FONT}"><b>{6 + number}:05</b></td><td style="padding:8px;{_FONT}">{start}, platform {1 + pen.number(12)}</td></tr>'
            f'<tr><td style="padding:8px;{_FONT}">Arrives</td><td style="padding:8px;{_FONT}"><b>{7 + number}:48</b></td><td style="padding:8px;{_FONT}">{end}, platform {1 + pen.number(12)}</td></tr>'
            f'<tr><td style="padding:8px;{_FONT}">Train</td><td style="padding:8px;{_FONT}">SR {100 + pen.number(800)}</td><td style="padding:8px;{_FONT}">Coach {1 + pen.number(9)}, seats {pen.number(60)}A and {pen.number(60)}B</td></tr>'
            "</table></td></tr>\n"
        )
    rules = "".join(f'<p style="margin:0 0 6px">{pen.sentence(40)}</p>' for _ in range(30))
    return (
        _HEAD.format(title="Your journey")
        + _preheader("Booking QX7LM2: 8 legs, 2 travellers")
        + _box(
            [
                f"<tr><td>{pen.image('Swiftrail', 140, 36)}</td></tr>",
                _cell("<h1>Your journey is booked</h1><p>Booking code: <b>QX7LM2</b></p>"),
                *legs,
                _button("Show tickets", pen.link()),
                _cell('<img src="cid:code42@swiftrail.example" alt="" width="160" height="160"/>', align="center"),
                _cell(f'<div style="font-size:10px;color:#999999">{rules}</div>'),
            ]
        )
        + _footer(pen, "Swiftrail")
        + "</body></html>"
    )


def columns() -> str:
    """Columns as MJML makes them: inline blocks in a cell without a size of text, with a table for Outlook in comments."""
    pen = _Pen(5, "lakeside-theatre.example")

    def column(content: str, share: int) -> str:
        return (
            f'<!--[if mso]><td style="vertical-align:top;width:{share * 6}px"><![endif]-->\n'
            f'<div class="mj-column-per-{share} mj-outlook-group-fix column" style="font-size:0px;text-align:left;direction:ltr;'
            f'display:inline-block;vertical-align:top;width:{share}%;"><table {_TABLE} style="vertical-align:top" width="100%"><tbody>'
            f"{content}</tbody></table></div>\n<!--[if mso]></td><![endif]-->\n"
        )

    def section(parts: Iterable[str]) -> str:
        return (
            '<!--[if mso | IE]><table align="center" style="width:600px;" width="600"><tr><td><![endif]-->\n'
            f'<div style="margin:0px auto;max-width:600px;"><table align="center" {_TABLE} style="width:100%;"><tbody><tr>'
            '<td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center;">\n<!--[if mso]><table><tr><![endif]-->\n'
            f"{''.join(parts)}<!--[if mso]></tr></table><![endif]--></td></tr></tbody></table></div>\n"
        )

    facts = section(
        column(_cell(f"<b>{name}</b>", align="center"), 33) for name in ("12 plays", "40 evenings", "3 stages")
    )
    plays = "".join(
        section(
            [
                column(
                    f'<tr><td style="font-size:0px;padding:10px 25px">{pen.image(pen.title(3), 240, 160)}</td></tr>', 50
                ),
                column(
                    _cell(f"<h3>{pen.title(4)}</h3>") + _cell(pen.sentence(26)) + _button("Get seats", pen.link()), 50
                ),
            ]
        )
        for _ in range(14)
    )
    return (
        _HEAD.format(title="The new season")
        + _preheader("Seats from Monday")
        + section([column(_cell("<h1>The new season</h1>", size=26) + _cell(pen.sentence(20)), 100)])
        + facts
        + plays
        + _footer(pen, "Lakeside Theatre")
        + "</body></html>"
    )


def outlook_chain() -> str:
    """A reply from Outlook with what it answers below, four times over, lists made of paragraphs, a signature."""
    pen = _Pen(6, "northpier.example")
    people = ("Maren Holt", "Ivo Castellan", "Ruth Adeyemi", "Piet Vandam", "Sunniva Berg")
    style = "".join(
        f'p.Mso{name}, li.Mso{name} {{margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif;}}\n'
        for name in ("Normal", "Header", "Footer", "ListParagraph")
    )
    parts = []
    for number, person in enumerate(people):
        paragraphs = "".join(
            f'<p class="MsoNormal"><span lang="EN-GB" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;mso-fareast-language:EN-US">'
            f'{pen.sentence(30)}<o:p></o:p></span></p><p class="MsoNormal"><span lang="EN-GB"><o:p>&nbsp;</o:p></span></p>\n'
            for _ in range(5)
        )
        items = "".join(
            '<p class="MsoListParagraph" style="margin-left:36.0pt;text-indent:-18.0pt;mso-list:l0 level1 lfo1"><![if !supportLists]>'
            '<span style="font-family:Symbol;mso-fareast-font-family:Symbol"><span style="mso-list:Ignore">·<span style="font:7.0pt &quot;Times New Roman&quot;">'
            f'&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span><![endif]><span lang="EN-GB">{pen.sentence(8)}<o:p></o:p></span></p>\n'
            for _ in range(4)
        )
        earlier = people[(number + 1) % len(people)]
        header = (
            '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b><span lang="EN-US">From:</span></b>'
            f'<span lang="EN-US"> {earlier} &lt;{earlier.split()[0].lower()}@northpier.example&gt; <br><b>Sent:</b> {9 - number} November 2026 1{number}:02<br>'
            f'<b>To:</b> {person}<br><b>Subject:</b> RE: Mooring plan<o:p></o:p></span></p></div><p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n'
        )
        parts.append(
            f'<p class="MsoNormal"><span lang="EN-GB">Hello {earlier.split()[0]},<o:p></o:p></span></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n'
            f'{paragraphs}{items}<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">{person}<br>North Pier Harbour Office<o:p></o:p></p>\n'
            + (header if number < len(people) - 1 else "")
        )
    return (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head>'
        f'<meta name="Generator" content="Microsoft Word 15 (filtered medium)"><style><!--\n{style}--></style></head>'
        f'<body lang="EN-GB" link="#0563C1" vlink="#954F72" style="word-wrap:break-word"><div class="WordSection1">\n{"".join(parts)}</div></body></html>'
    )


def personal() -> str:
    """A friend's letter: divs for lines, a quotation with its "wrote:", a picture in the text, a signature."""
    pen = _Pen(7, "example.org")
    paragraphs = "".join(f"<div>{pen.sentence(40)} {pen.sentence(30)}</div><div><br></div>" for _ in range(16))
    quoted = "".join(f"<div>{pen.sentence(35)}</div><div><br></div>" for _ in range(10))
    return (
        f'<div dir="ltr"><div>Dear Anna,</div><div><br></div>{paragraphs}<div>A few things we still need:</div>'
        f"<ul><li>{pen.words(4)}</li><li>{pen.words(5)}<ul><li>{pen.words(6)}</li></ul></li><li>{pen.words(3)}</li></ul>"
        '<div>And a picture of the cabin: <img src="cid:ii_cabin01" alt="cabin.jpg" width="472" height="315"><br></div>'
        '<div>Look at <a href="https://cabins.example/lake">https://cabins.example/lake</a>, it is <b>really</b> nice.</div><div><br></div>'
        '<div>Love,<br>Jo</div><div><br></div><div dir="ltr" class="gmail_signature">-- <br>Jo Ferris<br>Tel. 00 555 0101</div></div><br>'
        '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 2 Nov 2026 at 18:20, Anna Vale &lt;<a href="mailto:anna@example.org">anna@example.org</a>&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'
        f'{quoted}<blockquote type="cite"><div>{pen.sentence(20)}</div></blockquote></blockquote></div>'
    )


def bilingual() -> str:
    """An invitation in five scripts: wide letters, text from right to left, marks that combine."""
    pen = _Pen(8, "harbour-museum.example")
    sections = (
        ("ltr", "Welcome", "The harbour museum opens its new rooms. Entry is free on the first Sunday of each month."),
        (
            "ltr",
            "ようこそ",
            "港の博物館に新しい展示室ができました。毎月第一日曜日は入場無料です。皆様のお越しをお待ちしております。",
        ),
        ("rtl", "ברוכים הבאים", "מוזיאון הנמל פותח את החדרים החדשים שלו. הכניסה חופשית ביום ראשון הראשון של כל חודש."),
        ("rtl", "أهلا وسهلا", "يفتح متحف الميناء قاعاته الجديدة. الدخول مجاني في أول يوم أحد من كل شهر."),
        ("ltr", "स्वागत है", "बंदरगाह संग्रहालय के नए कमरे खुल रहे हैं। हर महीने के पहले रविवार को प्रवेश निःशुल्क है।"),
    )
    rows = "".join(
        _cell(
            f'<h2 dir="{direction}">{title}</h2><p dir="{direction}">{text}</p><p dir="{direction}"><a href="{pen.link()}">{title}</a></p>'
        )
        * 4
        for direction, title, text in sections
    )
    times = "".join(
        f'<tr><td style="{_FONT}">{day}</td><td style="{_FONT}">{native}</td><td style="{_FONT}">{hours}</td></tr>'
        for day, native, hours in (
            ("Monday", "月曜日", "closed"),
            ("Tuesday", "火曜日", "10–18"),
            ("Sunday", "日曜日", "9–20"),
        )
    )
    return (
        _HEAD.format(title="New rooms")
        + _preheader("新しい展示室")
        + _box([rows, f"<tr><td><table>{times}</table></td></tr>"])
        + _footer(pen, "Harbour Museum")
        + "</body></html>"
    )


def alert() -> str:
    """A warning from a service: text hidden in five ways, four pixels that watch, one plain sentence and a button."""
    pen = _Pen(9, "vaultbox.example")
    hidden = "".join(
        f'<span style="{way}">{pen.words(8)}</span>'
        for way in ("display:none", "font-size:0px", "max-height:0;overflow:hidden", "visibility:hidden", "opacity:0")
    )
    pixels = "".join(
        f'<img src="https://{host}/o.gif?id={pen.number(9999)}" width="{size}" height="{size}" alt=""/>'
        for host, size in (
            ("open.vaultbox.example", 1),
            ("metrics.adcounter.example", 1),
            ("beacon.example.net", 0),
            ("px.example.com", 3),
        )
    )
    details = "".join(
        f'<tr><td style="{_FONT};padding:4px 8px;color:#777777">{name}</td><td style="{_FONT};padding:4px 8px">{value}</td></tr>'
        for name, value in (
            ("When", "5 November 2026, 14:03"),
            ("Where", "Milltown (about)"),
            ("Device", "a telephone"),
            ("Address", "192.0.2.44"),
        )
    )
    return (
        _HEAD.format(title="New sign-in")
        + _preheader("Was this you? A new device signed in to your account.")
        + hidden
        + _box(
            [
                _cell("<h1>A new device signed in</h1><p>Was this you? Then there is nothing to do.</p>"),
                f'<tr><td style="padding:0 25px"><table border="0">{details}</table></td></tr>',
                _button("It was not me", pen.link()),
                *(_cell(f"<p>{pen.sentence(40)}</p>", size=12) for _ in range(12)),
            ]
        )
        + _footer(pen, "Vaultbox")
        + pixels
        + "</body></html>"
    )


def event() -> str:
    """A fair's programme: one table of data with headings and 160 rows, too wide for a narrow screen."""
    pen = _Pen(10, "tool-fair.example")
    heads = "".join(
        f'<th style="border:1px solid #999999;padding:4px;{_FONT}">{name}</th>'
        for name in ("Day", "Time", "Hall", "Talk", "Speaker", "Seats")
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="border:1px solid #999999;padding:4px;{_FONT};font-size:13px">{value}</td>'
            for value in (
                ("Fri", "Sat", "Sun")[number // 54], f"{9 + number % 9}:{'00' if number % 2 else '30'}", f"{1 + number % 6}",
                f'<a href="{pen.link()}">{pen.title(4)}</a>', f"{pen.title(1)} {pen.title(1)}", f"{20 + pen.number(400)}",
            )
        )
        + "</tr>\n"
        for number in range(160)
    )  # fmt: skip
    return (
        _HEAD.format(title="The programme")
        + _preheader("160 talks in three days")
        + f'<div style="{_FONT};padding:20px"><h1>Tool Fair: the programme</h1><p>{pen.sentence(30)}</p>'
        + f'<table style="border-collapse:collapse" border="1"><caption>All talks</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        + f"<hr><p>{pen.sentence(20)}</p></div>"
        + _footer(pen, "Tool Fair")
        + "</body></html>"
    )


def build_report() -> str:
    """What a build server sends: preformatted logs, code, definitions, a table of results."""
    pen = _Pen(11, "build.example.net")
    log = "\n".join(
        f"[{number:>6.1f}s] {pen.words(1):<12} {'ok' if number % 7 else 'FAILED'}   {pen.words(5)} &lt;{pen.words(1)}&gt;"
        for number in range(140)
    )
    results = "".join(
        f"<tr><td><code>{pen.words(1)}_{pen.words(1)}</code></td><td>{pen.number(900)}</td><td>{pen.number(9)}</td><td>{pen.number(60)}.{pen.number(9)}s</td></tr>"
        for _ in range(30)
    )
    return (
        "<html><body><h2>Build 4711 failed</h2><dl><dt>Branch</dt><dd>main</dd><dt>Change</dt><dd>"
        f'<a href="https://build.example.net/c/9f3a">9f3a</a> {pen.sentence(9)}</dd></dl><p>Run <kbd>make test</kbd> to see it here.</p>'
        f"<table border=1><tr><th>Suite</th><th>Passed</th><th>Failed</th><th>Time</th></tr>{results}</table><pre>{log}</pre>"
        '<p>Read <a href="https://build.example.net/l/4711">https://build.example.net/l/4711</a> for all of it.</p></body></html>'
    )


NEWSLETTERS: dict[str, Callable[[], str]] = {
    "shop": shop,
    "invoice": invoice,
    "digest": digest,
    "travel": travel,
    "columns": columns,
    "outlook-chain": outlook_chain,
    "personal": personal,
    "bilingual": bilingual,
    "alert": alert,
    "event": event,
    "build-report": build_report,
}


def big_page(characters: int) -> str:
    """A page of about so many characters, as a report that lists everything."""
    pen = _Pen(12, "reports.example")
    parts = [_HEAD.format(title="Everything")]
    length = 0
    while length < characters:
        part = _box(
            [_cell(f'<h3>{pen.title(4)}</h3><p>{pen.sentence(60)} <a href="{pen.link()}">{pen.words(3)}</a></p>')]
        )
        parts.append(part)
        length += len(part)
    return "".join(parts) + "</body></html>"
