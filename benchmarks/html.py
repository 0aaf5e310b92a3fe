"""Newsletters as lines: ours beside w3m as a process, html2text and inscriptis; and a large page through the worker."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping

from benchmarks.bench import Bench, median
from benchmarks.figures import Figure, Judged, Target
from tests.corpus.newsletters import NEWSLETTERS, big_page
from tuimail.mime.html.render import render_html
from tuimail.mime.worker import HtmlWorker

_WIDTH = 80
_TIMES = 5
_LARGE_CHARACTERS = 2_000_000
_TO_MS = 1_000
_W3M = ["w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", str(_WIDTH)]


def measure(bench: Bench) -> Iterator[Figure]:
    """All newsletters by each in turn, the middle of several rounds; then the large page through the worker."""
    import html2text
    import inscriptis  # type: ignore[import-untyped]

    pages = {name: make() for name, make in NEWSLETTERS.items()}
    rounds = _TIMES * bench.sizes.rounds
    peers: dict[str, tuple[Callable[[str], object], float]] = {
        "w3m -dump": (_by_w3m, 0.2),
        "html2text": (html2text.html2text, 1.0),
        "inscriptis": (inscriptis.get_text, 1.0),
    }
    renderers = {
        "ours": lambda page: render_html(page, _WIDTH),
        **{name: render for name, (render, _) in peers.items()},
    }
    bench.say(f"{len(pages)} newsletters by each")
    taken = _taken_ms(pages, renderers, rounds)
    ours = taken["ours"]
    size = sum(map(len, pages.values())) // 1000
    for name, (_, at_most) in peers.items():
        theirs = taken[name]
        note = f"{len(pages)} newsletters, {size} KB"
        yield Figure(
            f"HTML to lines ({note})", "ms", sum(ours.values()), sum(theirs.values()), name,
            Target(Judged.RATIO, at_most),
        )  # fmt: skip
        ratios = {page: ours[page] / theirs[page] for page in pages}
        worst = max(ratios, key=ratios.__getitem__)
        yield Figure("... the one where it is least", "ms", ours[worst], theirs[worst], name, note=worst)
    yield _large(bench)


def _large(bench: Bench) -> Figure:
    """2 MB, there and back; the process is running, as it is in the app."""
    page = big_page(_LARGE_CHARACTERS)
    bench.say("2 MB of HTML through the worker")
    worker = HtmlWorker()
    try:
        if worker.render(page, _WIDTH).note:
            raise RuntimeError("the large page was not rendered")
        renderers = {"worker": lambda source: worker.render(source, _WIDTH)}
        taken = _taken_ms({"large": page}, renderers, 3 * bench.sizes.rounds)["worker"]["large"]
    finally:
        worker.close()
    return Figure("2 MB of HTML through the worker", "ms", taken, target=Target(Judged.VALUE, 500.0))


def _taken_ms(
    pages: Mapping[str, str], renderers: Mapping[str, Callable[[str], object]], rounds: int
) -> dict[str, dict[str, float]]:
    """The middle of what each page took each renderer; in turn, so that all meet the machine in the same moods."""
    taken: dict[str, dict[str, list[float]]] = {name: {page: [] for page in pages} for name in renderers}
    for _ in range(rounds):
        for name, render in renderers.items():
            for page, source in pages.items():
                started_s = time.perf_counter()
                render(source)
                taken[name][page].append((time.perf_counter() - started_s) * _TO_MS)
    return {name: {page: median(times) for page, times in own.items()} for name, own in taken.items()}


def _by_w3m(page: str) -> bytes:
    return subprocess.run(_W3M, input=page.encode(), capture_output=True, check=True).stdout
