"""Muting a thread, so that what comes in it is no news: the user's word, kept here, with undo.

Who is muted is read by `thread_list.is_muted`; a thread that joins another one takes it along (`threads.join_thread`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.model.ids import MessageId
from tuimail.model.units import counted
from tuimail.store.database import rows
from tuimail.store.recorder import Change, Recorder

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MUTE = "mute"
UNMUTE = "unmute"
"""Actions of undo items: about the thread that the message is in by then."""


def change_muted(connection: Connection, ids: Sequence[MessageId], *, muted: bool, now: int) -> Change:
    """Mute the threads of these messages, or let them be heard again. Those that are so already are left alone.

    One undo takes it back. `now` in seconds.
    """
    recorder = Recorder(connection, now=now)
    count = set_muted(connection, recorder, ids, muted=muted)
    words = "muted" if muted else "no longer muted"
    return recorder.end(lambda _messages: f"{counted(count, 'thread')} {words}")


def set_muted(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], *, muted: bool) -> int:
    """As `change_muted`, as a part of a change. Returns how many threads were changed."""
    by_thread: dict[int, list[MessageId]] = {}
    for id_, thread_id in rows(
        connection,
        "SELECT m.id, m.thread_id FROM json_each(?1) j JOIN messages m ON m.id = j.value"
        " WHERE (m.thread_id IN (SELECT thread_id FROM muted_threads)) <> ?2 ORDER BY j.key",
        (json.dumps(list(ids)), muted),
    ):
        by_thread.setdefault(thread_id, []).append(MessageId(id_))
    for thread_id, own in by_thread.items():
        if muted:
            connection.execute("INSERT INTO muted_threads (thread_id) VALUES (?)", (thread_id,))
        else:
            connection.execute("DELETE FROM muted_threads WHERE thread_id = ?", (thread_id,))
        # Whoever shows one of its messages reads its line again.
        connection.execute(
            "UPDATE mailboxes SET revision = revision + 1 WHERE id IN"
            " (SELECT mailbox_id FROM messages WHERE thread_id = ?)",
            (thread_id,),
        )
        for id_ in own:
            recorder.touch(id_)
        recorder.can_undo_by(own[0], UNMUTE if muted else MUTE)
    return len(by_thread)
