"""The wizard's screen: one page for each of its stages, in a box; escape goes back, and from the first page out.

The work of a page (a search, a log-in) runs beside the screen, and is given up when the person goes back meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tuimail.model.errors import TuimailError
from tuimail.setup.wizard.tools import Tools
from tuimail.setup.wizard.wizard import Stage, Wizard
from tuimail.ui.late_styles import WIZARD
from tuimail.ui.screens.wizard_page import Page
from tuimail.ui.screens.wizard_pages import AddressPage, CertificatePage, LookPage, SearchPage, ServersPage
from tuimail.ui.screens.wizard_secret import KeepPage, SecretPage

_PAGES: dict[Stage, Callable[[Wizard], Page]] = {
    Stage.ADDRESS: AddressPage,
    Stage.PERSON: AddressPage,
    Stage.SEARCH: SearchPage,
    Stage.SERVERS: ServersPage,
    Stage.LOOK: LookPage,
    Stage.CERTIFICATE: CertificatePage,
    Stage.SECRET: SecretPage,
    Stage.KEEP: KeepPage,
}
_BEFORE = {
    Stage.SEARCH: Stage.SERVERS,
    Stage.SERVERS: Stage.ADDRESS,
    Stage.LOOK: Stage.SERVERS,
    Stage.CERTIFICATE: Stage.SERVERS,
    Stage.SECRET: Stage.SERVERS,
    Stage.KEEP: Stage.SECRET,
}
"""Where escape leads; a search that is stopped leads on, to fields to fill in."""
_STEPS = ((Stage.SEARCH, "Address"), (Stage.CERTIFICATE, "Servers"), (Stage.KEEP, "Log-in"), (Stage.DONE, "Password"))


class WizardScreen(Screen[Wizard]):
    """Returns the wizard when the account is written, None when the person left before."""

    CSS_PATH = WIZARD
    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("escape", "back", show=False, priority=True, id="wizard.back"),
        Binding("enter", "go_on", show=False, id="wizard.go_on"),
        Binding("t", "trust", show=False, id="wizard.trust"),
    ]
    AUTO_FOCUS = ""

    def __init__(self, config_path: Path, taken: Collection[str], *, tools: Tools | None = None) -> None:
        super().__init__()
        self.wizard = Wizard(config_path, taken, tools=tools)
        self._page: Page | None = None
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """A line that says how far it is, and the page; keys stand in the border, where they always show."""
        with Vertical(id="box"):
            yield Static(id="progress")
            yield Vertical(id="page")

    async def on_mount(self) -> None:
        """The first page."""
        await self._show_page()

    async def _show_page(self, problem: str = "") -> None:
        page = _PAGES[self.wizard.stage](self.wizard)
        self._page = page
        box = self.query_one("#box", Vertical)
        box.border_title = Content(page.heading).markup
        self.query_one("#progress", Static).update(self._progress())
        box.border_subtitle = "    ".join(f"[@click={action}]{key}  {words}[/]" for key, words, action in page.keys)
        place = self.query_one("#page", Vertical)
        await place.remove_children()
        await place.mount(page)
        page.tell(problem)
        if page.starts_itself and not problem:
            # Not from within the work that led here, which is ended first.
            self.call_later(self._begin, page)

    def _progress(self) -> Content:
        stage = self.wizard.stage
        current = next((number for number, (last, _) in enumerate(_STEPS) if stage <= last), len(_STEPS))
        styles = ("$success", "bold $primary", "$mail-dim")
        parts = [
            Content.styled(
                f"{'✓' if number < current else number + 1} {title}   ",
                styles[(number >= current) + (number > current)],
            )
            for number, (_, title) in enumerate(_STEPS)
        ]
        return Content("").join(parts)

    @on(Page.GoOn)
    def _go_on(self, event: Page.GoOn) -> None:
        if event.page is self._page:
            self._answered()

    def action_go_on(self) -> None:
        """Enter where no field takes it. On a certificate it does nothing: that is trusted by a key of its own."""
        if not isinstance(self._page, CertificatePage):
            self._answered()

    def action_trust(self) -> None:
        """The certificate that is shown is the right one."""
        if isinstance(self._page, CertificatePage):
            self._answered()

    def _answered(self) -> None:
        if self._page is not None and not self._is_busy:
            self._begin(self._page)

    def _begin(self, page: Page) -> None:
        self._is_busy = True
        self.run_worker(self._apply(page), group="wizard", exclusive=True, exit_on_error=True)

    async def _apply(self, page: Page) -> None:
        before, problem = self.wizard.stage, ""
        page.tell("")
        try:
            await page.apply()
        except TuimailError as error:
            problem = str(error)
        finally:
            self._is_busy = False
        stage = self.wizard.stage
        if stage is Stage.DONE:
            self.dismiss(self.wizard)
        elif problem and _PAGES[stage] is _PAGES[before]:
            page.tell(problem)
        elif problem or _PAGES[stage] is not _PAGES[before]:
            await self._show_page(problem)

    async def action_back(self) -> None:
        """Give up what runs, and go to the page before; from the first, leave."""
        self.workers.cancel_group(self, "wizard")
        self._is_busy = False
        stage = self.wizard.stage
        if stage not in _BEFORE:
            self.dismiss(None)
            return
        if stage is Stage.SEARCH:
            self.wizard.skip_search()
        else:
            self.wizard.go_back(_BEFORE[stage])
        await self._show_page()
