"""`python -m tuimail`."""

from __future__ import annotations

from tuimail.cli.main import main

if __name__ == "__main__":
    main()
