"""Keys that are pressed while a first sync brings the list: each is obeyed, in order, where it was meant."""

from __future__ import annotations

import re
from pathlib import Path

from tests.engine.world import Other, mail
from tests.servers.dovecot import Dovecot
from tests.ui.e2e_account import PASSWORD, USER, make_desktop, wait_until_sent
from tests.ui.e2e_tmux import Tmux
from tuimail.store import read
from tuimail.store.store import Store

COUNT = 3000


def test_keys_are_obeyed_in_order_while_rows_stream_in(tmp_path: Path) -> None:
    with Dovecot(users={USER: PASSWORD}) as dovecot:
        dovecot.fill((mail(f"Letter {number:04d}") for number in range(COUNT)), user=USER)
        desktop = make_desktop(tmp_path, dovecot)
        with Tmux(*desktop.arguments, variables=desktop.variables) as tmux:
            tmux.wait(r"›[^\n]*Letter (\d{4})", r"Inbox 1/")
            # Until the first key the cursor rests on the first line, whatever comes; from then on on its message.
            tmux.type("j")
            shown = tmux.wait(r"\n[^\n]*›[^\n]*Letter (\d{4})", r"Inbox (?!1/)[\d,]+/")
            # All are of one second: what came last stands first.
            found_first = re.search(r"›[^\n]*Letter (\d{4})", shown)
            assert found_first is not None
            first = int(found_first[1])
            # Down by two, archive one, down by two, flag one, delete two, back up by one: in one burst.
            tmux.type("jjajjfjddk")
            # Rows above the cursor may have come meanwhile: it is the messages that count.
            order = [first - step for step in range(12)]
            archived, flagged, deleted = order[2], order[5], order[6:8]
            after = order[5]
            tmux.wait(rf"›[^\n]*Letter {after:04d}")
            tmux.wait("home: connected")
            store = Store(desktop.data)
            wait_until_sent(store)
            found = {one.envelope.subject: one for one in store.mail.read(read.list_messages)}
            store.close()
            tmux.wait(rf"›[^\n]*Letter {after:04d}", rf"Inbox [\d,]+/{COUNT - 3:,}")
            tmux.press("q")
            assert tmux.wait_for_end() == "0"
        assert len(found) == COUNT
        elsewhere = {name: one.mailbox for name, one in found.items() if one.mailbox != "INBOX"}
        trashed = {f"Letter {number:04d}": "Trash" for number in deleted}
        assert elsewhere == {f"Letter {archived:04d}": "Archive", **trashed}
        assert [name for name, one in found.items() if "\\Flagged" in one.flags.names()] == [f"Letter {flagged:04d}"]
        other = Other(dovecot.port, USER, PASSWORD)
        assert sorted(other.names("Trash")) == sorted(trashed)
        assert other.names("Archive") == [f"Letter {archived:04d}"]
        other.close()
