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

log = logging.getLogger(__name__)

FILE_NAME = "ui.json"


class KeptPart(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of the parts; each field has a default."""


class KeptLayout(KeptPart):
    """Panes: what the user made of them."""


class KeptPlace(KeptPart):
    """What was open."""


class KeptLists(KeptPart):
    """How lists are ordered and threaded."""


class KeptTargets(KeptPart):
    """Where messages went."""


class KeptCommands(KeptPart):
    """Commands that were used."""


class Kept(KeptPart):
    """The whole file."""

    layout: KeptLayout = msgspec.field(default_factory=KeptLayout)
    place: KeptPlace = msgspec.field(default_factory=KeptPlace)
    lists: KeptLists = msgspec.field(default_factory=KeptLists)
    targets: KeptTargets = msgspec.field(default_factory=KeptTargets)
    commands: KeptCommands = msgspec.field(default_factory=KeptCommands)


def load_kept(data_dir: Path) -> Kept:
    """What the last run left, or the defaults."""
    try:
        return msgspec.json.decode((data_dir / FILE_NAME).read_bytes(), type=Kept)
    except FileNotFoundError:
        return Kept()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        log.warning("%s cannot be read: begun anew", data_dir / FILE_NAME, exc_info=True)
        return Kept()


def save_kept(data_dir: Path, kept: Kept) -> None:
    """Write it in one step; a disk that is full or read-only is no reason to bother anyone."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=data_dir, prefix=f".{FILE_NAME}-")
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(kept))
        Path(temporary).replace(data_dir / FILE_NAME)
    except OSError:
        log.warning("%s cannot be written", data_dir / FILE_NAME, exc_info=True)
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
