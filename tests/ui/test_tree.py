"""The tree of mailboxes: its rows, and what it costs with ten thousand of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.conftest import CONFIG, MakeApp
from tests.ui.driving import main_screen, settle
from tests.ui.sample_store import Sample, deliver, make_place, plain
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.server import Protocol
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.snapshot import Snapshot, SnapshotReader, changed_mailboxes
from tuimail.ui.widgets.tree_nodes import Key
from tuimail.ui.widgets.tree_rows import TreeModel, TreeRow

MANY = 10_000


def mailbox(id_: int, name: str, use: SpecialUse | None = None, *, unseen: int = 0) -> Mailbox:
    """A mailbox of the account."""
    return Mailbox(MailboxId(id_), AccountId(1), "home", name, "/", (), use, True, True, 0, unseen, 1, 1, 1, 1, 1)


def snapshot(boxes: list[Mailbox]) -> Snapshot:
    """One account with these."""
    account = AccountStatus(AccountId(1), "home", Protocol.IMAP, AccountState.IDLE, "", 0, 0, "", 0, None)
    return Snapshot((account,), tuple(boxes), by_id={one.id: one for one in boxes})


def rows(model: TreeModel) -> list[TreeRow]:
    """All visible rows."""
    return [model.row(index) for index in range(len(model))]


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=12),
    st.sets(st.text("abc/", max_size=5), max_size=4),
)
def test_what_is_folded_hides_what_is_below_and_counts_it(paths: list[list[str]], folded: set[str]) -> None:
    names = sorted({"/".join(path) for path in paths})
    boxes = [mailbox(number + 1, name, unseen=number + 1) for number, name in enumerate(names)]
    model = TreeModel()
    model.show(snapshot(boxes))
    everything = [row.key[1] for row in rows(model)]
    assert everything[:1] == [""]
    assert sorted(everything[1:]) == sorted({name[:end] for name in names for end in _ends(name)})
    model.fold({("home", name) for name in folded if name})
    shown = rows(model)
    hidden = {name for name in everything for above in folded if above and name.startswith(f"{above}/")}
    assert [row.key[1] for row in shown] == [name for name in everything if name not in hidden]
    assert sum(row.unseen for row in shown) == sum(box.unseen for box in boxes)
    assert all(row.has_children for row in shown if row.folded)


def _ends(name: str) -> list[int]:
    return [place for place, letter in enumerate(name) if letter == "/"] + [len(name)]


def test_names_of_any_depth_are_shown() -> None:
    model = TreeModel()
    model.show(snapshot([mailbox(1, "/".join("x" * 3000))]))
    assert len(model) == 3001
    model.toggle(1)
    assert len(model) == 2


def test_only_changes_of_names_make_nodes() -> None:
    boxes = [mailbox(number + 1, f"Project {number // 100:03}/Part {number:05}") for number in range(MANY)]
    model = TreeModel()
    assert model.show(snapshot(boxes))
    made = model.node_count
    assert made == MANY + MANY // 100
    busier = [msgspec.structs.replace(boxes[0], unseen=5), *boxes[1:]]
    assert not model.show(snapshot(busier))
    assert model.node_count == made
    assert model.row(2).unseen == 5
    model.toggle(1)
    assert (model.row(1).unseen, model.node_count) == (5, made)
    assert len(model) == 1 + MANY + MANY // 100 - 100
    renamed = [msgspec.structs.replace(boxes[0], name="Aardvark"), *boxes[1:]]
    assert model.show(snapshot(renamed))
    assert model.row(1).label == "Aardvark"


def test_a_renamed_mailbox_is_found_by_its_id() -> None:
    model = TreeModel()
    model.show(snapshot([mailbox(1, "Beech"), mailbox(2, "Cedar")]))
    model.show(snapshot([mailbox(1, "Yew"), mailbox(2, "Cedar")]))
    key: Key = ("home", "Beech")
    assert model.find(key) is None
    found = model.find(key, mailbox(1, "Yew").id)
    assert found is not None
    assert model.row(found).label == "Yew"
    assert model.find_listing(mailbox(2, "Cedar").id) == 1


def test_a_mailbox_for_a_use_stands_at_the_top_and_what_is_below_it_there_too() -> None:
    model = TreeModel()
    model.show(snapshot([mailbox(1, "a/Old", SpecialUse.ARCHIVE), mailbox(2, "a/Old/2024"), mailbox(3, "a")]))
    assert [(row.depth, row.label) for row in rows(model)] == [(0, "home"), (1, "Old"), (2, "2024"), (1, "a")]


async def test_ten_thousand_mailboxes(tmp_path: Path, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["INBOX", "Archive", *(f"Box {number // 100:03}/Part {number:05}" for number in range(MANY))]
    many = make_place(tmp_path / "many", names=names)
    app = make_app(many, config=CONFIG)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        screen = main_screen(pilot)
        tree = screen.mailboxes
        made, drawn = tree.model.node_count, []
        draw = tree.row_segments

        def count(index: int, width: int, style: object) -> object:
            drawn.append(index)
            return draw(index, width, style)  # type: ignore[arg-type]

        monkeypatch.setattr(tree, "row_segments", count)
        for id_ in ("pane.mailboxes", "cursor.bottom"):
            screen.action_run_command(id_)
        await settle(pilot)
        assert tree.cursor == tree.line_count - 1 == MANY + 102
        drawn.clear()
        deliver(many, "Box 099/Part 09999", [Sample(plain("One"), 60)], with_bodies=False)
        await settle(pilot)
        assert 1 <= len(drawn) <= 2
        drawn.clear()
        screen.action_run_command("cursor.up")
        await settle(pilot)
        assert len(drawn) <= 5
        screen.action_run_command("mailbox.fold")
        await settle(pilot)
        assert tree.model.node_count == made
    many.store.close()


def test_a_snapshot_of_an_unchanged_store_is_made_of_the_same_objects(tmp_path: Path) -> None:
    place = make_place(tmp_path / "data")
    reader = SnapshotReader()

    def look() -> Snapshot:
        return place.store.mail.read(lambda connection: reader.read(connection, CONFIG))

    first, second = look(), look()
    assert first.mailboxes is second.mailboxes
    assert changed_mailboxes(first, second) == frozenset()
    deliver(place, "Work", [Sample(plain("One"), 60)], with_bodies=False)
    third = look()
    assert changed_mailboxes(second, third) == {place.mailbox_ids["Work"]}
    assert third.by_id[place.mailbox_ids["Work"]].total == 1
    assert [mailbox.name for mailbox in third.mailboxes] == [mailbox.name for mailbox in second.mailboxes]
    place.store.close()
