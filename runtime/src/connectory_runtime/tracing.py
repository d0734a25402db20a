"""Spans of jobs, when OpenTelemetry's API is installed and set up; trace headers for connectors."""

from typing import Any

from connectory_runtime.outbound.job import Job
from connectory_runtime.outbound.outcome import BpmnErrorThrown, Failed, Outcome
from connectory_runtime.outbound.services import Services
from connectory_sdk import Connector


class Tracer:
    """Makes a span of each job; does nothing where OpenTelemetry is not installed, or nothing would see the spans."""

    def __init__(self, *, wanted: bool = True) -> None:
        self._wanted = wanted
        self._tracer: Any = None

    @property
    def enabled(self) -> bool:
        """Tell whether spans are made; looks for the library at the first job, not when a runtime is made."""
        if self._wanted and self._tracer is None:
            self._wanted = False
            try:
                import opentelemetry.trace as trace
            except ImportError:
                return False
            self._tracer = trace.get_tracer("connectory")
        return self._tracer is not None

    async def run(self, job: Job, connector: Connector[Any], services: Services) -> Outcome:
        """Run a job within a span, and hand its trace headers to the connector."""
        from opentelemetry.propagate import inject
        from opentelemetry.trace import SpanKind, Status, StatusCode

        from connectory_runtime.outbound.pipeline import run_job

        attributes = {
            "messaging.system": "camunda",
            "camunda.job.key": job.key,
            "camunda.job.type": job.type,
            "camunda.element.id": job.element_id,
            "camunda.process.id": job.process_definition_id,
            "camunda.process.instance.key": job.process_instance_key,
        }
        kind = SpanKind.CONSUMER
        with self._tracer.start_as_current_span(connector.name, kind=kind, attributes=attributes) as span:
            headers: dict[str, str] = {}
            inject(headers)
            outcome = await run_job(job, connector, services._replace(trace=headers))
            if outcome.operation:
                span.set_attribute("connectory.operation", outcome.operation)
            if isinstance(outcome, Failed):
                span.set_status(Status(StatusCode.ERROR, outcome.code or "failed"))
            elif isinstance(outcome, BpmnErrorThrown):
                span.set_attribute("camunda.bpmn.error.code", outcome.code)
            return outcome
