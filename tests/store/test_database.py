from __future__ import annotations

import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from tests.store.world import World, check_invariants, server_message
from tuimail.model.errors import StoreCorrupt, StoreError
from tuimail.store import database, migrations
from tuimail.store.database import Database, _in_words
from tuimail.store.store import Store, set_aside


def test_files_are_private_also_the_write_ahead_log(world: World) -> None:
    directory = world.store.data_dir
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for name in ("mail.db", "mail.db-wal", "mail.db-shm"):
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600, name


def test_a_directory_open_to_others_is_closed(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    store = Store(directory)
    store.mail.ensure()
    store.close()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_an_exception_rolls_everything_back(world: World) -> None:
    world.save("INBOX", [server_message(1)])
    before = world.view()

    def write(connection: apsw.Connection) -> None:
        connection.execute("DELETE FROM messages")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.write(write)
    assert world.view() == before


def test_a_large_statement_can_be_taken_back_alone_and_is_in_memory_meanwhile(tmp_path: Path) -> None:
    pages = 32
    schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, pad BLOB, n INTEGER UNIQUE CHECK (n <> 0))"
    database = Database(tmp_path / "d.db", (schema,))

    def write(connection: apsw.Connection) -> None:
        numbers = range(1, 8 * pages + 1)
        connection.executemany("INSERT INTO t VALUES (?1, zeroblob(3000), ?1)", ((one,) for one in numbers))
        with pytest.raises(apsw.ConstraintError):
            # The last row is refused, when all others have been written.
            connection.execute("UPDATE t SET pad = zeroblob(3001), n = iif(id = ?, 0, -id)", (8 * pages,))
        connection.execute("UPDATE t SET n = n + 100000")

    database.write(write, durable=False)
    assert database.write(lambda connection: connection.pragma("temp_store"), durable=False) == 2
    found = database.read(
        lambda connection: connection.execute("SELECT count(*), sum(n - id), max(length(pad)) FROM t").fetchall()
    )
    assert found == [(8 * pages, 8 * pages * 100_000, 3000)]
    database.close()


def test_a_reader_cannot_write(world: World) -> None:
    with pytest.raises(StoreError, match="read-only"):
        world.read(lambda connection: connection.execute("DELETE FROM accounts"))


def test_a_reader_keeps_its_snapshot_while_another_thread_writes(world: World) -> None:
    world.save("INBOX", [server_message(1)])
    counted: list[int] = []

    def read(connection: apsw.Connection) -> None:
        counted.append(connection.execute("SELECT count(*) FROM messages").get)
        writer = threading.Thread(target=world.save, args=("INBOX", [server_message(2)]))
        writer.start()
        writer.join()
        counted.append(connection.execute("SELECT count(*) FROM messages").get)

    world.read(read)
    assert counted == [1, 1]
    assert len(world.view()) == 2


def test_data_version_changes_with_the_commit_of_another(world: World) -> None:
    other = Store(world.store.data_dir)
    before = other.mail.data_version()
    assert other.mail.data_version() == before
    world.save("INBOX", [server_message(1)])
    assert other.mail.data_version() != before
    other.close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.mail.ensure()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.mail.read(lambda connection: connection.execute("SELECT 1").get)


def test_closing_ends_a_read_in_another_thread(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.mail.ensure()
    begun = threading.Event()
    ended: list[str] = []

    def begin(*_: object) -> int:
        begun.set()
        return 1

    def count_forever(connection: apsw.Connection) -> None:
        connection.create_scalar_function("begin", begin)
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT begin() UNION ALL SELECT 1 FROM n) SELECT count(i) FROM n"
        ).fetchall()

    def read() -> None:
        for _ in range(2):
            try:
                store.mail.read(count_forever)
            except StoreError as error:
                ended.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    assert begun.wait(10)
    store.close()
    reader.join(10)
    assert ended == [f"The store {store.mail.path} is closed."] * 2


def test_closing_does_not_wait_for_a_reader_that_only_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CLOSE_PATIENCE_S", 0.02)
    store = Store(tmp_path / "data")
    store.mail.ensure()
    begun, may_end = threading.Event(), threading.Event()

    def compute(_connection: apsw.Connection) -> bool:
        begun.set()
        return may_end.wait(10)

    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(store.mail.read, compute)
        assert begun.wait(10)
        store.close()
        may_end.set()
        assert found.result(10)


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    newer = Database(path, [*migrations.MAIL, "CREATE TABLE later (id INTEGER)"])
    newer.ensure()
    newer.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer tuimail") as caught:
        Database(path, migrations.MAIL).ensure()
    assert "Install the newer version" in caught.value.hint
    assert path.read_bytes() == before


def test_a_migration_that_breaks_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    old = Database(path, ["CREATE TABLE a (id INTEGER)"])
    old.ensure()
    old.close()
    with pytest.raises(StoreError):
        Database(path, ["CREATE TABLE a (id INTEGER)", "CREATE TABLE b (id INTEGER); CREATE TABLE a (id)"]).ensure()
    again = Database(path, ["CREATE TABLE a (id INTEGER)", "CREATE TABLE b (id INTEGER)"])
    again.ensure()
    assert again.read(lambda connection: connection.execute("SELECT count(*) FROM b").get) == 0
    again.close()


@pytest.mark.parametrize("content", [b"this was a database" * 400, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_named_and_can_be_set_aside(tmp_path: Path, content: bytes) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    (directory / "mail.db").write_bytes(content)
    with pytest.raises(StoreCorrupt, match=r"mail\.db is damaged") as caught:
        Store(directory).mail.ensure()
    assert "tuimail store rebuild" in caught.value.hint
    (kept,) = set_aside(directory)
    assert kept.read_bytes() == content
    world = World.make(directory)
    world.save("INBOX", [server_message(1)])
    world.store.close()


def test_damage_inside_a_table_is_told_as_damage(world: World) -> None:
    world.save("INBOX", [server_message(uid) for uid in range(1, 400)])
    world.store.close()
    path = world.store.data_dir / "mail.db"
    octets = bytearray(path.read_bytes())
    octets[4096:] = b"\xa5" * (len(octets) - 4096)
    path.write_bytes(octets)
    damaged = Store(world.store.data_dir)
    with pytest.raises(StoreCorrupt):
        damaged.mail.read(lambda connection: connection.execute("SELECT count(*), max(subject) FROM messages").get)
    damaged.close()
    set_aside(world.store.data_dir)
    world.store = Store(world.store.data_dir)


def test_a_place_that_cannot_be_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path / "file" / "data").mail.ensure()


def test_a_link_in_place_of_the_store_is_not_created_through(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "mail.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        Store(tmp_path / "data").mail.ensure()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (apsw.FullError("x"), "is full: nothing was changed"),
        (apsw.ReadOnlyError("x"), "read-only: nothing was changed"),
        (apsw.BusyError("x"), "stayed locked by another process"),
        (apsw.CantOpenError("x"), "cannot be opened"),
        (apsw.IOError("x"), "Reading or writing"),
        (apsw.SQLError("x"), "refused an operation"),
    ],
)
def test_every_error_of_sqlite_has_words(error: apsw.Error, words: str) -> None:
    told = _in_words(error, Path("/mail.db"))
    assert words in str(told)
    assert not isinstance(told, StoreCorrupt)


_WRITER = """
import sys
from pathlib import Path
from tests.store.world import World, server_message
from tuimail.store import changes
world = World.make(Path(sys.argv[1]))
first, count = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
for uid in range(first, first + count):
    (id_,) = world.save("INBOX", [server_message(uid)])
    world.store.mail.write(lambda c: changes.change_flags(c, [id_], add=["\\\\Seen"], now=uid), durable=True)
    world.store.mail.write(lambda c: changes.copy(c, [id_], world.mailboxes["Work"], now=uid), durable=True)
    world.store.mail.write(lambda c: changes.move(c, [id_], world.mailboxes["Trash"], now=uid), durable=True)
    print(uid, flush=True)
"""


def _start_writer(directory: Path, first: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(directory), str(first), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_two_processes_write_at_once(world: World) -> None:
    directory = world.store.data_dir
    writers = [_start_writer(directory, first, 30) for first in (1, 1001)]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    assert len(world.view()) == 2 * 30 * 2
    world.read(check_invariants)


@pytest.mark.parametrize("confirmed", [1, 7, 20])
def test_a_process_killed_while_it_writes_loses_nothing_that_it_confirmed(world: World, confirmed: int) -> None:
    with _start_writer(world.store.data_dir, 1, 100_000) as writer:
        assert writer.stdout is not None
        last = 0
        for line in writer.stdout:
            if line.strip().isdigit():
                last = int(line)
            if last >= confirmed:
                break
        writer.send_signal(signal.SIGKILL)
        writer.stdout.read()
    assert writer.returncode == -signal.SIGKILL
    world.read(check_invariants)
    trash = world.mailboxes["Trash"]
    moved = world.read(
        lambda c: c.execute("SELECT count(*) FROM messages WHERE mailbox_id = ? AND uid <= ?", (trash, last)).get
    )
    assert moved == last
    assert world.read(lambda connection: connection.pragma("integrity_check")) == "ok"
    world.save("INBOX", [server_message(200_000)])
