"""A report of the auditor's desk as a verb: its own options, and those that every report takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from audit.desk.table import Report
from server.commands.audit_output import Csv, print_report
from server.commands.audit_seat import Month, Quarter, Since, Until, seat
from server.commands.options import As, Json, Role, Workspace


def report_verb(report: Callable[..., Report]) -> Callable[..., None]:
    """The verb that prints `report(at, period, **own)`: `at` is the caller's seat, `period` the days that --since,
    --until, --month or --quarter name, and `own` are the report's further arguments, options as they are declared."""

    def verb(**given: Any) -> None:
        common = {name: given.pop(name) for name in COMMON}
        with seat(common["workspace"], common["user"], common["role"]) as at:
            period = at.period(common["since"], common["until"], common["month"], common["quarter"])
            found = report(at, period, **given)
        print_report(found, common["as_json"], common["as_csv"])

    _at, _period, *own = inspect.signature(report, eval_str=True).parameters.values()
    taken = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *COMMON.values())]
    verb.__signature__ = inspect.Signature(taken)  # pyright: ignore[reportFunctionMemberAccess]
    verb.__annotations__ = {parameter.name: parameter.annotation for parameter in taken}
    verb.__name__, verb.__doc__ = report.__name__, report.__doc__
    return verb


def _every_report(
    since: Since = None,
    until: Until = None,
    month: Month = None,
    quarter: Quarter = None,
    workspace: Workspace = None,
    user: As = None,
    role: Role = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None: ...


COMMON = inspect.signature(_every_report, eval_str=True).parameters
