"""An engine with a data file survives a restart: the next one goes on exactly where it ended."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from connectory_engine.engine import Engine, JournalError, Rejected

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="p" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="chance"/>
    <scriptTask id="chance"><extensionElements>
      <zeebe:script expression="=[random number(), uuid(), string(now())]" resultVariable="chance"/>
    </extensionElements></scriptTask>
    <sequenceFlow id="f2" sourceRef="chance" targetRef="work"/>
    <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>
    <sequenceFlow id="f3" sourceRef="work" targetRef="mail"/>
    <intermediateCatchEvent id="mail"><messageEventDefinition id="d" messageRef="m"/></intermediateCatchEvent>
    <sequenceFlow id="f4" sourceRef="mail" targetRef="wait"/>
    <intermediateCatchEvent id="wait">
      <timerEventDefinition id="t"><timeDuration>PT1H</timeDuration></timerEventDefinition>
    </intermediateCatchEvent>
  </process>
  <message id="m" name="mail">
    <extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements>
  </message>
</definitions>"""


def state(engine: Engine) -> list[Any]:
    """Everything that searches show, with its keys."""
    return [
        [(i.key, i.state, dict(i.variables), i.started, i.ended) for i in engine.instances()],
        [(e.key, e.element.id, e.state, e.started, e.ended) for e in engine.element_instances()],
        [(j.key, j.state, j.retries, j.deadline, j.worker) for j in engine.jobs()],
        [(i.key, i.state, i.message) for i in engine.incidents()],
        [(s.key, s.state, s.correlation_key) for s in engine.subscriptions()],
        [(d.key, d.id, d.version) for d in engine.definitions()],
        engine.next_due(),
    ]


def reopened(engine: Engine, path: Path) -> Engine:
    engine.close()
    return Engine(data=path)


def test_goes_on_after_each_step(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    engine = Engine(data=path)
    engine.deploy([("p.bpmn", MODEL.encode())])
    for key in ("k1", "k2"):
        engine.create_instance("p", variables={"key": key, "ü": [1, 1.5, None]})
    with pytest.raises(Rejected):
        engine.create_instance("nope")
    engine.publish("mail", "k2", variables={"early": True}, time_to_live=60_000)

    before = state(engine)
    engine = reopened(engine, path)
    assert state(engine) == before

    [(first, _), (second, _)] = engine.activate_jobs("work", most=5, timeout=60_000, worker="w")
    engine.fail_job(first.key, retries=0, message="broken")
    engine.complete_job(second.key, variables={"done": True})
    before = state(engine)
    engine = reopened(engine, path)
    assert state(engine) == before

    [incident] = engine.incidents()
    engine.update_job(first.key, retries=1)
    engine.resolve_incident(incident.key)
    [(again, _)] = engine.activate_jobs("work", most=5, timeout=60_000)
    engine.complete_job(again.key)
    engine.correlate("mail", "k1")
    engine.pin_clock(engine.now() + 3_600_001)

    assert [i.state for i in engine.instances()] == ["COMPLETED", "COMPLETED"]
    before = state(engine)
    assert state(reopened(engine, path)) == before


def test_looking_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    engine = Engine(data=path)
    engine.deploy([("p.bpmn", MODEL.encode())])
    engine.create_instance("p", variables={"key": "k"})
    assert list(engine.variables())
    engine.create_instance("p", variables={"key": "k"})
    before = state(engine)

    assert state(reopened(engine, path)) == before


def test_another_file_is_refused_in_words(tmp_path: Path) -> None:
    text, database = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("not a database, but long enough to be looked at " * 100)
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE other (id INTEGER)")
    connection.close()

    for path in (text, database, tmp_path / "no" / "folder.db"):
        with pytest.raises(JournalError, match=path.name):
            Engine(data=path)


def test_two_engines_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    engine = Engine(data=path)
    engine.deploy([("p.bpmn", MODEL.encode())])

    with pytest.raises(JournalError, match="locked"):
        Engine(data=path)

    engine.close()
