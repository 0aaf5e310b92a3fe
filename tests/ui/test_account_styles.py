"""Colours of accounts are readable in every theme, and told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color

from tuimail.config.looks import AccountLook
from tuimail.config.schema import COLOR_NAMES
from tuimail.ui import themes
from tuimail.ui.account_styles import LEAST_CONTRAST, AccountStyles, contrast, readable

octets = st.integers(0, 255)
colors = st.builds(Color, octets, octets, octets)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(Color(0, 0, 0), Color(255, 255, 255)) == pytest.approx(21)
    assert contrast(Color(119, 119, 119), Color(255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert contrast(Color(10, 20, 30), Color(10, 20, 30)) == 1


@given(colors, colors)
def test_any_colour_can_be_read_on_any_background(color: Color, background: Color) -> None:
    found = readable(color, background)
    assert contrast(found, background) >= LEAST_CONTRAST
    if contrast(color, background) >= LEAST_CONTRAST:
        assert found.rgb == color.rgb


def test_names_differ_in_every_theme_of_ours() -> None:
    own, faults = themes.load_themes(themes.theme_directory())
    assert faults == []
    assert len(own) >= 2
    for theme in own:
        variables = {**themes.variable_defaults(theme), **theme.variables}
        variables |= {"background": str(theme.background), "surface": str(theme.surface)}
        for background in ("background", "surface"):
            styles = AccountStyles(variables, background)
            found = {styles.of(AccountLook(name, name, "A")).color for name in COLOR_NAMES}
            assert len(found) == len(COLOR_NAMES)
            for name in COLOR_NAMES:
                shade = Color.parse(variables[f"mail-account-{name}"])
                # The theme's own shade, not one that had to be mended.
                assert contrast(shade, Color.parse(variables[background])) >= LEAST_CONTRAST


def test_a_terminal_s_own_colours_stay_names() -> None:
    variables = {**themes._ANSI, "background": "ansi_default"}
    style = AccountStyles(variables, "background").of(AccountLook("work", "blue", "W"))
    assert style.color is not None
    assert style.color.number == 4
