"""What must never harm the engine: bad files, endless loops, calls in circles, values without measure."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from connectory_engine.engine import Engine, Rejected
from connectory_engine.testing import LocalEngine

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    targetNamespace="http://connectory.test">"""
START = '<startEvent id="start"/>'
TASK = '<serviceTask id="work"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>'


def process(*parts: str, name: str = "p") -> bytes:
    return f'{HEAD}<process id="{name}" isExecutable="true">{"".join(parts)}</process></definitions>'.encode()


def flow(source: str, target: str, condition: str = "") -> str:
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'


def script(expression: str) -> bytes:
    inside = f'<extensionElements><zeebe:script expression="{expression}" resultVariable="r"/></extensionElements>'
    return process(START, f'<scriptTask id="s">{inside}</scriptTask>', flow("start", "s"))


def run_down(engine: Engine) -> None:
    """Let the engine do all that is left to do now."""
    while (due := engine.next_due()) is not None and due <= engine.now():
        engine.tick()


def refusal(data: bytes, name: str = "a.bpmn") -> str:
    with pytest.raises(Rejected) as caught:
        Engine().deploy([(name, data)])
    assert caught.value.kind == "INVALID_ARGUMENT"
    assert name in caught.value.text
    return caught.value.text


ENTITIES = "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(24))
BOMB = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]><definitions>&z;</definitions>'
ON_START = '<boundaryEvent id="b" attachedToRef="start"><errorEventDefinition id="d"/></boundaryEvent>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no element found"),
        (b"hello", "syntax error"),
        (b"<a><b></a>", "mismatched tag"),
        (b"<html/>", "'definitions'"),
        (b"\xff\xfe\x00", "Error"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "unknown encoding"),
        (BOMB.encode(), "DOCTYPE is disallowed"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><definitions/>', "DOCTYPE is disallowed"),
        (process(START, "<x>" * 5_000 + "</x>" * 5_000), "nested elements"),
        (process(START, TASK, TASK), "multiple occurrences of ID value 'work'"),
        (process(START, flow("start", "nowhere")), "IDREF 'nowhere'"),
        (process(START, '<complexGateway id="odd"/>'), "ComplexGateway"),
        (process(START, '<nonsense id="odd"/>'), "bpmn:nonsense"),
        (process(START, '<task id="t"><incoming/></task>').replace(b'"true"', b'"false"'), "executable process"),
        (process(START, ON_START), "Element: b"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_a_reason(data: bytes, reason: str) -> None:
    assert reason in refusal(data)


def test_a_file_of_50_mb_is_refused_at_once() -> None:
    data = process(START, "<documentation>" + "a" * 50_000_000 + "</documentation>")
    begin = time.process_time()

    assert "bytes" in refusal(data)
    assert time.process_time() - begin < 1


def test_what_is_no_process_is_refused() -> None:
    assert "unknown resource type" in refusal(b"{}", "a.txt")


def test_nothing_is_deployed_when_one_file_is_bad() -> None:
    engine = Engine()

    with pytest.raises(Rejected):
        engine.deploy([("good.bpmn", process(START)), ("bad.bpmn", b"")])

    assert list(engine.definitions()) == []


def test_an_endless_loop_becomes_an_incident_and_others_go_on() -> None:
    gateways = '<exclusiveGateway id="a"/><exclusiveGateway id="b"/>'
    engine = Engine()
    spinning = process(START, gateways, flow("start", "a"), flow("a", "b"), flow("b", "a"), name="spin")
    engine.deploy([("spin.bpmn", spinning), ("other.bpmn", process(START, TASK, flow("start", "work")))])

    instance = engine.create_instance("spin")
    other = engine.create_instance("p")
    while not engine.activate_jobs("work", most=1, timeout=1000):
        engine.tick()
    after_other = instance.has_incident
    run_down(engine)

    assert not after_other, "the other instance had to wait for the end of the loop"
    [incident] = engine.incidents(instance.key)
    assert incident.message.startswith("The process instance has entered")
    assert other.state == "ACTIVE"
    engine.cancel_instance(instance.key)
    assert instance.state == "TERMINATED"


def test_calls_in_a_circle_end_at_an_incident() -> None:
    def caller(name: str, called: str) -> bytes:
        inside = f'<extensionElements><zeebe:calledElement processId="{called}"/></extensionElements>'
        return process(
            START, f'<callActivity id="c{name}">{inside}</callActivity>', flow("start", f"c{name}"), name=name
        )

    engine = Engine()
    engine.deploy([("a.bpmn", caller("a", "b")), ("b.bpmn", caller("b", "a"))])

    instance = engine.create_instance("a")
    run_down(engine)

    [incident] = engine.incidents()
    assert (incident.type, instance.has_incident) == ("CALLED_ELEMENT_ERROR", True)
    assert "maximum depth of 1000" in incident.message
    engine.cancel_instance(instance.key)
    run_down(engine)
    assert all(i.state == "TERMINATED" for i in engine.instances())


@pytest.mark.parametrize(
    "expression",
    [
        "=assert(x, x != null)",
        "=for a in 1..100000, b in 1..100000 return a",
        "={f: function(n) f(n + 1), r: f(0)}.r",
        "=string join(for i in 1..1000000 return &quot;aaaaaaaaaa&quot;, &quot;&quot;)",
    ],
)
def test_expressions_that_fail_are_incidents_or_null(expression: str) -> None:
    engine = Engine()
    engine.deploy([("a.bpmn", script(expression))])

    instance = engine.create_instance("p")

    assert instance.has_incident or instance.variables["r"] is None
    engine.deploy([("b.bpmn", process(START, TASK, flow("start", "work"), name="q"))])
    engine.create_instance("q")
    assert len(engine.activate_jobs("work", most=1, timeout=1)) == 1


def nested(levels: int) -> list[object]:
    value: list[object] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_a_value_that_grows_in_depth_becomes_an_incident() -> None:
    engine = Engine()
    engine.deploy([("a.bpmn", script("=[x]"))])

    good = engine.create_instance("p", variables={"x": nested(150)})
    bad = engine.create_instance("p", variables={"x": nested(200)})

    assert good.variables["r"] == nested(151)
    assert [i.message for i in engine.incidents(bad.key)] == [
        "Failed to evaluate expression '[x]': the value is nested deeper than 200 levels"
    ]


@pytest.mark.parametrize("levels", [50, 199, 400, 900, 5_000])
def test_deep_json_is_taken_or_refused_but_never_a_defect(levels: int, local_engine: LocalEngine) -> None:
    local_engine.call(local_engine.engine.deploy, [("a.bpmn", process(START, TASK, flow("start", "work")))])
    deep = "[" * (levels - 3) + "]" * (levels - 3)

    def call(path: str, body: str) -> tuple[int, Any]:
        request = urllib.request.Request(f"{local_engine.address}/v2{path}", body.encode())
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    created, _ = call("/process-instances", f'{{"processDefinitionId": "p", "variables": {{"x": {deep}}}}}')
    asked = '{"type": "work", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}'
    activated, jobs = call("/jobs/activation", asked)
    searched, _ = call("/variables/search", "{}")

    assert created == (200 if levels < 200 else 400)
    assert (activated, searched, len(jobs["jobs"])) == (200, 200, levels < 200)


def test_unknown_keys_are_rejected() -> None:
    engine = Engine()

    for command in (
        lambda: engine.complete_job(1),
        lambda: engine.fail_job(1, retries=1),
        lambda: engine.throw_error(1, code="x"),
        lambda: engine.update_job(1, retries=1),
        lambda: engine.cancel_instance(1),
        lambda: engine.resolve_incident(1),
        lambda: engine.set_variables(1, {}),
        lambda: engine.complete_user_task(1),
        lambda: engine.assign_user_task(1, assignee="x"),
        lambda: engine.activate_ad_hoc(1, []),
        lambda: engine.create_instance("nope"),
        lambda: engine.create_instance(key=1),
    ):
        with pytest.raises(Rejected) as caught:
            command()
        assert caught.value.kind == "NOT_FOUND"


def test_many_buffered_messages_do_not_slow_correlation() -> None:
    event = '<messageEventDefinition id="d" messageRef="m"/>'
    key = '<extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements>'
    message = f'<message id="m" name="mail">{key}</message>'
    data = process(START, f'<intermediateCatchEvent id="c">{event}</intermediateCatchEvent>', flow("start", "c"))
    engine = Engine()
    engine.deploy([("a.bpmn", data.replace(b"</definitions>", message.encode() + b"</definitions>"))])

    def correlate() -> float:
        begin = time.process_time()
        for number in range(300):
            engine.create_instance("p", variables={"key": f"q{number}"})
            engine.correlate("mail", f"q{number}")
        return time.process_time() - begin

    alone = min(correlate() for _ in range(3))
    for number in range(100_000):
        engine.publish("mail", f"k{number}", time_to_live=3_600_000)
    among_many = min(correlate() for _ in range(3))

    assert among_many < alone * 3
