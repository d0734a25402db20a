"""docs/engine.md says what the engine does: its tables are compared with the code, and with what can be deployed."""

import re
from pathlib import Path

import pytest

from connectory_engine.bpmn.compilation import MOST_BYTES
from connectory_engine.bpmn.processes import REFUSED, TYPES
from connectory_engine.bpmn.xml_reading import MOST_LEVELS
from connectory_engine.engine import HISTORY, Engine, Rejected
from connectory_engine.execution.behaviours import BEHAVIOURS
from connectory_engine.execution.calls import MOST_CALLS
from connectory_engine.execution.processor import MOST_WITHOUT_WAIT

PAGE = Path(__file__).parents[3] / "docs" / "engine.md"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    targetNamespace="http://connectory.test">"""
SUBSCRIPTION = '<extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements>'
DECLARED = (
    f'<message id="m" name="m">{SUBSCRIPTION}</message>'
    '<signal id="s" name="s"/><error id="e" errorCode="E"/><escalation id="x" escalationCode="X"/>'
)
START = '<startEvent id="start"/>'
LISTENER = '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="t"/></zeebe:taskListeners>'
WORK = '<zeebe:taskDefinition type="work"/>'
DEFINITIONS = {
    "none": "",
    "message": '<messageEventDefinition id="d" messageRef="m"/>',
    "timer": '<timerEventDefinition id="d"><timeDuration>PT1H</timeDuration></timerEventDefinition>',
    "signal": '<signalEventDefinition id="d" signalRef="s"/>',
    "error": '<errorEventDefinition id="d" errorRef="e"/>',
    "escalation": '<escalationEventDefinition id="d" escalationRef="x"/>',
    "compensation": '<compensateEventDefinition id="d"/>',
    "link": '<linkEventDefinition id="d" name="L"/>',
    "terminate": '<terminateEventDefinition id="d"/>',
    "conditional": '<conditionalEventDefinition id="d"><condition>=x</condition></conditionalEventDefinition>',
    "cancel": '<cancelEventDefinition id="d"/>',
}
SUB_PROCESS = '<subProcess id="host"><startEvent id="inner"/></subProcess>'
CATCHES_LINK = '<intermediateCatchEvent id="other"><linkEventDefinition id="d2" name="L"/></intermediateCatchEvent>'
PLACES = {
    "process start": '<startEvent id="event">{}</startEvent>',
    "event sub-process start": START
    + '<subProcess id="es" triggeredByEvent="true"><startEvent id="event">{}</startEvent></subProcess>',
    "catch": START + '<intermediateCatchEvent id="event">{}</intermediateCatchEvent>',
    "boundary": START
    + SUB_PROCESS
    + '<boundaryEvent id="event" attachedToRef="host">{}</boundaryEvent><task id="undo" isForCompensation="true"/>'
    + '<association id="a" sourceRef="event" targetRef="undo"/>',
    "throw": START + CATCHES_LINK + '<intermediateThrowEvent id="event">{}</intermediateThrowEvent>',
    "end": START + '<endEvent id="event">{}</endEvent>',
}


def section(title: str) -> str:
    return PAGE.read_text("utf-8").split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:1] + lines[2:]]


def deploys(body: str) -> bool:
    data = f'{HEAD}<process id="p" isExecutable="true">{body}</process>{DECLARED}</definitions>'
    try:
        Engine().deploy([("p.bpmn", data.encode())])
    except Rejected:
        return False
    return True


def test_the_table_of_elements_is_that_of_the_code() -> None:
    named = {tag for row in rows("Elements")[1:] for tag in re.findall(r"`(\w+)`", row[0])}

    assert named == set(TYPES)
    assert set(TYPES.values()) <= set(BEHAVIOURS)


def test_what_is_refused_is_named() -> None:
    text = section("Elements").split("Refused with id and type:", 1)[1]

    assert set(re.findall(r"`(\w+)`", text)) == REFUSED
    for tag in REFUSED:
        assert not deploys(f'{START}<{tag} id="odd"/>')


EVENTS = rows("Events")


@pytest.mark.parametrize("row", EVENTS[1:], ids=lambda row: row[0])
def test_the_table_of_events_is_what_can_be_deployed(row: list[str]) -> None:
    kind, definition = row[0], DEFINITIONS[row[0]]
    for place, said in zip(EVENTS[0][1:], row[1:], strict=True):
        if place == "process start" and kind in ("error", "escalation", "compensation", "link", "terminate"):
            continue  # deployed, as by Camunda, and never happens
        extension = f"<extensionElements>{WORK}</extensionElements>" if said == "job" else ""

        assert deploys(PLACES[place].format(extension + definition)) == (said != "-"), f"{kind} as {place}"


def test_the_bounds_are_those_of_the_code() -> None:
    text = section("Bounds")

    assert f"{MOST_BYTES // 2**20} MiB, {MOST_LEVELS} levels" in text
    assert f"{MOST_WITHOUT_WAIT:,} of one instance" in text
    assert f"{MOST_CALLS:,}, as in Camunda" in text
    assert f"{HISTORY:,} ended instances" in section("What else there is")


@pytest.mark.parametrize(
    ("extension", "element"),
    [
        ('<zeebe:calledDecision decisionId="d" resultVariable="r"/>', "businessRuleTask"),
        ('<zeebe:publishMessage correlationKey="=k"/>', "sendTask"),
        ("<zeebe:userTask/>" + LISTENER, "userTask"),
    ],
)  # fmt: skip
def test_refused_extensions_are_refused_by_id(extension: str, element: str) -> None:
    data = f'{START}<{element} id="odd"><extensionElements>{extension}</extensionElements></{element}>'
    data = f'{HEAD}<process id="p" isExecutable="true">{data}</process>{DECLARED}</definitions>'

    with pytest.raises(Rejected, match="'odd'"):
        Engine().deploy([("p.bpmn", data.encode())])
