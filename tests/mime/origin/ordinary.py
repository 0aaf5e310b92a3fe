"""Headers of ordinary mail: what honest senders, lists, services and relays write. None of it may be warned of."""

from __future__ import annotations

OWN = ("sam@home.example", "sam@work.example.net")
OWN_NAMES = ("Sam Reader",)
SERVERS = ("imap.home.example", "home.example")

_BORDER = (
    "Received: from store1.home.example (store1.home.example [10.0.0.4])\n"
    "\tby imap.home.example with LMTP; Wed, 12 Mar 2025 10:00:03 +0000\n"
    "Received: from {host} ({host} [198.51.100.7]) by mx.home.example (Postfix)\n"
    "\twith ESMTPS id 4ZC; Wed, 12 Mar 2025 10:00:02 +0000\n"
)
_RESULTS = "Authentication-Results: mx.home.example;\n\t{results}\n"


def arrived(header: str, results: str = "", *, host: str = "mail.example.org") -> bytes:
    """The header as it stands in the store: under what the user's own servers wrote."""
    said = _RESULTS.format(results=results) if results else ""
    return f"{said}{_BORDER.format(host=host)}{header}\n".replace("\n", "\r\n").encode()


def passed(domain: str) -> str:
    """What a server says of a message that the domain answers for."""
    return (
        f"dkim=pass (2048-bit key) header.d={domain} header.i=@{domain} header.b=AbC/d+e;\n"
        f"\tspf=pass smtp.mailfrom=bounce@{domain}; dmarc=pass (p=reject dis=none) header.from={domain}"
    )


ORDINARY: dict[str, bytes] = {
    "a person": arrived("From: Ada Byron <ada@example.org>\nTo: sam@home.example\n", passed("example.org")),
    "a person, without any check": arrived("From: Ada Byron <ada@example.org>\n"),
    "a bare address": arrived("From: ada@example.org\n", passed("example.org")),
    "the name is the address": arrived('From: "ada@example.org" <ada@example.org>\n'),
    "the name is the address, in other letters": arrived('From: "Ada@Example.ORG" <ada@example.org>\n'),
    "the name is an address of the same house": arrived('From: "press@example.org" <noreply@mail.example.org>\n'),
    "an old comment": arrived("From: ada@example.org (Ada Byron)\n"),
    "an accented name": arrived("From: =?utf-8?q?J=C3=BCrgen_Wei=C3=9F?= <jw@example.org>\n"),
    "a name in Cyrillic": arrived("From: =?utf-8?b?0JjQstCw0L0g0J/QtdGC0YDQvtCy?= <ivan@example.org>\n"),
    "a domain in Cyrillic": arrived("From: ivan@xn--e1afmkfd.xn--p1ai\n"),
    "a domain with an umlaut": arrived("From: info@xn--bcher-kva.example\n"),
    "a domain in Japanese": arrived("From: info@xn--r8jz45g.example\n"),
    "two scripts in a name": arrived("From: =?utf-8?b?5bGx55SwIFlhbWFkYQ==?= <yamada@example.org>\n"),
    "no host in Received": b"Received: by 10.1.2.3 with SMTP id x\r\nFrom: Ada Byron <ada@example.org>\r\n\r\n",
    "a draft without From": b"To: ada@example.org\r\nSubject: later\r\n\r\n",
    "one's own copy": b"From: Sam Reader <sam@home.example>\r\nTo: ada@example.org\r\n\r\n",
    "to oneself": arrived("From: Sam Reader <sam@home.example>\nTo: sam@home.example\n", passed("home.example")),
    "from one's other account": arrived("From: Sam Reader <sam@work.example.net>\n", passed("example.net")),
    "a scanner with one's own address": arrived("From: sam@home.example\nSubject: Scan\n", "spf=none; dkim=none"),
    "a list": arrived(
        "From: Ada Byron <ada@example.org>\nSender: users-bounces@lists.example.net\n"
        "Reply-To: users@lists.example.net\n"
        "List-Id: <users.lists.example.net>\nList-Post: <mailto:users@lists.example.net>\nPrecedence: list\n",
        "dkim=fail (body hash) header.d=example.org; spf=pass smtp.mailfrom=users-bounces@lists.example.net;\n"
        "\tdmarc=fail (p=reject dis=none) header.from=example.org",
        host="lists.example.net",
    ),
    "a list that writes in the sender's name": arrived(
        "From: Ada Byron via users <users@lists.example.net>\nReply-To: Ada Byron <ada@example.org>\n"
        "List-Id: <users.lists.example.net>\n",
        passed("lists.example.net"),
    ),
    "a list that names the sender's address": arrived(
        "From: \"'ada@example.org' via Users\" <users@lists.example.net>\nList-Id: <users.lists.example.net>\n"
        "Reply-To: ada@example.org\n",
        passed("lists.example.net"),
    ),
    "one's own post, back from a list": arrived(
        "From: Sam Reader <sam@home.example>\nList-Id: <users.lists.example.net>\n",
        "dkim=fail header.d=home.example; spf=pass smtp.mailfrom=b@lists.example.net; dmarc=fail (p=reject)"
        " header.from=home.example",
    ),
    "a newsletter through a provider": arrived(
        "From: The Garden Shop <news@garden.example>\nReply-To: garden@crm.example.com\n"
        "List-Unsubscribe: <https://click.mailing.example.com/u/1>\nFeedback-ID: 1:2:3\n",
        "dkim=pass header.d=mailing.example.com; spf=pass smtp.mailfrom=b@mailing.example.com; dmarc=none",
    ),
    "a newsletter whose DMARC asks for nothing": arrived(
        "From: The Garden Shop <hello@garden.example>\n",
        "dkim=pass header.d=mailing.example.com; spf=pass smtp.mailfrom=b@mailing.example.com;\n"
        "\tdmarc=fail (p=none dis=none) header.from=garden.example",
    ),
    "a newsletter without marks, answered elsewhere": arrived(
        "From: Garden Shop <hello@garden.example>\nReply-To: garden@desk.example.com\n"
    ),
    "a subdomain sends": arrived(
        "From: Bank <noreply@news.mail.bank.example>\nReply-To: service@bank.example\n", passed("mail.bank.example")
    ),
    "a British bank": arrived(
        "From: Bank <no-reply@alerts.bank.co.uk>\nReply-To: help@bank.co.uk\n", passed("bank.co.uk")
    ),
    "a forge, in somebody's name": arrived(
        "From: Ada Byron <notifications@forge.example>\nReply-To: tool <reply+abc@reply.forge.example>\n"
        "List-Id: ada/tool <tool.ada.forge.example>\nPrecedence: list\n",
        passed("forge.example"),
    ),
    "a forge, about oneself": arrived("From: Sam Reader <notifications@forge.example>\n", passed("forge.example")),
    "a network, in somebody's name": arrived(
        "From: Ada Byron via Circles <messages-noreply@circles.example>\n", passed("circles.example")
    ),
    "a signed form, in somebody's name": arrived(
        "From: Ada Byron via Papers <papers@sign.example>\nReply-To: ada@example.org\n", passed("sign.example")
    ),
    "a shared document": arrived(
        'From: "Ada Byron (via Sheets)" <drive-shares-noreply@office.example>\nReply-To: ada@example.org\n',
        passed("office.example"),
    ),
    "a shared document, with the address as name": arrived(
        'From: "ada@example.org (via Sheets)" <drive-shares-noreply@office.example>\n', passed("office.example")
    ),
    "an invitation": arrived(
        "From: Ada Byron <ada@example.org>\nSender: Calendar <calendar-notification@office.example>\n"
        "Reply-To: Ada Byron <ada@example.org>\nAuto-Submitted: auto-generated\n",
        passed("office.example"),
    ),
    "an invitation in somebody's name": arrived(
        "From: Ada Byron <calendar-notification@office.example>\nReply-To: ada@example.org\n", passed("office.example")
    ),
    "a form on a page": arrived('From: "jane@visitor.example" <form@site.example>\nReply-To: jane@visitor.example\n'),
    "a form on a page, by its programme": arrived(
        "From: Jane Roe <wordpress@site.example>\nReply-To: jane@visitor.example\n"
    ),
    "a ticket": arrived(
        "From: Jo (Support) <support@shop.example>\nReply-To: ticket+123@desk.example.com\n", passed("shop.example")
    ),
    "an answer to the other address": arrived(
        "From: Ada Byron <ada@example.org>\nReply-To: ada@college.example.net\n", passed("example.org")
    ),
    "an answer to oneself": arrived("From: Ada Byron <ada@example.org>\nReply-To: sam@home.example\n"),
    "an answer within the house": arrived("From: Ada <ada@example.org>\nReply-To: office@mail.example.org\n"),
    "a forward": arrived(
        "Resent-From: ada@example.org\nFrom: Bo Carr <bo@example.com>\n",
        "dkim=pass header.d=example.com; spf=softfail smtp.mailfrom=bo@example.com; dmarc=pass (p=none)"
        " header.from=example.com",
    ),
    "a forward that was changed on the way, sealed": arrived(
        "From: Bo Carr <bo@example.com>\n",
        "dkim=fail header.d=example.com; arc=pass (i=1 spf=pass dkim=pass); dmarc=fail (p=reject)",
    ),
    "a forward without a signature": arrived(
        "From: Bo Carr <bo@example.com>\n", "dkim=none; spf=fail smtp.mailfrom=bo@example.com; dmarc=none"
    ),
    "a server that could not ask": arrived(
        "From: Bo Carr <bo@example.com>\n", "dkim=temperror header.d=example.com; spf=temperror; dmarc=temperror"
    ),
    "two authors and a sender": arrived(
        "From: Ada <ada@example.org>, Bo <bo@example.com>\nSender: ada@example.org\n", passed("example.org")
    ),
    "two authors of one house": arrived("From: Ada <ada@example.org>, Bo <bo@example.org>\n", passed("example.org")),
    "a group": arrived("From: Nobody:;\n"),
    "a bounce": arrived("From: Mail Delivery System <MAILER-DAEMON@mx.home.example>\nAuto-Submitted: auto-replied\n"),
    "a receipt": arrived("From: Train <receipts@train.example>\nReply-To: desk@tickets.example.net\n"),
    "a domain like another that is not known": arrived("From: Ada <ada@examp1e.example>\n", passed("examp1e.example")),
    "a name with a comma": arrived('From: "Byron, Ada" <ada@example.org>\n', passed("example.org")),
    "a name with a time": arrived('From: "Stand-up @ 10" <rooms@example.org>\n', passed("example.org")),
    "a handle as name": arrived('From: "@ada" <ada@example.org>\n', passed("example.org")),
    "a folded name": arrived("From: =?utf-8?q?Ada?=\n =?utf-8?q?_Byron?= <ada@example.org>\n"),
    "a name that ends with a line feed": arrived("From: =?utf-8?q?Ada_Byron=0A?= <ada@example.org>\n"),
}
