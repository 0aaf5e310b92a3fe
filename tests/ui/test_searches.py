"""Searches: where what they find is, and how one is kept."""

from __future__ import annotations

from pathlib import Path

from tests.ui.conftest import MakeApp
from tests.ui.driving import main_screen, press, settle, toasts, until
from tests.ui.sample_store import Place, Sample, deliver
from tuimail.config.load import load_config
from tuimail.ui.models.listing import SearchKey
from tuimail.ui.screens.ask_text import AskTextScreen

CONFIG_TEXT = """\
[accounts.home]
address = "sam@example.net"
[accounts.home.imap]
host = "imap.example.net"
"""
QUERY = "in:archive OR in:inbox"


async def test_a_search_is_kept_by_a_name_and_says_where_its_finds_are(
    place: Place, make_app: MakeApp, tmp_path: Path
) -> None:
    deliver(
        place,
        "Archive",
        [Sample(b"From: Ada Quill <ada@example.org>\r\nSubject: Oars\r\n\r\nx\r\n", -60)],
        first_uid=700,
    )
    app = make_app(place)
    path = app.session.config_path = tmp_path / "config.toml"
    path.write_text(CONFIG_TEXT)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        main = main_screen(pilot)
        main.desk.go.to(SearchKey(QUERY))
        await settle(pilot)
        rows = [
            main.messages.render_line(y).text for y in range(min(main.messages.line_count, main.messages.size.height))
        ]
        assert any("[Archive]" in row for row in rows), rows
        assert not any("[Inbox]" in row for row in rows)
        assert main.status_line.status.mailbox == f"Search: {QUERY}"
        main.action_run_command("search.keep")
        await until(pilot, lambda: isinstance(app.screen, AskTextScreen))
        await press(pilot, *"both", "enter")
        assert load_config(path).searches == {"both": QUERY}
        assert toasts(pilot)[-1].startswith("Kept as 'both': ")
        assert main.status_line.status.mailbox == "both"
        main.desk.go.to(place.mailbox_ids["INBOX"])
        await settle(pilot)
        main.action_run_command("search.keep")
        await settle(pilot)
        assert "is no search" in toasts(pilot)[-1]
