"""A mirror of the model server: made in a test's event loop, and held against the server's own lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.world import Mirror
from tests.servers.model import ModelServer
from tuimail.imap.names import decode_mailbox


@contextmanager
def model_mirror(directory: Path) -> Iterator[Mirror]:
    """A mirror that has no server yet: set its `port`."""
    made = Mirror(directory / "data", 0, "ada", "a secret of the test")
    yield made
    made.store.close()


def assert_mirrors(mirror: Mirror, server: ModelServer) -> None:
    """The store shows what the server has: names, UIDs, flags, octets."""
    theirs = {
        (decode_mailbox(box.name), message.uid): (tuple(sorted(message.flags)), message.octets)
        for box in server.mailboxes.values()
        for message in box.messages
        if "nosel" not in box.attributes.lower()
    }
    ours = mirror.view()
    differing = {
        key: (theirs.get(key, ("absent",))[0], ours.get(key, ("absent",))[0])
        for key in sorted(set(theirs) | set(ours))
        if theirs.get(key) != ours.get(key)
    }
    assert not differing, f"server and store differ (server, store): {differing}"
    assert {decode_mailbox(name) for name in server.mailboxes} == set(mirror.mailboxes())
    mirror.check()
