"""No core files: the memory of a process that holds passwords must not come to rest on a disk."""

from __future__ import annotations

import contextlib
import resource


def forbid_core_files() -> None:
    """From now on this process, and what it starts, leaves no core file when it crashes.

    A handler that the kernel pipes the memory to is told so as well, and heeds it, as systemd-coredump does.
    """
    with contextlib.suppress(OSError):  # a sandbox may forbid even that: no reason to read no mail
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
