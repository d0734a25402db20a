"""Workers against a gateway that behaves, and one that does not."""

import asyncio
import time
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectory_sdk import BpmnError, ConnectorError, ConnectorRetryError


async def test_a_job_is_completed(gateway: Any, start_runtime: Any) -> None:
    """The result of the operation becomes the variable that the header names."""
    key = gateway.add({"text": "hello"}, headers={"resultVariable": "out"})

    async with start_runtime(gateway):
        await gateway.told()

    (command,) = gateway.of(key)
    assert (command.kind, command.body) == ("completion", {"variables": {"out": "hello"}})


async def test_the_dialect_of_8_6_is_understood(old_gateway: Any, start_runtime: Any) -> None:
    """Keys are numbers there, and the job's key is called ``key``."""
    seen: list[str] = []
    key = old_gateway.add({"text": 1}, headers={"resultVariable": "out"})

    async with start_runtime(old_gateway) as runtime:
        await old_gateway.told()
        seen += [event.job.process_instance_key for event in runtime.finished]

    assert old_gateway.of(key)[0].body == {"variables": {"out": 1}}


async def test_only_the_variables_of_the_connector_are_fetched(gateway: Any, start_runtime: Any) -> None:
    """The activation names them."""
    gateway.add({"text": 1, "other": 2})

    async with start_runtime(gateway):
        await gateway.told()

    asked = next(call.json() for call in gateway.calls if call.path.endswith("activation"))
    assert asked["fetchVariable"] == ["text", "wait"]
    assert (asked["type"], asked["worker"], asked["timeout"]) == ("test:1", "Test one", 300_000)
    assert "withLease" not in asked


async def test_settings_of_both_families_reach_the_activation(gateway: Any, start_runtime: Any) -> None:
    """An environment made for the Java runtime works unchanged."""
    environ = {
        "CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE": "7",
        "CAMUNDA_CLIENT_WORKER_DEFAULTS_TIMEOUT": "PT1M",
        "CAMUNDA_CLIENT_TENANTIDS": "a,b",
        "CAMUNDA_CLIENT_WORKER_OVERRIDE_TEST1_NAME": "mine",
        "CAMUNDA_WORKER_REQUEST_TIMEOUT": "300",
    }
    async with start_runtime(gateway, environ=environ):
        gateway.add({"text": 1})
        await gateway.told()

    asked = next(call.json() for call in gateway.calls if call.path.endswith("activation"))
    wanted = {
        "maxJobsToActivate": 7,
        "timeout": 60_000,
        "tenantIds": ["a", "b"],
        "worker": "mine",
        "requestTimeout": 300,
    }
    assert {key: asked[key] for key in wanted} == wanted


OUTCOMES: dict[str, Exception | None] = {
    "completion": None,
    "failure": ConnectorError("no", code="E"),
    "error": BpmnError("CODE", "no"),
}


@pytest.mark.parametrize("fault", [503, 429, (429, {"retry-after": "1"}), 500, "reset", "hang"])
@pytest.mark.parametrize("kind", OUTCOMES)
async def test_a_command_is_repeated_and_the_call_is_not(
    gateway: Any, start_runtime: Any, make_connector: Any, kind: str, fault: Any
) -> None:
    """A side effect that happened is not repeated because the engine could not be told at once."""
    calls: list[str] = []

    def call(request: Any, job: Any) -> None:
        calls.append(job.key)
        if (outcome := OUTCOMES[kind]) is not None:
            raise outcome

    gateway.faults[kind].extend([fault, fault])
    key = gateway.add({"text": "x"})

    async with start_runtime(gateway, make_connector(call)) as runtime:
        runtime.client.command_timeout = 0.3
        await gateway.told()

    assert calls == [key]
    assert [command.kind for command in gateway.of(key)] == [kind]


@pytest.mark.parametrize("fault", [503, 429, "reset", "hang"])
async def test_a_lock_is_extended_after_faults(
    gateway: Any, start_runtime: Any, make_connector: Any, eventually: Any, fault: Any
) -> None:
    """An extension that does not arrive is tried again in time: the job is not given to anybody else."""
    calls: list[str] = []

    async def slow(request: Any, job: Any) -> None:
        calls.append(job.key)
        await eventually(lambda: gateway.of(key))
        await asyncio.sleep(3)  # past the end of the first lock

    gateway.faults["update"].append(fault)
    key = gateway.add()
    environ = {"CAMUNDA_WORKER_TIMEOUT": "2000", "CAMUNDA_WORKER_REQUEST_TIMEOUT": "300"}
    async with start_runtime(gateway, make_connector(slow), environ=environ) as runtime:
        runtime.client.command_timeout = 0.3
        await gateway.told()

    assert calls == gateway.given == [key]
    assert {command.kind for command in gateway.of(key)} == {"update", "completion"}


async def test_fetching_goes_on_after_an_answer_that_does_not_come(
    gateway: Any, start_runtime: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The long poll is given up a while after the gateway should have answered."""
    monkeypatch.setattr("connectory_runtime.client.camunda.POLL_SLACK", 0.3)
    gateway.faults["activation"].append("hang")
    key = gateway.add({"text": "x"})

    async with start_runtime(gateway, environ={"CAMUNDA_WORKER_REQUEST_TIMEOUT": "200"}):
        await gateway.told()

    assert gateway.of(key)


@pytest.mark.parametrize("fault", [503, 429, (429, {"retry-after": "1"}), 500, "reset", 400])
async def test_fetching_goes_on_after_faults(gateway: Any, start_runtime: Any, fault: Any) -> None:
    """The worker backs off and tries again, whatever the gateway answers."""
    gateway.faults["activation"].extend([fault, fault])
    key = gateway.add({"text": "x"})

    async with start_runtime(gateway):
        await gateway.told()

    assert gateway.of(key)


async def test_an_activation_that_is_no_json_is_survived(gateway: Any, start_runtime: Any) -> None:
    """A proxy's page instead of jobs costs a back-off."""
    gateway.faults["activation"].append(lambda call: (200, b"<html>proxy</html>"))
    key = gateway.add({"text": "x"})

    async with start_runtime(gateway):
        await gateway.told()

    assert gateway.of(key)


async def test_a_job_that_is_gone_is_dropped(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """A 404 on completion is no failure: the instance was cancelled meanwhile."""
    gateway.faults["completion"].append(404)
    gateway.add({"text": "x"})

    async with start_runtime(gateway) as runtime:
        await eventually(lambda: runtime.finished)
        assert runtime.finished[0].delivery == "gone"

    assert gateway.commands == []


async def test_a_refused_completion_becomes_an_incident(gateway: Any, start_runtime: Any) -> None:
    """Otherwise the lock would run out and the call would be repeated for ever."""
    gateway.faults["completion"].append(400)
    key = gateway.add({"text": "x"})

    async with start_runtime(gateway):
        await gateway.told()

    (command,) = gateway.of(key)
    assert (command.kind, command.body["retries"]) == ("failure", 0)
    assert "400" in command.body["errorMessage"]


async def test_the_lock_is_extended_while_a_call_runs(
    gateway: Any, start_runtime: Any, make_connector: Any, eventually: Any
) -> None:
    """A call that takes longer than the lock is made once."""
    calls: list[str] = []

    async def slow(request: Any, job: Any) -> None:
        calls.append(job.key)
        await eventually(lambda: len(gateway.of(key)) >= 3)

    key = gateway.add()
    async with start_runtime(gateway, make_connector(slow), environ={"CAMUNDA_WORKER_TIMEOUT": "400"}):
        await gateway.told()

    assert calls == [key]
    assert [command.kind for command in gateway.of(key)].count("update") >= 3


async def test_a_job_that_comes_again_while_its_call_runs(
    gateway: Any, start_runtime: Any, make_connector: Any, eventually: Any
) -> None:
    """The lock could not be extended and ended; the call goes on, and no second one is made."""
    calls: list[str] = []

    async def slow(request: Any, job: Any) -> None:
        calls.append(job.key)
        await eventually(lambda: gateway.given.count(key) >= 3)

    gateway.faults["update"].extend([503] * 1000)
    key = gateway.add()
    async with start_runtime(gateway, make_connector(slow), environ={"CAMUNDA_WORKER_TIMEOUT": "400"}):
        await gateway.told()

    assert calls == [key]
    assert [command.kind for command in gateway.of(key)] == ["completion"]


async def test_the_next_attempt_may_come_before_the_failure_was_answered(
    gateway: Any, start_runtime: Any, make_connector: Any, eventually: Any
) -> None:
    """An engine gives the job to the waiting poll first and answers the command then: the attempt is made, not lost."""
    calls: list[int] = []

    def fail_once(request: Any, job: Any) -> None:
        calls.append(job.retries)
        if len(calls) == 1:
            raise ConnectorError("not yet")

    key = gateway.add(retries=3)

    async def given_first(call: Any) -> tuple[int, Any]:
        del gateway.locked[key]
        gateway.add(key=key, retries=call.json()["retries"])
        await eventually(lambda: key in gateway.locked)
        await asyncio.sleep(0.1)  # the poll's answer arrives before this one
        return 204, None

    gateway.faults["failure"].append(given_first)
    async with start_runtime(gateway, make_connector(fail_once)):
        await gateway.told()

    assert calls == [3, 2]
    assert [command.kind for command in gateway.of(key)] == ["completion"]


async def test_an_outcome_that_could_not_be_told_is_told_when_the_job_comes_again(
    gateway: Any, start_runtime: Any, make_connector: Any
) -> None:
    """The lock ended while the engine refused commands; the call is still not repeated."""
    calls: list[str] = []
    gateway.faults["completion"].extend([503] * 8)
    key = gateway.add({"text": "x"})

    async with start_runtime(
        gateway,
        make_connector(lambda request, job: calls.append(job.key)),
        environ={"CAMUNDA_WORKER_TIMEOUT": "300"},
    ):
        await gateway.told()

    assert calls == [key]
    assert [command.kind for command in gateway.of(key)] == ["completion"]


async def test_slow_jobs_do_not_hold_others_up(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """More slow jobs than places: quick jobs still get through."""
    for _ in range(30):
        gateway.add({"wait": 30})
    environ = {"CAMUNDA_WORKER_MAX_CONCURRENT_JOBS": "10", "CONNECTORY_SLOW_AFTER": "100", "CONNECTORY_DRAIN": "0"}

    async with start_runtime(gateway, environ=environ):
        await eventually(lambda: len(gateway.locked) == 30)
        started = time.monotonic()
        key = gateway.add({"text": "quick"})
        await gateway.told()
        assert time.monotonic() - started < 1

    assert gateway.of(key)[0].kind == "completion"


async def test_stopping_lets_calls_end(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """A job that runs when the signal comes is completed."""
    key = gateway.add({"wait": 0.3})

    async with start_runtime(gateway):
        await eventually(lambda: gateway.locked)

    assert [command.kind for command in gateway.of(key)] == ["completion"]


async def test_stopping_lets_the_long_poll_end(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """A gateway gives the next job to a poll that it still holds; such a job is run, not locked for nothing."""
    environ = {"CONNECTORY_FINISH_POLL": "true", "CAMUNDA_WORKER_REQUEST_TIMEOUT": "20000"}
    async with start_runtime(gateway, environ=environ) as runtime:
        await eventually(lambda: any(call.path.endswith("activation") for call in gateway.calls))
        stopping = asyncio.create_task(runtime._stop_workers())
        await asyncio.sleep(0)
        key = gateway.add({"text": "last"})
        await asyncio.wait_for(stopping, 10)

    assert [command.kind for command in gateway.of(key)] == ["completion"]
    assert sum(call.path.endswith("activation") for call in gateway.calls) == 1


async def test_stopping_gives_back_what_does_not_end(gateway: Any, start_runtime: Any, eventually: Any) -> None:
    """A call that outlasts the patience costs its job no retry."""
    key = gateway.add({"wait": 30}, retries=2)

    async with start_runtime(gateway, environ={"CONNECTORY_DRAIN": "100"}):
        await eventually(lambda: gateway.locked)

    (command,) = gateway.of(key)
    assert (command.kind, command.body["retries"]) == ("failure", 2)


async def test_stopping_tells_an_outcome_whose_command_was_cut_off(
    gateway: Any, start_runtime: Any, eventually: Any
) -> None:
    """The call is over, so the job is not given to somebody who would repeat it."""
    gateway.faults["completion"].append("hang")
    key = gateway.add({"text": "done"}, headers={"resultVariable": "out"})

    async with start_runtime(gateway, environ={"CONNECTORY_DRAIN": "100"}):
        await eventually(lambda: any(call.path.endswith("completion") for call in gateway.calls))

    (command,) = gateway.of(key)
    assert (command.kind, command.body["variables"]) == ("completion", {"out": "done"})


async def test_a_delayed_retry_costs_no_retry_and_no_place(
    gateway: Any, start_runtime: Any, make_connector: Any
) -> None:
    """The engine waits, not the runtime."""

    def busy(request: Any, job: Any) -> None:
        from datetime import timedelta

        raise ConnectorRetryError("busy", code="429", retries=job.retries, backoff=timedelta(seconds=7))

    key = gateway.add(retries=3)
    async with start_runtime(gateway, make_connector(busy)):
        await gateway.told()

    (command,) = gateway.of(key)
    assert (command.body["retries"], command.body["retryBackOff"]) == (3, 7000)
    assert command.body["variables"]["error"]["code"] == "429"


async def test_a_poison_job_harms_no_other(gateway: Any, start_runtime: Any, make_connector: Any) -> None:
    """A payload that cannot be bound is an incident, the jobs beside it are completed."""
    poison = gateway.add({"wait": {"no": "number"}})
    good = [gateway.add({"text": number}) for number in range(20)]

    async with start_runtime(gateway):
        await gateway.told(21)

    assert [gateway.of(key)[0].kind for key in good] == ["completion"] * 20
    assert (gateway.of(poison)[0].kind, gateway.of(poison)[0].body["retries"]) == ("failure", 0)


async def test_large_variables(gateway: Any, start_runtime: Any, make_connector: Any) -> None:
    """A job of 3 MiB is read; a result of that size is refused with advice, and not tried again."""
    key = gateway.add({"text": "x" * 3 * 1024 * 1024}, headers={"resultVariable": "out"})
    short = gateway.add({"text": "y" * 3 * 1024 * 1024}, headers={"resultExpression": "={n: string length(response)}"})

    async with start_runtime(gateway):
        await gateway.told(2)

    (command,) = gateway.of(key)
    assert (command.kind, command.body["retries"]) == ("failure", 0)
    assert command.body["errorMessage"].startswith("Output variables payload (3145738 bytes) exceeds the 1.5 MB")
    assert gateway.of(short)[0].body == {"variables": {"n": 3 * 1024 * 1024}}


async def test_the_gateway_goes_away_and_comes_back(
    gateway: Any, start_runtime: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Work goes on without a restart; it is said once that the cluster is away."""
    async with start_runtime(gateway) as runtime:
        await runtime.reached()
        await gateway.stop()
        await runtime.cluster.ask()
        await runtime.cluster.ask()
        assert not runtime.cluster.up
        await gateway.start()
        key = gateway.add({"text": 1})
        await gateway.told()

    assert gateway.of(key)
    assert sum("cannot be reached" in record.message for record in caplog.records) == 1


async def test_an_error_of_the_connector_is_told(gateway: Any, start_runtime: Any, make_connector: Any) -> None:
    """Retries go down by one, and the model's back-off is sent."""

    def broken(request: Any, job: Any) -> None:
        raise ConnectorError("no", code="E1", variables={"a": 1})

    key = gateway.add(headers={"retryBackoff": "PT1.5S"})
    async with start_runtime(gateway, make_connector(broken)):
        await gateway.told()

    body = gateway.of(key)[0].body
    assert (body["retries"], body["retryBackOff"]) == (2, 1500)
    assert body["variables"] == {
        "error": {
            "type": "io.camunda.connector.api.error.ConnectorException",
            "message": "no",
            "code": "E1",
            "variables": {"a": 1},
        }
    }


@pytest.mark.parametrize(("version", "sent"), [("8.8.7", None), ("8.9.0", "ASSIGNED")])
async def test_the_tenant_filter_is_for_clusters_that_know_it(
    gateway: Any, start_runtime: Any, version: str, sent: str | None
) -> None:
    """An older gateway would refuse a member that it does not know."""
    gateway.version = version
    environ = {"CAMUNDA_WORKER_TENANT_FILTER": "assigned", "CAMUNDA_WORKER_REQUEST_TIMEOUT": "200"}
    async with start_runtime(gateway, environ=environ) as runtime:
        await runtime.reached()
        gateway.calls.clear()
        gateway.add({"text": 1})
        await gateway.told()
        gateway.add({"text": 1})
        await gateway.told(2)

    asked = [call.json() for call in gateway.calls if call.path.endswith("activation")]
    assert asked[-1].get("tenantFilter") == sent


async def test_leases_are_asked_for_and_echoed(gateway: Any, start_runtime: Any) -> None:
    """From 8.10 on a job has a lease token, under one name or another."""
    gateway.version = "8.10.0"
    async with start_runtime(gateway) as runtime:
        await runtime.reached()
        first, second = gateway.add(leaseToken="a"), gateway.add(jobLeaseToken="b")
        await gateway.told(2)

    assert gateway.of(first)[0].body["leaseToken"] == "a"
    assert gateway.of(second)[0].body["jobLeaseToken"] == "b"
    assert any(call.path.endswith("activation") and call.json().get("withLease") for call in gateway.calls)


async def test_the_result_must_have_json(gateway: Any, start_runtime: Any, make_connector: Any) -> None:
    """A defect of the connector is told with the type that has no JSON."""
    key = gateway.add(headers={"resultVariable": "out"})
    async with start_runtime(gateway, make_connector(lambda request, job: object())):
        await gateway.told()

    assert "object" in gateway.of(key)[0].body["errorMessage"]


async def test_a_refusal_is_said_once(gateway: Any, start_runtime: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An unknown tenant or a missing permission is no outage; the line says what to check."""
    gateway.faults["activation"].extend([403] * 4)
    gateway.add({"text": 1})

    async with start_runtime(gateway):
        await gateway.told()

    said = [record.message for record in caplog.records if "cannot fetch jobs" in record.message]
    assert len(said) == 1
    assert "CAMUNDA_TENANT_IDS" in said[0]


async def test_the_state_of_a_connector(gateway: Any, start_runtime: Any, make_connector: Any) -> None:
    """It is entered at the first job with the given environment, once for all jobs, and left in the end."""
    events: list[Any] = []

    @asynccontextmanager
    async def lifespan(environ: Any) -> Any:
        events.append(("entered", environ["MINE"]))
        yield {"pool": 1}
        events.append("left")

    one = make_connector(lambda request, job: events.append(job.state), lifespan=lifespan)
    async with start_runtime(gateway, one, environ={"MINE": "x"}):
        assert events == []
        for _ in range(3):
            gateway.add()
        await gateway.told(3)

    assert events == [("entered", "x"), {"pool": 1}, {"pool": 1}, {"pool": 1}, "left"]


async def test_a_state_that_cannot_be_entered_is_tried_again(
    gateway: Any, start_runtime: Any, make_connector: Any
) -> None:
    """The job fails as for any other reason; the next one tries anew."""
    attempts: list[int] = []

    @asynccontextmanager
    async def lifespan(environ: Any) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise ConnectorError("no connection")
        yield "open"

    first = gateway.add()
    async with start_runtime(gateway, make_connector(lambda request, job: job.state, lifespan=lifespan)):
        await gateway.told()
        second = gateway.add(headers={"resultVariable": "o"})
        await gateway.told(2)

    assert gateway.of(first)[0].body["retries"] == 2
    assert gateway.of(second)[0].body == {"variables": {"o": "open"}}
