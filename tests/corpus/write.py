"""`python -m tests.corpus.write`: the declared messages as files, with what is expected of them beside."""

from __future__ import annotations

from tests.corpus import files, headers, kinds, structures, texts
from tests.corpus.declare import MAILS, Mail


def declared() -> dict[str, Mail]:
    """All messages of the corpus by their names."""
    mails = [*headers.MAILS, *texts.MAILS, *structures.MAILS, *files.MAILS, *kinds.MAILS]
    by_name = {mail.name: mail for mail in mails}
    if len(by_name) != len(mails):
        raise ValueError("two messages of the corpus have one name")
    return by_name


def main() -> None:
    """Write all, and remove what is no longer declared."""
    MAILS.mkdir(exist_ok=True)
    for old in MAILS.iterdir():
        old.unlink()
    for mail in declared().values():
        MAILS.joinpath(f"{mail.name}.eml").write_bytes(mail.octets)
        MAILS.joinpath(f"{mail.name}.txt").write_bytes(mail.expected.encode())


if __name__ == "__main__":
    main()
