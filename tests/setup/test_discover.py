"""Finding servers: the order of the steps, their bounds, and what must be confirmed."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.http_stub import NEVER, answer
from tests.setup.discovery_world import World, config_document
from tuimail.config.schema import ImapServer, Pop3Server
from tuimail.model.server import Protocol, Security
from tuimail.setup.discovery.address import understand_address
from tuimail.setup.discovery.discover import Discovery, StepState, discover
from tuimail.setup.discovery.guesses import Guess, guesses_for, parents
from tuimail.setup.discovery.provider import Host, Way

ADA = understand_address("Ada@example.org")
SRV = {("_imaps._tcp.example.org", "SRV"): ["0 0 993 imap.example.org."]}
FOREIGN_SRV = {
    ("_imaps._tcp.example.org", "SRV"): ["0 0 993 imap.elsewhere.example."],
    ("_submissions._tcp.example.org", "SRV"): ["0 0 465 smtp.example.org."],
}
FOUND, NOTHING, FAILED = StepState.FOUND, StepState.NOTHING, StepState.FAILED


async def run(world: World, protocol: Protocol = Protocol.IMAP, address: str = "Ada@example.org") -> Discovery:
    return await discover(understand_address(address), protocol, sources=world.sources(), on_step=world.steps.append)


async def test_the_built_in_table_asks_nobody() -> None:
    async with World() as world:
        found = await run(world, address="ada@gmail.com")
        assert world.http.requests == []
        assert world.dns.asked == []
    (candidate,) = found.candidates
    assert candidate.incoming == ImapServer(host="imap.gmail.com", port=993, username="ada@gmail.com")
    assert candidate.outgoing is not None
    assert candidate.outgoing.host == "smtp.gmail.com"
    assert candidate.ways == (Way.APP_PASSWORD, Way.OAUTH2)
    assert "myaccount.google.com" in (candidate.provider.advice if candidate.provider else "")
    assert [one.protocol for one in found.others] == [Protocol.POP3]
    assert world.ended == {"Built-in": FOUND}


async def test_a_provider_that_lets_nobody_in_ends_the_search() -> None:
    async with World() as world:
        found = await run(world, address="ada@tuta.com")
    assert found.closed is not None
    assert "neither IMAP nor POP3" in found.closed.note
    assert found.candidates == ()


@pytest.mark.parametrize(
    ("pages", "host"),
    [
        (
            {"/own1": "imap1.example.org", "/own2": "imap2.example.org", "/db/example.org": "db.example"},
            "imap1.example.org",
        ),
        ({"/own2": "imap2.example.org", "/db/example.org": "db.example"}, "imap2.example.org"),
        ({"/db/example.org": "db.example"}, "db.example"),
    ],
)
async def test_the_domain_speaks_before_the_database(pages: dict[str, str], host: str) -> None:
    served = {path: answer(config_document(name)) for path, name in pages.items()}
    async with World(served, SRV) as world:
        found = await run(world)
        assert world.dns.asked == []
        assert not [line for line in world.http.requests if line.startswith("/db/") and "Ada" in line]
    assert [one.incoming.host for one in found.candidates] == [host]
    assert found.candidates[0].incoming.username == "ada@example.org"


async def test_srv_comes_behind_the_database_and_its_own_domain_needs_no_question() -> None:
    async with World(zone=SRV) as world:
        found = await run(world)
    (candidate,) = found.candidates
    assert candidate.incoming == ImapServer(host="imap.example.org", port=993, username="ada@example.org")
    assert candidate.asks == ""
    assert world.ended == {"Built-in": NOTHING, "Autoconfig": NOTHING, "Mozilla's": NOTHING, "DNS": FOUND}


async def test_srv_that_leads_to_another_domain_must_be_confirmed() -> None:
    async with World(zone=FOREIGN_SRV) as world:
        found = await run(world)
    (candidate,) = found.candidates
    assert "imap.elsewhere.example" in candidate.asks
    assert "smtp.example.org" not in candidate.asks
    assert candidate.outgoing is not None


@pytest.mark.parametrize(
    ("zone", "pages", "host", "source"),
    [
        (["10 aspmx.l.google.com."], {}, "imap.gmail.com", "built-in table: Gmail"),
        (["10 mx.hoster.example."], {"/db/hoster.example": "imap.hoster.example"}, "imap.hoster.example", "database"),
    ],
)
async def test_the_exchanger_tells_who_runs_a_domain(
    zone: list[str], pages: dict[str, str], host: str, source: str
) -> None:
    served = {path: answer(config_document(name)) for path, name in pages.items()}
    async with World(served, {("example.org", "MX"): zone}) as world:
        found = await run(world)
    (candidate,) = found.candidates
    assert candidate.incoming.host == host
    assert source in candidate.source
    assert bool(candidate.asks) == bool(pages), "a provider that we know is asked about by nobody's word but ours"
    assert host in candidate.asks or not pages


async def test_what_speaks_only_the_other_protocol_is_told_apart() -> None:
    async with World({"/own1": answer(config_document("imap.example.org"))}) as world:
        found = await run(world, Protocol.POP3)
    assert found.candidates == ()
    assert [one.incoming.host for one in found.others] == ["imap.example.org"]
    assert world.ended["Usual"] is NOTHING, "the search went on to its end"


async def test_a_step_that_fails_or_hangs_holds_none_of_the_others_up() -> None:
    pages = {"/own1": NEVER, "/own2": answer("<html/>"), "/db/example.org": answer("", status="500 Oh")}
    async with World(pages, silent_dns=True, step_s=0.1) as world:
        found = await run(world)
    assert found == Discovery()
    assert world.ended == {
        "Built-in": NOTHING,
        "Autoconfig": NOTHING,
        "Mozilla's": FAILED,
        "DNS": FAILED,
        "Usual": NOTHING,
    }
    details = {step.title: step.detail for step in world.steps}
    assert "did not answer" in details["Autoconfig of example.org"]
    assert "status 500" in details["Mozilla's database"]


async def test_a_search_can_be_cancelled_at_any_step() -> None:
    async with World({"/own1": NEVER, "/own2": NEVER}, step_s=60.0) as world:
        waits = asyncio.Event()

        def note(step: object) -> None:
            world.steps.append(step)  # type: ignore[arg-type]
            if len(world.steps) == 3:
                waits.set()

        search = asyncio.create_task(discover(ADA, Protocol.IMAP, sources=world.sources(), on_step=note))
        await waits.wait()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
    assert world.ended == {"Built-in": NOTHING, "Autoconfig": StepState.RUNNING}


async def test_guesses_are_tried_out_and_the_trusted_ones_come_first() -> None:
    with Dovecot(tls=True, pop3=True) as dovecot:
        guesses = (
            Guess(Host("127.0.0.1", 1, Security.TLS), Protocol.IMAP),
            Guess(Host("127.0.0.1", dovecot.tls_port, Security.TLS), Protocol.IMAP),
            Guess(Host("localhost", dovecot.port, Security.STARTTLS), Protocol.IMAP),
            Guess(Host("127.0.0.1", dovecot.pops_port, Security.TLS), Protocol.IMAP),
        )
        async with World(guesses=guesses) as world:
            trust = ssl.create_default_context(cafile=str(dovecot.ca_file))
            sources = replace(world.sources(), context=trust)
            found = await discover(ADA, Protocol.IMAP, sources=sources)
            untrusted = await run(world)
        assert not [line for line in dovecot.log().splitlines() if "user=<" in line and "user=<>" not in line]
    assert [(one.incoming.port, one.incoming.security, one.source) for one in found.candidates] == [
        (dovecot.tls_port, Security.TLS, "usual names, tried out"),
        (dovecot.port, Security.STARTTLS, "usual names, tried out"),
    ]
    assert found.candidates[0].ways == (Way.PASSWORD,)
    assert {one.source.partition("; ")[2] for one in untrusted.candidates} == {"nothing vouches for its certificate"}


def test_the_usual_names_prefer_tls_from_the_first_octet() -> None:
    imap = [guess for guess in guesses_for("example.org", Protocol.IMAP) if guess.protocol is Protocol.IMAP]
    assert [guess.host.host for guess in imap[:3]] == ["imap.example.org", "mail.example.org", "example.org"]
    assert [guess.host.port for guess in imap] == [993, 993, 993, 143, 143, 143]
    pop3 = [guess for guess in guesses_for("example.org", Protocol.POP3) if guess.protocol is Protocol.POP3]
    assert pop3[0].host == Host("pop.example.org", 995)
    submission = [guess.host for guess in guesses_for("example.org", Protocol.POP3) if guess.protocol is None]
    assert submission[0] == Host("smtp.example.org", 465)


def test_a_database_is_asked_for_the_domains_of_an_exchanger() -> None:
    assert parents(["mx1.mail.hoster.example"], "example.org") == ["mail.hoster.example", "hoster.example"]
    assert parents(["mx.example.org"], "example.org") == []
    assert parents(["mx"], "example.org") == []
    assert parents([], "example.org") == []


async def test_pop3_is_found_as_well() -> None:
    async with World({"/own1": answer(config_document("pop.example.org", kind="pop3", port=995))}) as world:
        found = await run(world, Protocol.POP3)
    assert found.candidates[0].incoming == Pop3Server(host="pop.example.org", port=995, username="ada@example.org")
