"""Which UID has which sequence number in the selected mailbox, as far as it is known (RFC 9051, section 2.3.1.2).

Needed where QRESYNC is off: servers then tell of changed flags and expunged messages by sequence number only.
"""

from __future__ import annotations

from array import array

from tuimail.model.uid_set import UidSet

_MOST = 4_000_000


class SequenceMap:
    """UIDs by sequence number; 0 where a UID is not known. Sizes beyond 4 million are not followed."""

    def __init__(self) -> None:
        self._uids = array("I")

    def clear(self) -> None:
        """Another mailbox, or none, is selected."""
        self._uids = array("I")

    def resize(self, count: int) -> None:
        """The mailbox has `count` messages."""
        count = min(count, _MOST)
        if count > len(self._uids):
            self._uids.extend(array("I", bytes(4 * (count - len(self._uids)))))
        else:
            del self._uids[count:]

    def learn(self, seq: int, uid: int) -> None:
        """Message `seq` has this UID."""
        if 0 < seq <= len(self._uids):
            self._uids[seq - 1] = uid

    def learn_all(self, uids: UidSet) -> None:
        """`uids` are all UIDs of the mailbox; ignored if their number says otherwise."""
        if len(uids) == len(self._uids):
            self._uids = array("I", uids)

    def uid(self, seq: int) -> int:
        """The UID of message `seq`, 0 if it is not known."""
        return self._uids[seq - 1] if 0 < seq <= len(self._uids) else 0

    def remove(self, uids: UidSet) -> None:
        """These are gone, and no sequence number is told; what is left is not known if one of them was not."""
        left = array("I", (uid for uid in self._uids if uid not in uids))
        count = max(0, len(self._uids) - len(uids))
        self._uids = left if len(left) == count else array("I", bytes(4 * count))

    def expunge(self, seq: int) -> int:
        """Message `seq` is gone and later ones move down; its UID, 0 if it is not known."""
        return self._uids.pop(seq - 1) if 0 < seq <= len(self._uids) else 0
