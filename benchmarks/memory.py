"""How much memory a first sync adds to the engine: with the number of messages, and with one very large one."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import mail
from benchmarks.bench import Bench
from benchmarks.clients import Tuimail
from benchmarks.figures import Figure, Judged, Target
from benchmarks.servers import FEW, HUGE, MANY

_FLAT_MB = 30


def measure(bench: Bench) -> Iterator[Figure]:
    """Peak of resident memory above the engine's start, in processes of their own, at two sizes of mailbox."""
    sizes = bench.sizes
    for user, count in ((FEW, sizes.few), (MANY, sizes.many)):
        bench.say(f"server: {count:,} short messages")
        bench.server.fill(user, mail.small(count))
    target = Target(Judged.DIFFERENCE, _FLAT_MB)
    for offline, what in (("headers", "metadata"), ("all", "bodies")):
        bench.say(f"memory of a first sync, {what}")
        few = _added_mb(bench, FEW, sizes.few, offline)
        many = _added_mb(bench, MANY, sizes.many, offline)
        name = f"engine memory added by a first sync of {sizes.many:,}, {what}"
        yield Figure(name, "MB", many, few, f"at {sizes.few:,}", target)
    bench.say("memory of one large message")
    octets = bench.server.fill(HUGE, [mail.huge(sizes.huge_octets)])
    size_mb = octets / 1e6
    added = _added_mb(bench, HUGE, 1, "all")
    bound = Target(Judged.VALUE, round(size_mb))
    yield Figure(f"engine memory added by one message of {size_mb:.0f} MB", "MB", added, size_mb, "its size", bound)


def _added_mb(bench: Bench, user: str, count: int, offline: str) -> float:
    client = Tuimail(bench.new_directory(), bench.server.port, user, offline=offline)
    told = client.drive()
    if told["report"]["new"] != count:
        raise RuntimeError(f"{told['report']['new']} messages of {count}")
    bench.drop(client.directory)
    return float(told["peak_mb"] - told["start_mb"])
