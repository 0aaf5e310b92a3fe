"""Theme files: what can be read in them, what is told of faults, and what becomes of them while the app runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.color import Color
from textual.pilot import Pilot

from tests.ui.conftest import MakeApp
from tests.ui.driving import settle, toasts
from tests.ui.sample_store import Place
from tests.ui.theme_pairs import ACCOUNTS, pairs, variables
from tuimail.config.schema import Config, Ui
from tuimail.ui.app import TuimailApp
from tuimail.ui.looks.account_styles import contrast
from tuimail.ui.looks.theme_variables import COLORS, MEANINGS, variable_defaults
from tuimail.ui.looks.themes import load_theme, load_themes, theme_directory

OWN = {theme.name: theme for theme in load_themes(theme_directory())[0]}
VGA = (
    "#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa",
    "#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff",
)  # fmt: skip
"""The sixteen colours of the Linux console."""
GOOD = '[colors]\nprimary = "#5aa2e0"\nbackground = "#101010"\n'


def test_there_is_a_theme_for_everyone() -> None:
    assert load_themes(theme_directory())[1] == []
    assert len(OWN) >= 8
    assert sum(not theme.dark for theme in OWN.values()) >= 2
    assert any(theme.ansi for theme in OWN.values())
    assert all(name.startswith("tuimail-") for name in OWN)


@pytest.mark.parametrize("name", [name for name, theme in OWN.items() if not theme.ansi])
def test_every_text_can_be_read_on_what_it_stands_on(name: str) -> None:
    least = 7.0 if name == "tuimail-contrast" else 4.5
    found = {(text, on): contrast(front, back) for text, on, front, back in pairs(OWN[name])}
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}
    assert len(found) > 60


def test_sixteen_colours_can_be_read_on_a_console() -> None:
    (theme,) = (theme for theme in OWN.values() if theme.ansi)
    found = variables(theme)
    for name in (*MEANINGS, "primary", "secondary", "warning", "error", "success"):
        if name.endswith("-style") or name == "mail-line":
            continue
        color = Color.parse(found[name])
        assert color.ansi is not None
        # The terminal's own text on its own background needs no check of ours; blue and purple are bars and bold names.
        if color.ansi >= 0:
            assert contrast(Color.parse(VGA[color.ansi]), Color(0, 0, 0)) >= (3.0 if name in ACCOUNTS else 4.0), name
    assert len({found[name] for name in ACCOUNTS}) == len(ACCOUNTS)


def test_every_variable_has_a_meaning_and_a_default(tmp_path: Path) -> None:
    for settings_of in ("dark = true", "dark = false", "ansi = true"):
        path = tmp_path / "x.toml"
        path.write_text(f'{settings_of}\n[colors]\nprimary = "#335577"\n')
        theme = load_theme(path).theme
        assert theme is not None
        assert set(variable_defaults(theme)) == set(MEANINGS)


def test_the_page_names_every_key() -> None:
    page = (theme_directory() / "README.md").read_text("utf-8")
    for name in (*COLORS, *(name for name in MEANINGS if not name.startswith("mail-account-")), *OWN):
        assert f"`{name}`" in page, name
    for meaning in filter(None, MEANINGS.values()):
        assert meaning in page, meaning


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "not valid TOML"),
        ("", "colors.primary: it is missing"),
        ('[colors]\nprimary = "bluish"\n', 'colors.primary: expected a colour such as "#3a7bd5", found "bluish"'),
        ("[colors]\nprimary = 7\n", 'colors.primary: expected a colour such as "#3a7bd5", found 7'),
        ('[colors]\nprimary = "ansi_red"\n', 'expected a colour such as "#3a7bd5", found "ansi_red"'),
        (f'{GOOD}pannel = "#222222"\n', "colors.pannel: there is no such key; did you mean panel?"),
        (
            f'{GOOD}[variables]\nmail-dimm = "#222222"\n',
            "variables.mail-dimm: there is no such key; did you mean mail-dim?",
        ),
        (
            f'{GOOD}[variables]\nmail-cursor-style = "loud"\n',
            "variables.mail-cursor-style: expected none, or words of bold",
        ),
        (f'{GOOD}[variables]\nborder = "$primary"\n', 'variables.border: expected a colour such as "#3a7bd5"'),
        (f'{GOOD}[variables]\nmail-cursor-style = "none bold"\n', 'reverse, found "none bold"'),
        ("colors = 3", "colors: expected a table, found 3"),
        (f"dark = 1\n{GOOD}", "dark: expected true or false, found 1"),
        (f'name = ""\n{GOOD}', 'name: expected a name in quotes, found ""'),
        (f"colour = true\n{GOOD}", "colour: there is no such key; did you mean colors?"),
        ("#" * 70_000, "this is no theme"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    loaded = load_theme(path)
    assert loaded.theme is None
    assert len(loaded.faults) == 1
    assert loaded.faults[0].startswith("mine.toml: ")
    assert told in loaded.faults[0]


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "device.toml").symlink_to("/dev/zero")
    (tmp_path / "folder.toml").mkdir()
    themes, faults = load_themes(tmp_path)
    assert themes == []
    assert faults == ["device.toml: no file", "folder.toml: no file", "pipe.toml: no file"]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'dark = "no"\n[colors]\nprimry = "#112233"\naccent = "x"\n[variables]\nmail-x = "#112233"\n'
    )
    themes, faults = load_themes(tmp_path, tmp_path / "nowhere")
    assert themes == []
    assert [fault.split(": ")[1] for fault in faults] == [
        "dark", "colors.primry", "colors.accent", "colors.primary", "variables.mail-x",
    ]  # fmt: skip


values = st.one_of(st.text(max_size=12), st.integers(), st.booleans(), st.sampled_from(["#123456", "red", "ansi_red"]))


@given(st.dictionaries(st.sampled_from([*COLORS, *MEANINGS, "border", "x y"]), values, max_size=6), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_taken_can_be_drawn(
    tmp_path_factory: pytest.TempPathFactory, given_values: dict[str, object], is_ansi: bool
) -> None:
    import tomlkit

    path = tmp_path_factory.mktemp("themes") / "x.toml"
    colors = {key: value for key, value in given_values.items() if key in COLORS}
    others = {key: value for key, value in given_values.items() if key not in COLORS}
    path.write_text(tomlkit.dumps({"ansi": is_ansi, "colors": {"primary": "#123456", **colors}, "variables": others}))
    loaded = load_theme(path)
    assert (loaded.theme is None) == bool(loaded.faults)
    if loaded.theme is not None:
        assert all(isinstance(value, str) for value in variables(loaded.theme).values())


def user_app(place: Place, make_app: MakeApp, directory: Path, theme: str) -> TuimailApp:
    app = make_app(place, config=Config(ui=Ui(theme=theme)))
    app.themes._directory = directory / "themes"
    app.themes._directory.mkdir()
    return app


def write(path: Path, background: str, *, at: int) -> None:
    path.write_text(f'[colors]\nprimary = "#5aa2e0"\nbackground = "{background}"\n')
    os.utime(path, (at, at))


async def look(app: App[None], pilot: Pilot[None]) -> None:
    assert isinstance(app, TuimailApp)
    app.themes.look()
    await settle(pilot)


async def test_an_edited_theme_is_shown_at_once(place: Place, make_app: MakeApp, tmp_path: Path) -> None:
    app = user_app(place, make_app, tmp_path, "tuimail-dark")
    path = tmp_path / "themes" / "mine.toml"
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        write(path, "#101820", at=1)
        await look(app, pilot)
        app.themes.show("mine")
        await settle(pilot)
        assert app.main_screen.styles.background.hex == "#101820"
        write(path, "hsl(210, 33.3%, 18.8%)", at=2)
        await look(app, pilot)
        assert app.main_screen.styles.background.hex == "#203040"
        assert toasts(pilot) == []
        path.write_text('[colors]\nprimary = "blu"\n[variables]\nmail-dot = "x"\n')
        await look(app, pilot)
        assert app.main_screen.styles.background.hex == "#203040"
        (told,) = toasts(pilot)
        assert "mine.toml: colors.primary" in told
        assert "mine.toml: variables.mail-dot" in told
        await look(app, pilot)
        assert len(toasts(pilot)) == 1
        path.unlink()
        await look(app, pilot)
        assert app.theme == "mine"
        app.themes.show("tuimail-light")
        await settle(pilot)


async def test_a_theme_of_the_user_s_goes_before_ours(place: Place, make_app: MakeApp, tmp_path: Path) -> None:
    app = user_app(place, make_app, tmp_path, "tuimail-dark")
    path = tmp_path / "themes" / "tuimail-dark.toml"
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        ours = app.main_screen.styles.background.hex
        write(path, "#102030", at=1)
        await look(app, pilot)
        assert app.main_screen.styles.background.hex == "#102030"
        path.unlink()
        await look(app, pilot)
        assert app.main_screen.styles.background.hex == ours


async def test_a_theme_that_is_not_there_is_told(place: Place, make_app: MakeApp) -> None:
    app = make_app(place, config=Config(ui=Ui(theme="nowhere/../x")))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.theme == "tuimail-dark"
        assert "there is no theme 'nowhere/../x'" in toasts(pilot)[0]


async def test_only_the_theme_in_use_is_read_at_the_start(place: Place, make_app: MakeApp) -> None:
    app = make_app(place, config=Config(ui=Ui(theme="tuimail-ember")))
    assert app.theme == "tuimail-ember"
    assert "tuimail-paper" not in app.available_themes
    assert {"tuimail-paper", "tuimail-ember"} <= {theme.name for theme in app.themes.load_all()}


def test_sixteen_colours_have_a_theme_of_their_own(
    place: Place, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    assert make_app(place).theme == "tuimail-terminal"
    assert make_app(place, config=Config(ui=Ui(theme="ansi-light"))).theme == "ansi-light"
