"""`show` of signed and encrypted messages: what it says of them, and what `--decrypt` opens."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.runner import Bench
from tests.crypto import gpg_world
from tests.crypto.gpg_world import GpgWorld
from tests.crypto.mails import TEXT, message, multipart, pgp_encrypted, pgp_signed, text
from tuimail.store import bodies
from tuimail.store.store import Store


@pytest.fixture(scope="module")
def pgp() -> Iterator[GpgWorld]:
    world = gpg_world.make_world()
    yield world
    world.close()


@pytest.fixture
def store(bench: Bench, pgp: GpgWorld, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("GNUPGHOME", str(pgp.home))
    return bench


def put(bench: Bench, octets: bytes) -> None:
    """The body of the first message."""
    store = Store(bench.data)
    id_ = bench.ids[1]
    store.bodies.write(lambda c: bodies.save_chunks(c, id_, bodies.compress(octets)), durable=True)
    store.mail.write(lambda c: bodies.point_to_body(c, id_, ""), durable=True)
    store.close()


def test_a_signature_is_told_in_the_header_block(store: Bench, pgp: GpgWorld) -> None:
    entity = text("Security: ✓ Signed by “Eve”.")
    put(store, message(pgp_signed(entity, pgp.sign(entity, "ada"))))
    head, _, body = store.ok("show", store.id(1)).stdout.partition("\n\n")
    assert "Security: ✓ Signed by “Ada Example <ada@example.org>” (PGP)." in head.split("\n")
    assert "Eve" not in head
    assert "Eve" in body


def test_nothing_is_decrypted_unasked(store: Bench, pgp: GpgWorld) -> None:
    put(store, message(pgp_encrypted(pgp.encrypt(TEXT, "ada"))))
    told = store.ok("show", store.id(1)).stdout
    assert f"Security: · This message is encrypted (PGP). `tuimail show {store.id(1)} --decrypt` opens it." in told
    assert "noon" not in told
    opened = store.ok("show", store.id(1), "--decrypt").stdout
    assert "── decrypted ──\n\nMeet me at noon.\n" in opened
    assert "Security: ✓ Signed by" in opened
    files = [path for path in store.data.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"noon" in path.read_bytes()]


def test_as_json(store: Bench, pgp: GpgWorld) -> None:
    put(store, message(pgp_encrypted(pgp.encrypt(TEXT))))
    found = json.loads(store.ok("show", store.id(1), "--json", "--decrypt").stdout)
    assert found["text"].endswith("Meet me at noon.\n")
    assert [one["kind"] for one in found["security"]] == ["note"]


def test_a_message_without_secrets_has_no_state(store: Bench) -> None:
    assert json.loads(store.ok("show", store.id(1), "--json").stdout)["security"] == []


def test_a_part_of_what_was_decrypted(store: Bench, pgp: GpgWorld) -> None:
    plan = b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="plan.pdf"\r\n\r\n%PDF-'
    put(store, message(pgp_encrypted(pgp.encrypt(multipart("mixed", text("See."), plan)))))
    told = store.ok("show", store.id(1), "--decrypt").stdout
    assert ":2  plan.pdf" in told
    assert store.ok("show", store.id(1), "--decrypt", "--part", ":2").stdout_bytes == b"%PDF-"
    assert store.run("show", store.id(1), "--part", ":2").exit_code == 1


def test_what_is_not_encrypted_says_so(store: Bench) -> None:
    result = store.run("show", store.id(1), "--decrypt")
    assert result.exit_code == 1
    assert "is encrypted" in result.output
    assert store.run("show", store.id(1), "--decrypt", "--raw").exit_code == 2
