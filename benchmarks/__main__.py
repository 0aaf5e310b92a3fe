"""`python -m benchmarks`: measure, print a table, say what was missed. Status 0 whenever all could be measured."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import far, html, interface, machine, memory, pop3, reading, rows, screen, sync, threads
from benchmarks.bench import QUICK, Bench, Sizes
from benchmarks.figures import Figure, format_table

_MEASUREMENTS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "first-sync": sync.measure_first,
    "unchanged": sync.measure_unchanged,
    "pop3": pop3.measure,
    "far": far.measure,
    "push": far.measure_push,
    "rows": rows.measure,
    "memory": memory.measure,
    "threads": threads.measure,
    "reading": reading.measure,
    "html": html.measure,
    "list": screen.measure_list,
    "keys-during-sync": screen.measure_during_sync,
    "start": interface.measure_start,
    "keys": interface.measure_keys,
    "idle": interface.measure_idle,
}
_BUSY_SHARE = 0.1


def main() -> int:
    """Measure what the command line asks for."""
    options = _parser().parse_args()
    missing = [
        program
        for program in ("dovecot", "mbsync", "fetchmail", "getmail", "neomutt", "aerc", "w3m")
        if shutil.which(program) is None
    ]
    if missing:
        print(f"Not installed: {', '.join(missing)}. `make bench` installs them.", file=sys.stderr)
        return 1
    described = f"{machine.describe()}; {time.strftime('%Y-%m-%d')}{'; QUICK: small sizes' if options.quick else ''}"
    print(described, flush=True)
    figures: list[Figure] = []
    busy: dict[str, float] = {}
    failed: dict[str, str] = {}
    with Bench(QUICK if options.quick else Sizes()) as bench:
        for name in options.only or _MEASUREMENTS:
            busy[name] = machine.busy_share()
            bench.say(f"{name} (others use {busy[name]:.0%} of the machine)")
            try:
                measured = list(_MEASUREMENTS[name](bench))
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                failed[name] = str(error)
                bench.say(f"{name} FAILED: {error}")
                continue
            figures += measured
            bench.say("\n" + format_table(measured))
    print(format_table(figures))
    _print_verdict(figures, busy)
    for name, problem in failed.items():
        print(f"{name} could not be measured: {problem}")
    if options.json:
        document = {
            "machine": described,
            "busy": busy,
            "failed": failed,
            "figures": [figure.as_json() for figure in figures],
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return 1 if failed else 0


def _print_verdict(figures: list[Figure], busy: dict[str, float]) -> None:
    disturbed = [f"{name} ({share:.0%})" for name, share in busy.items() if share > _BUSY_SHARE]
    if disturbed:
        print(f"The machine was busy with other things before: {', '.join(disturbed)}.")
    missed = [figure.name for figure in figures if figure.reached is False]
    judged = sum(figure.reached is not None for figure in figures)
    if missed:
        print(f"MISSED {len(missed)} of {judged} targets: {'; '.join(missed)}.")
    else:
        print(f"All {judged} targets were reached.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure tuimail beside its peers.")
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: does it run at all")
    parser.add_argument("--only", action="append", choices=list(_MEASUREMENTS), metavar="NAME", help="(repeatable)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.epilog = "Names: " + ", ".join(_MEASUREMENTS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
