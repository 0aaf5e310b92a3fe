"""Time from QUIT to exit."""
import asyncio, time, tempfile
from pathlib import Path
import pytest
from tests.engine.watching import Engine, settled, names
from tests.engine.world import eventually
from tests.engine.conftest import *
from tuimail.model.hints import Hint, HintKind

async def test_probe(place, other, tmp_path):
    engine = Engine(place, tmp_path / "engine")
    try:
        await settled(engine.mirror)
        for number in range(20):
            for _ in range(200):
                engine.send(Hint(HintKind.OPEN_MAILBOX, 1).encode())
            other.fill("INBOX", [number])
        await eventually(lambda: len(names(engine.mirror)) == 20, "all mail", timeout_s=60)
        engine.send(Hint(HintKind.QUIT).encode())
        t = time.monotonic()
        status = await asyncio.to_thread(engine.process.wait, 60)
        print("\nQUIT took", round(time.monotonic() - t, 2), status)
    finally:
        engine.close()
