"""The eleven probes that other Python engines fail, and what tests need of the clock."""

from typing import Any

import pytest

from connectory_engine.engine import Engine
from connectory_engine.records import Instance

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="model" targetNamespace="http://connectory.test">"""


def task(name: str, body: str = "", extension: str = "") -> str:
    definition = f'<zeebe:taskDefinition type="{name}"/>{extension}'
    return f'<serviceTask id="{name}"><extensionElements>{definition}</extensionElements>{body}</serviceTask>'


def flows(*pairs: str) -> str:
    made = []
    for pair in pairs:
        path, _, condition = pair.partition(" ")
        source, _, target = path.partition(">")
        inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        made.append(
            f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'
        )
    return "".join(made)


def process(*parts: str, name: str = "p", more: str = "") -> bytes:
    return f'{HEAD}<process id="{name}" isExecutable="true">{"".join(parts)}</process>{more}</definitions>'.encode()


@pytest.fixture
def engine() -> Engine:
    return Engine()


def start(engine: Engine, *files: bytes, name: str = "p", **variables: Any) -> Instance:
    engine.deploy([(f"{number}.bpmn", file) for number, file in enumerate(files)])
    return engine.create_instance(name, variables=variables)


def work(engine: Engine, type: str, **variables: Any) -> list[dict[str, Any]]:
    """Complete all jobs of a type; gives what they saw."""
    seen = []
    for job, visible in engine.activate_jobs(type, most=100, timeout=60_000):
        seen.append(visible)
        engine.complete_job(job.key, variables=variables)
    return seen


START = '<startEvent id="start"/>'


def test_branches_of_a_fork_share_their_variables(engine: Engine) -> None:
    fork = '<parallelGateway id="fork"/>'
    parts = (START, fork, task("a"), task("b"), task("c"), flows("start>fork", "fork>a", "fork>b", "b>c"))
    start(engine, process(*parts))

    work(engine, "a", written=1)
    work(engine, "b")

    assert work(engine, "c") == [{"written": 1}]


def test_two_outgoing_flows_are_both_taken(engine: Engine) -> None:
    start(engine, process(START, task("a"), task("b"), flows("start>a", "a>b").replace("a_b", "one"), flows("a>b")))

    work(engine, "a")

    assert len(work(engine, "b")) == 2


def test_no_end_event_is_needed(engine: Engine) -> None:
    instance = start(engine, process(START, task("a"), flows("start>a")))

    work(engine, "a")

    assert instance.state == "COMPLETED"


def test_two_incoming_flows_run_the_element_twice(engine: Engine) -> None:
    fork = '<parallelGateway id="fork"/>'
    parts = (START, fork, task("a"), task("b"), task("c"), flows("start>fork", "fork>a", "fork>b", "a>c", "b>c"))
    instance = start(engine, process(*parts))

    work(engine, "a")
    work(engine, "b")

    assert len(work(engine, "c")) == 2
    assert instance.state == "COMPLETED"


def test_a_loop_of_600_rounds_ends(engine: Engine) -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="=n + 1" target="n"/></zeebe:ioMapping>'
    gateways = '<exclusiveGateway id="m"/><exclusiveGateway id="g" default="g_end"/><endEvent id="end"/>'
    parts = (START, gateways, task("a", extension=mapping), flows("start>m", "m>a", "a>g", "g>end", "g>m =n &lt; 600"))
    instance = start(engine, process(*parts), n=0)

    rounds = 0
    while work(engine, "a"):
        rounds += 1

    assert (rounds, instance.state, instance.variables["n"]) == (600, "COMPLETED", 600)


def test_a_call_activity_runs_a_process_and_maps_variables(engine: Engine) -> None:
    extension = (
        '<extensionElements><zeebe:calledElement processId="q" propagateAllParentVariables="false"/><zeebe:ioMapping>'
        '<zeebe:input source="=x + 1" target="y"/><zeebe:output source="=r" target="got"/></zeebe:ioMapping>'
        "</extensionElements>"
    )
    caller = process(START, f'<callActivity id="c">{extension}</callActivity>', flows("start>c"))
    called = process(START, task("a"), flows("start>a"), name="q")
    instance = start(engine, caller, called, x=1)

    seen = work(engine, "a", r=7, other=8)

    assert seen == [{"y": 2}]
    assert (instance.state, dict(instance.variables)) == ("COMPLETED", {"x": 1, "got": 7})


def test_a_multi_instance_makes_a_job_for_each_item(engine: Engine) -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=[7,8]" inputElement="item"/>'
        "</extensionElements></multiInstanceLoopCharacteristics>"
    )
    instance = start(engine, process(START, task("a", loop), flows("start>a")))

    assert [seen["item"] for seen in work(engine, "a")] == [7, 8]
    assert instance.state == "COMPLETED"


def test_a_script_sets_its_result_variable(engine: Engine) -> None:
    script = '<extensionElements><zeebe:script expression="=x * 2" resultVariable="r"/></extensionElements>'
    instance = start(engine, process(START, f'<scriptTask id="s">{script}</scriptTask>', flows("start>s")), x=21)

    assert instance.variables["r"] == 42


def test_links_go_on_at_their_other_end(engine: Engine) -> None:
    throw = '<intermediateThrowEvent id="t"><linkEventDefinition id="d1" name="L"/></intermediateThrowEvent>'
    catch = '<intermediateCatchEvent id="c"><linkEventDefinition id="d2" name="L"/></intermediateCatchEvent>'
    start(engine, process(START, throw, catch, task("a"), flows("start>t", "c>a")))

    assert len(work(engine, "a")) == 1


def test_an_event_sub_process_catches_an_error(engine: Engine) -> None:
    inside = '<startEvent id="e"><errorEventDefinition id="d" errorRef="x"/></startEvent>' + task("h") + flows("e>h")
    sub_process = f'<subProcess id="es" triggeredByEvent="true">{inside}</subProcess>'
    file = process(START, task("a"), sub_process, flows("start>a"), more='<error id="x" errorCode="X"/>')
    instance = start(engine, file)

    [(job, _)] = engine.activate_jobs("a", most=1, timeout=1000)
    engine.throw_error(job.key, code="X", variables={"why": "because"})

    assert work(engine, "h") == [{"why": "because"}]
    assert instance.state == "COMPLETED"


def test_a_plain_start_takes_the_none_start_event(engine: Engine) -> None:
    other = '<startEvent id="by"><messageEventDefinition id="d" messageRef="m"/></startEvent>'
    parts = (START, other, task("a"), task("b"), flows("start>a", "by>b"))
    start(engine, process(*parts, more='<message id="m" name="mail"/>'))

    assert (len(work(engine, "a")), len(work(engine, "b"))) == (1, 0)


# --- the clock


def timer(duration: str) -> bytes:
    event = f'<timerEventDefinition id="d"><timeDuration>{duration}</timeDuration></timerEventDefinition>'
    return process(START, f'<intermediateCatchEvent id="c">{event}</intermediateCatchEvent>', flows("start>c"))


def test_a_moved_clock_lets_timers_fire(engine: Engine) -> None:
    engine.pin_clock(1_000_000)
    instance = start(engine, timer("P3D"))

    engine.pin_clock(1_000_000 + 3 * 86_400_000 - 1)
    before = instance.state
    engine.pin_clock(1_000_000 + 3 * 86_400_000)

    assert (before, instance.state) == ("ACTIVE", "COMPLETED")
    assert instance.ended == 1_000_000 + 3 * 86_400_000


def test_the_owner_is_told_when_something_is_due_earlier(engine: Engine) -> None:
    told = []
    engine.on_due(lambda: told.append(engine.next_due()))
    engine.deploy([("a.bpmn", timer("=d"))])

    for duration in ("PT1H", "PT2H", "PT1M"):
        engine.create_instance("p", variables={"d": duration})

    assert len(told) == 2
    assert told[1] < told[0]


def test_months_follow_the_calendar(engine: Engine) -> None:
    january_31 = 1_706_659_200_000  # 2024, in UTC
    engine.pin_clock(january_31)
    instance = start(engine, timer("P1M"))

    engine.pin_clock(january_31 + 29 * 86_400_000)  # February 29

    assert instance.state == "COMPLETED"


def test_an_end_is_told_once_and_can_be_waited_for_no_more(engine: Engine) -> None:
    instance = start(engine, process(START, task("a"), flows("start>a")))
    told: list[Instance] = []
    engine.when_ended(instance, told.append)
    forget = engine.when_ended(instance, told.append)

    forget()
    work(engine, "a")

    assert told == [instance]


def test_old_instances_are_forgotten() -> None:
    engine = Engine(history=3)
    engine.deploy([("a.bpmn", process(START, task("a"), flows("start>a")))])

    for _ in range(5):
        engine.create_instance("p")
    work(engine, "a")

    assert len(list(engine.instances())) == 3
    assert len(list(engine.jobs())) == 3
    assert len(list(engine.element_instances())) == 9
