"""The encrypted file's format: what was sealed comes back, and nothing that was changed does."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuimail.config import sealing
from tuimail.config.sealing import (
    SealBroken,
    SecretId,
    VaultKey,
    WrongMasterPassword,
    check,
    find_key,
    new_key,
    seal,
    unseal,
)
from tuimail.model.errors import ConfigError

MASTER = "battery staple"
IDS = st.builds(SecretId, st.text(max_size=20), st.text(max_size=20), st.sampled_from(["password", "oauth"]))
SECRETS = st.dictionaries(IDS, st.text(max_size=600), max_size=6)
SAMPLE = {SecretId("work", "me@example.net", "password"): "correct-horse-17"}
pytestmark = pytest.mark.usefixtures("quick")
with_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def _redo_digest(sealed: bytes) -> bytes:
    """As somebody would who knows the format, and no password."""
    return sealed[:56] + hashlib.sha256(sealed[:56]).digest()[:8] + sealed[64:]


@with_fixture
@given(secrets=SECRETS, master=st.text(min_size=1, max_size=30))
def test_what_was_sealed_comes_back(secrets: dict[SecretId, str], master: str) -> None:
    sealed = seal(secrets, new_key(master))
    assert unseal(sealed, find_key(master, sealed)) == secrets
    # Lengths of passwords do not show, and no text does.
    assert (len(sealed) - 80) % 512 == 0
    for value in secrets.values():
        assert len(value) < 4 or value.encode("utf-8", "surrogatepass") not in sealed


@with_fixture
@given(data=st.data())
def test_any_flipped_bit_is_refused(data: Any) -> None:
    key = new_key(MASTER)
    sealed = seal(SAMPLE, key)
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    broken = bytearray(sealed)
    broken[place // 8] ^= 1 << place % 8
    for octets in (bytes(broken), _redo_digest(bytes(broken))):
        if octets == sealed:
            continue
        with pytest.raises((SealBroken, WrongMasterPassword)):
            unseal(octets, find_key(MASTER, octets))
        with pytest.raises((SealBroken, WrongMasterPassword)):
            unseal(octets, key)


@with_fixture
@given(data=st.data())
def test_a_part_is_refused(data: Any) -> None:
    sealed = seal(SAMPLE, new_key(MASTER))
    part = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    with pytest.raises(SealBroken, match="is damaged"):
        unseal(part, find_key(MASTER, part))
    with pytest.raises(SealBroken, match="is damaged"):
        unseal(sealed + b"\0", find_key(MASTER, sealed + b"\0"))


@with_fixture
@given(octets=st.binary(max_size=200), begins=st.booleans())
def test_any_octets_are_refused_in_words(octets: bytes, begins: bool) -> None:
    octets = _redo_digest(b"TMSECRET\x01" + octets.ljust(90, b"\0")) if begins else octets
    with pytest.raises((SealBroken, WrongMasterPassword)):
        find_key(MASTER, octets)


@with_fixture
@given(other=st.text(min_size=1, max_size=30).filter(lambda text: text != MASTER))
def test_a_wrong_password_is_told_from_damage(other: str) -> None:
    sealed = seal(SAMPLE, new_key(MASTER))
    with pytest.raises(WrongMasterPassword):
        find_key(other, sealed)
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with pytest.raises(SealBroken, match="it was changed since"):
        unseal(damaged, find_key(MASTER, damaged))
    cut = sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:]
    with pytest.raises(SealBroken, match="its beginning was changed"):
        find_key(MASTER, cut)


def test_each_time_another_nonce_and_each_file_another_salt() -> None:
    key = new_key(MASTER)
    nonces = {seal(SAMPLE, key)[44:56] for _ in range(50)}
    assert len(nonces) == 50
    assert new_key(MASTER).head != key.head
    with pytest.raises(WrongMasterPassword, match="another master password by now"):
        unseal(seal(SAMPLE, new_key(MASTER)), key)


@pytest.mark.parametrize(("place", "value"), [(9, 16), (9, 20), (9, 255), (10, 7), (11, 0), (11, 5)])
def test_scrypt_is_neither_weak_nor_without_bounds(monkeypatch: pytest.MonkeyPatch, place: int, value: int) -> None:
    monkeypatch.undo()
    assert sealing.LOG2_N >= 17
    begin = bytearray(seal(SAMPLE, VaultKey(b"TMSECRET" + bytes([1, 17, 8, 1]) + bytes(16), bytes(64))))
    check(bytes(begin))
    begin[place] = value
    with pytest.raises(SealBroken, match=r"it asks for scrypt"):
        find_key(MASTER, _redo_digest(bytes(begin)))


def test_a_later_version_is_no_damage() -> None:
    sealed = bytearray(seal(SAMPLE, new_key(MASTER)))
    sealed[8] = 2
    with pytest.raises(SealBroken, match="is of version 2, which this tuimail does not read"):
        check(bytes(sealed))


def test_the_same_letters_are_the_same_password() -> None:
    sealed = seal(SAMPLE, new_key("Gr\u00fc\u00dfe, Gr\u00fc\u00dfe"))
    assert unseal(sealed, find_key("Gru\u0308\u00dfe, Gru\u0308\u00dfe", sealed)) == SAMPLE


def test_too_little_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_arguments: object, **_more: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(hashlib, "scrypt", out_of_memory)
    with pytest.raises(ConfigError, match="takes 0 MiB of memory"):
        new_key(MASTER)


def test_a_key_is_handed_over_and_not_shown() -> None:
    key = new_key(MASTER)
    assert VaultKey.decode(key.encode()) == key
    assert key.octets.hex() not in repr(key)
    assert repr(key.octets) not in repr(key)
    for text in ("", "!", key.encode()[:-4], "AAAA"):
        with pytest.raises(ValueError, match=r"key|base64|padding|Incorrect"):
            VaultKey.decode(text)


def test_the_real_parameters_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    key = new_key(MASTER)
    assert key.head[8:12] == bytes([1, 17, 8, 1])
    assert unseal(seal(SAMPLE, key), key) == SAMPLE
