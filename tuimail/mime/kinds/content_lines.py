"""Content lines, of which calendars and visiting cards are made (RFC 5545, section 3.1; RFC 6350, section 3.3).

    line = name *(";" param "=" value *("," value)) ":" value     a line that begins with a blank goes on with the last
    BEGIN:VEVENT … END:VEVENT                                     components nest

One pass, linear, bounded; what is no content line is passed over. Values are not sanitised here: they are octets of a
message as text, and whoever makes something of them does that. Knows nothing of what names mean.

The reader is ours, and not that of icalendar, for what that does with calendars of strangers: it keeps the time zones
that they define for all calendars after them, opens the file that a text of one line names, and is bounded by nothing.
"""

from __future__ import annotations

import re

import msgspec

MAX_OCTETS = 512 * 1024
"""Of a calendar or of cards; invitations with a thousand guests stay below half of it."""
MAX_LINES = 20_000
"""Content lines after unfolding."""
MAX_LINE = 16 * 1024
"""Characters of one content line: a description of some pages; pictures in visiting cards are cut, and not shown."""
MAX_NESTING = 6
"""VCALENDAR, VEVENT, VALARM are three."""
MAX_COMPONENTS = 500
"""Of a calendar, alarms and time zones' rules among them."""

_FOLD = re.compile(r"\n[ \t]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9-]{1,60}\.)?([A-Za-z0-9-]{1,60})(?=[;:])")
_PARAMETER = re.compile(r';([A-Za-z0-9-]{1,60})(?:=((?:"[^"]*+"|[^";:,])*+(?:,(?:"[^"]*+"|[^";:,])*+)*+))?')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED = {"n": "\n", "N": "\n"}
_CARET = re.compile(r"\^([n^'])")
_CARET_MEANS = {"n": "\n", "^": "^", "'": '"'}
_SEMICOLON = re.compile(r"(?<!\\)((?:\\\\)*);")


class ContentLine(msgspec.Struct, frozen=True):
    """One line: `name` and the names of `parameters` in upper case; values as written, without their quotes."""

    name: str
    value: str
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """A parameter's value; "" when it is missing."""
        return next((value for other, value in self.parameters if other == name), "")

    def parameters_of(self, name: str) -> list[str]:
        """The values of a parameter that may be repeated, in lower case, lists taken apart."""
        return [part.strip().lower() for other, value in self.parameters if other == name for part in value.split(",")]

    @property
    def text(self) -> str:
        """The value as text, its escapes undone (RFC 5545, section 3.3.11)."""
        return unescaped(self.value)


class Component(msgspec.Struct):
    """What stands between BEGIN and END; `name` in upper case."""

    name: str
    lines: list[ContentLine] = msgspec.field(default_factory=list)
    components: list[Component] = msgspec.field(default_factory=list)

    def first(self, name: str) -> ContentLine | None:
        """The first line of that name."""
        return next((line for line in self.lines if line.name == name), None)

    def text(self, name: str) -> str:
        """The text of the first line of that name; "" when there is none."""
        line = self.first(name)
        return "" if line is None else line.text

    def all(self, name: str) -> list[ContentLine]:
        """All lines of that name."""
        return [line for line in self.lines if line.name == name]


def unescaped(value: str) -> str:
    """Text without the backslashes of content lines; line feeds stay what they are."""
    return _ESCAPED.sub(lambda found: _UNESCAPED.get(found[1], found[1]), value) if "\\" in value else value


def fields_of(value: str) -> list[str]:
    """The fields of a structured value such as a name or an address, escapes undone."""
    return [unescaped(part) for part in _SEMICOLON.sub("\\1\0", value).split("\0")]


def parse_lines(text: str) -> list[ContentLine]:
    """The content lines of `text`, in order, at most `MAX_LINES` of at most `MAX_LINE` characters. Never raises."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    found = []
    for raw in _FOLD.sub("", text).split("\n", MAX_LINES)[:MAX_LINES]:
        line = _parsed(raw[:MAX_LINE])
        if line is not None:
            found.append(line)
    return found


def _parsed(raw: str) -> ContentLine | None:
    head = _PREFIX.match(raw)
    if head is None:
        return None
    parameters: list[tuple[str, str]] = []
    position = head.end()
    while found := _PARAMETER.match(raw, position):
        value = (found[2] or "").replace('"', "")
        if "^" in value:
            value = _CARET.sub(lambda mark: _CARET_MEANS[mark[1]], value)
        # A bare word is what vCard 2.1 wrote for TYPE=word.
        named = found[2] is not None
        parameters.append((found[1].upper() if named else "TYPE", value if named else found[1]))
        position = found.end()
    if raw[position : position + 1] != ":":
        return None
    return ContentLine(head[1].upper(), raw[position + 1 :], tuple(parameters))


def parse_components(text: str) -> list[Component]:
    """The outermost components of `text`; one that does not end, ends with the text. Never raises."""
    outermost: list[Component] = []
    open_: list[Component] = []
    count = too_deep = 0
    for line in parse_lines(text):
        name = line.value.strip().upper()
        if line.name == "BEGIN":
            count += 1
            if count > MAX_COMPONENTS:
                break
            if len(open_) >= MAX_NESTING or too_deep:
                too_deep += 1
                continue
            component = Component(name)
            (open_[-1].components if open_ else outermost).append(component)
            open_.append(component)
        elif line.name == "END":
            if too_deep:
                too_deep -= 1
            elif any(one.name == name for one in open_):
                while open_.pop().name != name:
                    pass
        elif open_ and not too_deep:
            open_[-1].lines.append(line)
    return outermost
