"""Attachments as commands and the list of them need them: what there is, fetching, saving, opening, showing as text.

    not here ──want in the store, hint──► the engine ──► here (or a problem in the store)
    here ──► a file in a directory of the user's ("save")
         └─► a file in a directory of our own, private and gone at the end of the run ──► a program ("open")

Knows no screen. A program gets its file as one word of its own, without a shell, and by what the part is said to be.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.mime.partial import covering, with_parts_apart
from tuimail.mime.sanitize import one_line, safe_file_name
from tuimail.mime.view import Shape, ShownPart, ViewOptions
from tuimail.model.errors import SaveError
from tuimail.model.hints import HintKind
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState
from tuimail.store import accounts, part_wants, read
from tuimail.store.accounts import AccountState
from tuimail.ui.models.attachment_rows import AttachmentRow, AttachmentRows, is_listed
from tuimail.ui.stored_message import how_far, load_part, load_stored

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.store import Store
    from tuimail.ui.session import Session

LOOK_EVERY_S = 0.25
"""How often the store is asked whether what is waited for has come."""
_ONLINE = {AccountState.SYNCING, AccountState.IDLE, AccountState.CONNECTING}
_PROGRAMS = frozenset(
    {
        *(".app", ".appimage", ".bash", ".bat", ".cmd", ".com", ".command", ".cpl", ".csh", ".desktop", ".dmg", ".exe"),
        *(".fileloc", ".flatpakref", ".hta", ".inetloc", ".jar", ".jnlp", ".js", ".jse", ".ksh", ".lnk", ".msi"),
        *(".pif", ".pkg", ".pl", ".ps1", ".py", ".rb", ".reg", ".run", ".scpt", ".scr", ".sh", ".terminal", ".url"),
        *(".vbe", ".vbs", ".webloc", ".wsf", ".wsh", ".zsh"),
    }
)
"""Names under which a desktop runs a file instead of showing it."""
_PAGES = frozenset({".htm", ".html", ".mht", ".mhtml", ".shtml", ".svg", ".svgz", ".xht", ".xhtml", ".xml"})
"""What a browser shows, which may then load things from elsewhere, or ask for a password in somebody's name."""
_PAGE_TYPES = frozenset({"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml"})
_PROGRAM_TYPES = (
    *("application/java-archive", "application/vnd.microsoft.portable-executable", "application/x-desktop"),
    *("application/x-dosexec", "application/x-executable", "application/x-java-jnlp-file", "application/x-ms-dos-exec"),
    *("application/x-msdos-program", "application/x-msdownload", "application/x-sh", "text/x-shellscript"),
)
_OF_A_PROGRAM = (b"#!", b"MZ", b"\x7fELF", b"PK\x03\x04", *(bytes.fromhex(one) for one in ("cafebabe", "cffaedfe")))
"""How files begin that a desktop which goes by content would run, or ask Java to."""
_LOOKED_AT_OCTETS = 4096


def load_rows(store: Store, id_: MessageId) -> AttachmentRows | None:
    """What a message has attached; None: there is no such message (any more)."""
    place, wants = store.mail.read(
        lambda connection: (read.body_place(connection, id_), part_wants.wants_of(connection, id_))
    )
    if place is None:
        return None
    stored = load_stored(store, place)
    if stored is None:
        whole = wants.get(part_wants.WHOLE)
        return AttachmentRows(has_text=False, problem="" if whole is None else whole.problem)
    from tuimail.mime.render import render_view

    # Of the shapes, the header's costs least: the parts are the same in all.
    view = with_parts_apart(render_view(stored.octets, ViewOptions(Shape.HEADERS)), stored.octets, stored.apart)
    known = how_far(store, id_)
    rows = []
    for part in filter(is_listed, view.parts):
        outer = covering(part.section, known)
        want = None if outer is None else wants.get(outer, wants.get(part_wants.WHOLE))
        if outer is None or want is None or part.is_here:
            rows.append(AttachmentRow(part))
        elif want.problem:
            rows.append(AttachmentRow(part, problem=want.problem))
        else:
            rows.append(AttachmentRow(part, known[outer].came_octets * 100 // max(1, known[outer].size_octets)))
    return AttachmentRows(tuple(sorted(rows, key=lambda row: row.part.inline)))


class Attached:
    """The attachments of any message; ended by `close`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    async def rows(self, id_: MessageId) -> AttachmentRows | None:
        """See `load_rows`; with them what was decrypted, of the message that is read."""
        return await self._session.render(partial(self._load_rows, id_=id_))

    def _load_rows(self, store: Store, id_: MessageId) -> AttachmentRows | None:
        found = load_rows(store, id_)
        within = self._session.secrecy.parts(id_)
        if found is None or not within:
            return found
        # A message that was decrypted as a whole has no other parts than those within.
        outer = () if self._session.secrecy.is_opened_whole(id_) else found.rows
        rows = (*outer, *map(AttachmentRow, filter(is_listed, within)))
        return AttachmentRows(tuple(sorted(rows, key=lambda row: row.part.inline)), found.has_text, found.problem)

    async def bring(self, id_: MessageId, sections: Sequence[str]) -> None:
        """Have these parts here ("" is the whole message); returns when they are.

        Raises:
            SaveError: they do not come, or not now. What is wanted stays wanted: it comes when that is possible.
        """
        left = await self._session.render(partial(_missing, id_=id_, sections=sections))
        if not left:
            return
        now = int(self._session.clock())
        await self._session.write(partial(part_wants.want_parts, id_=id_, sections=left, now=now))
        if self._session.link is None:
            raise SaveError("It is not on this machine yet, and this window does not fetch mail.")
        self._session.send(HintKind.WANT_PART, id_)
        while True:
            wants, is_online = await self._session.read_later(partial(_look, id_=id_))
            problems = [wants[one].problem for one in left if one in wants and wants[one].problem]
            if problems:
                raise SaveError(f"It could not be fetched: {problems[0]}", hint="Try again.")
            if not any(one in wants for one in left):
                break
            if not is_online:
                raise SaveError("It is not on this machine yet.", hint="It comes when the account is connected.")
            await asyncio.sleep(LOOK_EVERY_S)
        if await self._session.render(partial(_missing, id_=id_, sections=sections)):
            raise SaveError("It is no part of this message any more.")

    async def save(self, id_: MessageId, part: ShownPart, directory: Path) -> Path:
        """Write the part, fetched where it is not here, as a new file. Gives its path.

        Raises:
            SaveError: it does not come, or cannot be written there.
        """
        return await self._write(part, await self.octets(id_, part), directory)

    async def _write(self, part: ShownPart, octets: bytes, directory: Path) -> Path:
        from tuimail.mime.saving import save_file

        # In a thread of its own: a large file on a slow disk is no reason not to show another message.
        return await asyncio.to_thread(save_file, directory, _name_of(part), octets)

    async def open(self, id_: MessageId, part: ShownPart) -> str:
        """Give the part to the program for its type. Returns the program's name.

        Raises:
            SaveError: it does not come, or is itself a program.
            ProgramFailed: the program cannot be started, or fails at once.
        """
        words = self.program_for(part)
        from tuimail.setup.daemon import in_daemon_thread
        from tuimail.ui.programs import start_program

        octets = await self.octets(id_, part)
        if not self._chosen_program(part):
            _refuse_disguised(part, octets)
        path = await self._write(part, octets, self._own_directory())
        await in_daemon_thread(lambda: start_program([*words, str(path)]), "opener")
        return one_line(words[0])

    async def octets(self, id_: MessageId, part: ShownPart) -> bytes:
        """What the part holds, fetched where it is not here.

        Raises:
            SaveError: it does not come.
        """
        await self.bring(id_, [part.section])
        return await self._octets(id_, part)

    async def open_octets(self, part: ShownPart, octets: bytes) -> str:
        """Give octets that no message holds, named and typed as `part` says, to the program for that type.

        Raises:
            SaveError, ProgramFailed: as for `open`.
        """
        words = self.program_for(part)
        from tuimail.mime.saving import save_file
        from tuimail.setup.daemon import in_daemon_thread
        from tuimail.ui.programs import start_program

        path = await in_daemon_thread(lambda: save_file(self._own_directory(), part.file_name, octets), "saver")
        await in_daemon_thread(lambda: start_program([*words, str(path)]), "opener")
        return one_line(words[0])

    def program_for(self, part: ShownPart) -> list[str]:
        """The words of the command that opens such a part: the one set for its type, else the desktop's own.

        Raises:
            SaveError: the desktop's own might run it.
        """
        found = self._chosen_program(part)
        if found:
            return found
        content_type = part.content_type.lower()
        if _suffix(part) in _PROGRAMS or content_type.startswith(_PROGRAM_TYPES):
            raise _not_opened(part, "a program")
        return ["open" if sys.platform == "darwin" else "xdg-open"]

    def _chosen_program(self, part: ShownPart) -> list[str]:
        """The command that the user set for its type; [] for none."""
        content_type = part.content_type.lower()
        known = {key.lower(): list(words) for key, words in self._session.config.open.items() if words}
        return known.get(content_type) or known.get(f"{content_type.partition('/')[0]}/*") or []

    async def text(self, id_: MessageId, part: ShownPart, *, most_octets: int) -> str:
        """The beginning of the part as text, safe to show.

        Raises:
            SaveError: it does not come, or is no text.
        """
        octets = (await self.octets(id_, part))[:most_octets]
        from tuimail.mime.charset import decode
        from tuimail.mime.sanitize import block

        if b"\0" in octets[:8192] and not part.content_type.startswith("text/"):
            raise SaveError(f"{one_line(part.file_name) or 'This part'} is no text.", hint="Open it, or save it.")
        return block(decode(octets, "", html=False))

    async def _octets(self, id_: MessageId, part: ShownPart) -> bytes:
        octets = await self._session.render(partial(load_part, id_=id_, section=part.section))
        if octets is None:
            octets = self._session.secrecy.content(id_, part.section)
        if octets is None:
            raise SaveError("It is not on this machine any more.", hint="Try again.")
        return octets

    def _own_directory(self) -> Path:
        """A new directory within ours, for one file: programs see its own name. Both are private (0700)."""
        try:
            if self._directory is None:
                self._directory = tempfile.TemporaryDirectory(prefix="tuimail-")
            return Path(tempfile.mkdtemp(dir=self._directory.name))
        except OSError as error:
            raise SaveError(f"There is no room for a file to open: {error.strerror or error}.") from error

    def close(self) -> None:
        """Remove what was opened."""
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None


def _missing(store: Store, id_: MessageId, sections: Sequence[str]) -> list[str]:
    """Which of the parts are not here, as the engine knows them."""
    place = store.mail.read(partial(read.body_place, id_=id_))
    if place is None or place.state is BodyState.FULL:
        return []
    known = how_far(store, id_)
    if not known:
        return list(sections)
    outer = [section if section == part_wants.WHOLE else covering(section, known) for section in sections]
    return [one for one in dict.fromkeys(outer) if one is not None and (one not in known or not known[one].is_here)]


def _look(connection: Connection, id_: MessageId) -> tuple[dict[str, part_wants.PartWant], bool]:
    """What is wanted of the message, and whether its account is connected."""
    place = read.body_place(connection, id_)
    found = accounts.list_accounts(connection) if place is not None else []
    state = next((one.state for one in found if place is not None and one.id == place.account_id), None)
    return part_wants.wants_of(connection, id_), state in _ONLINE


def is_page(part: ShownPart) -> bool:
    """Whether a browser would show it."""
    return _suffix(part) in _PAGES or part.content_type.lower() in _PAGE_TYPES


def _suffix(part: ShownPart) -> str:
    """Of the name that its file will have."""
    return Path(_name_of(part).lower()).suffix


def _name_of(part: ShownPart) -> str:
    """The name that its file will have; all that is asked about its name is asked of this one."""
    return safe_file_name(part.file_name or _named_by(part))


def _refuse_disguised(part: ShownPart, octets: bytes) -> None:
    """A desktop goes by the content of a file whose name tells it nothing: no program or page gets through so.

    Raises:
        SaveError: it is one.
    """
    import mimetypes

    if mimetypes.guess_type(_name_of(part).lower())[0] not in {None, "application/octet-stream"}:
        return
    start = octets[:_LOOKED_AT_OCTETS]
    if start.startswith(_OF_A_PROGRAM) or b"[Desktop Entry]" in start:
        raise _not_opened(part, "a program")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise _not_opened(part, "a page that loads things from elsewhere")


def _not_opened(part: ShownPart, what: str) -> SaveError:
    return SaveError(
        f"{one_line(part.file_name) or part.content_type.lower()} may be {what}: it is not opened.",
        hint="Save it, if you know what it is.",
    )


def _named_by(part: ShownPart) -> str:
    """A name for what has none."""
    import mimetypes

    return f"part {part.section}{mimetypes.guess_extension(part.content_type) or ''}"
