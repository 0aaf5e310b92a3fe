"""Octets to text under any label: what the sender says, what the octets say, and never an exception.

Labels are looked up in a list of our own, so that a message cannot choose a codec that is slow, not a charset, or
harmful (UTF-7 hides markup from filters). Where a label's charset has a superset that mailers really mean by it,
the superset decodes (the web's Encoding Standard does the same).

    escapes of ISO-2022 → label → byte order mark → <meta> → strict UTF-8 → label with few faults → `detect` → cp1252
"""

from __future__ import annotations

import codecs
import re
from encodings.aliases import aliases
from functools import lru_cache

import msgspec

from tuimail.mime.detect import detect

_SUPERSETS = {
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf_8_sig": "utf_8",
}
_OWN_LABELS = {
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "x_sjis": "cp932",
    "windows_31j": "cp932",
    "x_gbk": "gb18030",
    "x_euc_jp": "euc_jp",
    "x_big5": "big5hkscs",
    "utf8mb4": "utf_8",
    "unicode_1_1_utf_8": "utf_8",
    "iso_8859_8_i": "iso8859_8",
    "x_mac_roman": "mac_roman",
    "macintosh": "mac_roman",
    "windows_874": "cp874",
    "dos_874": "cp874",
}
_MULTI_BYTE_NAMES = """
    utf_8 utf_16 utf_16_le utf_16_be utf_32 utf_32_le utf_32_be gb18030 hz big5hkscs cp950 cp932 cp949 johab
    shift_jis_2004 shift_jisx0213 euc_jp euc_jis_2004 euc_jisx0213 iso2022_jp iso2022_jp_1 iso2022_jp_2
    iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr"""
_MULTI_BYTE = frozenset(_MULTI_BYTE_NAMES.split())
_SINGLE_BYTE_NAMES = """
    ascii cp437 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869
    cp874 cp1125 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859_2 iso8859_3 iso8859_4
    iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_10 iso8859_13 iso8859_14 iso8859_15 iso8859_16 koi8_r koi8_t
    koi8_u kz1048 mac_cyrillic mac_greek mac_iceland mac_latin2 mac_roman mac_turkish ptcp154"""
_SINGLE_BYTE = frozenset(_SINGLE_BYTE_NAMES.split())
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_ISO_2022 = re.compile(rb"\x1b\$(?:[@B]|\)C)")
_LABELS_BY_DEFAULT = frozenset({None, "ascii", "utf_8", "cp1252"})
"""What mailers write who did not think about the charset."""
_WINDOWS = re.compile(r"cp125\d|cp874")
_META = re.compile(rb"<meta\b[^>]{0,500}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_META_REGION_OCTETS = 4096
"""How far into a page a declaration is looked for (the HTML standard asks for 1,024)."""
_LABEL_MAX = 60
"""Longer than any charset name that is registered."""
_TOLERATED_SHARE = 0.05
"""Share of undecodable characters up to which a declared multi-byte charset is still believed."""


_SAYING_NOTHING = frozenset({"unknown", "x_unknown", "unknown_8bit", "default", "default_charset", "x_user_defined"})
"""Labels of mailers that do not know the charset either (RFC 1428 for the third)."""


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """Name of the Python codec for a charset label as mail writes it; None when unknown or refused."""
    key = label[:_LABEL_MAX].strip(" \t\"'").partition("*")[0].lower()
    key = re.sub(r"[^a-z0-9]+", "_", key).strip("_")
    name = _OWN_LABELS.get(key) or aliases.get(key) or key
    name = _SUPERSETS.get(name, name)
    return name if name in _MULTI_BYTE or name in _SINGLE_BYTE else None


def says_nothing(label: str) -> bool:
    """Whether the label stands for "some charset": the octets have to say which."""
    return re.sub(r"[^a-z0-9]+", "_", label[:_LABEL_MAX].lower()).strip("_") in _SAYING_NOTHING


def label_of(codec: str) -> str:
    """A codec's name as mail writes it: `windows-1252` for cp1252."""
    if _WINDOWS.fullmatch(codec):
        return f"windows-{codec[2:]}"
    return codec.replace("iso8859", "iso-8859").replace("_", "-").replace("iso2022", "iso-2022")


class Decoded(msgspec.Struct, frozen=True):
    """Text, the codec that gave it, and how many characters had to be left out (U+FFFD stands in their place)."""

    text: str
    codec: str
    lost: int = 0


def decode(octets: bytes, label: str = "", *, html: bool = False) -> str:
    """The text of `octets`, as `decode_octets` finds it."""
    return decode_octets(octets, label, html=html).text


def decode_octets(
    octets: bytes, label: str = "", *, html: bool = False, forced: str = "", cut: bool = False
) -> Decoded:
    """Text of `octets`: the declared charset if all of it fits, else what the octets themselves say, else cp1252.

    With `html`, a `<meta charset>` counts as a declaration too. `forced` is a label that the reader chose: nothing else
    is tried, if it is one. With `cut`, the octets are the beginning of more, and may end inside a character. A byte
    order mark is not part of the text. Never raises. The result is not sanitised.
    """
    if octets.isascii() and not forced and _is_ascii_based(label) and b"\x1b$" not in octets:
        return Decoded(octets.decode("ascii"), codec_of(label) or "ascii")
    chosen = codec_of(forced) if forced else None
    if chosen is not None:
        return _replaced(octets, chosen, cut=cut)
    declared = codec_of(label) if label else None
    said = [_escaped(octets, declared), declared, _marked(octets), _from_meta(octets) if html else None, "utf_8"]
    candidates = list(dict.fromkeys(name for name in said if name))
    for name in candidates:
        text = _strictly(octets, name, cut=cut)
        if text is not None:
            return Decoded(text, name)
    likely = declared or _marked(octets)
    if likely in _MULTI_BYTE:
        decoded = _replaced(octets, likely, cut=cut)
        if decoded.lost <= max(1, len(decoded.text) * _TOLERATED_SHARE):
            return decoded
    detected = codec_of(detect(octets))
    text = _strictly(octets, detected, cut=cut) if detected else None
    return Decoded(text, detected) if text is not None and detected else _replaced(octets, "cp1252", cut=cut)


def _is_ascii_based(label: str) -> bool:
    """Whether ASCII octets are ASCII in this charset (whatever is unknown counts as if it were)."""
    name = codec_of(label) if label else None
    return name is None or (name in _SINGLE_BYTE) or name == "utf_8"


def _strictly(octets: bytes, name: str, *, cut: bool) -> str | None:
    try:
        text = codecs.getincrementaldecoder(name)().decode(octets) if cut else octets.decode(name)
    except ValueError:
        return None
    return _without_mark(text)


def _replaced(octets: bytes, name: str, *, cut: bool) -> Decoded:
    try:
        text = codecs.getincrementaldecoder(name)("replace").decode(octets, final=not cut)
    except UnicodeError:  # UTF-16 in pieces wants a mark, UTF-16 as a whole does not
        text = octets.decode(name, "replace")
    return Decoded(_without_mark(text), name, text.count("\ufffd"))


def _escaped(octets: bytes, declared: str | None) -> str | None:
    """ISO-2022 is 7-bit, so that mailers forget the label: its escapes tell it from all else (RFC 1468, RFC 1557)."""
    if declared not in _LABELS_BY_DEFAULT or b"\x1b$" not in octets:
        return None
    found = _ISO_2022.search(octets)
    return None if found is None else "iso2022_kr" if found[0].endswith(b")C") else "iso2022_jp"


def _marked(octets: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if octets.startswith(mark)), None)


def _from_meta(octets: bytes) -> str | None:
    found = _META.search(octets[:_META_REGION_OCTETS])
    name = codec_of(found[1].decode("ascii", "replace")) if found else None
    # A page that calls itself UTF-16 in ASCII letters is not.
    return "utf_8" if name and name.startswith(("utf_16", "utf_32")) else name


def _without_mark(text: str) -> str:
    return text[1:] if text.startswith("\ufeff") else text
