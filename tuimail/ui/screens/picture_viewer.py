"""The pictures of a message, one at a time, over the whole screen.

    ┌──────────────────────────────────────────────────┐
    │ pier.jpg   image/jpeg  2M, 4000×3000      3 of 7 │
    │                  ▄▄▀▀▀▀▄▄                        │   or why it is not drawn
    │ ←  →  others   o  open   s  save   esc  close    │   or what came of the last thing done with it
    └──────────────────────────────────────────────────┘

    turned to ──rest──► fetched ──► decoded in a process ──► drawn      the way of drawing: see `graphics`

The one that was turned to last is drawn; what comes for another one is left.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Static

from tuimail.config.schema import Pictures
from tuimail.mime.picture_size import picture_size
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.setup.daemon import in_daemon_thread
from tuimail.ui.formats import fit
from tuimail.ui.picture_drawing import Prepared, prepare
from tuimail.ui.screens.dialog import Dialog
from tuimail.ui.widgets.picture_canvas import PictureCanvas

if TYPE_CHECKING:
    from tuimail.mime.pictures.decoder import PictureDecoder
    from tuimail.ui.graphics import Decision
    from tuimail.ui.viewed_pictures import ViewedPicture

REST_S = 0.05
"""How long one is turned to before it is fetched and decoded: whoever holds a key wants another one."""
_KEYS = "← →  the others    o  open with a program    s  save    esc  close"
_KEYS_OF_ONE = "o  open with a program    s  save    esc  close"
AskDirectory = Callable[[str], Awaitable[Path | None]]


class PictureViewer(Dialog[None]):
    """Shows `pictures` from the one at `first` on, as `decision` says; `cell`: a cell in pixels, if known.

    `draw` writes a sequence to the terminal. Ends `decoder`.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("right,down,l,j,n,space,pagedown", "turn(1)", show=False, id="viewer.next"),
        Binding("left,up,h,k,p,backspace,pageup", "turn(-1)", show=False, id="viewer.previous"),
        Binding("o,enter", "open", show=False, id="viewer.open"),
        Binding("s", "save", show=False, id="viewer.save"),
        Binding("q,B", "close", show=False, id="viewer.close"),
    ]

    def __init__(
        self,
        pictures: Sequence[ViewedPicture],
        first: int,
        decision: Decision,
        decoder: PictureDecoder,
        *,
        cell: tuple[int, int] | None,
        draw: Callable[[str], None],
        ask_directory: AskDirectory,
    ) -> None:
        super().__init__()
        self.index = first
        self._pictures = pictures
        self._decision = decision
        self._decoder = decoder
        self._cell = cell
        self._ask_directory = ask_directory
        self._octets: tuple[int, bytes] | None = None
        self._gate = asyncio.Lock()
        self.canvas = PictureCanvas(draw)
        self._about = Static(id="about")
        self._said = Static(Content(_KEYS if len(pictures) > 1 else _KEYS_OF_ONE), id="said")

    def compose(self) -> ComposeResult:
        """What it is called over the picture over the keys."""
        yield self._about
        yield self.canvas
        yield self._said

    def on_resize(self) -> None:
        """There is room now, or another one."""
        self.call_after_refresh(self._show)

    def on_screen_suspend(self) -> None:
        """A question lies over the picture."""
        self.canvas.hide()

    def on_screen_resume(self) -> None:
        """It is in sight again."""
        self.canvas.refresh()

    def on_unmount(self) -> None:
        """The terminal and the decoder forget what they have."""
        self.canvas.forget()
        # It may be at work still, and is not waited for.
        threading.Thread(target=self._decoder.close, name="decoder", daemon=True).start()

    def action_turn(self, delta: int) -> None:
        """Show another one; after the last comes the first."""
        if len(self._pictures) > 1:
            self.index = (self.index + delta) % len(self._pictures)
            self._say(_KEYS)
            self._show()

    def action_open(self) -> None:
        """Give it to a program."""
        self._start(self._open(self._pictures[self.index]))

    def action_save(self) -> None:
        """Save it in a directory that the user names."""
        self._start(self._save(self._pictures[self.index]))

    def on_click(self, event: events.Click) -> None:
        """A click shows the next one; there is nothing beside the picture."""
        if event.widget is self.canvas:
            self.action_turn(1)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        async def run() -> None:
            try:
                await work
            except TuimailError as error:
                self._say(str(error))

        self.run_worker(run(), exit_on_error=True)

    async def _open(self, picture: ViewedPicture) -> None:
        program = await picture.open()
        self._say(f"{picture.name} was given to {program}.")

    async def _save(self, picture: ViewedPicture) -> None:
        directory = await self._ask_directory(picture.name)
        if directory is not None:
            self._say(f"Saved: {await picture.save(directory)}")

    def _say(self, text: str) -> None:
        self._said.update(Content(one_line(text)))

    def _tell_about(self, more: str = "") -> None:
        picture = self._pictures[self.index]
        place = f"{self.index + 1} of {len(self._pictures)}" if len(self._pictures) > 1 else ""
        about = "   ".join(filter(None, (picture.name, picture.about, more)))
        width = max(1, self.size.width - 2 - cell_len(place))
        self._about.update(Content(f" {fit(about, width)}{place}"))

    def _show(self) -> None:
        self._tell_about()
        if self._decision.way is Pictures.OFF:
            self.canvas.show_words(f"{self._decision.why} o opens it with a program, s saves it.")
        else:
            self.run_worker(self._draw_picture(self.index), group="drawing", exclusive=True, exit_on_error=True)

    async def _draw_picture(self, index: int) -> None:
        await asyncio.sleep(REST_S)
        try:
            octets = await self._octets_of(index)
        except TuimailError as error:
            self.canvas.show_words(one_line(str(error)))
            return
        work = partial(prepare, self._decoder, octets, self._decision.way, self.canvas.room, self._cell)
        # One after the other: of those that were turned to meanwhile, the last one alone comes so far.
        async with self._gate:
            self._present(octets, await in_daemon_thread(work, "drawer"))

    async def _octets_of(self, index: int) -> bytes:
        if self._octets is None or self._octets[0] != index:
            self.canvas.show_words("Fetching the picture…")
            self._octets = index, await self._pictures[index].octets()
        return self._octets[1]

    def _present(self, octets: bytes, prepared: Prepared) -> None:
        size = picture_size(octets)
        dots = "" if size is None else f"{size.width}×{size.height}"
        self._tell_about(f"{dots}, the first of an animation" if prepared.is_animated else dots)
        if prepared.problem:
            self.canvas.show_words(
                f"This picture is not drawn: {prepared.problem}. o opens it with a program, s saves it."
            )
        elif prepared.graphics is not None:
            self.canvas.show_graphics(prepared.graphics)
        else:
            self.canvas.show_blocks(prepared.lines)
