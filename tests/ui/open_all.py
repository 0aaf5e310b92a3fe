"""`python -m tests.ui.open_all DATA_DIR`: opens every message of a store as the preview does, and says what that did.

What Python is asked for is seen by an audit hook (PEP 578), which cannot be taken away again: so this is a process of
its own. Pages are rendered in it, where they are seen too. SQLite's own files are not: they are the store.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.ui.sample_store import NOW
from tuimail.config.schema import Account, Config, ImapServer
from tuimail.mime.html.render import render_html
from tuimail.mime.html.view import HtmlView
from tuimail.mime.view import Shape, ViewOptions
from tuimail.model.ids import MessageId
from tuimail.store.store import Store
from tuimail.ui.attached import load_rows
from tuimail.ui.reading import load_reading
from tuimail.ui.rendering import ViewRenderer
from tuimail.ui.session import Session

SHAPES = (Shape.AUTO, Shape.HTML, Shape.HEADERS)
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate", "tempfile.")
_LEAVES = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "os.startfile", "webbrowser.")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class InThisProcess(ViewRenderer):
    """Renders pages here."""

    def html(self, source: str, width: int) -> HtmlView:
        """A page as lines."""
        return render_html(source, width)


def main(data_dir: Path) -> None:
    """Open all, and print what was seen."""
    seen: list[str] = []
    is_on = False

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
        is_outside = not Path(str(arguments[0] if arguments else "")).is_relative_to(data_dir)
        if is_on and (event.startswith(_LEAVES) or (is_outside and (writes or event.startswith(_CHANGES)))):
            seen.append(f"{event} {arguments!r}")

    config = Config(accounts={"home": Account(address="sam@example.net", imap=ImapServer(host="imap.example.net"))})
    store = Store(data_dir)
    session = Session(store, config, None, config_path=data_dir / "config.toml", clock=lambda: NOW)
    rows = store.mail.read(lambda connection: list(connection.execute("SELECT id FROM messages ORDER BY id")))
    ids = [MessageId(row[0]) for row in rows]
    renderer = InThisProcess()
    sys.addaudithook(hook)
    is_on = True
    lines = 0
    for id_ in ids:
        for shape in SHAPES:
            reading = load_reading(
                store, id_, renderer, connected=True, doubts=session.origins.notices, options=ViewOptions(shape)
            )
            lines += 0 if reading is None else len(reading.body)
        session.origins.load(store, id_)
        load_rows(store, id_)
    is_on = False
    session.close()
    store.close()
    print(json.dumps({"messages": len(ids), "lines": lines, "seen": seen}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
