"""Renders messages for the screen: keeps a few views, and the process that pages of HTML are rendered in.

Works in the session's render thread alone: never on the screen's loop.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from tuimail.mime.view import MessageView, ViewOptions
from tuimail.ui.models.view_cache import ViewCache

if TYPE_CHECKING:
    from tuimail.mime.html.view import HtmlView
    from tuimail.mime.worker import HtmlWorker


class ViewRenderer:
    """Ended by `close`, from any thread, when nothing is rendered any more."""

    def __init__(self) -> None:
        self._views = ViewCache()
        self._worker: HtmlWorker | None = None

    def view(self, key: Hashable, options: ViewOptions, load: Callable[[], bytes]) -> MessageView:
        """The message that `key` stands for; its octets are loaded where it has to be rendered."""
        place = (key, options.shape, options.charset, options.max_octets)
        view = self._views.get(place, options.width)
        if view is None:
            view = self._render(load(), options)
            self._views.keep(place, options.width, view)
        return view

    def _render(self, octets: bytes, options: ViewOptions) -> MessageView:
        # The parsers are loaded with the first message that is read, not with the app.
        from tuimail.mime.render import render_view

        return render_view(octets, options, html=self.html)

    def html(self, source: str, width: int) -> HtmlView:
        """A page as lines, by a process of its own."""
        from tuimail.config.outside_passwords import child_environment
        from tuimail.mime.worker import HtmlWorker

        if self._worker is None:
            self._worker = HtmlWorker(environment=child_environment())
        return self._worker.render(source, width)

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
