"""``connectory run``: the main job, and what a user sees when something is wrong."""

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from kit import PROCESSES, ROOT, Command

EXAMPLES = ROOT / "examples"


def result(done: Any) -> dict[str, Any]:
    """Return the one JSON object on stdout."""
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_the_main_example(connectory: Command) -> None:
    """It completes, shows each step, the variables and the requests that were made."""
    done = connectory("run", EXAMPLES / "order.bpmn", "--sandbox")

    assert done.returncode == 0, done.stderr
    for word in (
        "Ask the stock",
        "Place the order",
        "completed",
        "orderNumber",
        "https://shop.example.com/stock/teapot",
    ):
        assert word in done.stdout
    assert "\x1b" not in done.stdout


def test_json_is_clean(connectory: Command) -> None:
    """Exactly one JSON object on stdout, with state, variables and what the sandbox received."""
    said = result(connectory("run", EXAMPLES / "order.bpmn", "--sandbox", "--json"))

    assert said["state"] == "completed"
    assert said["variables"]["item"] == "teapot"
    assert said["incidents"] == said["waitingFor"] == []
    assert [(entry["service"], entry["method"]) for entry in said["sandbox"]] == [("http", "GET"), ("http", "POST")]


@pytest.mark.parametrize(
    ("item", "last"), [("teapot", "https://shop.example.com/orders"), ("sold-out", "https://shop.example.com/messages")]
)
def test_the_main_example_branches(connectory: Command, item: str, last: str) -> None:
    """The answer of the service decides."""
    said = result(connectory("run", EXAMPLES / "order.bpmn", "--sandbox", "--json", "--var", f'item="{item}"'))

    assert said["sandbox"][-1]["url"] == last


def test_an_error_is_caught(connectory: Command) -> None:
    """The refused card becomes a BPMN error; its reason reaches the message."""
    said = result(connectory("run", EXAMPLES / "payment.bpmn", "--sandbox", "--json"))

    assert said["state"] == "completed"
    assert said["variables"]["reason"] in said["sandbox"][-1]["body"]["text"]


def test_a_busy_service_is_tried_again(connectory: Command) -> None:
    """The second attempt succeeds."""
    said = result(connectory("run", EXAMPLES / "forecast.bpmn", "--sandbox", "--json"))

    assert said["state"] == "completed"
    assert len(said["sandbox"]) == 2


def test_a_fault_on_demand(connectory: Command) -> None:
    """Graph is busy once, and the message arrives when it said."""
    fault = 'graph={"operation": "POST /teams/*", "status": 429, "retry_after": 0.2}'
    said = result(connectory("run", EXAMPLES / "onboarding.bpmn", "--sandbox", "--json", "--fault", fault))

    assert said["state"] == "completed"
    assert [entry["service"] for entry in said["sandbox"]] == ["slack", "http", "http", "http", "graph", "graph"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fault", "slack={}"], "--fault: only a sandbox fails on demand; add --sandbox"),
        (["--sandbox", "--fault", "slack"], "--fault"),
        (["--sandbox", "--fault", "fax={}"], "--fault fax: the sandbox runs http, slack, graph here, not 'fax'"),
        (["--sandbox", "--fault", 'slack={"state": 1}'], "--fault slack: a fault has body, broken, delay"),
        (["--sandbox", "--fault", 'slack={"status": "x"}'], "--fault slack: status: Input should be a valid integer"),
    ],
)
def test_a_fault_that_is_none(connectory: Command, options: list[str], message: str) -> None:
    """One line says what is wrong."""
    assert message in one_line(connectory("run", EXAMPLES / "onboarding.bpmn", *options))


def test_onboarding_tells_people_in_slack_and_teams(connectory: Command) -> None:
    """The pending tasks go to Slack, the finished ones to Teams; both fakes show what came."""
    said = result(connectory("run", EXAMPLES / "onboarding.bpmn", "--sandbox", "--json"))

    assert [entry["service"] for entry in said["sandbox"]] == ["slack", "http", "http", "http", "graph"]
    assert said["sandbox"][0]["body"]["text"] == "Pending for Ann Example: laptop, accounts, badge"
    assert said["sandbox"][-1]["body"]["body"]["content"] == "Done for Ann Example: laptop, accounts, badge"


def test_orders_go_through_kafka_and_a_business_system(connectory: Command) -> None:
    """Events are published before and after the record is created and updated."""
    said = result(connectory("run", EXAMPLES / "order_events.bpmn", "--sandbox", "--json"))

    assert [entry["service"] for entry in said["sandbox"]] == ["kafka", "http", "http", "kafka"]
    assert [said["sandbox"][index]["value"]["status"] for index in (0, 3)] == ["placed", "confirmed"]
    assert said["sandbox"][2]["url"].endswith("/records/r-7")


@pytest.mark.parametrize("name", sorted(path.stem for path in PROCESSES.glob("*.bpmn")))
def test_processes_complete(connectory: Command, service: str, name: str, tmp_path: Path) -> None:
    """Each process of the comparison with the reference completes against a real server."""
    key = f"{name}-{os.getpid()}"
    variables = ["--var", f'base="{service}"', "--var", f'key="{key}"']

    done = connectory("run", PROCESSES / f"{name}.bpmn", "--json", *variables, "--secret", "SHOP_TOKEN=tok-123")

    assert result(done)["state"] == "completed", done.stdout + done.stderr


BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="t"><bpmn:process id="p" isExecutable="true">
  <bpmn:startEvent id="s"><bpmn:outgoing>f</bpmn:outgoing>
  </bpmn:startEvent>{element}<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="x"/></bpmn:process>{more}
</bpmn:definitions>
"""
TASK = """<bpmn:serviceTask id="x"><bpmn:extensionElements><zeebe:taskDefinition type="{type}"/>
  <zeebe:ioMapping>{inputs}</zeebe:ioMapping></bpmn:extensionElements><bpmn:incoming>f</bpmn:incoming></bpmn:serviceTask>"""


def model(folder: Path, element: str, *, more: str = "") -> Path:
    path = folder / "model.bpmn"
    path.write_text(BPMN.format(element=element, more=more))
    return path


def one_line(done: Any) -> str:
    """Return the complaint: one line on stderr, exit code 2, no traceback."""
    assert done.returncode == 2, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_a_file_that_is_not_there(connectory: Command, tmp_path: Path) -> None:
    assert "nowhere.bpmn" in one_line(connectory("run", tmp_path / "nowhere.bpmn"))


def test_a_file_that_cannot_be_read(connectory: Command, tmp_path: Path) -> None:
    assert str(tmp_path) in one_line(connectory("run", tmp_path))


@pytest.mark.parametrize("content", ["hello", "<html/>", "", "\x00\x01"])
def test_a_file_that_is_no_bpmn(connectory: Command, tmp_path: Path, content: str) -> None:
    path = tmp_path / "note.bpmn"
    path.write_text(content)

    assert "note.bpmn" in one_line(connectory("run", path))


def test_an_element_that_the_engine_does_not_know(connectory: Command, tmp_path: Path) -> None:
    """Refused by id and type, not skipped."""
    element = '<bpmn:complexGateway id="x"><bpmn:incoming>f</bpmn:incoming></bpmn:complexGateway>'

    line = one_line(connectory("run", model(tmp_path, element)))

    assert "element: x:" in line
    assert "ComplexGateway" in line


def test_a_process_that_the_file_does_not_have(connectory: Command) -> None:
    """The line names those that it has."""
    line = one_line(connectory("run", EXAMPLES / "order.bpmn", "--process", "orders"))

    assert "'orders'" in line
    assert "'order'" in line


def test_a_variable_that_is_no_json(connectory: Command) -> None:
    """The line shows how to write text."""
    line = one_line(connectory("run", EXAMPLES / "order.bpmn", "--var", "item=teapot"))

    assert "item" in line
    assert "JSON" in line


def test_variables_that_are_no_object(connectory: Command, tmp_path: Path) -> None:
    path = tmp_path / "variables.json"
    path.write_text("[1]")

    assert "variables.json" in one_line(connectory("run", EXAMPLES / "order.bpmn", "--variables", path))


def test_a_connector_that_nobody_installed(connectory: Command, tmp_path: Path) -> None:
    """The line names element, type and what to do."""
    line = one_line(connectory("run", model(tmp_path, TASK.format(type="io.camunda:soap:1", inputs=""))))

    assert "'x'" in line
    assert "'io.camunda:soap:1'" in line
    assert "Install the distribution that has it" in line


def test_a_job_for_a_worker_of_ones_own(connectory: Command, tmp_path: Path) -> None:
    """It is no connector, so the process waits, and says for what."""
    done = connectory("run", model(tmp_path, TASK.format(type="pack-parcel", inputs="")), "--json")

    assert done.returncode == 3
    assert result(done)["waitingFor"][0]["jobType"] == "pack-parcel"


def test_a_missing_secret(connectory: Command, tmp_path: Path, service: str) -> None:
    """An incident that names the secret; exit code 1."""
    inputs = f'<zeebe:input source="GET" target="method"/><zeebe:input source="{service}/echo" target="url"/>'
    inputs += '<zeebe:input source="{{secrets.NOT_THERE}}" target="body"/>'

    done = connectory("run", model(tmp_path, TASK.format(type="io.camunda:http-json:1", inputs=inputs)), "--json")

    assert done.returncode == 1
    assert "Secret with name 'NOT_THERE' is not available" in json.dumps(result(done)["incidents"])


def test_no_secret_in_any_output(connectory: Command, tmp_path: Path, service: str) -> None:
    """Not in steps, not in incidents, not on stderr."""
    inputs = f'<zeebe:input source="GET" target="method"/><zeebe:input source="{service}/status/500" target="url"/>'
    inputs += '<zeebe:input source="bearer" target="authentication.type"/>'
    inputs += '<zeebe:input source="{{secrets.TOKEN}}" target="authentication.token"/>'
    path = model(tmp_path, TASK.format(type="io.camunda:http-json:1", inputs=inputs))

    done = connectory("run", path, "--secret", "TOKEN=s3cr3t-value")

    assert done.returncode == 1
    assert "s3cr3t-value" not in done.stdout + done.stderr


def test_waiting_for_a_message(connectory: Command, tmp_path: Path) -> None:
    """Exit code 3, and what it waits for; a message given on the command line lets it go on."""
    element = (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:incoming>f</bpmn:incoming>'
        '<bpmn:messageEventDefinition id="d" messageRef="m"/></bpmn:intermediateCatchEvent>'
    )
    more = (
        '<bpmn:message id="m" name="paid"><bpmn:extensionElements>'
        '<zeebe:subscription correlationKey="=orderId"/></bpmn:extensionElements></bpmn:message>'
    )
    path = model(tmp_path, element, more=more)

    waiting = connectory("run", path, "--var", 'orderId="o-1"', "--json")
    given = connectory("run", path, "--var", 'orderId="o-1"', "--json", "--message", 'paid:o-1={"amount": 3}')

    assert waiting.returncode == 3
    assert "paid" in json.dumps(result(waiting)["waitingFor"])
    assert given.returncode == 0
    assert result(given)["variables"]["amount"] == 3


def test_a_broken_plugin_costs_one_line(connectory: Command, tmp_path: Path) -> None:
    """A distribution that cannot be imported is named with the reason where it might be needed; the others go on."""
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[connectory.connectors]\nbroken = broken_connector\n")
    (tmp_path / "broken_connector.py").write_text("import no_such_library\n")

    path = model(tmp_path, TASK.format(type="pack-parcel", inputs=""))

    done = connectory("run", path, environ={"PYTHONPATH": str(tmp_path)})

    assert done.returncode == 3, done.stderr
    assert re.fullmatch(r".*broken.*no_such_library.*", done.stderr.strip())


def test_an_occupied_port(connectory: Command) -> None:
    """The line names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert str(port) in one_line(connectory("engine", "--port", port))
