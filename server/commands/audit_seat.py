"""Who may sit at the auditor's desk, and which days they ask for.

Whoever can read the workspace's log on this machine may, as with `assay audit tail`; with --as it is in a user's name,
whose role must then be one that reads the log.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from audit.desk import periods
from audit.desk.calls import Call, Period, calls, in_order
from catalog.company_calendar import CompanyCalendar
from catalog.principals import Principal
from catalog.refusals import BadArgument, NotAllowed
from server.commands.options import Workspace, caller, program
from server.wiring import Program

Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="First day (YYYY-MM-DD).")]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Last day, inclusive.")]
Month = Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="A whole month.")]
Quarter = Annotated[str | None, typer.Option("--quarter", metavar="YYYYQN", help="A whole fiscal quarter.")]


@dataclass(frozen=True)
class Seat:
    """The program as an auditor uses it. Days are the company's, read on the wall clock as the log is, whatever day the
    workspace pins. `principal` is None for whoever runs the command under no name of the company."""

    built: Program
    principal: Principal | None
    now: datetime
    calendar: CompanyCalendar

    def calls(self, period: Period) -> list[Call]:
        """The calls of a period, in the order asked. Raises AuditDown."""
        return in_order(calls(self.built.audit, period, self.now))

    def period(self, since: str | None, until: str | None, month: str | None, quarter: str | None) -> Period:
        """The one period that the options name; open where they name none. Raises BadArgument."""
        ways = [bool(since or until), month is not None, quarter is not None]
        if sum(ways) > 1:
            raise BadArgument("Give one of --since/--until, --month or --quarter.")
        if month is not None:
            return periods.month(self.calendar, month)
        if quarter is not None:
            _, first, last = periods.quarter(self.calendar, quarter)
            return periods.days(self.calendar, first, last)
        first = periods.day(since, "--since") if since else None
        return periods.days(self.calendar, first, periods.day(until, "--until") if until else None)


@contextmanager
def seat(workspace: Workspace, user: str | None, role: str | None) -> Generator[Seat]:
    """A seat at the desk; a role that does not read the log gets none, and the verb ends."""
    with program(workspace) as built:
        principal = caller(built, user, role, None) if user is not None or role is not None else None
        held = built.catalog.policies.role(principal.role) if principal else None
        if principal and (held is None or not held.audit):
            able = [each.name for each in built.catalog.policies.roles if each.audit]
            raise NotAllowed(f"Role '{principal.role}' does not read the audit log.", exists=able)
        company, now = built.catalog.company, datetime.now(UTC)
        yield Seat(built, principal, now, company.calendar(now))
