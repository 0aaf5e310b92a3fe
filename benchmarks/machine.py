"""What the figures were measured on, how busy it was with other things, and the memory of a process (Linux)."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from pathlib import Path

_BUSY_SAMPLE_S = 0.5
_CLEAR_PEAK = "5"
"""Written to clear_refs: the peak of resident memory starts again from here (proc(5))."""


def describe() -> str:
    """One line: processors, memory, kernel, Python, peers."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text())
    return ", ".join(
        [
            f"{os.cpu_count()} cpus ({cpu[1].strip()})" if cpu else f"{os.cpu_count()} cpus",
            f"{int(memory[1]) / 1048576:.0f} GB" if memory else "",
            f"Linux {platform.release().split('-')[0]}",
            f"Python {platform.python_version()}",
            f"Dovecot {_first_word(['dovecot', '--version'])}",
            f"mbsync {_first_word(['mbsync', '--version']).removeprefix('isync ')}",
        ]
    )


def _first_word(command: list[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return said.split(" (")[0].strip()


def busy_share() -> float:
    """How much of all processors is in use, over half a second in which we do nothing: 0 to 1."""
    before = _cpu_times()
    time.sleep(_BUSY_SAMPLE_S)
    spent = [after - earlier for after, earlier in zip(_cpu_times(), before, strict=True)]
    idle = spent[3] + spent[4]
    return 1 - idle / max(1, sum(spent))


def _cpu_times() -> list[int]:
    return [int(ticks) for ticks in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def family_cpu_s(pid: int) -> float:
    """Seconds computed by a process and all that descend from it; those that ended count if they were waited for."""
    ticks = 0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        fields = Path(f"/proc/{current}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
        for thread in Path(f"/proc/{current}/task").iterdir():
            waiting += map(int, (thread / "children").read_text().split())
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int | str = "self", *, peak: bool = False) -> float:
    """Resident memory of a process in megabytes (10^6 octets), now or at its highest."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s*(\d+) kB", status)
    if found is None:
        raise RuntimeError(f"process {pid} has no memory any more")
    return int(found[1]) * 1024 / 1e6


def forget_peak() -> None:
    """Measure this process's peak from now on."""
    Path("/proc/self/clear_refs").write_text(_CLEAR_PEAK)
