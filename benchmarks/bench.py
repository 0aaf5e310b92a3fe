"""What every measurement is given: the sizes of this run, a place for files, the server, and where progress goes."""

from __future__ import annotations

import itertools
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType

from benchmarks import mail, servers
from benchmarks.servers import MailServer


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured with. Counts are of messages but for `rounds`, `keys` (a round) and octets."""

    rounds: int = 3
    ordinary: int = 20_000
    rows: int = 50_000
    few: int = 10_000
    many: int = 100_000
    huge_octets: int = 50_000_000
    lists: tuple[int, int, int] = (1_000, 100_000, 1_000_000)
    keys: int = 100
    maildrop: int = 10_000
    screens: tuple[int, int] = (20_000, 100_000)
    idle_s: float = 600.0


QUICK = Sizes(
    rounds=1, ordinary=5_000, rows=10_000, few=2_000, many=10_000, huge_octets=10_000_000, lists=(500, 5_000, 50_000),
    keys=40, maildrop=1_000, screens=(2_000, 5_000), idle_s=20.0,
)  # fmt: skip


class Bench:
    """One run. Everything below `directory` and the server go when it is left."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.directory = Path(tempfile.mkdtemp(prefix="tuimail-bench-"))
        self._numbers = itertools.count(1)
        self._stack = ExitStack()

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    @cached_property
    def server(self) -> MailServer:
        """The server; started when first needed."""
        return self._stack.enter_context(MailServer())

    def new_directory(self) -> Path:
        """A name for a directory that does not exist yet, on the same disk as all others."""
        return self.directory / f"{next(self._numbers):03d}"

    def drop(self, directory: Path) -> None:
        """Remove what a round made."""
        shutil.rmtree(directory)

    def fill_ordinary(self) -> int:
        """The mailbox that first syncs are measured with. Returns its octets."""
        self.say(f"server: {self.sizes.ordinary:,} ordinary messages")
        return self.server.fill(servers.ORDINARY, mail.messages(self.sizes.ordinary))

    def say(self, text: str) -> None:
        """Progress, on stderr."""
        print(f"  {text}", file=sys.stderr, flush=True)


def median(numbers: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(numbers)


def percentile(numbers: Iterable[float], share: float) -> float:
    """The number that `share` (0 to 1) of all are at or below."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
