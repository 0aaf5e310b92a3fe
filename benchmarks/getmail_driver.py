"""getmail with its wait for a delivery's end mended: run by the system's Python, `getmail_driver.py OPTION…`.

It forks for each message and only then begins to listen for the child's end: one that ends sooner is waited for until a
time-out ends the run. A plain wait for the child takes the place of that; nothing else is changed.
"""

from __future__ import annotations

import os
import runpy
import shutil
import sys

from getmailcore.baseclasses import ForkingBase  # type: ignore[import-not-found]


def _wait(_self: object, child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Run getmail as its user does."""
    ForkingBase._prepare_child = lambda _self: None
    ForkingBase._wait_for_child = _wait
    program = shutil.which("getmail")
    if program is None:
        sys.exit("getmail is not installed")
    sys.argv[0] = program
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
