"""Where the configuration, the mail and the log are (XDG base directories; options and variables override them)."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import platformdirs

APP_NAME = "tuimail"


class Paths(msgspec.Struct, frozen=True):
    """The places of one invocation; `themes` holds the user's own themes.

    `config_chosen`: an option or the environment named the configuration, so that it must be there.
    """

    config: Path
    data: Path
    log: Path
    themes: Path
    keymap: Path
    config_chosen: bool = False

    @property
    def rules(self) -> Path:
        """What is always done with new messages (see `config.rules`)."""
        return rules_path(self.config)

    @property
    def vault(self) -> Path:
        """The encrypted file of passwords, beside the mail that they give access to."""
        return self.data / "secrets.enc"


def resolve_paths(config: Path | None = None, data_dir: Path | None = None) -> Paths:
    """The places, from the options given, else `TUIMAIL_CONFIG` and `TUIMAIL_DATA_DIR`, else the XDG directories."""
    config = config or _from_environment("TUIMAIL_CONFIG")
    data_dir = data_dir or _from_environment("TUIMAIL_DATA_DIR")
    config_dir = platformdirs.user_config_path(APP_NAME, appauthor=False)
    return Paths(
        config=(config or config_dir / "config.toml").expanduser().absolute(),
        data=(data_dir or platformdirs.user_data_path(APP_NAME, appauthor=False)).expanduser().absolute(),
        log=platformdirs.user_state_path(APP_NAME, appauthor=False) / "tuimail.log",
        themes=(config.expanduser().absolute().parent if config else config_dir) / "themes",
        keymap=(config.expanduser().absolute().parent if config else config_dir) / "keymap.toml",
        config_chosen=config is not None,
    )


def rules_path(config: Path) -> Path:
    """Where the rules are that go with the configuration in the file `config` (see `config.rules`)."""
    return config.parent / "rules.toml"


class _Current:
    """The places of this process."""

    paths: Paths | None = None


def use_paths(paths: Paths) -> Paths:
    """From now on these are the places of this process; returns them."""
    _Current.paths = paths
    return paths


def current_paths() -> Paths:
    """The places of this process; those without any option, while nobody has chosen."""
    return _Current.paths or resolve_paths()


def _from_environment(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None
