"""Counts and times every tool call for Prometheus and OpenTelemetry: a thin wrapper around the toolset.

Labels are tool names and outcome codes only, never a user, a question or a value.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from opentelemetry import trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from catalog.principals import Principal
from tools.limits import Limiter
from tools.toolset import ToolResult, Toolset
from warehouse.deadline import Deadline

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
TRACER = trace.get_tracer("assay")


class CallsTools(Protocol):
    """Whatever can be asked to run a tool: the toolset itself, or a wrapper around it."""

    def call(
        self,
        principal: Principal,
        tool: str,
        arguments: Mapping[str, object],
        *,
        client: str = "",
        deadline: Deadline | None = None,
    ) -> ToolResult:
        """Run one tool for one principal."""
        ...


class Observed:
    """The toolset with its calls counted, timed and traced."""

    def __init__(self, toolset: Toolset) -> None:
        self._toolset = toolset
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "assay_tool_calls_total", "Tool calls by outcome code.", ["tool", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "assay_tool_seconds", "Wall-clock time of a tool call.", ["tool"], buckets=SECONDS, registry=self.registry
        )
        self._running = Gauge("assay_tool_calls_running", "Tool calls now running.", registry=self.registry)
        self.registry.register(_Limits(toolset.limits))

    def call(
        self,
        principal: Principal,
        tool: str,
        arguments: Mapping[str, object],
        *,
        client: str = "",
        deadline: Deadline | None = None,
    ) -> ToolResult:
        """As `Toolset.call`."""
        label = tool if tool in self._toolset.tools else "unknown"
        began = time.perf_counter()
        with self._running.track_inprogress(), TRACER.start_as_current_span(f"assay.tool {label}") as span:
            result = self._toolset.call(principal, tool, arguments, client=client, deadline=deadline)
            outcome = str(result.structured.get("code") or "ok")
            span.set_attributes({"assay.tool": label, "assay.outcome": outcome, "assay.role": principal.role})
        self._calls.labels(label, outcome).inc()
        self._seconds.labels(label).observe(time.perf_counter() - began)
        return result

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _Limits(Collector):
    """What the limits did so far, read when somebody asks."""

    def __init__(self, limits: Limiter) -> None:
        self._limits = limits

    def collect(self) -> Iterable[Metric]:
        """Refusals by limit; the queue: calls that hold a turn, that wait, and seconds waited by all together."""
        refused = CounterMetricFamily("assay_limits_refused", "Calls refused by a limit.", labels=["limit"])
        for limit, count in self._limits.refused.items():
            refused.add_metric([limit], count)
        turns = self._limits.turns
        yield refused
        yield GaugeMetricFamily("assay_queue_running", "Calls that hold a turn now.", turns.running)
        yield GaugeMetricFamily("assay_queue_waiting", "Calls that wait for a turn now.", turns.waiting)
        yield CounterMetricFamily("assay_queue_waited_seconds", "Seconds that calls waited.", turns.waited_seconds)


def export_spans(endpoint: str) -> None:
    """Send spans to an OTLP/HTTP collector; without an endpoint they cost nothing and go nowhere."""
    if not endpoint:
        return
    # Optional and slow to import: only for those who have a collector.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "assay"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
