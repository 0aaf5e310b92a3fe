"""What a pass over the accounts came to, for people and for scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tuimail.cli import output
from tuimail.cli.documents import report_document
from tuimail.cli.session import Session
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.engine.report import AccountReport


def write_reports(
    session: Session, reports: Mapping[str, AccountReport], *, as_json: bool, dry_run: bool = False
) -> None:
    """Print the reports of one pass, and name what went wrong on stderr."""
    if as_json:
        documents = {name: report_document(report, with_plan=dry_run) for name, report in reports.items()}
        output.write_json({"accounts": documents, "ok": all(report.ok for report in reports.values())})
    else:
        for name, report in reports.items():
            if dry_run:
                _write_plan(name, report)
            elif report.ok:
                _write_counts(name, report)
    tell_failures(session, reports, with_questions=not dry_run)


def write_report(session: Session, name: str, report: AccountReport, *, as_json: bool) -> None:
    """Print the report of one account as one line: a watch has no end to wait for."""
    if as_json:
        output.write_json({"account": name, **report_document(report)})
    elif report.ok:
        _write_counts(name, report)
    tell_failures(session, {name: report})


def tell_failures(session: Session, reports: Mapping[str, AccountReport], *, with_questions: bool = True) -> None:
    """Name on stderr every account that went wrong, changes that its server refused, and what waits for an answer."""
    for name, report in reports.items():
        if not report.ok:
            session.fail(account_problem(name, report.error))
            continue
        if report.asked and with_questions:
            session.fail(
                f"Account {name}: {counted(report.asked, 'message')} that the server no longer has, more than"
                " deletion_limit allows at once: nothing was removed here. `tuimail queue list` shows the plan, and how"
                " to agree or refuse."
            )
        if report.failed:
            session.fail(
                f"Account {name}: the server refused {counted(report.failed, 'change')}."
                " `tuimail queue list` shows what it said; `tuimail queue retry` and `discard` settle it."
            )


def account_problem(name: str, error: str) -> str:
    """`error`, which names the account once."""
    names_it = re.search(rf"\baccount {re.escape(name)}(?![\w@-])", error, re.IGNORECASE)
    return error if names_it else f"Account {name}: {error}"


def _write_plan(name: str, report: AccountReport) -> None:
    for step in report.plan:
        output.write_line(f"{name}: {step}")
    if report.ok and not report.plan:
        output.write_line(f"{name}: nothing to do")


def _write_counts(name: str, report: AccountReport) -> None:
    counts = (
        (report.new, "new message"), (report.changed, "changed message"), (report.vanished, "removed message"),
        (report.pushed, "sent change"), (report.failed, "refused change"), (report.held, "held change"),
    )  # fmt: skip
    news = ", ".join(counted(count, noun) for count, noun in counts if count)
    took = f"{report.seconds:.1f} s"
    if report.mailboxes:
        took = f"{counted(report.mailboxes, 'mailbox', 'mailboxes')}, {took}"
    output.write_line(f"{name}: {news} ({took})" if news else f"{name}: nothing new")
