"""Templates with linked resources and reusable credentials: accepted by published programs, run by a real engine."""

import json
import os
import shutil
import subprocess
import uuid
from typing import Annotated, Any

import httpx
import pytest
from kit import ROOT
from official import Templates, install
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectory_runtime import Completed, Failed, Services, run_job
from connectory_sdk import Connector, JobContext, Property
from connectory_sdk.linked import LinkedResource
from connectory_sdk.template import dumps, outbound_template
from connectory_sdk.testing import MemoryDocuments

VALIDATE = """
const v = require('@bpmn-io/element-templates-validator');
const template = JSON.parse(require('fs').readFileSync(process.argv[2]));
const results = [v.validateZeebe(template), ...template.configurationTemplates.map(v.validateZeebeConfiguration)];
console.log(JSON.stringify(results.map(({ errors }) => (errors || []).map(e => e.message))));
"""


class LedgerKey(BaseModel):
    model_config = ConfigDict(title="Ledger account")
    token: SecretStr = Field(title="Token", description="What the ledger gave")
    region: Annotated[str | None, Property(pattern=("^[a-z]{2}$", "must be two letters"))] = Field(None, title="Region")


class Post(BaseModel):
    account: Annotated[LedgerKey | None, Property(configuration=("acme:ledger:1", 1))] = Field(None, title="Account")
    script: Annotated[LinkedResource, Property(resource="RPA")] = Field(title="Script", examples=["invoice-robot"])
    form: Annotated[LinkedResource | None, Property(resource="form")] = Field(None, title="Form")


def ledger(type: str) -> Connector[Any]:
    """Make a connector whose result is what it was given."""
    made: Connector[Any] = Connector(id="acme.ledger.outbound", name="Ledger", type=type, version=1, engines="^8.10")

    @made.operation("post")
    async def post(request: Post, job: JobContext) -> dict[str, Any]:
        return {"key": request.script.key, "type": request.script.type, "form": request.form is not None}

    return made


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("npm")
    made = install(folder, "element-templates-cli", "@bpmn-io/element-templates-validator")
    (folder / "validate.cjs").write_text(VALIDATE)
    return made


def test_the_published_validator_accepts_them(templates: Templates) -> None:
    """The template, and the definition of its credential by the schema for these."""
    path = templates.folder / "ledger.json"
    path.write_text(dumps(outbound_template(ledger("acme:ledger:1"))))

    done = subprocess.run(
        [shutil.which("node") or "node", "validate.cjs", path], cwd=templates.folder, capture_output=True, timeout=60
    )

    assert json.loads(done.stdout) == [[], []], done.stderr


def applied(templates: Templates, connector: Connector[Any], values: dict[str, str]) -> str:
    """Return the diagram that the published tool makes."""
    diagram = ROOT / "tests" / "models" / "plain.bpmn"
    return templates.apply(outbound_template(connector), diagram, "call", values=values).read_text()


async def test_the_engine_names_the_deployed_resource(templates: Templates) -> None:
    """What the published tool makes of the template, a real engine resolves, and the operation sees."""
    address = os.environ.get("CONNECTORY_ZEEBE_ENGINE")
    if not address:
        pytest.skip("CONNECTORY_ZEEBE_ENGINE is not set")
    name = f"robot-{uuid.uuid4().hex}"
    connector = ledger(f"acme:{name}")
    values = {"script.resourceId": name, "resultVariable": "result"}
    diagram = applied(templates, connector, values)

    async with httpx.AsyncClient(base_url=f"{address}/v2", timeout=60) as cluster:
        job = await first_job(cluster, name, diagram, connector.type)
        outcome = await run_job(job, connector, Services(documents=MemoryDocuments()))
        await cluster.post(f"/process-instances/{job['processInstanceKey']}/cancellation", json={})

    deployed = json.loads(job["customHeaders"]["linkedResources"])
    assert isinstance(outcome, Completed)
    assert outcome.variables == {"result": {"key": deployed[0]["resourceKey"], "type": "RPA", "form": False}}


async def first_job(cluster: httpx.AsyncClient, name: str, text: str, type: str) -> dict[str, Any]:
    """Deploy a script and a process that links it, start the process, and return its job."""
    script = json.dumps({"id": name, "name": name, "executionPlatform": "Camunda Cloud", "script": "Log  Hello"})
    model = text.replace('id="plain"', f'id="{name}"').replace('bpmnElement="plain"', f'bpmnElement="{name}"')
    files = [("resources", (f"{name}.rpa", script)), ("resources", (f"{name}.bpmn", model))]
    deployed = await cluster.post("/deployments", files=files)
    assert deployed.status_code == 200, deployed.text
    started = await cluster.post("/process-instances", json={"processDefinitionId": name})
    assert started.status_code == 200, started.text
    order = {"type": type, "maxJobsToActivate": 1, "timeout": 60_000, "requestTimeout": 30_000}
    answer = await cluster.post("/jobs/activation", json=order)
    (job,) = answer.json()["jobs"]
    return dict(job)


async def test_a_broken_list_is_an_incident() -> None:
    """One line names the header; a link that is missing is named as any input."""
    services = Services(documents=MemoryDocuments())

    def job(**headers: str) -> dict[str, Any]:
        return {"jobKey": "1", "type": "t", "variables": {"script": "x"}, "customHeaders": headers, "retries": 3}

    broken = [await run_job(job(linkedResources=text), ledger("t"), services) for text in ("[", "7", "[{}]")]
    missing = await run_job(job(), ledger("t"), services)

    assert {type(one) for one in [*broken, missing]} == {Failed}
    assert {one.message.partition(" | ")[0] for one in broken} == {
        "task header 'linkedResources' is no list of linked resources"
    }
    assert "script: Validation failed. Original message: must not be null" in missing.message
