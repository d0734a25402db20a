"""Intrinsic functions that a distribution brings, in a whole process."""

from pathlib import Path

from kit import Command

TEXTS = """
from pydantic import BaseModel
from connectory_sdk import Connector, JobContext, hookimpl

echo = Connector(id="acme.echo", name="Echo", type="acme:echo:1", version=1)

class Request(BaseModel):
    text: str

@echo.operation("do")
async def do(request: Request, job: JobContext) -> str:
    return request.text

async def stars(text, count=3):
    return text + count * "*"
"""
CONNECTORS = """
from connectory_sdk import hookimpl
from acme_texts import echo

@hookimpl
def connectory_connectors():
    return [echo]
"""
FUNCTIONS = """
from connectory_sdk import hookimpl
from acme_texts import stars

@hookimpl
def connectory_intrinsic_functions():
    return {"stars": stars}
"""
PROCESS = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t">
  <process id="starry" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="one" sourceRef="start" targetRef="task"/>
    <serviceTask id="task"><extensionElements>
      <zeebe:taskDefinition type="acme:echo:1"/>
      <zeebe:ioMapping>
        <zeebe:input target="text" source='={"camunda.function.type": "stars", params: ["a", 2]}'/>
      </zeebe:ioMapping>
      <zeebe:taskHeaders><zeebe:header key="resultVariable" value="out"/></zeebe:taskHeaders>
    </extensionElements></serviceTask>
    <sequenceFlow id="two" sourceRef="task" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>
"""


def test_one_that_gives_nothing_else_is_loaded_when_a_model_calls_it(connectory: Command, tmp_path: Path) -> None:
    """The connector and the function are of two distributions."""
    (tmp_path / "acme_texts.py").write_text(TEXTS)
    for name, source in (("echo", CONNECTORS), ("texts", FUNCTIONS)):
        (tmp_path / f"acme_{name}_plugin.py").write_text(source)
        info = tmp_path / f"acme_{name}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[connectory.connectors]\n{name} = acme_{name}_plugin\n")
    (tmp_path / "starry.bpmn").write_text(PROCESS)
    environ = {"PYTHONPATH": str(tmp_path)}

    done = connectory("run", tmp_path / "starry.bpmn", environ=environ)
    listed = connectory("list", environ=environ)

    assert (done.returncode, '"a**"' in done.stdout) == (0, True), done.stdout + done.stderr
    assert "texts        acme-texts 1.2" in listed.stdout
