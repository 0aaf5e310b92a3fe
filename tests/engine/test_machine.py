"""Anything in any order, on servers that can do everything and on servers that can do next to nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.conftest import Servers
from tests.engine.killing import Killer
from tests.engine.machine import Machine
from tests.engine.play import Stage, prepare
from tests.engine.proxy import Proxy
from tests.engine.template import Template

NIGHTLY = int(os.environ.get("TUIMAIL_EXAMPLES", "0"))
"""Examples for each kind of server, with new random numbers each time; 0: few, and the same in every run."""
EXAMPLES = NIGHTLY or 150
KINDS = ("everything", "uidplus", "bare")
PARTS = 5
STEPS = 6

SETTINGS = settings(
    max_examples=-(-EXAMPLES // PARTS),
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink] if NIGHTLY else [Phase.generate],
)


@pytest.mark.timeout(0 if NIGHTLY else 300)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", KINDS)
def test_server_and_store_agree_in_the_end(
    servers: Servers,
    killer: Killer,
    memory: Path,
    record_property: Callable[[str, object], None],
    kind: str,
    part: int,
) -> None:
    template = Template(servers, kind, memory / "template", prepare)
    with Proxy(servers.place(kind).port) as proxy:
        ours = Stage(kind, template, proxy, killer, memory)

        class Staged(Machine):
            stage = ours

        seed = random.SystemRandom().getrandbits(64) if NIGHTLY else PARTS * KINDS.index(kind) + part
        Staged._hypothesis_internal_use_seed = seed
        run_state_machine_as_test(Staged, settings=SETTINGS)
    record_property(f"state machine, {kind}: examples", ours.examples)
    record_property(f"state machine, {kind}: steps", ours.examples * STEPS)
    for end, count in ours.ends.items():
        record_property(f"state machine, {kind}: passes that ended so: {end}", count)
