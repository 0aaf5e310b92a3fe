"""The worker's process, also where it is given what its guard would keep from it: see `UNGUARDED`."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mime.html.pages import drawn
from tuimail.mime.html.render import render_html
from tuimail.mime.worker import COMMAND, HtmlWorker

PAGE = '<p>Hello <b>you</b>, <a href="https://shop.example/">look</a></p>'

UNGUARDED = """
import sys
from tuimail.mime.html import child, guard, render
guard.objection = lambda source: ""
{change}
sys.exit(child.main())
"""

Starter = Callable[..., HtmlWorker]


@pytest.fixture
def started() -> Iterator[Starter]:
    """Makes workers that are closed behind the test; `change` is done to the process before it serves."""
    workers: list[HtmlWorker] = []

    def start(change: str | None = None, *, time_limit_s: float = 60.0, start_limit_s: float = 60.0) -> HtmlWorker:
        command = COMMAND if change is None else (sys.executable, "-c", UNGUARDED.format(change=change))
        workers.append(HtmlWorker(command, time_limit_s=time_limit_s, start_limit_s=start_limit_s))
        return workers[-1]

    yield start
    for worker in workers:
        worker.close()


def _python(program: str) -> tuple[str, ...]:
    """A process that is no worker."""
    return (sys.executable, "-c", f"import os, time; {program}")


def _is_gone(pid: int) -> bool:
    """Whether no process of that number is left, not even as a zombie."""
    return not Path(f"/proc/{pid}").exists()


def test_a_page_comes_back_as_it_would_without_the_process(started: Starter) -> None:
    worker = started()
    for source, width in ((PAGE, 80), ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", 40), ("", 80), ("\ud800\x00", 1)):
        assert worker.render(source, width) == render_html(source, width)


def test_one_process_serves_many_pages_and_threads(started: Starter) -> None:
    worker = started()
    seen: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: seen.extend(drawn(worker.render(PAGE, 80)) for _ in range(5))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [["Hello you, look[1]"]] * 20
    assert worker.pid is not None


def test_a_page_that_takes_for_ever_is_shown_as_bare_text_and_the_next_one_is_rendered(started: Starter) -> None:
    loop = "render.prune = lambda source, prune=render.prune: prune(source) if 'loop' not in source else loop()\n"
    worker = started(f"def loop():\n    while True: pass\n{loop}", time_limit_s=3.0)
    assert worker.render(PAGE, 80).note == ""
    pid = worker.pid
    assert pid is not None
    view = worker.render(f"{PAGE} loop", 80)
    assert view.note == "[This page is shown as bare text: it takes too long to be taken apart.]"
    assert drawn(view)[2:] == ["Hello you, look[1]", "", "loop"]
    assert [(link.target, link.text) for link in view.links] == [("https://shop.example/", "look")]
    assert _is_gone(pid)
    assert worker.render(PAGE, 80).note == ""
    assert worker.pid not in {None, pid}


def test_a_bomb_that_the_guard_would_let_through_ends_the_process_and_nothing_else(started: Starter) -> None:
    worker = started("child.MEMORY_OCTETS = 300 * 1024 * 1024", time_limit_s=3.0)
    bomb = "<div>" * 60_000
    worker.start()
    pid = worker.pid
    assert pid is not None
    view = worker.render(bomb + "end", 80)
    assert view.note.startswith("[This page is shown as bare text: ")
    assert drawn(view)[-1] == "end"
    assert _is_gone(pid)
    assert worker.render(PAGE, 80).note == ""


def test_more_memory_than_there_is_to_have_is_refused(started: Starter) -> None:
    hoard = (
        "render.prune = lambda source, prune=render.prune: prune(source if 'hoard' not in source else 'x' * (2 << 30))"
    )
    worker = started(hoard)
    assert worker.render("hoard", 80).note == "[This page is shown as bare text: it could not be taken apart.]"
    assert worker.render(PAGE, 80).note == ""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_process_that_was_ended_is_started_again(started: Starter, how: signal.Signals) -> None:
    worker = started()
    assert worker.render(PAGE, 80).note == ""
    pid = worker.pid
    assert pid is not None
    os.kill(pid, how)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert worker.render(PAGE, 80).note == ""
    assert _is_gone(pid)


@pytest.mark.parametrize(
    ("command", "note"),
    [
        (_python("pass"), "it takes too much memory, or its process was ended"),
        (_python("print('no worker')"), "its process did not start"),
        (_python("os.write(1, b'R'); time.sleep(999)"), "it takes too long to be taken apart"),
        (_python("os.write(1, b'R' + bytes([127]) * 99); time.sleep(999)"), "it becomes too much text"),
        (_python("os.write(1, b'R' + bytes([0, 0, 0, 1, 2])); time.sleep(999)"), "it could not be taken apart"),
        (("/nonexistent/python",), "no process could be started for it"),
    ],
)
def test_whatever_the_process_does_the_page_is_shown(command: tuple[str, ...], note: str) -> None:
    worker = HtmlWorker(command, time_limit_s=1.0, start_limit_s=60.0)
    try:
        view = worker.render("<p>text" + " more" * (50_000 if "long" in note else 5), 80)
    finally:
        worker.close()
    assert view.note == f"[This page is shown as bare text: {note}.]"
    assert drawn(view)[2].startswith("text more")
    assert worker.pid is None


def test_closing_ends_the_process_and_later_pages_are_bare_text(started: Starter) -> None:
    worker = started()
    worker.render(PAGE, 80)
    pid = worker.pid
    assert pid is not None
    worker.close()
    assert _is_gone(pid)
    assert worker.render(PAGE, 80).note == "[This page is shown as bare text: tuimail is closing.]"
    worker.start()
    assert worker.pid is None
    worker.close()


def test_closing_does_not_wait_for_a_page(started: Starter) -> None:
    worker = started("def loop(source):\n    while True: pass\nrender.prune = loop\nchild.ALARM_S = 600.0")
    notes: list[str] = []
    thread = threading.Thread(target=lambda: notes.append(worker.render(PAGE, 80).note))
    thread.start()
    while worker.pid is None:
        os.sched_yield()
    worker.close()
    thread.join()
    assert notes == ["[This page is shown as bare text: it takes too much memory, or its process was ended.]"]
    assert worker.pid is None


def test_the_process_does_not_outlive_whoever_started_it() -> None:
    owner = subprocess.run(
        [
            sys.executable, "-c",
            "import os\nfrom tuimail.mime.worker import HtmlWorker\n"
            "worker = HtmlWorker(start_limit_s=60.0)\nworker.render('x', 80)\n"
            "print(worker.pid, flush=True)\nos._exit(0)",
        ],
        stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    pid = int(owner.stdout)
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    assert poll.poll(30_000), "it runs on without its owner"
    os.close(descriptor)


def test_a_page_too_long_is_not_even_sent(started: Starter) -> None:
    worker = started()
    view = worker.render("x " * 2_000_000, 80)
    assert view.note == "[This page is shown as bare text: it is too long.]"
    assert worker.pid is None
