"""Enhanced status codes in plain words (RFC 3463 and its registry): why a message could not be delivered."""

from __future__ import annotations

import re

_CODE = re.compile(r"\b([245])\.([0-9]{1,3})\.([0-9]{1,3})\b")
_BASIC = re.compile(r"\b([45][0-9]{2})\b")

_DETAILS = {
    "1.0": "there is something wrong with the address",
    "1.1": "there is no such mailbox",
    "1.2": "there is no mail server for that domain",
    "1.3": "the address is not written as addresses are",
    "1.4": "the address could be that of several mailboxes",
    "1.6": "the mailbox has moved, and left no new address",
    "1.7": "the sender's address is not written as addresses are",
    "1.8": "the sender's domain does not exist or takes no mail",
    "1.10": "that domain takes no mail",
    "2.0": "there is something wrong with the mailbox",
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the message is longer than the mailbox takes",
    "2.4": "the mailing list could not be expanded",
    "3.0": "there is something wrong with the mail server there",
    "3.1": "the mail server there is full",
    "3.2": "the mail server there takes no mail at present",
    "3.4": "the message is larger than the mail server there takes",
    "4.0": "the mail server there could not be reached",
    "4.1": "the mail server there did not answer",
    "4.2": "the connection to the mail server there broke off",
    "4.3": "a name server did not answer",
    "4.4": "no way to that domain was found",
    "4.5": "the mail system is too busy",
    "4.6": "the message went round in a circle",
    "4.7": "it took too long",
    "5.0": "the mail servers did not understand each other",
    "5.3": "there were too many recipients",
    "6.0": "the message is written in a way that cannot be delivered",
    "6.1": "the mail server there does not take such contents",
    "7.0": "the mail server there did not accept it",
    "7.1": "the recipient or the mail server there does not take mail from this sender",
    "7.2": "the mailing list does not take mail from this sender",
    "7.8": "the log-in that was given is not valid",
    "7.9": "the log-in is too weak",
    "7.20": "the message carries no valid DKIM signature",
    "7.23": "the sender's domain does not allow this server to send its mail (SPF)",
    "7.25": "the sending server has no name that leads back to it",
    "7.26": "the sender could not be proven (SPF, DKIM)",
    "7.27": "the sender's domain takes no mail itself",
}
_SUBJECTS = {
    "1": "there is something wrong with the address",
    "2": "there is something wrong with the mailbox",
    "3": "there is something wrong with the mail server there",
    "4": "the network or the way there failed",
    "5": "the mail servers did not understand each other",
    "6": "the message's form or contents cannot be delivered",
    "7": "the mail server there did not accept it, for reasons of security or policy",
}
_BASIC_DETAILS = {"552": "2.2", "452": "2.2", "554": "7.0", "550": "1.0", "553": "1.3", "421": "3.2", "450": "2.0"}


def status_words(status: str, diagnostic: str) -> str:
    """The reason in words, from a Status field and from what a server said; "" when they give none.

    A server's own words may have the better code: "5.0.0" in the field tells nothing.
    """
    codes = [f"{found[2]}.{found[3]}" for text in (status, diagnostic) for found in _CODE.finditer(text[:2000])]
    for code in sorted(codes, key=lambda one: one.endswith(".0")):
        subject = code.partition(".")[0]
        if words := _DETAILS.get(code) or _SUBJECTS.get(subject):
            return words
    basic = _BASIC.search(diagnostic[:2000])
    return _DETAILS[_BASIC_DETAILS[basic[1]]] if basic and basic[1] in _BASIC_DETAILS else ""
