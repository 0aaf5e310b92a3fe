"""A person logs in: by browser, by an address that is pasted, by another device; and all the ways to say no."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.servers.authorisation import AuthorisationServer
from tests.servers.dovecot import make_certificate
from tests.setup.oauth_world import ACCOUNT, USER, Keys, Person, kept, put, query_of, server_at
from tuimail.config.logs import holds_secret
from tuimail.config.schema import Server
from tuimail.model.errors import AuthError, ConfigError, ConnectionLost, ProtocolError, TimedOut
from tuimail.setup.oauth import flow as oauth_flow
from tuimail.setup.oauth import http as oauth_http
from tuimail.setup.oauth.access import StepKind, access_token, log_in
from tuimail.setup.oauth.redirect import NotOurRedirect, code_in

pytestmark = pytest.mark.usefixtures("keyring")


async def by_browser(person: Person, server: Server, **options: Any) -> None:
    async with asyncio.timeout(20):
        await log_in(ACCOUNT, server, on_step=person.see, **options)


async def test_a_log_in_by_browser_brings_tokens_that_are_kept(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    person, server = Person(authorisation.visit), server_at(authorisation)
    found = await log_in(ACCOUNT, server, on_step=person.see)
    assert person.kinds == [StepKind.BROWSER, StepKind.ASKING]
    assert [page[0] for page in await person.seen() if isinstance(page, tuple)] == [200]
    assert found.kept_in == "keyring"
    assert found.lasts
    assert kept(keyring).access_token in authorisation.access
    page = authorisation.pages[0]
    assert (page["code_challenge_method"], page["response_type"], page["login_hint"]) == ("S256", "code", USER)
    assert page["redirect_uri"].startswith("http://127.0.0.1:")
    assert await access_token(ACCOUNT, server) == kept(keyring).access_token
    assert len(authorisation.token_requests) == 1


async def test_nothing_secret_is_in_a_representation_or_a_log(
    authorisation: AuthorisationServer, keyring: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    authorisation.client_secret = "s3cret"
    person = Person(authorisation.visit)
    found = await log_in(ACCOUNT, server_at(authorisation, client_secret="s3cret"), on_step=person.see)
    assert authorisation.token_requests[0]["client_secret"] == "s3cret"
    verifier, code = (authorisation.token_requests[0][name] for name in ("code_verifier", "code"))
    tokens = found.tokens
    for secret in (verifier, code, tokens.access_token, tokens.refresh_token):
        assert holds_secret(secret)
        assert secret not in repr((found, tokens, person.steps))
        assert secret not in caplog.text
    assert "s3cret" not in repr(server_at(authorisation, client_secret="s3cret"))


async def test_a_redirect_with_another_state_is_refused_and_the_wait_goes_on(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    answers: list[int] = []

    def browse(url: str) -> None:
        redirect = query_of(url)["redirect_uri"]
        for address in (f"{redirect}/?code=mine&state=forged", f"{redirect}/?code=mine", f"{redirect}/favicon.ico"):
            answers.append(authorisation.visit(address)[0])
        answers.append(authorisation.visit(url)[0])

    person = Person(browse)
    await by_browser(person, server_at(authorisation))
    await person.seen()
    assert answers == [400, 400, 404, 200]
    assert [form["code"] for form in authorisation.token_requests] != ["mine"]
    assert kept(keyring).access_token in authorisation.access


async def test_the_listener_takes_no_second_code_and_nothing_but_get(authorisation: AuthorisationServer) -> None:
    redirects: list[str] = []
    answers: list[bytes] = []

    def browse(url: str) -> None:
        redirects.append(query_of(url)["redirect_uri"])
        port = int(redirects[0].rpartition(":")[2])
        for request in (b"POST / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", b"x" * (oauth_http.MAX_OCTETS)):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                try:
                    connection.sendall(request)
                    answers.append(connection.recv(12))
                except ConnectionError:
                    answers.append(b"")
        authorisation.visit(url)

    person = Person(browse)
    await by_browser(person, server_at(authorisation))
    await person.seen()
    assert answers == [b"HTTP/1.1 405", b"HTTP/1.1 405", b""]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(redirects[0].rpartition(":")[2])), timeout=10)


async def test_a_person_who_says_no(authorisation: AuthorisationServer, keyring: Keys) -> None:
    authorisation.denies = True
    with pytest.raises(AuthError, match=r"was turned down\. Run `tuimail account login work`"):
        await by_browser(Person(authorisation.visit), server_at(authorisation))
    assert keyring.kept == {}


async def test_a_code_that_somebody_else_used_first(authorisation: AuthorisationServer) -> None:
    def browse(url: str) -> None:
        address = authorisation.address_after(url)
        authorisation.codes[query_of(address)["code"]].used = True
        authorisation.visit(address)

    with pytest.raises(AuthError, match=r"invalid_grant: the code was used before\): it was used before"):
        await by_browser(Person(browse), server_at(authorisation))


@pytest.mark.parametrize("redirect", ["https://127.0.0.1", ""])
async def test_an_address_is_pasted(authorisation: AuthorisationServer, keyring: Keys, redirect: str) -> None:
    """Once where nobody can be redirected to, once where the browser is on another machine."""
    shown: asyncio.Queue[str] = asyncio.Queue()
    person, pasted = Person(shown.put_nowait), ["https://127.0.0.1/?code=a&state=b", "no address at all"]
    loop = asyncio.get_running_loop()
    person.browse = lambda url: loop.call_soon_threadsafe(shown.put_nowait, authorisation.address_after(url))

    async def paste() -> str:
        return pasted.pop(0) if pasted else f"  {await shown.get()}\n"

    await by_browser(person, server_at(authorisation, **({"redirect": redirect} if redirect else {})), pasted=paste)
    assert person.kinds == [StepKind.BROWSER, StepKind.AGAIN, StepKind.AGAIN, StepKind.ASKING]
    assert person.steps[0].pastes
    assert kept(keyring).access_token in authorisation.access


async def test_a_redirect_that_needs_pasting_where_nobody_can_paste(authorisation: AuthorisationServer) -> None:
    with pytest.raises(ConfigError, match="nobody can paste one here"):
        await by_browser(Person(), server_at(authorisation, redirect="https://127.0.0.1"))


async def test_a_redirect_with_a_path_and_a_port_of_its_own(authorisation: AuthorisationServer) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = server_at(authorisation, redirect=f"http://localhost:{port}/callback")
    await by_browser(Person(authorisation.visit), server)
    assert authorisation.pages[0]["redirect_uri"] == f"http://localhost:{port}/callback"
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(ConfigError, match=f"Nothing can listen on port {port}"):
            await by_browser(Person(), server)


async def test_a_person_who_never_comes(authorisation: AuthorisationServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth_flow, "PERSON_TIMEOUT_S", 0.05)
    with pytest.raises(AuthError, match="Nobody logged in at"):
        await by_browser(Person(), server_at(authorisation))


async def test_a_log_in_that_is_given_up_leaves_nothing(authorisation: AuthorisationServer, keyring: Keys) -> None:
    shown = asyncio.Event()
    person = Person()

    def see(step: Any) -> None:
        person.steps.append(step)
        shown.set()

    task = asyncio.create_task(log_in(ACCOUNT, server_at(authorisation), on_step=see))
    await shown.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    port = int(query_of(person.steps[0].url)["redirect_uri"].rpartition(":")[2])
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    assert keyring.kept == {}


async def by_device(server: Server, person: Person) -> list[float]:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with asyncio.timeout(20):
        await log_in(ACCOUNT, server, on_step=person.see, device=True, pause=pause)
    return pauses


async def test_a_device_is_asked_in_the_servers_own_time(authorisation: AuthorisationServer, keyring: Keys) -> None:
    authorisation.interval = 2
    authorisation.device_answers = ["authorization_pending", "slow_down", "authorization_pending", "slow_down"]
    person = Person()
    assert await by_device(server_at(authorisation), person) == [2, 2, 7, 7, 12]
    step = person.steps[0]
    assert (step.kind, step.user_code, step.url) == (StepKind.CODE, "WDJB-MJHT", f"{authorisation.url}/activate")
    assert kept(keyring).access_token in authorisation.access


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("access_denied", "was turned down"),
        ("expired_token", "Nobody agreed at 127.0.0.1 before the code ran out"),
        ("something_new", r"refused the log-in \(something_new\)"),
    ],
)
async def test_a_device_that_is_refused(
    authorisation: AuthorisationServer, keyring: Keys, answer: str, words: str
) -> None:
    authorisation.device_answers = ["authorization_pending", answer]
    with pytest.raises(AuthError, match=f"{words}.*tuimail account login work"):
        await by_device(server_at(authorisation), Person())
    assert keyring.kept == {}


async def test_a_device_goes_on_when_one_question_is_lost(authorisation: AuthorisationServer, keyring: Keys) -> None:
    authorisation.error = (503, {}, {})
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            authorisation.error = None

    await log_in(ACCOUNT, server_at(authorisation), on_step=Person().see, device=True, pause=pause)
    assert len(pauses) == 3
    assert kept(keyring).access_token in authorisation.access


async def test_a_provider_without_a_device_flow_names_the_other_way(authorisation: AuthorisationServer) -> None:
    server = server_at(None, host="imap.gmail.com", client_id="x")
    with pytest.raises(
        ConfigError, match=r"Google has no log-in by device for mail\. Run `tuimail account login work`"
    ):
        await by_device(server, Person())


async def test_https_is_checked_as_every_connection(tmp_path: Path, keyring: Keys) -> None:
    make_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with AuthorisationServer(tls=tls) as authorisation:
        tokens = put(keyring, authorisation, renew_at=1.0)
        trusting = server_at(authorisation, ca_file=str(tmp_path / "ca.pem"))
        with pytest.raises(ConnectionLost, match="certificate of localhost is not trusted"):
            await access_token(ACCOUNT, server_at(authorisation), refused=tokens.access_token)
        assert await access_token(ACCOUNT, trusting) in authorisation.access
        assert kept(keyring).refresh_token != tokens.refresh_token


@pytest.mark.parametrize(
    ("status", "document", "headers", "error", "words"),
    [
        (302, {}, {"Location": "http://127.0.0.1:1/elsewhere"}, AuthError, "http_302"),
        (200, {"access_token": "x", "token_type": "mac"}, {}, ProtocolError, "without a bearer token"),
        (200, {"access_token": 5}, {}, ProtocolError, "without a bearer token"),
        (200, {"filler": "x" * oauth_http.MAX_OCTETS}, {}, ProtocolError, "more than 128 KB"),
        (200, ["no object"], {}, ProtocolError, "no JSON document"),
        (500, {}, {}, ConnectionLost, "cannot serve the log-in now"),
        (429, {}, {}, ConnectionLost, "cannot serve the log-in now"),
        (400, {"error": "temporarily_unavailable"}, {}, ConnectionLost, "cannot serve the log-in now"),
        (401, {"error": "invalid_client"}, {}, ConfigError, "does not accept tuimail's client id"),
        (400, {"error": "invalid_scope"}, {}, ConfigError, "does not know the scopes"),
        (400, {"error": "\x1b[31m", "error_description": "a\x1b]0;b\x07\nc"}, {}, AuthError, r"refused the log-in"),
        (200, {"access_token": "\ud800"}, {}, ProtocolError, "a token that cannot be one"),
        (200, {"access_token": "x", "refresh_token": "a\nb"}, {}, ProtocolError, "a token that cannot be one"),
    ],
)
async def test_answers_that_bring_no_tokens(
    authorisation: AuthorisationServer,
    keyring: Keys,
    status: int,
    document: Any,
    headers: dict[str, str],
    error: type[Exception],
    words: str,
) -> None:
    authorisation.error = (status, document, headers)
    with pytest.raises(error, match=words) as caught:
        await by_browser(Person(authorisation.visit), server_at(authorisation))
    assert str(caught.value).isprintable()
    assert keyring.kept == {}


async def test_a_server_that_does_not_answer_in_time(
    authorisation: AuthorisationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_http, "TOTAL_S", 0.1)
    authorisation.hold = threading.Event()
    with pytest.raises(TimedOut, match="did not answer in time"):
        await by_browser(Person(authorisation.visit), server_at(authorisation))
    authorisation.hold.set()


async def test_without_a_place_for_tokens_nobody_is_sent_to_a_browser(
    authorisation: AuthorisationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuimail.config.keyrings.why_none", lambda: "There is no keyring here.")
    person = Person(authorisation.visit)
    with pytest.raises(AuthError, match=r"Nothing can keep the tokens of account work\. There is no keyring here\."):
        await by_browser(person, server_at(authorisation))
    assert person.steps == []


async def test_a_lifetime_beyond_all_numbers_is_none(authorisation: AuthorisationServer, keyring: Keys) -> None:
    authorisation.error = (200, {"access_token": "x", "refresh_token": "y", "expires_in": 10**400}, {})
    await by_browser(Person(authorisation.visit), server_at(authorisation))
    assert kept(keyring).expires_at is None


async def test_a_description_that_repeats_a_token_is_not_told(
    authorisation: AuthorisationServer, keyring: Keys
) -> None:
    tokens = put(keyring, authorisation, renew_at=1.0, expires_at=2.0)
    words = {"error": "invalid_grant", "error_description": f"no such token: {tokens.refresh_token}"}
    authorisation.error = (400, words, {})
    with pytest.raises(AuthError, match=r"log-in of account work for ended \(invalid_grant\)") as caught:
        await access_token(ACCOUNT, server_at(authorisation))
    assert tokens.refresh_token not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://a..b/token", "https://[x/token", "https://example.org/t\u00f6ken", f"https://{'a' * 70}.test/"]
)
async def test_an_address_that_cannot_be_is_said_in_words(keyring: Keys, url: str) -> None:
    server = server_at(None, client_id="x", authorization_url="https://example.org/", token_url=url, device_url=url)
    with pytest.raises(ConfigError, match="no address for OAuth2"):
        await log_in(ACCOUNT, server, on_step=Person().see, device=True)


async def test_a_device_is_sent_to_no_address_that_cannot_be(keyring: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(*_asked: object, **_options: object) -> oauth_http.Answer:
        return oauth_http.Answer(200, {"device_code": "a", "user_code": "b", "verification_uri": "https://["})

    monkeypatch.setattr(oauth_flow, "post_form", answer)
    table = {"client_id": "x", "token_url": "https://example.org/token", "device_url": "https://example.org/device"}
    with pytest.raises(ProtocolError, match="without a code or an address"):
        await log_in(ACCOUNT, server_at(None, **table), on_step=Person().see, device=True)


@pytest.mark.parametrize("address", ["https://[", "x://[::1?state=s", "state=\udc80"])
def test_an_address_that_cannot_be_is_not_that_of_the_log_in(address: str) -> None:
    with pytest.raises(NotOurRedirect):
        code_in(address, "s", "Example", ACCOUNT)


async def test_a_server_that_talks_on_and_on_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        ended.set()

    monkeypatch.setattr(oauth_http, "TOTAL_S", 0.2)
    running = await asyncio.start_server(chatter, "127.0.0.1", 0)
    port = running.sockets[0].getsockname()[1]
    with pytest.raises(TimedOut, match="did not answer in time"):
        await oauth_http.post_form(f"http://127.0.0.1:{port}/", {"a": "b"})
    async with asyncio.timeout(10):
        await ended.wait()
    running.close()
