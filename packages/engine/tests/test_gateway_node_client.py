"""Camunda's own JavaScript client, which checks every answer against the schemas of 8.9 when told to."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from connectory_engine.testing import LocalEngine

PACKAGE = "@camunda8/orchestration-cluster-api@9.1.5"

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="node" name="Node" isExecutable="true">
    <extensionElements><zeebe:versionTag value="v1"/></extensionElements>
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="work"/>
    <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="node"/></extensionElements></serviceTask>
    <sequenceFlow id="b" sourceRef="work" targetRef="person"/>
    <userTask id="person"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="c" sourceRef="person" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""

SCRIPT = """
import createCamundaClient from '@camunda8/orchestration-cluster-api';
const client = createCamundaClient({ config: {
  CAMUNDA_REST_ADDRESS: process.argv[2], CAMUNDA_AUTH_STRATEGY: 'NONE', CAMUNDA_SDK_VALIDATION: 'strict' } });
const now = { consistency: { waitUpToMs: 0 } };
await client.getTopology(); await client.getLicense(); await client.getAuthentication();
const definitions = await client.searchProcessDefinitions({}, now);
const created = await client.createProcessInstance({ processDefinitionId: 'node', variables: { n: 1 } });
const { jobs } = await client.activateJobs({ type: 'node', timeout: 60000, maxJobsToActivate: 1, worker: 'js' });
await client.failJob({ jobKey: jobs[0].jobKey, retries: 0, errorMessage: 'no' });
const filter = { processInstanceKey: created.processInstanceKey };
const incidents = await client.searchIncidents({ filter }, now);
await client.updateJob({ jobKey: jobs[0].jobKey, changeset: { retries: 1 } });
await client.resolveIncident({ incidentKey: incidents.items[0].incidentKey });
const again = await client.activateJobs({ type: 'node', timeout: 60000, maxJobsToActivate: 1, worker: 'js' });
await client.completeJob({ jobKey: again.jobs[0].jobKey, variables: { r: 2 } });
const tasks = await client.searchUserTasks({ filter }, now);
await client.completeUserTask({ userTaskKey: tasks.items[0].userTaskKey, variables: { done: true } });
const instances = await client.searchProcessInstances({ filter }, now);
const elements = await client.searchElementInstances({ filter }, now);
const variables = await client.searchVariables({ filter }, now);
const jobsFound = await client.searchJobs({ filter }, now);
console.log(JSON.stringify({
  definitions: definitions.items.length, state: instances.items[0].state, jobs: jobsFound.items.map((j) => j.state),
  elements: elements.items.map((e) => e.elementId), variables: variables.items.map((v) => v.name).sort() }));
"""


@pytest.fixture(scope="module")
def node(request: pytest.FixtureRequest) -> Path:
    """Give a folder in which the client is installed; it is kept in pytest's cache between runs."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    assert request.config.cache is not None
    folder = Path(request.config.cache.mkdir("camunda-node-client"))
    if not (folder / "node_modules" / "@camunda8").exists():
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), PACKAGE]
        if subprocess.run(command, capture_output=True, check=False, timeout=180).returncode != 0:
            pytest.skip(f"{PACKAGE} cannot be installed from npm")
    return folder


def test_the_javascript_client_finds_every_answer_valid(local_engine: LocalEngine, node: Path) -> None:
    local_engine.deploy(("node.bpmn", MODEL))
    script = node / "drive.mjs"
    script.write_text(SCRIPT, "utf-8")

    done = subprocess.run(
        ["node", str(script), local_engine.address], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "definitions": 1,
        "state": "COMPLETED",
        "jobs": ["COMPLETED"],
        "elements": ["node", "start", "work", "person", "end"],
        "variables": ["done", "n", "r"],
    }
