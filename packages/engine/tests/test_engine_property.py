"""Random block-structured processes: they end here, and do on the real engine exactly what they do here.

The real engine is the one whose REST address is in `CONNECTORY_ZEEBE_ENGINE`.
"""

import json
import os
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectory_engine.engine import Engine

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="model" targetNamespace="http://connectory.test">"""
NAMES = ("a", "b", "c")
MOST_JOBS = 60


@dataclass
class Model:
    """BPMN under construction: the elements of a scope and the flows between them."""

    type: str
    ids: Callable[[str], str]
    throwing: set[str]
    nodes: list[str] = field(default_factory=list)
    flows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, tag: str, kind: str, extension: str = "", body: str = "", attributes: str = "") -> str:
        name = self.ids(kind)
        inside = f"<extensionElements>{extension}</extensionElements>" if extension else ""
        self.nodes.append(f'<{tag} id="{name}" {attributes}>{inside}@{name}@{body}</{tag}>')
        return name

    def flow(self, source: str, target: str, condition: str = "") -> str:
        self.flows.append((source, target, condition))
        return f"{source}_{target}"

    def inner(self) -> "Model":
        return Model(self.type, self.ids, self.throwing)

    def xml(self) -> str:
        text = "".join(self.nodes)
        for node in self.nodes:
            name = node.split('id="', 1)[1].split('"', 1)[0]
            ends = "".join(f"<incoming>{s}_{t}</incoming>" for s, t, _ in self.flows if t == name)
            ends += "".join(f"<outgoing>{s}_{t}</outgoing>" for s, t, _ in self.flows if s == name)
            text = text.replace(f"@{name}@", ends, 1)
        for source, target, condition in self.flows:
            inside = (
                f'<conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression>'
                if condition
                else ""
            )
            ends = f'id="{source}_{target}" sourceRef="{source}" targetRef="{target}"'
            text += f"<sequenceFlow {ends}>{inside}</sequenceFlow>"
        return text


# A block is a tuple: its kind and what it is made of. `write` gives its first and its last element.
Block = tuple[Any, ...]
Ends = tuple[str, str]

names = st.sampled_from(NAMES)
mappings = st.lists(st.tuples(st.sampled_from(("input", "output")), names, names), max_size=2)


def blocks() -> st.SearchStrategy[Block]:
    leaf = st.one_of(
        st.tuples(st.just("task"), mappings),
        st.tuples(st.just("script"), names, names),
        st.tuples(st.just("catch"), mappings),
    )

    def more(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            st.tuples(st.just("sequence"), several),
            st.tuples(st.just("parallel"), several),
            st.tuples(st.just("exclusive"), names, st.integers(0, 3), inner, inner),
            st.tuples(st.just("inclusive"), names, st.integers(0, 3), inner, inner),
            st.tuples(st.just("loop"), st.integers(1, 3), inner),
            st.tuples(st.just("sub"), mappings, inner),
            st.tuples(st.just("items"), st.booleans(), st.integers(0, 3), inner),
        )

    return st.recursive(leaf, more, max_leaves=6)


def mapping(entries: list[tuple[str, str, str]]) -> str:
    made = [f'<zeebe:{kind} source="=if {a} = null then 0 else {a} + 1" target="{b}"/>' for kind, a, b in entries]
    made.sort(key=lambda entry: "zeebe:output" in entry)
    return f"<zeebe:ioMapping>{''.join(made)}</zeebe:ioMapping>" if made else ""


def task(model: Model, entries: list[tuple[str, str, str]]) -> str:
    return model.add("serviceTask", "t", f'<zeebe:taskDefinition type="{model.type}"/>' + mapping(entries))


def write(block: Block, model: Model) -> Ends:
    match block:
        case ("task", entries):
            name = task(model, entries)
            return name, name
        case ("script", source, target):
            expression = f'<zeebe:script expression="=[{source}, 1]" resultVariable="s{target}"/>'
            name = model.add("scriptTask", "x", expression)
            return name, name
        case ("catch", entries):
            name, last = task(model, entries), model.add("exclusiveGateway", "j")
            model.throwing.add(name)
            boundary = model.add(
                "boundaryEvent",
                "e",
                body=f'<errorEventDefinition id="d{name}"/>',
                attributes=f'attachedToRef="{name}"',
            )
            after = task(model, [])
            model.flow(name, last)
            model.flow(boundary, after)
            model.flow(after, last)
            return name, last
        case ("sequence", parts):
            ends = [write(part, model) for part in parts]
            for (_, before), (after, _) in pairwise(ends):
                model.flow(before, after)
            return ends[0][0], ends[-1][1]
        case ("parallel", parts):
            fork, join = model.add("parallelGateway", "f"), model.add("parallelGateway", "j")
            for first, last in [write(part, model) for part in parts]:
                model.flow(fork, first)
                model.flow(last, join)
            return fork, join
        case ("exclusive" | "inclusive" as kind, name, limit, one, other):
            join = model.add(f"{kind}Gateway", "j")
            (first, last), (second, end) = write(one, model), write(other, model)
            fork = model.ids("g")
            condition = f"=if {name} = null then false else {name} &gt; {limit}"
            model.flow(fork, first, condition)
            default = model.flow(fork, second)
            model.flow(last, join)
            model.flow(end, join)
            model.nodes.append(f'<{kind}Gateway id="{fork}" default="{default}">@{fork}@</{kind}Gateway>')
            return fork, join
        case ("loop", rounds, inner):
            merge, work = model.add("exclusiveGateway", "m"), task(model, [])
            first, last = write(inner, model)
            counter = model.ids("n")
            plus = f"=if {counter} = null then 1 else {counter} + 1"
            step = f'<zeebe:script expression="{plus}" resultVariable="{counter}"/>'
            count_up, fork, out = model.add("scriptTask", "x", step), model.ids("g"), model.add("exclusiveGateway", "o")
            for before, after in ((merge, work), (work, first), (last, count_up), (count_up, fork)):
                model.flow(before, after)
            model.flow(fork, merge, f"={counter} &lt; {rounds}")
            default = model.flow(fork, out)
            model.nodes.append(f'<exclusiveGateway id="{fork}" default="{default}">@{fork}@</exclusiveGateway>')
            return merge, out
        case ("sub", entries, inner):
            name = sub_process(model, inner, mapping(entries), "")
            return name, name
        case ("items", sequential, size, inner):
            items = list(range(size))
            loop = (
                f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><extensionElements>'
                f'<zeebe:loopCharacteristics inputCollection="={items}" inputElement="c" outputElement="=[a, c]"'
                f' outputCollection="{model.ids("out")}"/></extensionElements></multiInstanceLoopCharacteristics>'
            )
            name = sub_process(model, inner, "", loop)
            return name, name
    raise AssertionError(block)


def sub_process(model: Model, block: Block, extension: str, loop: str) -> str:
    inside = model.inner()
    begin = inside.add("startEvent", "s")
    first, _ = write(block, inside)
    inside.flow(begin, first)
    return model.add("subProcess", "u", extension, loop + inside.xml())


def build(block: Block, name: str) -> tuple[str, set[str]]:
    numbers = count()
    model = Model(f"{name}-work", lambda kind: f"{kind}{next(numbers)}", set())
    begin = model.add("startEvent", "s")
    first, _ = write(block, model)
    model.flow(begin, first)
    return f'{HEAD}<process id="{name}" isExecutable="true">{model.xml()}</process></definitions>', model.throwing


Job = tuple[str, str, int]  # element, variables as text, key


class Here:
    """The engine of this package."""

    def __init__(self) -> None:
        self.engine = Engine()

    def deploy(self, name: str, xml: str) -> None:
        self.engine.deploy([(f"{name}.bpmn", xml.encode())])

    def create(self, name: str) -> None:
        self.instance = self.engine.create_instance(name, variables={"a": 1, "b": 2})

    def jobs(self, type: str, _at_least: int) -> list[Job]:
        found = self.engine.activate_jobs(type, most=100, timeout=600_000)
        return [(job.element_id, json.dumps(v, sort_keys=True), job.key) for job, v in found]

    def complete(self, key: int, variables: dict[str, Any]) -> None:
        self.engine.complete_job(key, variables=variables)

    def throw(self, key: int) -> None:
        self.engine.throw_error(key, code="E", variables={"a": 9})

    def end(self, _wanted: object = None) -> tuple[str, dict[str, Any], list[str]]:
        incidents = [i.message for i in self.engine.incidents()]
        return self.instance.state, dict(self.instance.variables), incidents


class There:
    """The real engine, over REST."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/") + "/v2"

    def call(self, path: str, body: object = None, *, raw: bytes | None = None, kind: str = "application/json") -> Any:
        data = raw if raw is not None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                content = answer.read()
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{path}: {refused.code} {refused.read().decode()}") from None
        return json.loads(content) if content else None

    def deploy(self, name: str, xml: str) -> None:
        head = f'--x\r\nContent-Disposition: form-data; name="resources"; filename="{name}.bpmn"\r\n\r\n'
        raw = head.encode() + xml.encode() + b"\r\n--x--\r\n"
        self.call("/deployments", raw=raw, kind="multipart/form-data; boundary=x")

    def create(self, name: str) -> None:
        body = {"processDefinitionId": name, "variables": {"a": 1, "b": 2}}
        self.key = self.call("/process-instances", body)["processInstanceKey"]

    def jobs(self, type: str, at_least: int) -> list[Job]:
        found: list[Job] = []
        end = time.monotonic() + 3
        body = {"type": type, "maxJobsToActivate": 100, "timeout": 600_000, "worker": "w", "requestTimeout": -1}
        while True:
            found += [
                (job["elementId"], json.dumps(job["variables"], sort_keys=True), int(job["jobKey"]))
                for job in self.call("/jobs/activation", body)["jobs"]
            ]
            if len(found) >= at_least or time.monotonic() > end:
                return found
            time.sleep(0.01)

    def complete(self, key: int, variables: dict[str, Any]) -> None:
        self.call(f"/jobs/{key}/completion", {"variables": variables})

    def throw(self, key: int) -> None:
        self.call(f"/jobs/{key}/error", {"errorCode": "E", "variables": {"a": 9}})

    def end(self, wanted: object = None) -> tuple[str, dict[str, Any], list[str]]:
        limit = time.monotonic() + 3
        while True:
            of_instance = {"filter": {"processInstanceKey": self.key}, "page": {"limit": 1000}}
            state = self.call("/process-instances/search", of_instance)["items"][0]["state"]
            found = self.call("/variables/search", of_instance)["items"]
            incidents = [i["errorMessage"] for i in self.call("/incidents/search", of_instance)["items"]]
            result = state, {v["name"]: json.loads(v["value"]) for v in found if v["scopeKey"] == self.key}, incidents
            if result == wanted or time.monotonic() > limit:
                return result
            time.sleep(0.05)


def drive(here: Here, there: There | None, name: str, throwing: set[str]) -> None:
    """Complete one job after the other, always the same one on both sides, and compare what is open."""
    engines: list[Here | There] = [here] if there is None else [here, there]
    for engine in engines:
        engine.create(name)
    opened: list[list[Job]] = [[] for _ in engines]
    for number in range(MOST_JOBS):
        news = 0
        for engine, jobs in zip(engines, opened, strict=True):
            new = engine.jobs(f"{name}-work", news)
            news = len(new)
            jobs.extend(new)
            jobs.sort()
        assert all([j[:2] for j in jobs] == [j[:2] for j in opened[0]] for jobs in opened), "other jobs are open"
        if not opened[0]:
            return
        for engine, jobs in zip(engines, opened, strict=True):
            element, _, key = jobs.pop(0)
            if element in throwing and number % 2:
                engine.throw(key)
            else:
                engine.complete(key, {"a": number, f"r{number % 3}": element})
    for engine in engines:
        if isinstance(engine, Here):
            engine.engine.cancel_instance(engine.instance.key)


def common(examples: int) -> Any:
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )


@common(150)
@given(block=blocks())
def test_random_processes_end(block: Block) -> None:
    here = Here()
    xml, throwing = build(block, "p")
    here.deploy("p", xml)

    drive(here, None, "p", throwing)

    state, _, incidents = here.end()
    assert state in ("COMPLETED", "TERMINATED")
    assert incidents == []
    assert not [e for e in here.engine.element_instances() if e.ended is None]


@common(40)
@given(block=blocks())
def test_random_processes_do_the_same_on_the_real_engine(block: Block) -> None:
    address = os.environ.get("CONNECTORY_ZEEBE_ENGINE")
    if not address:
        pytest.skip("CONNECTORY_ZEEBE_ENGINE is not set: the REST address of a real 8.8 engine")
    here, there = Here(), There(address)
    name = f"random-{uuid.uuid4().hex[:12]}"
    xml, throwing = build(block, name)
    here.deploy(name, xml)
    there.deploy(name, xml)

    drive(here, there, name, throwing)

    if here.instance.state == "COMPLETED":
        assert there.end(here.end()) == here.end()
