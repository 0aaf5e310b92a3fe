"""HTML rendered in a process of its own, which can be ended: the law behind the guard of `tuimail.mime.html`.

A page that the process does not answer (see `child_process`) is shown as bare text. Calls block, for `TIME_LIMIT_S` at
most, and belong into a thread.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence

import msgspec

from tuimail.mime.child_process import START_LIMIT_S, ChildProcess, NotAnswered
from tuimail.mime.html.bare import bare_view
from tuimail.mime.html.child import Request
from tuimail.mime.html.guard import MAX_CHARACTERS
from tuimail.mime.html.view import HtmlView

log = logging.getLogger(__name__)

TIME_LIMIT_S = 4.0
"""For one page; 2 MB of ordinary HTML take a tenth of it."""
COMMAND = (sys.executable, "-P", "-m", "tuimail.mime.html.child")


class HtmlWorker:
    """Renders pages. Calls from several threads take turns.

    `command` starts the process, in `environment` (None: in ours); `time_limit_s` and `start_limit_s` in seconds.
    """

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        environment: Mapping[str, str] | None = None,
        time_limit_s: float = TIME_LIMIT_S,
        start_limit_s: float = START_LIMIT_S,
    ) -> None:
        self._child = ChildProcess(
            command, environment=environment, time_limit_s=time_limit_s, start_limit_s=start_limit_s
        )
        self._decoder = msgspec.msgpack.Decoder(HtmlView)

    def start(self) -> None:
        """Start the process and do not wait for it, so that the first page need not."""
        self._child.start()

    def render(self, source: str, width: int) -> HtmlView:
        """The page, its tables laid out for `width` cells; as bare text where that fails. Never raises."""
        if len(source) > MAX_CHARACTERS:
            return bare_view(source, "it is too long")
        request = msgspec.msgpack.encode(Request(source.encode("utf-8", "replace"), width))
        try:
            return self._decoder.decode(self._child.exchange(request))
        except NotAnswered as error:
            problem = str(error)
        except msgspec.DecodeError:
            problem = "it could not be taken apart"
            self._child.kill()
        log.warning("a page of HTML is shown as bare text: %s", problem)
        return bare_view(source, problem)

    def close(self) -> None:
        """End the process and wait for it. Pages that come later are shown as bare text."""
        self._child.close()

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return self._child.pid
