"""The Textual app."""

import os

# Textual draws at the ticks of a clock: a key that comes just after one waits for the next but one. At its ordinary
# 60 a second that is 33 ms, which a triaging user feels; what is drawn is the same, since only changes are.
os.environ.setdefault("TEXTUAL_FPS", "240")
