"""`connectory_runtime.testing`: a process in one line, and a runtime beside an engine."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kit import ROOT
from pydantic import BaseModel, Field

from connectory_engine.testing import LocalEngine
from connectory_runtime.cli.errors import CommandError
from connectory_runtime.testing import LocalRuntime, run_process, serving
from connectory_sandbox import Fault
from connectory_sdk import Connector, JobContext
from connectory_sdk.http import HttpRequest

ORDER = ROOT / "examples" / "order.bpmn"
ONBOARDING = ROOT / "examples" / "onboarding.bpmn"
HOOK = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <bpmn:process id="hook" isExecutable="true">
    <bpmn:startEvent id="called">
      <bpmn:extensionElements>
        <zeebe:properties>
          <zeebe:property name="inbound.type" value="io.camunda:webhook:1" />
          <zeebe:property name="inbound.context" value="calls" />
          <zeebe:property name="inbound.method" value="any" />
          <zeebe:property name="resultExpression" value="={who: request.body.who}" />
        </zeebe:properties>
      </bpmn:extensionElements>
    </bpmn:startEvent>
    <bpmn:sequenceFlow id="f" sourceRef="called" targetRef="end" />
    <bpmn:endEvent id="end" />
  </bpmn:process>
</bpmn:definitions>
"""
CALL = HttpRequest(
    method="POST",
    url="http://localhost/inbound/calls",
    headers={"content-type": "application/json"},
    body=b'{"who": "Ann"}',
)


def test_one_line_gives_jobs_variables_and_requests() -> None:
    """With the answers beside the file, and nothing of the outside world."""
    ended = run_process(ORDER)

    assert ended.state == "completed"
    assert ended.variables
    assert [job.good for job in ended.jobs] == [True] * len(ended.jobs)
    assert len(ended.sandbox) == len(ended.jobs) >= 2
    assert ended.incidents == ended.waiting_for == []


def test_the_outside_world_can_be_prepared() -> None:
    """What goes wrong there is seen in the process: Slack's limit costs a wait, no retry; a refusal is an incident."""
    busy = Fault(operation="chat.*", status=429, retry_after=0.5)
    refuse = Fault(operation="chat.*", status=200, body='{"ok": false, "error": "is_archived"}', times=0)

    waited = run_process(ONBOARDING, prepare=lambda box: box.slack.faults.add(busy))
    refused = run_process(ONBOARDING, prepare=lambda box: box.slack.faults.add(refuse))

    assert (waited.state, refused.state) == ("completed", "incident")
    assert [entry["operation"] for entry in waited.sandbox if entry["service"] == "slack"] == ["chat.postMessage"] * 2
    assert "is_archived (the channel is archived" in refused.incidents[0]["errorMessage"]


def test_many_processes_run_one_after_the_other() -> None:
    """Each has a thread of its own, and all use one HTTP library; in a program where it was not loaded before."""
    code = (
        f"from connectory_runtime.testing import run_process; print([run_process({str(ORDER)!r}).state for _ in 'abc'])"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (0, f"{['completed'] * 3}\n"), ended.stderr


async def test_it_works_in_an_async_test_too() -> None:
    """The loop that runs is left alone."""
    assert run_process(ORDER).state == "completed"


def test_an_incident_is_there_to_be_looked_at() -> None:
    """What went wrong, and at which element; with a connector that is not installed."""
    strict: Connector[Any] = Connector(id="acme.strict", name="Strict", type="acme:hello:1", version=1)

    class Greet(BaseModel):
        who: str = Field(title="Who", description="Whom to greet", min_length=1)
        how: str = Field(title="How", description="In which words", min_length=1)

    @strict.operation("greet")
    async def greet(request: Greet, job: JobContext) -> None:
        """Never called: the process says nothing of how."""

    ended = run_process(ROOT / "tests" / "third_party" / "hello.bpmn", connectors=[strict])

    assert (ended.state, ended.variables) == ("incident", {})
    assert [(job.element_id, job.good) for job in ended.jobs] == [("greet", False)]
    assert ended.incidents[0]["elementId"] == "greet"
    assert "how" in ended.incidents[0]["errorMessage"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """As on the command line."""
    with pytest.raises(CommandError, match="cannot read"):
        run_process(tmp_path / "nowhere.bpmn")
    with pytest.raises(CommandError, match="no process 'else' in the files; there is"):
        run_process(ORDER, process="else")


def test_a_call_starts_a_process(local_engine: LocalEngine) -> None:
    """The runtime listens as it does beside a cluster."""
    local_engine.deploy(("hook.bpmn", HOOK))

    with serving(local_engine, connectors=["webhook"]) as runtime:
        status, _ = runtime.call(CALL)
        instances = runtime.instances()

    assert status == 200
    assert instances == [{"process": "hook", "state": "completed", "variables": {"who": "Ann"}}]


def test_all_installed_connectors_beside_an_engine(local_runtime: LocalRuntime) -> None:
    """The fixture is there without an import, and what is called is the sandbox."""
    local_runtime.engine.deploy(("hook.bpmn", HOOK))

    assert local_runtime.call(CALL)[0] == 200


def test_a_runtime_that_cannot_start_says_why(local_engine: LocalEngine) -> None:
    """In the test, not in a thread that nobody hears."""
    from connectory_runtime import DiscoveryError

    with (
        pytest.raises(DiscoveryError, match="no connector named 'nowhere'"),
        serving(local_engine, connectors=["nowhere"]),
    ):
        pass
