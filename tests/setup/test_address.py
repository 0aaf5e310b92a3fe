"""Addresses as people type them, and what accounts are called after them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.config.load import is_account_name
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError
from tuimail.setup.discovery.address import propose_name, to_a_labels, understand_address


@pytest.mark.parametrize(
    ("typed", "address", "login"),
    [
        ("ada@example.org", "ada@example.org", "ada@example.org"),
        ("  ada @ example . org \n", "ada@example.org", "ada@example.org"),
        ("Ada.Quill@EXAMPLE.Org", "Ada.Quill@example.org", "ada.quill@example.org"),
        ("mailto:ada%2Blists@example.org?subject=x", "ada+lists@example.org", "ada@example.org"),
        ('"Quill, Ada" <ada@example.org>', "ada@example.org", "ada@example.org"),
        ("<ada@example.org>,", "ada@example.org", "ada@example.org"),
        ("ada@example.org (Ada)", "ada@example.org", "ada@example.org"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada＠例え.テスト", "ada@xn--r8jz45g.xn--zckzah", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@example.org.", "ada@example.org", "ada@example.org"),
        ("ada@localhost", "ada@localhost", "ada@localhost"),
        ("+tag@example.org", "+tag@example.org", "+tag@example.org"),
    ],
)
def test_an_address_is_understood(typed: str, address: str, login: str) -> None:
    found = understand_address(typed)
    assert (found.address, found.login) == (address, login)


def test_the_name_before_an_address_is_taken() -> None:
    assert understand_address("Ada Quill <ada@example.org>").name == "Ada Quill"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "An empty answer is no mail address"),
        ("ada", "'ada' is no mail address"),
        ("@example.org", "is no mail address"),
        ("ada@", "is no mail address"),
        ("ada@-example.org", "cannot be a mail address"),
        ("ada@exam ple.org", "cannot be a mail address"),
        ("ada quill@example.org", "cannot be a mail address"),
        ("ada@example.org, bo@example.org", "more than one address"),
        ("Ada <ada@example.org>, Bo <bo@example.org>", "more than one address"),
        ("ada@\u202eexample.org", "cannot be a mail address"),
        ("a" * 400 + "@example.org", "cannot be a mail address"),
    ],
)
def test_what_is_no_address_is_said_in_words(typed: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        understand_address(typed)
    assert caught.value.hint
    assert "\u202e" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_an_address_or_an_error_in_words(text: str) -> None:
    found, error = None, ""
    try:
        found = understand_address(text)
    except ConfigError as refused:
        error = str(refused)
    assert one_line(error) == error
    assert error or found is not None
    if found is not None:
        assert found.local
        assert to_a_labels(found.domain) == found.domain
        assert is_account_name(propose_name(found.domain, ()))


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("example.org", "example"),
        ("mail.example.co.uk", "example"),
        ("cs.uni-x.example", "uni-x"),
        ("xn--bcher-kva.example", "bucher"),
        ("localhost", "localhost"),
        ("xn--r8jz45g.xn--zckzah", "mail"),
    ],
)
def test_an_account_is_called_after_the_domain(domain: str, name: str) -> None:
    assert propose_name(domain, ()) == name
    assert propose_name(domain, {name}) == f"{name}2"
    assert propose_name(domain, {name, f"{name}2"}) == f"{name}3"
