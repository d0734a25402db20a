"""Every operation of the gateway against Camunda's own OpenAPI description: no 500, no answer outside the schema.

The description is taken from the source distribution of the official Python client on PyPI.
"""

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from connectory_engine.gateway import ROUTES
from connectory_engine.gateway.wire import Route
from connectory_engine.testing import LocalEngine, running

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

SDK = "camunda-orchestration-sdk==10.0.1"


def download(folder: Path) -> Path | None:
    """Fetch the source distribution with whatever client there is; None when there is no way to it."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        if (uvx := shutil.which("uvx")) is None:
            return None
        pip = [uvx, "-q", "pip"]
    command = [*pip, "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder), SDK]
    subprocess.run(command, capture_output=True, check=False, timeout=120)
    return next(folder.glob("camunda_orchestration_sdk-*.tar.gz"), None)


@pytest.fixture(scope="module")
def description(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give the official description; it is kept in pytest's cache between runs."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("camunda-openapi")
    kept = folder / "bundled_spec.json"
    if not kept.exists():
        archive = next(folder.glob("camunda_orchestration_sdk-*.tar.gz"), None) or download(folder)
        if archive is None:
            pytest.skip(f"{SDK} cannot be fetched from PyPI")
        with tarfile.open(archive) as tar:
            member = next(m for m in tar.getmembers() if m.name.endswith("generated/bundled_spec.yaml"))
            source = tar.extractfile(member)
            assert source is not None
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            kept.write_text(json.dumps(yaml.load(source, loader), default=str), "utf-8")
    result: dict[str, Any] = json.loads(kept.read_text("utf-8"))
    correct(result)
    return result


def correct(description: dict[str, Any]) -> None:
    """Mend what the description itself has wrong, each point with its reason."""
    paths, schemas = description["paths"], description["components"]["schemas"]
    # A real 8.6 answers 404 when there is no such process or element; the description forgets it.
    not_found = paths["/incidents/{incidentKey}/resolution"]["post"]["responses"]["404"]
    paths["/process-instances"]["post"]["responses"]["404"] = not_found
    paths["/element-instances/{elementInstanceKey}/variables"]["put"]["responses"]["404"] = not_found
    # Every key fits both schemas, so that none can be valid under exactly one.
    for name in ("VariableResult", "VariableSearchResult", "VariableResultBase"):
        scope = schemas.get(name, {}).get("properties", {}).get("scopeKey", {})
        if "oneOf" in scope:
            scope["anyOf"] = scope.pop("oneOf")
    if "oneOf" in schemas.get("ScopeKey", {}):
        schemas["ScopeKey"]["anyOf"] = schemas["ScopeKey"].pop("oneOf")


@pytest.fixture(scope="module")
def schema(description: dict[str, Any]) -> Any:
    return schemathesis.openapi.from_dict(description)


class World:
    """A running engine with something in every state, and the keys by which to ask for it."""

    def __init__(self, local: LocalEngine) -> None:
        self.address = local.address
        self._local = local
        self.keys: dict[str, list[str]] = {}

    def call(self, path: str, body: object) -> Any:
        answer = self._local.request("POST", path, body)
        assert answer.status == 200, answer.content
        return answer.document

    def learn(self) -> None:
        """Look up what is there."""
        for what, name in (
            ("process-instances", "processInstanceKey"),
            ("element-instances", "elementInstanceKey"),
            ("process-definitions", "processDefinitionKey"),
            ("incidents", "incidentKey"),
            ("user-tasks", "userTaskKey"),
            ("variables", "variableKey"),
            ("jobs", "jobKey"),
        ):
            items = self.call(f"/{what}/search", {"sort": [], "page": {"limit": 1000}})["items"]
            self.keys[name] = [item[name] for item in items][:20]


MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="conformance" name="Conformance" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="fork"/>
    <parallelGateway id="fork"/>
    <sequenceFlow id="b" sourceRef="fork" targetRef="work"/>
    <sequenceFlow id="c" sourceRef="fork" targetRef="person"/>
    <sequenceFlow id="d" sourceRef="fork" targetRef="mail"/>
    <sequenceFlow id="e" sourceRef="fork" targetRef="broken"/>
    <serviceTask id="work" name="Work">
      <extensionElements><zeebe:taskDefinition type="conformance"/></extensionElements>
    </serviceTask>
    <userTask id="person" name="Person"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <receiveTask id="mail" name="Mail" messageRef="message"/>
    <serviceTask id="broken" name="Broken">
      <extensionElements>
        <zeebe:taskDefinition type="never"/>
        <zeebe:ioMapping><zeebe:input source="=assert(missing, missing != null)" target="x"/></zeebe:ioMapping>
      </extensionElements>
    </serviceTask>
  </process>
  <message id="message" name="conformance-mail">
    <extensionElements><zeebe:subscription correlationKey="=name"/></extensionElements>
  </message>
</definitions>
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running() as local:
        world = World(local)
        local.deploy(("conformance.bpmn", MODEL))
        for number in range(3):
            variables = {"name": f"n{number}", "number": number}
            world.call("/process-instances", {"processDefinitionId": "conformance", "variables": variables})
        activation = {"type": "conformance", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": -1}
        world.call("/jobs/activation", activation)
        local.upload("/documents?documentId=known", ("file", "a.txt", b"text", None))
        world.learn()
        yield world


CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def tame(body: Any) -> Any:
    """Keep a request from waiting for long: that is tested elsewhere."""
    if isinstance(body, dict) and isinstance(body.get("requestTimeout"), int):
        body["requestTimeout"] = -1
        if body.get("awaitCompletion"):
            body["requestTimeout"] = 1
    elif isinstance(body, dict) and "maxJobsToActivate" in body:
        body["requestTimeout"] = -1
    elif isinstance(body, dict) and body.get("awaitCompletion"):
        body["requestTimeout"] = 1
    return body


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_answers_are_what_the_official_description_says(route: Route, mode: str, schema: Any, world: World) -> None:
    operation = schema[route.path][route.method]
    checks = schemathesis.checks.CHECKS.get_by_names(list(CHECKS))
    try:
        cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode))
    except schemathesis.errors.SchemathesisError as nothing_to_break:
        pytest.skip(str(nothing_to_break))

    @settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases, data=st.data())
    def run(case: Any, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if (known := world.keys.get(name)) and data.draw(st.booleans(), label="known key"):
                case.path_parameters[name] = data.draw(st.sampled_from(known))
        case.body = tame(case.body)
        response = case.call(base_url=f"{world.address}/v2", timeout=20)
        case.validate_response(response, checks=checks)

    try:
        run()
    except Unsatisfiable:
        assert mode == "negative"
        pytest.skip("there is nothing in this request that could be wrong")
