"""Templates for send tasks and for message events that send: valid, applied by the published tool, run."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kit import ROOT
from official import Templates, install
from pydantic import BaseModel, Field

from connectory_engine.testing import LocalEngine
from connectory_runtime.testing import serving
from connectory_sdk import Connector, JobContext
from connectory_sdk.template import dumps, outbound_templates

VALIDATE = """
const { validateZeebe } = require('@bpmn-io/element-templates-validator');
const { errors } = validateZeebe(JSON.parse(require('fs').readFileSync(process.argv[2])));
console.log(JSON.stringify((errors || []).map(e => e.message)));
"""
PLAIN = (ROOT / "tests" / "models" / "plain.bpmn").read_text()
UNNAMED = PLAIN.replace(' name="Call"', "").replace(' name="End"', "")  # the tool cannot measure an event's name
DIAGRAMS = {
    "task": ("call", PLAIN),
    "send": ("call", PLAIN),
    "throw": ("call", UNNAMED.replace("bpmn:task", "bpmn:intermediateThrowEvent")),
    "end": ("end", UNNAMED),
}


class Text(BaseModel):
    text: str = Field(title="Text", description="What to say")


def bell() -> Connector[Any]:
    """Make a connector for all kinds; it gives the text back."""
    made: Connector[Any] = Connector(
        id="acme.bell.outbound", name="Bell", type="acme:bell:1", version=1, kinds=tuple(DIAGRAMS)
    )

    @made.operation("ring")
    async def ring(request: Text, job: JobContext) -> dict[str, str]:
        return {"said": request.text}

    return made


TEMPLATES = dict(zip(DIAGRAMS, outbound_templates(bell()), strict=True))


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("npm")
    made = install(folder, "element-templates-cli", "@bpmn-io/element-templates-validator")
    (folder / "validate.cjs").write_text(VALIDATE)
    return made


@pytest.mark.parametrize("kind", DIAGRAMS)
def test_the_published_validator_accepts_it(templates: Templates, kind: str) -> None:
    path = templates.folder / f"{kind}.json"
    path.write_text(dumps(TEMPLATES[kind]))

    command = [shutil.which("node") or "node", "validate.cjs", str(path)]
    done = subprocess.run(command, cwd=templates.folder, capture_output=True, timeout=60)

    assert json.loads(done.stdout) == [], done.stderr


@pytest.mark.parametrize("kind", DIAGRAMS)
def test_it_is_applied_and_runs(templates: Templates, local_engine: LocalEngine, tmp_path: Path, kind: str) -> None:
    """The element becomes what the template is for, and its job is the connector's."""
    element, text = DIAGRAMS[kind]
    plain = tmp_path / f"{kind}.bpmn"
    plain.write_text(text)

    drawn = templates.apply(TEMPLATES[kind], plain, element, values={"text": "Hello", "resultVariable": "answer"})
    with serving(local_engine, connectors=[bell()]):
        local_engine.deploy(drawn)
        order = {"processDefinitionId": "plain", "awaitCompletion": True, "requestTimeout": 25_000}
        ended = local_engine.request("POST", "/process-instances", order)

    tag = TEMPLATES[kind]["elementType"]["value"].removeprefix("bpmn:")
    assert f"<bpmn:{tag[0].lower()}{tag[1:]} " in drawn.read_text()
    assert ended.document["variables"]["answer"] == {"said": "Hello"}
