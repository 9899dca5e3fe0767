"""An agent's seat at the gate: asks the tools as one principal and reads what comes back as exact numbers.

Everything an agent knows comes through here, so every fact has a receipt and every call is on record under the agent's
own name (or the recipient's, where something is computed for one person).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Metric
from catalog.principals import Principal
from tools.toolset import Toolset

PAGE = 5_000
"""Rows that an agent reads at once."""


class Refused(Exception):
    """A tool said no. `code` is stable; the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Result:
    """Rows of an answer by column name, with what they rest on. Numbers are exact decimals, dates are ISO text."""

    rows: tuple[Mapping[str, Any], ...]
    columns: tuple[str, ...]
    receipt: str
    trust: str
    as_of: date | None
    structured: Mapping[str, Any]

    def decimal(self, row: int, column: str) -> Decimal | None:
        """A cell as an exact number; None where it has none."""
        return exact(self.rows[row].get(column))


def exact(cell: object) -> Decimal | None:
    """A JSON number as the decimal it was written as."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        return Decimal(str(cell))
    except ArithmeticError:
        return None


class Desk:
    """One principal at the tools. `client` is how the audit log names who called."""

    def __init__(
        self, toolset: Toolset, catalog: Catalog, calendar: CompanyCalendar, principal: Principal, client: str
    ) -> None:
        self.toolset = toolset
        self.catalog = catalog
        self.calendar = calendar
        self.principal = principal
        self.client = client

    @property
    def access(self) -> Access:
        """What this principal may see."""
        return Access(self.catalog, self.principal)

    @property
    def dialect(self) -> str:
        """The SQL that `query(sql=...)` is written in."""
        return self.toolset.dialect

    def as_principal(self, principal: Principal) -> Desk:
        """The same seat for somebody else."""
        return Desk(self.toolset, self.catalog, self.calendar, principal, self.client)

    def with_metric(self, metric: Metric) -> Desk:
        """The same seat where one metric is defined as it once was."""
        catalog = replace(self.catalog, metrics={**self.catalog.metrics, metric.name: metric})
        return Desk(self.toolset.under(catalog), catalog, self.calendar, self.principal, self.client)

    def query(self, question: str, **request: Any) -> Result:
        """Rows of a metric request, a template or SQL (arguments of query_curated_data), all pages. Raises Refused."""
        arguments = {"question": question, **_plain(request)}
        first = self.call("query_curated_data", arguments)
        names = tuple(str(column["name"]) for column in first["columns"])
        rows: list[list[Any]] = list(first["rows"])
        page = first
        while page["next_cursor"]:
            page = self.call("query_curated_data", {**arguments, "cursor": page["next_cursor"]})
            rows += page["rows"]
        trust: Mapping[str, Any] = first["trust"] or {}
        as_of = date.fromisoformat(trust["as_of"]) if trust.get("as_of") else None
        keyed = tuple(dict(zip(names, row, strict=True)) for row in rows)
        return Result(keyed, names, str(first["receipt"]), str(trust.get("state", "")), as_of, first)

    def explain(self, metric: str, **arguments: Any) -> Mapping[str, Any]:
        """The structured content of explain_number. Raises Refused."""
        return self.call("explain_number", {"metric": metric, **_plain(arguments)})

    def status(self, scope: str = "all", name: str | None = None, *, detail: bool = True) -> Mapping[str, Any]:
        """The structured content of fetch_reconciliation_status. Raises Refused."""
        arguments = {"scope": scope, "detail": detail, **({"name": name} if name else {})}
        return self.call("fetch_reconciliation_status", arguments)

    def definition(self, metric: str) -> Mapping[str, Any]:
        """The structured content of lookup_metric_definition. Raises Refused."""
        return self.call("lookup_metric_definition", {"metric": metric})

    def text(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """What a tool tells, refusals included: for a model that looks around."""
        return self.toolset.call(self.principal, tool, arguments, client=f"{self.client}, model").text

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """One call through the gate. Raises Refused."""
        result = self.toolset.call(self.principal, tool, arguments, client=self.client, page_rows=PAGE)
        if result.is_error:
            raise Refused(str(result.structured.get("code", "")), str(result.structured.get("message", "")))
        return result.structured


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as JSON values: dates as text, tuples as lists, what is None left out."""

    def plain(value: Any) -> Any:
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    return {name: plain(value) for name, value in arguments.items() if value is not None}
