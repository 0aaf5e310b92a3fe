"""The settings as a list: group, title, value, and whether that is the default."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style

from tuimail.ui.commands.command import Context
from tuimail.ui.formats import fit
from tuimail.ui.models.setting_rows import SettingRow
from tuimail.ui.widgets.line_list import LineList

_GROUP_CELLS = 16
_TITLE_CELLS = 24
_GROUPS_FROM = 70
"""In narrower lists groups are left out,"""
_DEFAULTS_FROM = 50
"""in still narrower ones the word that a value is the default."""
_DEFAULT = "default"


class SettingsList(LineList):
    """One row a setting."""

    KEY_CONTEXT = Context.SETTINGS
    COMPONENT_CLASSES: ClassVar[set[str]] = {"settings-list--group", "settings-list--changed"}

    def __init__(self) -> None:
        super().__init__(id="settings", placeholder="No setting matches.")
        self.rows: list[SettingRow] = []

    @property
    def line_count(self) -> int:
        """How many settings are shown."""
        return len(self.rows)

    @property
    def current(self) -> SettingRow | None:
        """The setting under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def show(self, rows: list[SettingRow]) -> None:
        """Show these; the cursor stays on its setting."""
        name = None if self.current is None else self.current.setting.name
        self.rows = rows
        names = [row.setting.name for row in rows]
        self.cursor = names.index(name) if name in names else 0
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        row = self.rows[index]
        return row.setting.name, row.text, row.group, row.is_default

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Group, title, value, "default"."""
        row = self.rows[index]
        group = fit(row.group, _GROUP_CELLS) if width >= _GROUPS_FROM else ""
        title = fit(row.setting.title, min(_TITLE_CELLS, width // 2))
        default = f" {_DEFAULT if row.is_default else '':>{len(_DEFAULT)}} " if width >= _DEFAULTS_FROM else " "
        cells = max(0, width - 2 - len(group) - len(title) - len(default))
        changed = Style.null() if row.is_default else self._part("settings-list--changed")
        return [
            Segment(f" {group}", self._part("settings-list--group") + style),
            Segment(f"{title} ", style),
            Segment(fit(row.text, cells), changed + style),
            Segment(default, self._part("line-list--dim") + style),
        ]

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True)
