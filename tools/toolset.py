"""The one gate: identity → access → rate → validated input → today's use → a turn → run → receipt → audit. There is no
other way to a tool.

Whoever calls (MCP, the command line, an agent) gets the same result. Two audit records are written a call: the intent
before anything runs, the outcome after; if either cannot be written, the call is refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from audit.log import Intent, Outcome
from audit.record import Record, canonical, sha256
from catalog.access import Access
from catalog.accesses import Accesses
from catalog.catalog import Catalog
from catalog.principals import Principal
from catalog.refusals import Ambiguous, AuditDown, BadArgument, NotUnderstood, Refusal, Timeout
from tools.answer import ToolOutput
from tools.arguments import RECORDED_CHARACTERS, for_the_record, shown, validated
from tools.caches import Caches
from tools.describe_catalog import DescribeCatalog
from tools.evidence import Evidence
from tools.explain_number import ExplainNumber
from tools.fetch_reconciliation_status import FetchReconciliationStatus
from tools.limits import Limiter
from tools.lookup_metric_definition import LookupMetricDefinition
from tools.query_curated_data import QueryCuratedData
from tools.receipts import ReceiptVerdict, compared, readable, replay_of, shown_receipt
from tools.services import Services
from tools.tool import PAGE_ROWS, AnyTool, Call, Output, Trace
from warehouse.deadline import Deadline
from warehouse.purpose import UNTOLD, Purpose
from warehouse.purse import Purse

__all__ = ["TOOLS", "Services", "ToolResult", "Toolset"]

log = logging.getLogger("assay.toolset")

TOOLS: tuple[AnyTool, ...] = (
    QueryCuratedData(),
    LookupMetricDefinition(),
    FetchReconciliationStatus(),
    ExplainNumber(),
    DescribeCatalog(),
)

INTERNAL = "INTERNAL"
INTERNAL_WORDS = "Something went wrong on our side. It is on record; give the receipt to whoever runs this server."


@dataclass(frozen=True)
class ToolResult:
    """Both channels of a result; each stands alone."""

    structured: dict[str, Any]
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class _Asked:
    """One call as it came in. `payer` is whose use it counts as."""

    principal: Principal
    payer: Principal
    tool: str
    arguments: Mapping[str, object]
    deadline: Deadline | None = None
    page_rows: int = PAGE_ROWS
    fresh: bool = False
    purpose: Purpose = UNTOLD


@dataclass(frozen=True)
class _Ended:
    """How a run ended, before it is on record."""

    output: Output
    outcome: str = "ok"
    detail: str = ""
    use: tuple[str, ...] = ()
    """What the caller must know of today's use; told beside the answer, no part of it."""


class Toolset:
    """The tools of one company. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._evidence = Evidence(services.catalog)
        self._accesses = Accesses()
        self.tools: Mapping[str, AnyTool] = {tool.name: tool for tool in TOOLS}

    def call(
        self,
        principal: Principal,
        tool: str,
        arguments: Mapping[str, object],
        *,
        client: str = "",
        deadline: Deadline | None = None,
        page_rows: int = PAGE_ROWS,
    ) -> ToolResult:
        """Run one tool for one principal. Never raises for a refusal: the result then has `is_error` set, its text
        begins with the code, and its structured content has the shape of the tool's result.

        `deadline` ends the call early (also when cancelled); the role's own limit holds in any case. `page_rows` is
        for callers in this process that read only the structured content."""
        found = self.tools.get(tool)
        began = time.perf_counter()
        try:
            receipt = self._services.audit.begin(self._intent(principal, tool, arguments, client))
        except AuditDown as refusal:
            return _refused(found, refusal)
        purpose = Purpose(tool if found else "", client, receipt)
        asked = _Asked(principal, principal, tool, arguments, deadline, page_rows, purpose=purpose)
        # The turn is held until the outcome is written: the calls of one user would else queue up for the log.
        with ExitStack() as turn:
            ended = self._ended(asked, turn)
            result = _result(ended, receipt)
            try:
                self._services.audit.finish(receipt, self._outcome(principal, ended, result, began))
            except AuditDown as refusal:
                return _refused(found, refusal)
        return _with_use(result, ended.use)

    @property
    def limits(self) -> Limiter:
        """How much each may use."""
        return self._services.limits

    @property
    def dialect(self) -> str:
        """The dialect of callers' SQL."""
        return self._services.warehouse.dialect

    def under(self, catalog: Catalog) -> Toolset:
        """The same gate over another state of the catalog, for example with a definition as it once was. What it
        answers is on record with the definitions it used."""
        return Toolset(replace(self._services, catalog=catalog, caches=Caches()))

    def warm(self) -> None:
        """Find out now what every first answer needs: how far the data reach, and whether they reconcile. Raises
        WarehouseDown."""
        self._services.reconciler.report()

    def show_receipt(self, principal: Principal, receipt: str) -> dict[str, Any]:
        """Everything on record about a call of this principal (of anyone, for a role that may read the audit log).

        Raises BadArgument where there is no such receipt for this principal, AuditDown."""
        return shown_receipt(readable(self._services.audit.get(receipt), self._access(principal)))

    def verify_receipt(self, principal: Principal, receipt: str) -> ReceiptVerdict:
        """Run a recorded call again, as the one who made it, and compare. The replay is on record too, and counts as a
        call of this principal.

        Raises BadArgument where there is no such receipt for this principal, AuditDown."""
        records = readable(self._services.audit.get(receipt), self._access(principal))
        return self._again(principal, records, {"receipt": receipt})

    def verify_behind(self, principal: Principal, receipt: str, message: str) -> ReceiptVerdict | None:
        """The same for an answer behind a message that this principal may check: whoever calls has made sure of that.
        None where the answer is not on record any more. Raises AuditDown."""
        records = self._services.audit.get(receipt)
        return self._again(principal, records, {"receipt": receipt, "message": message}) if records else None

    def _again(self, principal: Principal, records: Sequence[Record], asked: Mapping[str, object]) -> ReceiptVerdict:
        """Run a recorded call again, as the one who made it; on record as a call of `principal`."""
        intent = self._intent(principal, "verify_receipt", asked, "")
        own = self._services.audit.begin(intent)
        began = time.perf_counter()
        original, tool, arguments = replay_of(records)
        with ExitStack() as turn:
            purpose = Purpose("verify_receipt", "", own)
            ended = self._ended(_Asked(original, principal, tool, arguments, fresh=True, purpose=purpose), turn)
            result = _result(ended, own)
            again = self._outcome(original, ended, result, began)
            self._services.audit.finish(own, again)
        return compared(records, again)

    def _ended(self, asked: _Asked, turn: ExitStack) -> _Ended:
        tool, deadline = self.tools.get(asked.tool), asked.deadline
        try:
            output, use = self._run(asked, tool, turn)
            return _Ended(output, use=use)
        except Refusal as refusal:
            cancelled = deadline is not None and deadline.cancelled and isinstance(refusal, Timeout)
            cause = f"{type(refusal.__cause__).__name__}: {refusal.__cause__}" if refusal.__cause__ else ""
            return _Ended(_refusal_output(tool, refusal), "CANCELLED" if cancelled else refusal.code, cause)
        # The border of the process: a fault of ours is logged and coded, and tells the caller nothing else.
        except Exception as error:
            log.exception("tool %s failed", shown(asked.tool))
            output = _empty(tool, INTERNAL, INTERNAL_WORDS)
            return _Ended(output, INTERNAL, f"{type(error).__name__}: {error}")

    def _run(self, asked: _Asked, tool: AnyTool | None, turn: ExitStack) -> tuple[Output, tuple[str, ...]]:
        """The tool's output, and what the caller must know of today's use. The call's turn is held by `turn`."""
        access, payer = self._access(asked.principal), self._access(asked.payer)
        self.limits.take(payer)
        if tool is None:
            raise BadArgument(f"There is no tool '{shown(asked.tool)}'.", exists=list(self.tools))
        checked = validated(tool.Arguments, asked.arguments)
        tool.prepare()
        ticket = self.limits.ticket(payer, reads_rows=tool.reads_rows)
        own, release = _within(asked.deadline, access.role.limits.deadline_seconds, ticket)
        try:
            with ticket.admitted(own, turn):
                calendar = self._services.calendar()
                call = Call(self._services, access, calendar, own, asked.page_rows, asked.fresh, asked.purpose)
                output = tool.run(checked, call)
                return output, ticket.deliver(output.rows, output.size)
        finally:
            release()

    def _access(self, principal: Principal) -> Access:
        return self._accesses.of(self._services.catalog, principal)

    def _intent(self, principal: Principal, tool: str, arguments: Mapping[str, object], client: str) -> Intent:
        question = arguments.get("question")
        return Intent(
            user=principal.user,
            role=principal.role,
            roles=principal.roles,
            issuer=principal.issuer,
            attributes=principal.attributes,
            client=str(for_the_record(client[:200])),
            tool=shown(tool),
            question=str(for_the_record(question)) if isinstance(question, str) else "",
            arguments=for_the_record({k: v for k, v in arguments.items() if k != "question"}),
            policy_version=self._services.catalog.policy_version,
        )

    def _outcome(self, principal: Principal, ended: _Ended, result: ToolResult, began: float) -> Outcome:
        trace = ended.output.trace
        known = self._services.catalog.policies.role(principal.role) is not None
        return Outcome(
            outcome=ended.outcome,
            request=trace.request,
            sql=trace.sql,
            detail=str(for_the_record(ended.detail[:RECORDED_CHARACTERS])),
            tables=tuple(sorted(trace.tables)),
            columns=tuple(sorted(trace.columns)),
            pii=self._evidence.personal_classes(trace.columns),
            definitions=self._evidence.definitions(trace.metrics),
            rights=self._evidence.rights(self._access(principal)) if known else "",
            scope=trace.scope,
            watermark=trace.watermark,
            rows=trace.rows,
            delivered=ended.output.rows or trace.rows,
            bytes=len(result.text),
            duration_us=int((time.perf_counter() - began) * 1_000_000),
            result_hash=trace.result_hash or _content_hash(result),
            cached=trace.cached,
        )


def _within(deadline: Deadline | None, seconds: float, purse: Purse) -> tuple[Deadline, Callable[[], None]]:
    """The caller's deadline cut to the role's limit, with the call's purse, and what lets go of the caller's. Raises
    Timeout when over."""
    if deadline is None:
        return Deadline(seconds, purse=purse), lambda: None
    left = deadline.remaining()
    if left <= 0:
        raise Timeout()
    own = Deadline(min(left, seconds), purse=purse)
    return own, deadline.on_cancel(own.cancel)


def _with_use(result: ToolResult, use: tuple[str, ...]) -> ToolResult:
    """The result with what its reader must know of today's use, as warnings."""
    if not use:
        return result
    structured = {**result.structured, "warnings": [*result.structured["warnings"], *use]}
    first, line_end, rest = result.text.partition("\n")
    told = "".join(f" · note: {words}" for words in use)
    return replace(result, structured=structured, text=f"{first}{told}{line_end}{rest}")


def _result(ended: _Ended, receipt: str) -> ToolResult:
    structured = ended.output.result.model_dump(mode="json")
    structured["receipt"] = receipt
    first, line_end, rest = ended.output.text.partition("\n")
    return ToolResult(structured, f"{first} · receipt {receipt}{line_end}{rest}", ended.outcome != "ok")


def _content_hash(result: ToolResult) -> str:
    return sha256(canonical(result.structured | {"receipt": ""}))


def _refused(tool: AnyTool | None, refusal: Refusal) -> ToolResult:
    output = _refusal_output(tool, refusal)
    return ToolResult(output.result.model_dump(mode="json"), output.text, is_error=True)


def _refusal_output(tool: AnyTool | None, refusal: Refusal) -> Output:
    kind = tool.Result if tool else ToolOutput
    asks = isinstance(refusal, Ambiguous | NotUnderstood)
    said = refusal.text.removeprefix(f"{refusal.code}: ")
    result = kind(
        status="needs_clarification" if asks else "refused",
        code=refusal.code,
        message=said if not refusal.choices else " ".join(p for p in (refusal.message, refusal.hint) if p),
        choices=list(refusal.choices),
    )
    return Output(result, refusal.text)


def _empty(tool: AnyTool | None, code: str, message: str) -> Output:
    kind = tool.Result if tool else ToolOutput
    return Output(kind(status="refused", code=code, message=message), f"{code}: {message}", Trace())
