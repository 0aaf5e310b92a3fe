"""S/MIME keys under a passphrase: gpg's agent asks for it, and what it answers ends in a key or in words."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

from tests.crypto.mails import TEXT, message, smime_mime
from tests.crypto.smime_world import SmimeWorld
from tests.crypto.test_pgp_mime import only
from tuimail.crypto import passphrase
from tuimail.crypto.certificates import KeyLocked, load_own_key
from tuimail.crypto.process import Cancelled
from tuimail.crypto.secured import Lock, SecuredPart
from tuimail.crypto.smime import MAX_TRIES
from tuimail.crypto.tools import Tools
from tuimail.model.errors import ProgramFailed

SECRET = "s%cret wörds"
AGENT = f"""#!{sys.executable}
import pathlib, sys
log = pathlib.Path(__file__).with_name("asked")
with log.open("a") as file: print(sys.argv[1], file=file)
answers = pathlib.Path(__file__).with_name("answers")
first, *rest = answers.read_text().split("\\n")
if sys.argv[1].startswith("GET"):
    answers.write_text("\\n".join(rest))
    print(first)
else:
    print("OK")
"""
PINENTRY = f"""#!{sys.executable}
import sys
print("OK ready", flush=True)
for line in sys.stdin:
    if line.startswith("GETPIN"):
        print("D {SECRET.replace("%", "%25")}", flush=True)
    print("OK", flush=True)
"""

MakeTools = Callable[..., Tools]


def _written(path: Path, content: bytes | str, mode: int = 0o600) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


@pytest.fixture
def locked(smime: SmimeWorld, tmp_path: Path) -> Path:
    """The reader's key and certificate, the key under a passphrase."""
    hidden = BestAvailableEncryption(SECRET.encode())
    key = smime.me.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)
    return _written(tmp_path / "locked.pem", key + smime.me.pem)


@pytest.fixture
def tools(smime: SmimeWorld, tmp_path: Path) -> MakeTools:
    """Tools whose agent gives these answers, one for each time that it is asked."""

    def make(*answers: str, keys: tuple[Path, ...]) -> Tools:
        agent = _written(tmp_path / "agent", AGENT, 0o700)
        _written(tmp_path / "answers", "\n".join(answers))
        return Tools(agent=str(agent), environment=smime.environment, smime_keys=tuple(map(str, keys)))

    return make


def asked(tmp_path: Path) -> list[str]:
    log = tmp_path / "asked"
    return log.read_text().splitlines() if log.exists() else []


def opened(smime: SmimeWorld, tools: Tools) -> SecuredPart:
    return only(message(smime_mime(smime.encrypt(TEXT), "enveloped-data")), tools)


RIGHT = f"OK {SECRET.encode().hex().upper()}"
WRONG = "OK 00FF"


def test_the_agent_is_asked_and_opens_the_key(
    smime: SmimeWorld, tmp_path: Path, locked: Path, tools: MakeTools
) -> None:
    part = opened(smime, tools(RIGHT, keys=(locked,)))
    assert (part.lock, part.content) == (Lock.OPENED, TEXT)
    (command,) = asked(tmp_path)
    verb, name, complaint, prompt, description = command.split(" ")
    assert (verb, complaint, prompt) == ("GET_PASSPHRASE", "X", "Passphrase%3A")
    assert name.startswith("tuimail%3A")
    assert description.startswith("The+passphrase+of+your+S%2FMIME+key+")


def test_a_bag_under_a_passphrase(smime: SmimeWorld, tmp_path: Path, tools: MakeTools) -> None:
    assert not isinstance(smime.me.key, type(smime.ada.key))
    hidden = BestAvailableEncryption(SECRET.encode())
    bag = pkcs12.serialize_key_and_certificates(b"me", smime.me.key, smime.me.certificate, None, hidden)
    path = _written(tmp_path / "me.p12", bag)
    assert opened(smime, tools(RIGHT, keys=(path,))).content == TEXT


def test_nobody_is_asked_while_another_key_will_do(
    smime: SmimeWorld, tmp_path: Path, locked: Path, tools: MakeTools
) -> None:
    assert opened(smime, tools(RIGHT, keys=(locked, smime.me.path))).content == TEXT
    assert asked(tmp_path) == []


def test_a_wrong_one_is_forgotten_and_asked_for_again(
    smime: SmimeWorld, tmp_path: Path, locked: Path, tools: MakeTools
) -> None:
    assert opened(smime, tools(WRONG, RIGHT, keys=(locked,))).content == TEXT
    first, forgotten, again = asked(tmp_path)
    assert forgotten == f"CLEAR_PASSPHRASE {first.split(' ')[1]}"
    assert "That+was+not+it" in again


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([WRONG] * (MAX_TRIES + 1), "The passphrase was wrong."),
        (["ERR 83886179 Operation cancelled <Pinentry>"], "The passphrase was not given."),
        (["ERR 67108949 No pinentry <GPG Agent>"], "could not ask for the passphrase here"),
        (["ERR 83918950 Inappropriate ioctl for device <Pinentry>"], "could not ask for the passphrase here"),
        (["ERR 4294967295 Whatever"], "did not answer"),
        (["what?"], "did not answer"),
        ([""], "did not answer"),
    ],
)
def test_without_the_passphrase_it_stays_closed_and_says_why(
    smime: SmimeWorld, locked: Path, tools: MakeTools, answers: list[str], words: str
) -> None:
    part = opened(smime, tools(*answers, keys=(locked,)))
    assert (part.lock, part.content) == (Lock.FAILED, None)
    assert words in part.fault


def test_a_missing_agent_is_named(smime: SmimeWorld, locked: Path) -> None:
    tools = Tools(agent="/nonexistent/agent", environment=smime.environment, smime_keys=(str(locked),))
    assert "gpg-connect-agent is not installed" in opened(smime, tools).fault


def test_who_does_not_want_to_wait_is_not_asked_further(locked: Path, tools: MakeTools) -> None:
    given_up = tools(RIGHT, keys=(locked,))
    waiting = Tools(agent=given_up.agent, cancelled=lambda: True)
    with pytest.raises(Cancelled):
        passphrase.ask(str(locked), waiting)


def test_a_locked_key_says_so(locked: Path) -> None:
    for wrong in (None, b"", b"wrong"):
        with pytest.raises(KeyLocked, match="without its passphrase"):
            load_own_key(str(locked), wrong)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of gpg's whose pinentry answers by itself."""
    made = Path(tempfile.mkdtemp(prefix="tg"))
    pinentry = _written(made / "pinentry", PINENTRY, 0o700)
    _written(made / "gpg-agent.conf", f"pinentry-program {pinentry}\n")
    yield made
    subprocess.run(["gpgconf", "--homedir", made, "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(made, ignore_errors=True)


def test_the_real_agent_asks_keeps_and_forgets(home: Path) -> None:
    tools = Tools(environment={"GNUPGHOME": str(home)})
    name = f"/keys/{'long ' * 100}ö.pem"
    assert passphrase.ask(name, tools) == SECRET.encode()
    (home / "pinentry").unlink()
    assert passphrase.ask(name, tools) == SECRET.encode()
    passphrase.forget(name, tools)
    with pytest.raises(ProgramFailed, match="could not ask for the passphrase here"):
        passphrase.ask(name, tools)
