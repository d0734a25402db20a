"""A process modelled with Camunda's newest REST template runs as it is."""

import json
from pathlib import Path

import pytest
from kit import ROOT, Command
from official import Templates, install

PLAIN = ROOT / "tests" / "models" / "plain.bpmn"


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return install(tmp_path_factory.mktemp("npm"))


def test_the_newest_rest_template(templates: Templates, connectory: Command, service: str) -> None:
    """Applied by the published tool, filled in as a modeller does, called against a real server."""
    rest = templates.newest("http-json-connector.json")
    values = {"method": "POST", "url": f"{service}/echo", "resultVariable": "answer", "retryCount": "1"}
    values |= {"authentication.type": "bearer", "authentication.token": "{{secrets.TOKEN}}"}
    values |= {"body": '={order: 7, item: "teapot"}', "resultExpression": "={echoed: response.body.body}"}

    diagram = templates.apply(rest, PLAIN, "call", values=values)
    done = connectory("run", diagram, "--json", "--secret", "TOKEN=t-1")

    said = json.loads(done.stdout)
    assert said["state"] == "completed", done.stdout + done.stderr
    assert said["variables"]["echoed"] == {"order": 7, "item": "teapot"}
    assert said["variables"]["answer"]["status"] == 200
    assert said["variables"]["answer"]["body"]["authorization"] == "Bearer t-1"


def test_what_the_newest_template_presets_is_enough(
    templates: Templates, connectory: Command, service: str, tmp_path: Path
) -> None:
    """Only the address is filled in; every default of the template is accepted."""
    rest = templates.newest("http-json-connector.json")

    diagram = templates.apply(rest, PLAIN, "call", values={"url": f"{service}/items/3"})
    done = connectory("run", diagram, "--json")

    assert json.loads(done.stdout)["state"] == "completed", done.stdout + done.stderr
