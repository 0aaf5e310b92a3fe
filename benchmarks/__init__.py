"""Measures tuimail, each figure as a ratio beside a peer in the same run: `python -m benchmarks`."""
