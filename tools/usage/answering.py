"""A call that asks for usage metrics → the same call over the audit log: its clock, its tables, its trust."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from catalog.catalog import Catalog
from catalog.metrics import Metric
from catalog.refusals import BadArgument
from tools.caches import Answers, Caches
from tools.tool import Call


def reads_the_log(metrics: Iterable[str], call: Call) -> bool:
    """Whether visible metrics are about the log. Raises BadArgument where only some are."""
    access = call.access
    about = {is_about_use(access.catalog, access.metrics[name]) for name in metrics if name in access.metrics}
    if len(about) == 2:
        raise BadArgument("Metrics about use cannot be mixed with others.", hint="Ask for them apart.")
    return about == {True}


def sees_only_the_log(call: Call) -> bool:
    """Whether the caller's tables all come from the log: what they ask is then about its days."""
    kinds = {table.kind for table in call.access.tables.values()}
    return kinds == {"audit"} and call.services.usage is not None


def over_the_log(metrics: Iterable[str], call: Call) -> Call:
    """The call as it stands, or over the log where its metrics are about it."""
    return at_the_log(call) if reads_the_log(metrics, call) else call


def at_the_log(call: Call) -> Call:
    """The call over the log. Nothing is kept for a later call: every call changes the log. Raises BadArgument where no
    log is at hand."""
    usage = call.services.usage
    if usage is None:
        raise BadArgument("There is no audit log to count from.")
    if call.services.warehouse is usage:
        return call
    caches = replace(call.services.caches, compiled=Caches().compiled, answers=Answers(0))
    services = replace(call.services, warehouse=usage, caches=caches)
    return replace(call, services=services, calendar=usage.calendar(), fresh=True)


def is_about_use(catalog: Catalog, metric: Metric) -> bool:
    """Whether a metric rests on the audit log."""
    return catalog.is_about_use(metric)
