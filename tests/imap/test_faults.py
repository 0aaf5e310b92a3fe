"""What is offered and not used; and sequence numbers where a server leaves them in doubt."""

from __future__ import annotations

import pytest

from tuimail.imap.capabilities import Capabilities
from tuimail.imap.faults import Faults
from tuimail.imap.sequence import SequenceMap
from tuimail.model.errors import ConnectionLost, ServerRefused
from tuimail.model.uid_set import UidSet

OFFERED = Capabilities(["IMAP4rev1", "QRESYNC", "ESEARCH", "MOVE"])


def test_what_is_withheld_counts_as_not_offered() -> None:
    assert OFFERED.has("qresync")
    assert OFFERED.condstore
    left = OFFERED.without(["QRESYNC"])
    assert not left.has("QRESYNC")
    assert left.condstore, "QRESYNC brings CONDSTORE along (RFC 7162, section 3.2.3)"
    assert not OFFERED.without(["CONDSTORE"]).condstore
    assert not left.without(["condstore"]).condstore
    rev2 = Capabilities(["IMAP4rev2"])
    assert rev2.has("ESEARCH")
    assert not rev2.without(["ESEARCH"]).has("ESEARCH")
    assert not rev2.without(["IMAP4REV2"]).has("ESEARCH")
    assert left != OFFERED
    assert OFFERED.without([]) == OFFERED


class Server:
    """Refuses whatever uses one of `broken`."""

    def __init__(self, *broken: str, kind: str = "BAD", code: str = "") -> None:
        self.faults = Faults()
        self.blamed: dict[str, str] = {}
        self.faults.on_blame = self.blamed.__setitem__
        self.tries = 0
        self._broken = broken
        self._error = ServerRefused("refused", kind=kind, code=code, text="What?")

    async def ask(self) -> int:
        self.tries += 1
        if any(self.has(name) for name in self._broken):
            raise self._error
        return self.tries

    def has(self, name: str) -> bool:
        return self.faults.usable(OFFERED).has(name)

    async def spare(self) -> int:
        return await self.faults.spare(("QRESYNC", "ESEARCH", "NOTIFY"), self.has, self.ask)


async def test_the_one_without_which_it_works_is_blamed() -> None:
    server = Server("ESEARCH")
    assert await server.spare() == 3
    assert server.blamed == {"ESEARCH": "BAD What?"}
    assert [server.has(name) for name in ("QRESYNC", "ESEARCH")] == [True, False]
    assert await server.spare() == 4


async def test_two_at_once_are_both_blamed() -> None:
    server = Server("ESEARCH", "QRESYNC")
    await server.spare()
    assert set(server.blamed) == {"ESEARCH", "QRESYNC"}


@pytest.mark.parametrize("broken", ["MOVE", "IMAP4REV1"])
async def test_what_fails_in_every_way_blames_nothing(broken: str) -> None:
    server = Server(broken)
    with pytest.raises(ServerRefused):
        await server.spare()
    assert not server.blamed
    assert server.has("QRESYNC")
    assert server.has("ESEARCH")


async def test_a_refusal_of_the_moment_is_passed_on_at_once() -> None:
    server = Server("ESEARCH", kind="NO", code="UNAVAILABLE")
    with pytest.raises(ServerRefused):
        await server.spare()
    assert server.tries == 1


async def test_a_no_is_asked_once_more_before_anything_is_blamed() -> None:
    server = Server("ESEARCH", kind="NO")
    assert await server.spare() == 4
    assert server.blamed == {"ESEARCH": "NO What?"}


async def test_a_lost_connection_blames_nothing() -> None:
    faults = Faults()
    tries: list[int] = []

    async def ask() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ServerRefused("refused", kind="BAD")
        raise ConnectionLost("gone")

    with pytest.raises(ConnectionLost):
        await faults.spare(("ESEARCH",), lambda _name: True, ask)
    assert "ESEARCH" not in faults


def test_uids_that_vanish_take_their_sequence_numbers_along() -> None:
    numbers = SequenceMap()
    numbers.resize(4)
    numbers.learn_all(UidSet.of([3, 5, 7, 9]))
    numbers.remove(UidSet.of([5]))
    assert [numbers.uid(seq) for seq in (1, 2, 3, 4)] == [3, 7, 9, 0]
    numbers.remove(UidSet.of([4]))
    assert [numbers.uid(seq) for seq in (1, 2, 3)] == [0, 0, 0], "which of them it was is not known"
    numbers.resize(2)
    numbers.learn_all(UidSet.of([7]))
    assert numbers.uid(1) == 0, "one UID for two messages"
