"""Which theme is shown, and what becomes of theme files while the app runs.

Owns when files are read: at the start that of the theme in use alone (others cost time that nobody waits for), soon
after it all of them, and then those of the user's own that were written. A file that is written with faults leaves the
theme as it was, and the faults are told, all in one notice.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

from tuimail.ui.looks.themes import DEFAULT, TERMINAL, LoadedTheme, load_theme, theme_directory

LOOK_EVERY_S = 1.0
Stamp = tuple[int, int, int]


class ThemeKeeper:
    """`directory` holds the user's themes, which go before tuimail's of the same name; `tell` shows a notice."""

    def __init__(self, app: App[None], directory: Path, tell: Callable[[str], None]) -> None:
        self._app = app
        self._directory = directory
        self._tell = tell
        self._own: dict[str, Theme] = {}
        self._users: dict[Path, LoadedTheme] = {}
        self._stamps: dict[Path, Stamp] = {}
        self._faults: list[str] = []
        self._has_read_own = False

    def start(self, wanted: str) -> None:
        """Show the theme of that name, or the default; without colours and with sixteen, that of the terminal."""
        if self._app.no_color or (self._app.console.color_system == "standard" and not self._is_ansi(wanted)):
            wanted = TERMINAL
        if not self._find(wanted):
            self._faults.append(f"there is no theme {wanted!r}")
            wanted = DEFAULT if self._find(DEFAULT) else "textual-dark"
        self._app.theme = wanted

    def follow(self) -> None:
        """Begin to look after the files; what was wrong at the start is told."""
        self._app.set_interval(LOOK_EVERY_S, self.look)
        self._app.set_timer(LOOK_EVERY_S / 2, self.load_all)
        self._tell_faults()

    @property
    def ignores_colors(self) -> bool:
        """Whether the user wants no colours at all, so that no theme shows."""
        return self._app.no_color

    def load_all(self) -> list[Theme]:
        """All themes: the user's, ours, Textual's."""
        if not self._has_read_own:
            self._has_read_own = True
            for path in sorted(theme_directory().glob("*.toml")):
                self._take_own(path)
        self.look()
        users = [one.theme.name for one in self._users.values() if one.theme is not None]
        own = [theme.name for theme in sorted(self._own.values(), key=_place) if theme.name not in users]
        others = set(self._app.available_themes).difference(users, own)
        return [self._app.available_themes[name] for name in (*sorted(users), *own, *sorted(others))]

    def show(self, name: str) -> None:
        """Show a theme that is known; under NO_COLOR none is shown."""
        if not self.ignores_colors and name in self._app.available_themes:
            self._app.theme = name

    def look(self) -> None:
        """Take in what became of the user's files since the last look."""
        found = _stamps(self._directory)
        if found == self._stamps:
            return
        changed = [path for path in found if found[path] != self._stamps.get(path)]
        gone = [path for path in self._stamps if path not in found]
        self._stamps = found
        for path in gone:
            self._forget(path)
        for path in changed:
            self._take_in(load_theme(path))
        self._tell_faults()

    def _take_own(self, path: Path) -> None:
        loaded = load_theme(path)
        self._faults += loaded.faults
        theme = loaded.theme
        if theme is not None:
            self._own[theme.name] = theme
            if not any(one.theme is not None and one.theme.name == theme.name for one in self._users.values()):
                self._app.register_theme(theme)

    def _take_in(self, loaded: LoadedTheme) -> None:
        """A file of the user's is new, or was written."""
        before = self._users.get(loaded.path)
        if loaded.theme is None:
            self._faults += loaded.faults
            return
        if before is not None and before.theme is not None and before.theme.name != loaded.theme.name:
            self._forget(loaded.path)
        self._users[loaded.path] = loaded
        self._app.register_theme(loaded.theme)
        self._show_again(loaded.theme.name)

    def _forget(self, path: Path) -> None:
        """A file is gone, or its theme has another name; the theme in use stays as it was shown."""
        loaded = self._users.pop(path, None)
        name = None if loaded is None or loaded.theme is None else loaded.theme.name
        if name is None or any(one.theme is not None and one.theme.name == name for one in self._users.values()):
            return
        theme = self._own.get(name) or BUILTIN_THEMES.get(name)
        if theme is not None:
            self._app.register_theme(theme)
            self._show_again(name)
        elif self._app.theme != name:
            self._app.unregister_theme(name)

    def _show_again(self, name: str) -> None:
        if self._app.theme == name and self._app.is_running:
            self._app.mutate_reactive(App.theme)

    def _find(self, name: str) -> bool:
        """Whether there is a theme of that name, read now if it was not: the file of that name first."""
        if name in BUILTIN_THEMES and not (self._directory / f"{name}.toml").exists():
            return True
        if not name or os.sep in name:
            return False
        path = self._directory / f"{name}.toml"
        if path not in self._stamps and (stamp := _stamp(path)) is not None:
            self._stamps[path] = stamp
            self._take_in(load_theme(path))
        if name not in self._app.available_themes and (theme_directory() / f"{name}.toml").is_file():
            self._take_own(theme_directory() / f"{name}.toml")
        if name not in self._app.available_themes:
            self.load_all()
        return name in self._app.available_themes

    def _is_ansi(self, name: str) -> bool:
        return self._find(name) and (theme := self._app.get_theme(name)) is not None and theme.ansi

    def _tell_faults(self) -> None:
        if self._faults and self._app.is_running:
            faults, self._faults = self._faults, []
            self._tell("Themes: " + "; ".join(faults))


def _place(theme: Theme) -> tuple[bool, bool, bool, str]:
    """Where one of ours stands among them: dark ones first, the default before all, those of the terminal last."""
    return theme.ansi, not theme.dark, theme.name not in {DEFAULT, "tuimail-light"}, theme.name


def _stamps(directory: Path) -> dict[Path, Stamp]:
    """When each theme file of the directory was written, in the order of their names."""
    try:
        with os.scandir(directory) as entries:
            paths = sorted(Path(entry.path) for entry in entries if entry.name.endswith(".toml"))
    except OSError:
        return {}
    return {path: stamp for path in paths if (stamp := _stamp(path)) is not None}


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
