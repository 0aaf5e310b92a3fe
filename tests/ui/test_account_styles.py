"""Colours of accounts are readable in every theme, and told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color

from tuimail.config.looks import AccountLook
from tuimail.config.schema import COLOR_NAMES
from tuimail.ui.looks import themes
from tuimail.ui.looks.account_styles import LEAST_CONTRAST, AccountStyles, contrast, readable
from tuimail.ui.looks.theme_variables import variable_defaults

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
    for theme in (theme for theme in own if not theme.ansi):
        variables = {**variable_defaults(theme), **theme.variables}
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
    (theme,) = (theme for theme in themes.load_themes(themes.theme_directory())[0] if theme.ansi)
    variables = {**theme.variables, "background": "ansi_default"}
    styles = AccountStyles(variables, "background")
    numbers = {}
    for name in (*COLOR_NAMES, "#1040f0", "#20a020", "#f01010"):
        style = styles.of(AccountLook("work", name, "W"))
        assert style.color is not None
        assert style.color.number is not None
        numbers[name] = style.color.number
    assert len({numbers[name] for name in COLOR_NAMES}) == len(COLOR_NAMES)
    assert (numbers["#1040f0"], numbers["#20a020"], numbers["#f01010"]) == (
        numbers["blue"],
        numbers["green"],
        numbers["red"],
    )
