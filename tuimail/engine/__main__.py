"""`python -m tuimail.engine`: see `host`."""

from __future__ import annotations

import sys

from tuimail.engine.host import main

sys.exit(main(sys.argv[1:]))
