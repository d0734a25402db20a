"""What the service shows of itself over HTTP."""

import json
import logging
import urllib.request
from typing import Any
from urllib.error import HTTPError

import pytest

from connectory_runtime import logs
from connectory_sdk import ConnectorError


async def ask(address: str, path: str, data: Any = None) -> tuple[int, Any]:
    """Call an endpoint; JSON is read, text is not."""
    import asyncio

    def call() -> tuple[int, Any]:
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(address + path, body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request) as answer:
                status, text, kind = answer.status, answer.read().decode(), answer.headers["content-type"]
        except HTTPError as exc:
            with exc:
                status, text, kind = exc.code, exc.read().decode(), exc.headers["content-type"]
        return status, json.loads(text) if kind.startswith("application/json") and text else text

    return await asyncio.to_thread(call)


async def test_health(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """Ready with the cluster, not ready without; alive in any case."""
    async with start_runtime(gateway) as runtime:
        await eventually(lambda: runtime.cluster.up)
        ready = await ask(runtime.address, "/actuator/health/readiness")
        await gateway.stop()
        await runtime.cluster.ask()
        unready = await ask(runtime.address, "/actuator/health/readiness")
        alive = await ask(runtime.address, "/actuator/health/liveness")
        whole = await ask(runtime.address, "/actuator/health")

    assert ready[0] == 200
    details = ready[1]["components"]["zeebeClient"]["details"]
    assert details == {"numBrokers": 1, "anyPartitionHealthy": True}
    assert (unready[0], unready[1]["status"]) == (503, "DOWN")
    assert alive == (200, {"status": "UP"})
    assert whole[0] == 503


async def test_metrics_have_the_names_of_the_reference(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """Counters by action and template, a timer with a maximum."""
    headers = {"elementTemplateId": 'my "template"', "elementTemplateVersion": "3"}
    gateway.add({"text": 1}, headers=headers)
    gateway.add({"wait": {}})
    gateway.add({"text": 1}, headers={"errorExpression": '=bpmnError("C")'})
    async with start_runtime(gateway) as runtime:
        await eventually(lambda: len(runtime.finished) == 3)
        _, text = await ask(runtime.address, "/actuator/prometheus")
        _, counts = await ask(runtime.address, "/outbound/metrics/test:1")

    template = 'elementTemplateId="my \\"template\\"",elementTemplateVersion="3"'
    unknown = 'elementTemplateId="unknown",elementTemplateVersion="unknown"'
    name = "camunda_connector_outbound_invocations_total"
    assert f'{name}{{action="completed",type="test:1",{template}}} 1' in text
    assert f'{name}{{action="activated",type="test:1",{unknown}}} 2' in text
    assert f'{name}{{action="failed",type="test:1",{unknown}}} 1' in text
    assert f'{name}{{action="bpmn-error",type="test:1",{unknown}}} 1' in text
    assert f'camunda_connector_outbound_execution_time_seconds_count{{type="test:1",{template}}} 1' in text
    assert 'camunda_client_worker_job_handled_total{type="test:1"} 3' in text
    (one,) = counts
    assert (one["job"]["completed"], one["job"]["failed"], one["job"]["bpmnError"]) == (1, 1, 1)
    assert one["worker"]["jobsActivated"] == 3


async def test_metrics_as_spring_shows_them(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """Names with dots; values of all labels together, or of those that are asked for."""
    gateway.add({"text": 1}, headers={"elementTemplateId": "a", "elementTemplateVersion": "3"})
    gateway.add({"text": 1})
    gateway.add({"wait": {}})
    name = "camunda.connector.outbound.invocations"
    async with start_runtime(gateway) as runtime:
        await eventually(lambda: len(runtime.finished) == 3)
        _, listed = await ask(runtime.address, "/actuator/metrics")
        every = [(await ask(runtime.address, f"/actuator/metrics/{one}"))[1] for one in listed["names"]]
        _, whole = await ask(runtime.address, f"/actuator/metrics/{name}")
        _, failed = await ask(runtime.address, f"/actuator/metrics/{name}?tag=action:failed&tag=type:test:1")
        _, times = await ask(runtime.address, "/actuator/metrics/camunda.connector.outbound.execution-time")
        none = await ask(runtime.address, f"/actuator/metrics/{name}?tag=action:no")
        unknown = await ask(runtime.address, "/actuator/metrics/camunda.connector.outbound.nothing")
        wrong = await ask(runtime.address, f"/actuator/metrics/{name}?tag=action")

    assert {
        "camunda.client.worker.job.activated",
        "camunda.client.worker.job.handled",
        "camunda.connector.outbound.execution-time",
        name,
        "camunda.connector.outbound.last-completed",
        "camunda.connector.outbound.last-failed",
        "camunda.connector.outbound.max-execution-time",
        "process.uptime",
    } <= set(listed["names"])
    assert [one["name"] for one in every] == listed["names"]
    assert whole == {
        "name": name,
        "measurements": [{"statistic": "COUNT", "value": 6}],
        "availableTags": [
            {"tag": "action", "values": ["activated", "completed", "failed"]},
            {"tag": "type", "values": ["test:1"]},
            {"tag": "elementTemplateId", "values": ["a", "unknown"]},
            {"tag": "elementTemplateVersion", "values": ["3", "unknown"]},
        ],
    }
    assert failed["measurements"] == [{"statistic": "COUNT", "value": 1}]
    assert [one["tag"] for one in failed["availableTags"]] == ["elementTemplateId", "elementTemplateVersion"]
    count, total, longest = times["measurements"]
    assert (times["baseUnit"], count) == ("seconds", {"statistic": "COUNT", "value": 3})
    assert (total["statistic"], longest["statistic"]) == ("TOTAL_TIME", "MAX")
    assert 0 < longest["value"] <= total["value"]
    assert (none[0], unknown[0], wrong[0]) == (404, 404, 400)


async def test_the_list_of_connectors(gateway: Any, start_runtime: Any, make_connector: Any) -> None:
    """Disabled ones are listed too, and have no worker."""
    environ = {"CONNECTOR_OUTBOUND_DISABLED": "other:1", "CONNECTOR_TEST_ONE_TIMEOUT": "1234"}
    other = make_connector(id="test.other.outbound", name="Other", type="other:1")
    async with start_runtime(gateway, make_connector(), other, environ=environ) as runtime:
        _, listed = await ask(runtime.address, "/outbound")
        one = await ask(runtime.address, "/outbound/other:1")
        missing = await ask(runtime.address, "/outbound/nope")

    assert [(each["type"], each["enabled"]) for each in listed] == [("test:1", True), ("other:1", False)]
    assert (listed[0]["timeout"], listed[0]["inputVariables"]) == (1234, ["text", "wait"])
    assert one[1][0]["name"] == "Other"
    assert missing == (404, "Data of type 'OutboundConnectorResponse' with id 'nope' not found")


async def test_log_levels_can_be_changed(gateway: Any, start_runtime: Any) -> None:
    """As with Spring's actuator."""
    path = "/actuator/loggers/connectory_runtime.test"
    async with start_runtime(gateway) as runtime:
        changed = await ask(runtime.address, path, {"configuredLevel": "DEBUG"})
        seen = await ask(runtime.address, path)
        wrong = await ask(runtime.address, path, {"configuredLevel": "LOUD"})
        _, everything = await ask(runtime.address, "/actuator/loggers")
        await ask(runtime.address, path, {"configuredLevel": None})

    assert changed[0] == 204
    assert seen[1] == {"configuredLevel": "DEBUG", "effectiveLevel": "DEBUG"}
    assert wrong[0] == 400
    assert "ROOT" in everything["loggers"]
    assert logging.getLogger("connectory_runtime.test").level == logging.NOTSET


@pytest.mark.parametrize("path", ["/", "/nope", "/actuator"])
async def test_what_there_is_not(gateway: Any, start_runtime: Any, path: str) -> None:
    """404, not a page of somebody else."""
    async with start_runtime(gateway) as runtime:
        assert (await ask(runtime.address, path))[0] == 404


async def test_others_may_mount_applications(gateway: Any, start_runtime: Any) -> None:
    """Webhooks share the port."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    async with start_runtime(gateway) as runtime:
        runtime.mounts["/inbound"] = application
        runtime.health["processDefinitionImport"] = lambda: (False, {"operateEnabled": True})
        answer = await ask(runtime.address, "/inbound/hook")
        _, health = await ask(runtime.address, "/actuator/health/readiness")

    assert answer == (200, "/inbound/hook")
    assert health["components"]["processDefinitionImport"]["status"] == "DOWN"


def test_json_logs_have_the_keys_of_a_job() -> None:
    """One object a line, for log collectors."""
    record = logging.LogRecord("a.b", logging.WARNING, "f.py", 1, "job %s failed", ("5",), None)
    record.jobKey, record.processInstanceKey = "5", "8"

    line = json.loads(logs.JsonLines().format(record))

    assert (line["severity"], line["logger"], line["message"]) == ("WARNING", "a.b", "job 5 failed")
    assert (line["jobKey"], line["processInstanceKey"]) == ("5", "8")


async def test_spans_of_jobs(gateway: Any, start_runtime: Any, make_connector: Any, eventually: Any) -> None:
    """With OpenTelemetry, a job has a span, and its connector the headers to hand on."""
    trace = pytest.importorskip("opentelemetry.trace")
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    seen: list[Any] = []

    key = gateway.add()
    async with start_runtime(gateway, make_connector(lambda request, job: seen.append(dict(job.trace)))) as runtime:
        await eventually(lambda: runtime.finished)

    (span,) = exporter.get_finished_spans()
    assert (span.name, span.attributes["camunda.job.key"]) == ("Test one", key)
    assert format(span.context.trace_id, "032x") in seen[0]["traceparent"]


def test_lines_that_a_library_repeats() -> None:
    """One in 30 s is written, the next one says how many were not; our own lines and other ones are all written."""

    filtered = logs.Repeats()

    def written(name: str, text: str, port: int, at: float, level: int = logging.ERROR) -> str | None:
        record = logging.LogRecord(name, level, "", 0, text, (port,), None)
        record.created = at
        return record.getMessage() if filtered.filter(record) else None

    lines = [written("aiokafka", "no broker at %s", port, at) for port, at in ((1, 100), (2, 101), (3, 129), (4, 131))]

    assert lines == ["no broker at 1", None, None, "no broker at 4 (2 more like this)"]
    assert written("aiokafka", "another at %s", 5, 131) == "another at 5"
    assert [written("connectory_kafka", "no broker at %s", 1, 100) for _ in range(2)] == ["no broker at 1"] * 2
    assert [written("aiokafka", "joined %s", 1, 100, logging.INFO) for _ in range(2)] == ["joined 1"] * 2


async def test_the_line_of_a_failed_job_has_its_keys(
    gateway: Any, start_runtime: Any, make_connector: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """All that is needed to find it; never its variables."""

    def fail(request: Any, job: Any) -> None:
        raise ConnectorError("no")

    key = gateway.add({"text": "variable-1"})
    async with start_runtime(gateway, make_connector(fail)):
        await gateway.told()

    (record,) = [one for one in caplog.records if one.getMessage().startswith(f"job {key} of test:1 failed")]
    line = json.loads(logs.JsonLines().format(record))
    assert {name: line[name] for name in logs.FIELDS if name in line} == {
        "jobKey": key,
        "jobType": "test:1",
        "elementId": "task",
        "processId": "process",
        "processDefinitionKey": "7",
        "processDefinitionVersion": 1,
        "processInstanceKey": "8",
        "tenantId": "<default>",
    }
    assert "variable-1" not in json.dumps(line)
