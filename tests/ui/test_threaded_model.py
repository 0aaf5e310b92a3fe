"""The index of a list of threads: the cursor belongs to a thread or to a message, whatever comes, goes and folds."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tuimail.ui.widgets.message_list.branches import DEEPEST, branches
from tuimail.ui.widgets.message_list.threaded import Opened, ThreadedModel, ThreadRows, rows_of_threads


@dataclass(frozen=True, slots=True)
class Message:
    """A message as `Opened` takes it."""

    id: int
    depth: int = 0
    in_view: bool = True


@dataclass
class Mailbox:
    """What a store would say: messages of each thread, oldest first; those in `elsewhere` are in other mailboxes."""

    threads: dict[int, list[int]] = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)

    def in_view(self, thread_id: int) -> list[int]:
        return [id_ for id_ in reversed(self.threads.get(thread_id, [])) if id_ not in self.elsewhere]

    def thread_of(self, id_: int) -> int:
        return next((thread_id for thread_id, own in self.threads.items() if id_ in own), 0)

    def members(self, thread_id: int) -> list[Message]:
        own = self.threads.get(thread_id, [])
        return [Message(id_, place, id_ not in self.elsewhere) for place, id_ in enumerate(own)]

    def listed(self) -> list[int]:
        return [id_ for thread_id in self.threads for id_ in self.in_view(thread_id)]

    def rows(self, opened: dict[int, Opened]) -> ThreadRows:
        """Newest activity first: the highest id is the newest."""
        shown = [(own[0], thread_id) for thread_id in self.threads if (own := self.in_view(thread_id))]
        shown.sort(reverse=True)
        read = {}
        for thread_id, before in opened.items():
            again = before.read_again(self.members(thread_id))
            if len(again.ids) > 1:
                read[thread_id] = again
        thread_ids = array("q", [thread_id for _, thread_id in shown])
        return rows_of_threads(thread_ids, array("q", [top for top, _ in shown]), read)


def model_of(box: Mailbox) -> ThreadedModel:
    model = ThreadedModel(messages_in=box.in_view, thread_of=box.thread_of, all_messages=box.listed)
    model.reset_threads(box.rows({}))
    return model


def sample() -> tuple[Mailbox, ThreadedModel]:
    """Threads 1 (messages 1, 4, 9), 2 (2) and 3 (3, 5 elsewhere, 8): rows 1, 3, 2."""
    box = Mailbox({1: [1, 4, 9], 2: [2], 3: [3, 5, 8]}, {5})
    return box, model_of(box)


def test_a_folded_thread_stands_for_its_messages_in_view() -> None:
    box, model = sample()
    assert list(model.keys) == [-1, -3, -2]
    assert list(model.ids) == [9, 8, 2]
    assert model.selected() == [9, 4, 1]
    model.move_to(1)
    assert model.selected() == [8, 3]
    assert model.unfold(1, box.members(3))
    assert list(model.keys) == [-1, 3, 5, 8, -2]
    assert model.cursor_id == 8
    assert model.selected() == [8]
    model.move_to(2)
    assert model.selected() == [5]
    assert model.fold(2)
    assert (model.cursor, model.cursor_id) == (1, 8)
    assert not model.fold(1)


def test_one_message_is_not_unfolded() -> None:
    box, model = sample()
    assert not model.unfold(2, box.members(2))
    assert list(model.keys) == [-1, -3, -2]


def test_folding_above_and_below_leaves_the_cursor_where_it_is() -> None:
    box, model = sample()
    model.move_to(1)
    model.unfold(0, box.members(1))
    assert model.cursor_id == 8
    model.unfold(3, box.members(3))
    assert model.cursor_id == 8
    model.fold(0)
    assert model.cursor_id == 8


def test_an_answer_takes_the_thread_up_and_the_cursor_with_it() -> None:
    box, model = sample()
    model.move_to(2)
    box.threads[2].append(20)
    model.replace_threads(box.rows(model.opened))
    assert (model.cursor, model.thread_at(0), model.cursor_id) == (0, 2, 20)


def test_threads_that_are_joined_take_the_cursor_along() -> None:
    box, model = sample()
    model.move_to(2)
    box.threads[1] += box.threads.pop(2)
    box.threads[1].sort()
    model.replace_threads(box.rows(model.opened))
    assert model.thread_at(model.cursor) == 1


def test_messages_and_threads_and_back_with_the_cursor_on_the_same_message() -> None:
    box = Mailbox({1: [1, 4, 9], 2: [2], 3: [3, 5, 8]}, {5})
    for id_ in box.listed():
        model = ThreadedModel(messages_in=box.in_view, thread_of=box.thread_of)
        flat = array("q", sorted(box.listed(), reverse=True))
        model.reset(flat)
        model.move_to(flat.index(id_))
        thread_id = box.thread_of(id_)
        is_newest = box.in_view(thread_id)[0] == id_
        model.replace_threads(box.rows({} if is_newest else {thread_id: Opened(box.members(thread_id))}))
        assert model.cursor_id == id_
        assert model.is_threaded
        model.replace(flat)
        assert model.cursor_id == id_
        assert not model.is_threaded


def test_what_leaves_by_hand_goes_at_once_and_does_not_come_back_as_a_member() -> None:
    box, model = sample()
    model.unfold(0, box.members(1))
    model.move_to(1)
    box.elsewhere.add(4)
    model.leave([4], {1: box.in_view(1)})
    assert list(model.keys) == [1, 9, -3, -2]
    assert model.cursor_id == 9
    model.replace_threads(box.rows(model.opened))
    assert list(model.keys) == [1, 9, -3, -2]
    box.elsewhere.remove(4)
    model.replace_threads(box.rows(model.opened))
    assert list(model.keys) == [1, 4, 9, -3, -2]


def test_a_thread_leaves_with_the_last_of_its_messages() -> None:
    box, model = sample()
    model.unfold(1, box.members(3))
    box.elsewhere |= {3, 8}
    model.leave([3, 8], {3: []})
    assert list(model.keys) == [-1, -2]
    assert not model.opened
    box.elsewhere.add(9)
    model.leave([9], {1: box.in_view(1)})
    assert list(zip(model.keys, model.ids, strict=True)) == [(-1, 4), (-2, 2)]


def test_marks_are_of_messages() -> None:
    _, model = sample()
    model.toggle_mark()
    assert model.marked == {1, 4, 9}
    model.marked = {4}
    model.toggle_mark()
    assert model.marked == {1, 4, 9}
    model.toggle_mark()
    assert not model.marked
    model.toggle_range()
    model.move_to(1)
    assert set(model.selected()) == {1, 4, 9, 8, 3}
    model.toggle_range()
    assert model.marked == {1, 4, 9, 8, 3}
    model.mark_all()
    assert model.marked == {1, 2, 3, 4, 8, 9}
    model.mark_all()
    assert not model.marked


def test_a_hundred_thousand_threads_are_arrays() -> None:
    count = 100_000
    thread_ids = array("q", range(count, 0, -1))
    model = ThreadedModel(messages_in=lambda id_: (id_,))
    model.reset_threads(rows_of_threads(thread_ids, thread_ids, {}))
    model.move_to(70_000)
    here = model.keys[70_000]
    model.unfold(70_000, [Message(-here), Message(count + 1, 1), Message(count + 2, 2, in_view=False)])
    assert (len(model), model.cursor_id) == (count + 2, -here)
    newer = array("q", [count + 9, *thread_ids])
    model.replace_threads(rows_of_threads(newer, newer, model.opened))
    assert (model.cursor, model.cursor_id) == (70_001, -here)
    assert model.fold(70_001)
    assert len(model) == count + 1


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30))
def test_branches(depths: list[int]) -> None:
    drawn = branches(depths)
    assert drawn[0] == ""
    for depth, text in zip(depths[1:], drawn[1:], strict=True):
        assert len(text) == 2 * min(max(1, depth), DEEPEST)
        assert text[-2:] in {"├ ", "└ "}
        assert set(text) <= set("├└│ ")


def test_branches_of_a_tree() -> None:
    assert branches([0, 1, 2, 1, 0]) == ["", "├ ", "│ └ ", "├ ", "└ "]


class Threads(RuleBasedStateMachine):
    """Arrivals, removals by others and by hand, folds and moves in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.box = Mailbox({1: [1, 4, 9], 2: [2], 3: [3, 5, 8], 6: [6, 7]}, {5})
        self.model = model_of(self.box)
        self.next_id = 10

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        self.model.move_to(data.draw(st.integers(0, max(0, len(self.model) - 1))))

    @rule(data=st.data())
    def fold_or_unfold(self, data: st.DataObject) -> None:
        if not len(self.model):
            return
        index = data.draw(st.integers(0, len(self.model) - 1))
        at, id_, thread_id = self.model.cursor, self.model.cursor_id, self.model.thread_at(index)
        cursor_thread = self.model.thread_at(at)
        if self.model.is_folded(index):
            assert thread_id is not None
            self.model.unfold(index, self.box.members(thread_id))
            assert self.model.cursor_id == id_
        else:
            self.model.fold(index)
            if cursor_thread != thread_id:
                assert self.model.cursor_id == id_
        assert self.model.thread_at(self.model.cursor) == cursor_thread

    @rule(data=st.data(), count=st.integers(1, 4))
    def arrive(self, data: st.DataObject, count: int) -> None:
        for _ in range(count):
            thread_id = data.draw(st.sampled_from([*self.box.threads, self.next_id]))
            self.box.threads.setdefault(thread_id, []).append(self.next_id)
            if data.draw(st.booleans()):
                self.box.elsewhere.add(self.next_id)
            self.next_id += 1
        self.read_again()

    @precondition(lambda self: self.box.listed())
    @rule(data=st.data())
    def vanish(self, data: st.DataObject) -> None:
        self.box.elsewhere |= set(data.draw(st.lists(st.sampled_from(self.box.listed()), max_size=4)))
        self.read_again()

    def read_again(self) -> None:
        key = self.model.keys[self.model.cursor] if len(self.model) else None
        thread_id = self.model.thread_at(self.model.cursor) if key is not None else None
        rows = self.box.rows(self.model.opened)
        above = self.model.keys[: self.model.cursor] if key is not None else []
        shift = self.model.replace_threads(rows)
        if key is not None and key in rows.rows.keys:
            assert self.model.keys[self.model.cursor] == key
        elif thread_id is not None and -thread_id in rows.rows.keys:
            assert self.model.thread_at(self.model.cursor) == thread_id
        # The place of each row above is that of the same row afterwards, for a window that stands there.
        for place, own in enumerate(above):
            if own in rows.rows.keys:
                assert rows.rows.keys[shift.of(place)] == own

    @precondition(lambda self: bool(self.model.ids))
    @rule()
    def archive(self) -> None:
        model, ids = self.model, self.model.selected()
        after = [key for key in model.keys[model.cursor :] if key not in {*ids, model.keys[model.cursor]}]
        threads = {self.box.thread_of(id_) for id_ in ids}
        self.box.elsewhere.update(ids)
        model.leave(ids, {thread_id: self.box.in_view(thread_id) for thread_id in threads})
        left = [key for key in after if key in model.keys]
        if left:
            assert model.keys[model.cursor] == left[0]
        assert not model.marked.intersection(ids)

    @rule()
    def mark(self) -> None:
        if len(self.model):
            self.model.toggle_mark()
            self.model.clear_marks()

    @invariant()
    def all_is_of_one_piece(self) -> None:
        model = self.model
        assert len(model.keys) == len(model.ids)
        assert len(set(model.keys)) == len(model.keys)
        assert 0 <= model.cursor <= max(0, len(model) - 1)
        for index, key in enumerate(model.keys):
            thread_id = model.thread_at(index)
            assert thread_id is not None
            if key < 0:
                assert model.ids[index] in self.box.in_view(thread_id)
            else:
                assert model.ids[index] == key
                assert key in self.box.threads[thread_id]
        assert {model.thread_at(index) for index in range(len(model))} == {
            thread_id for thread_id in self.box.threads if self.box.in_view(thread_id)
        }


TestThreads = Threads.TestCase
