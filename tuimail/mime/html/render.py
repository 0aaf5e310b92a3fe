"""A page of HTML as styled lines: the way into this package.

prune ─► guard ─► parse ─► walk ─► HtmlView;  an objection of the guard, or anything unforeseen ─► bare text, a note
"""

from __future__ import annotations

import gc
import logging

from tuimail.mime.html import guard
from tuimail.mime.html.bare import bare_view
from tuimail.mime.html.paper import finished
from tuimail.mime.html.prune import Pruned, prune
from tuimail.mime.html.tokens import tokens_of
from tuimail.mime.html.view import HtmlView
from tuimail.mime.html.walk import Walk

log = logging.getLogger(__name__)

MIN_WIDTH = 20
"""Cells; a table cannot be told in fewer."""
MAX_WIDTH = 1000
"""Cells; no terminal is wider, and columns are padded to it."""


def render_html(source: str, width: int) -> HtmlView:
    """The page, its tables laid out for `width` cells. Never raises; linear in the page, within the guard's limits."""
    collecting = gc.isenabled()
    # A page makes thousands of values and no circle of them: looking for those would take a tenth of the time.
    gc.disable()
    try:
        pruned = prune(source)
        problem = guard.objection(pruned.body)
        if not problem:
            return _rendered(pruned, max(MIN_WIDTH, min(width, MAX_WIDTH)))
    except Exception:
        # The parser is foreign code that is fed whatever people send; its page is still to be read.
        log.exception("a page of HTML could not be rendered")
        problem = "it could not be taken apart"
    finally:
        if collecting:
            gc.enable()
    return bare_view(source, problem)


def _rendered(pruned: Pruned, width: int) -> HtmlView:
    walk = Walk(width, pruned.hiding)
    walk.run(tokens_of(pruned.body))
    return HtmlView(
        lines=finished(walk.paper.lines),
        links=walk.links.links(),
        remote_images=walk.images.remote,
        trackers=tuple(walk.images.trackers),
        hidden=walk.hidden,
        images=tuple(walk.images.images),
    )
