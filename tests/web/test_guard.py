from __future__ import annotations

import pytest

from tuimail.web.guard import Guard


def test_each_run_has_secrets_of_its_own_that_are_not_shown() -> None:
    one, other = Guard(8000), Guard(8000)
    assert len({one.token, one.cookie, other.token, other.cookie}) == 4
    assert min(len(one.token), len(one.cookie)) >= 43
    assert one.token not in repr(one)
    assert one.cookie not in repr(one)
    assert one.url == f"http://127.0.0.1:8000/?token={one.token}"


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1", False),
        ("127.0.0.1:8001", False),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example:8000", False),
        ("", False),
        (None, False),
    ],
)
def test_only_this_machine_s_own_names_are_known(host: str | None, is_known: bool) -> None:
    assert Guard(8000).knows_host(host) is is_known


def test_the_default_port_may_be_left_out() -> None:
    assert Guard(80).knows_host("localhost")
    assert Guard(80).is_own_origin("http://localhost", "localhost")


@pytest.mark.parametrize(
    ("origin", "is_own"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", False),
        ("https://127.0.0.1:8000", False),
        ("http://127.0.0.1:8001", False),
        ("http://127.0.0.1:8000.evil.example", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_the_origin_is_the_page_s_under_the_same_name(origin: str | None, is_own: bool) -> None:
    assert Guard(8000).is_own_origin(origin, "127.0.0.1:8000") is is_own


@pytest.mark.parametrize("wrong", [None, "", "x", "é" * 43, "\udcff", "token\0"])
def test_a_wrong_secret_is_never_taken(wrong: str | None) -> None:
    guard = Guard(8000)
    assert not guard.is_token(wrong)
    assert not guard.is_cookie(wrong)
    assert not guard.is_token(guard.cookie)
    assert not guard.is_cookie(guard.token)
    assert guard.is_token(guard.token)
    assert guard.is_cookie(guard.cookie)
