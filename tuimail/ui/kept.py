"""What the screen remembers from one run to the next: sizes, what was open, targets. A file beside the store.

    DATA_DIR/ui.json

It holds nothing that cannot be lost: one that is missing, damaged or from another version is begun anew, and of two
apps on one data directory the last one to write wins. Each part of the screen has a struct of its own in it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path

import msgspec

from tuimail.config.schema import Layout

log = logging.getLogger(__name__)

FILE_NAME = "ui.json"


class KeptPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of the parts; each field has a default."""


class KeptLayout(KeptPart):
    """Panes: what the user made of them. Shares are of the panes' area; 0 and None: nobody chose.

    `configured` is what `ui.layout` said when `layout` was chosen: who writes something else there means that.
    """

    layout: Layout | None = None
    configured: Layout | None = None
    hides_mailboxes: bool = False
    hides_preview: bool = False
    tree_wide: float = 0.0
    tree_tall: float = 0.0
    list_wide: float = 0.0
    list_tall: float = 0.0


class KeptPlace(KeptPart):
    """What was open: a mailbox by account and name, else a view of several by its use, else a search.

    `message_id` is the store's id of the current message, `date` its place in the order of the list (seconds). The
    message stood on line `line` of the list, `above` lines below the first that was in sight. Rows of the tree are
    account and name, as in `tree_rows`.
    """

    account: str = ""
    mailbox: str = ""
    use: str = ""
    search: str = ""
    message_id: int = 0
    date: int = 0
    line: int = 0
    above: int = 0
    pane: str = ""
    folded: list[tuple[str, str]] = msgspec.field(default_factory=list)
    tree_row: tuple[str, str] | None = None


class KeptLists(KeptPart):
    """How lists are ordered and threaded, by `Listing.kept_key`; see `list_view`.

    An order that goes the other way than people mean has a dash before its name. `density` was chosen while the setting
    was `density_setting`, and holds until that is changed.
    """

    orders: dict[str, str] = msgspec.field(default_factory=dict)
    threads: dict[str, bool] = msgspec.field(default_factory=dict)
    density: str = ""
    density_setting: str = ""


class KeptTarget(KeptPart):
    """A mailbox that messages went to: `weight` counts how often as of `used_at` (seconds), and fades from there."""

    account: str
    mailbox: str
    weight: float = 0.0
    used_at: int = 0


class KeptTargets(KeptPart):
    """Where messages went; see `targets`. `origins`: account and name of mailboxes, the last one first, by sender's
    address or List-Id.
    """

    places: list[KeptTarget] = msgspec.field(default_factory=list)
    origins: dict[str, list[tuple[str, str]]] = msgspec.field(default_factory=dict)


class KeptCommands(KeptPart):
    """What was chosen in the palette, the last first; see `palette_model.Entry.key`."""

    recent: list[str] = msgspec.field(default_factory=list)


class KeptSaving(KeptPart):
    """Where attachments were saved last; empty: nowhere yet."""

    directory: str = ""


class Kept(KeptPart):
    """The whole file."""

    layout: KeptLayout = msgspec.field(default_factory=KeptLayout)
    place: KeptPlace = msgspec.field(default_factory=KeptPlace)
    lists: KeptLists = msgspec.field(default_factory=KeptLists)
    targets: KeptTargets = msgspec.field(default_factory=KeptTargets)
    commands: KeptCommands = msgspec.field(default_factory=KeptCommands)
    saving: KeptSaving = msgspec.field(default_factory=KeptSaving)


def load_kept(data_dir: Path) -> Kept:
    """What the last run left, or the defaults."""
    try:
        return msgspec.json.decode((data_dir / FILE_NAME).read_bytes(), type=Kept)
    except FileNotFoundError:
        return Kept()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        log.warning("%s cannot be read: begun anew", data_dir / FILE_NAME, exc_info=True)
        return Kept()


def encode_kept(kept: Kept) -> bytes:
    """The file's contents."""
    return msgspec.json.encode(kept)


def save_kept(data_dir: Path, octets: bytes) -> None:
    """Write the file in one step; a disk that is full or read-only is no reason to bother anyone."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=data_dir, prefix=f".{FILE_NAME}-")
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        Path(temporary).replace(data_dir / FILE_NAME)
    except OSError:
        log.warning("%s cannot be written", data_dir / FILE_NAME, exc_info=True)
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
