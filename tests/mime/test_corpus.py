"""Every message of the corpus: read as it is meant to be, in every shape, and nothing in it reaches a terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.corpus.declare import MAILS
from tests.corpus.write import declared
from tests.mime.views import strings_of, told
from tuimail.mime.render import render_message, render_view
from tuimail.mime.sanitize import is_safe
from tuimail.mime.snippets import snippet_of
from tuimail.mime.view import Shape, ViewOptions

NAMES = sorted(path.stem for path in MAILS.glob("*.eml"))


def test_there_are_many(record_property: Callable[[str, object], None]) -> None:
    assert len(NAMES) >= 150
    record_property("corpus: messages", len(NAMES))


def test_the_files_are_what_is_declared() -> None:
    assert {name: MAILS.joinpath(f"{name}.eml").read_bytes() for name in NAMES} == {
        name: mail.octets for name, mail in declared().items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_message_reads_as_it_should(name: str) -> None:
    expected = MAILS.joinpath(f"{name}.txt").read_bytes().decode()
    assert told(MAILS.joinpath(f"{name}.eml").read_bytes()) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_safe_in_every_shape(name: str) -> None:
    octets = MAILS.joinpath(f"{name}.eml").read_bytes()
    for shape in Shape:
        view = render_view(octets, ViewOptions(shape, charset="koi8-r" if shape is Shape.TEXT else "", width=40))
        assert all(is_safe(text) and "\n" not in text for text in strings_of(view))
        assert view.shape in view.shapes
    assert is_safe(render_message(octets).text + snippet_of(octets))
