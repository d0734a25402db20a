"""Operations over HTTP that the clients of the other tests do not reach: what they change and what they show."""

from typing import Any

import pytest

from connectory_engine.testing import LocalEngine

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="outer" name="Outer" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="call"/>
    <callActivity id="call">
      <extensionElements><zeebe:calledElement processId="inner"/></extensionElements>
    </callActivity>
    <sequenceFlow id="b" sourceRef="call" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""
INNER = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="inner" name="Inner" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="person"/>
    <userTask id="person" name="Person">
      <extensionElements>
        <zeebe:userTask/>
        <zeebe:ioMapping><zeebe:input source="=who" target="who"/></zeebe:ioMapping>
      </extensionElements>
    </userTask>
    <sequenceFlow id="b" sourceRef="person" targetRef="work"/>
    <serviceTask id="work"><extensionElements><zeebe:taskDefinition type="=missing"/></extensionElements></serviceTask>
    <sequenceFlow id="c" sourceRef="work" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""


@pytest.fixture
def outer(local_engine: LocalEngine) -> str:
    """Start a process that called another one, which waits for a person; gives the key of the calling instance."""
    local_engine.deploy(("outer.bpmn", MODEL), ("inner.bpmn", INNER))
    created = local_engine.request(
        "POST", "/process-instances", {"processDefinitionId": "outer", "variables": {"who": "ann", "long": "x" * 9000}}
    )
    return str(created.document["processInstanceKey"])


def items(local: LocalEngine, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = local.request("POST", path, query)
    assert answer.status == 200, answer.content
    return list(answer.document["items"])


def test_a_called_instance_is_found_by_its_caller_and_tells_its_way_back(local_engine: LocalEngine, outer: str) -> None:
    (inner,) = items(local_engine, "/process-instances/search", filter={"parentProcessInstanceKey": outer})

    path = local_engine.request("GET", f"/process-instances/{inner['processInstanceKey']}/call-hierarchy").document

    assert (inner["processDefinitionName"], inner["rootProcessInstanceKey"]) == ("Inner", outer)
    assert [step["processDefinitionName"] for step in path] == ["Outer", "Inner"]


def test_instances_are_found_by_what_is_in_them(local_engine: LocalEngine, outer: str) -> None:
    def found(**filter_: Any) -> list[str]:
        return [i["processDefinitionId"] for i in items(local_engine, "/process-instances/search", filter=filter_)]

    assert found(elementId="person", elementInstanceState="ACTIVE") == ["inner"]
    assert found(variables=[{"name": "who", "value": '"ann"'}], parentProcessInstanceKey={"$exists": False}) == [
        "outer"
    ]
    assert found(variables=[{"name": "who", "value": {"$like": "*bob*"}}]) == []
    assert found(hasElementInstanceIncident=True) == []
    assert found(processDefinitionName={"$like": "O?ter"}) == ["outer"]


def test_a_long_value_is_cut_in_a_search_unless_the_whole_is_wanted(local_engine: LocalEngine, outer: str) -> None:
    query = {"filter": {"processInstanceKey": outer, "name": "long"}}

    (cut,) = items(local_engine, "/variables/search", **query)
    (whole,) = items(local_engine, "/variables/search?truncateValues=false", **query)
    single = local_engine.request("GET", f"/variables/{cut['variableKey']}").document
    wrong = local_engine.request("POST", "/variables/search?truncateValues=maybe", {})

    assert (cut["isTruncated"], len(cut["value"])) == (True, 8191)
    assert (whole["isTruncated"], len(whole["value"])) == (False, 9002)
    assert single["value"] == whole["value"]
    assert (wrong.status, wrong.document["detail"]) == (400, "Failed to convert 'truncateValues' with value: 'maybe'")


def test_a_user_task_is_claimed_changed_and_given_back(local_engine: LocalEngine, outer: str) -> None:
    (task,) = items(local_engine, "/user-tasks/search", filter={"state": "CREATED"})
    path = f"/user-tasks/{task['userTaskKey']}"

    claim = {"assignee": "bob", "allowOverride": False}
    claims = [local_engine.request("POST", f"{path}/assignment", claim) for _ in range(2)]
    changes = {"priority": 7, "candidateUsers": ["cy"], "dueDate": "2030-01-01T01:00:00+01:00", "bogus": 1}
    changed = local_engine.request("PATCH", path, {"changeset": changes})
    after = local_engine.request("GET", path).document
    taken = local_engine.request("DELETE", f"{path}/assignee")
    local_engine.request("PATCH", path, {"changeset": {"dueDate": ""}})
    last = local_engine.request("GET", path).document

    assert [claim_.status for claim_ in claims] == [204, 409]
    assert claims[1].document["detail"] == (
        "Command 'CLAIM' rejected with code 'INVALID_STATE': "
        f"Expected to claim user task with key '{task['userTaskKey']}', but it has already been assigned"
    )
    assert (changed.status, taken.status) == (204, 204)
    assert (after["priority"], after["candidateUsers"], after["assignee"]) == (7, ["cy"], "bob")
    assert after["dueDate"] == "2030-01-01T00:00:00.000Z"
    assert (last["assignee"], last["dueDate"]) == (None, None)


def test_a_user_task_shows_the_variables_it_sees(local_engine: LocalEngine, outer: str) -> None:
    (task,) = items(local_engine, "/user-tasks/search")
    path = f"/user-tasks/{task['userTaskKey']}"

    all_ = items(local_engine, f"{path}/variables/search", filter={"name": "who"})
    effective = items(local_engine, f"{path}/effective-variables/search")

    assert len({variable["scopeKey"] for variable in all_}) == 2
    assert sorted(variable["name"] for variable in effective) == ["long", "who"]
    assert [v["scopeKey"] for v in effective if v["name"] == "who"] == [task["elementInstanceKey"]]


def test_an_incident_is_seen_from_all_around_it_and_goes_when_its_cause_does(
    local_engine: LocalEngine, outer: str
) -> None:
    (task,) = items(local_engine, "/user-tasks/search")
    inner = task["processInstanceKey"]
    local_engine.request("POST", f"/user-tasks/{task['userTaskKey']}/completion", {})

    (incident,) = items(local_engine, f"/process-instances/{outer}/incidents/search")
    (call,) = items(local_engine, "/element-instances/search", filter={"elementId": "call"})
    within = items(local_engine, f"/element-instances/{call['elementInstanceKey']}/incidents/search")
    counts = local_engine.request("GET", f"/process-instances/{inner}/statistics/element-instances").document["items"]
    local_engine.request("PUT", f"/element-instances/{inner}/variables", {"variables": {"missing": "now-there"}})
    resolved = local_engine.request("POST", f"/incidents/{incident['incidentKey']}/resolution", {})
    jobs = items(local_engine, "/jobs/search", filter={"type": "now-there"})

    assert (incident["errorType"], incident["elementId"], incident["state"]) == (
        "EXTRACT_VALUE_ERROR",
        "work",
        "ACTIVE",
    )
    assert within == [incident]
    assert {"elementId": "person", "active": 0, "canceled": 0, "incidents": 0, "completed": 1} in counts
    assert {"elementId": "work", "active": 1, "canceled": 0, "incidents": 1, "completed": 0} in counts
    assert resolved.status == 204
    assert [job["elementId"] for job in jobs] == ["work"]


def test_the_clock_of_the_engine_can_be_moved(local_engine: LocalEngine, outer: str) -> None:
    (before,) = items(local_engine, "/process-instances/search", filter={"processInstanceKey": outer})

    local_engine.request("PUT", "/clock", {"timestamp": 2_000_000_000_000})
    local_engine.request("POST", f"/process-instances/{outer}/cancellation")
    reset = local_engine.request("POST", "/clock/reset")
    ended = local_engine.request("GET", f"/process-instances/{outer}").document

    assert (before["state"], before["endDate"], reset.status) == ("ACTIVE", None, 204)
    assert (ended["state"], ended["endDate"]) == ("TERMINATED", "2033-05-18T03:33:20.000Z")


def test_expressions_see_the_variables_of_a_scope_and_those_given(local_engine: LocalEngine, outer: str) -> None:
    asked = {"expression": '=who + " and " + other', "scopeKey": outer, "variables": {"other": "bob"}}

    good = local_engine.request("POST", "/expression/evaluation", asked)
    null = local_engine.request("POST", "/expression/evaluation", {"expression": "=nobody"})
    broken = local_engine.request("POST", "/expression/evaluation", {"expression": "=1 +"})
    static = local_engine.request("POST", "/expression/evaluation", {"expression": "text"})

    assert good.document["result"] == "ann and bob"
    assert null.document["result"] is None
    assert null.document["warnings"]
    assert (broken.status, broken.document["title"]) == (400, "INVALID_ARGUMENT")
    assert static.status == 400


def test_a_definition_gives_its_file_back(local_engine: LocalEngine, outer: str) -> None:
    (first, *_) = items(local_engine, "/process-definitions/search", filter={"isLatestVersion": True, "name": "Outer"})

    xml = local_engine.request("GET", f"/process-definitions/{first['processDefinitionKey']}/xml")
    form = local_engine.request("GET", f"/process-definitions/{first['processDefinitionKey']}/form")

    assert (xml.content.decode(), xml.headers["content-type"]) == (MODEL, "text/xml")
    assert form.status == 204


def test_the_cluster_describes_itself_as_one_broker(local_engine: LocalEngine) -> None:
    topology = local_engine.request("GET", "/topology").document

    assert f"http://{topology['brokers'][0]['host']}:{topology['brokers'][0]['port']}" == local_engine.address
    assert topology["gatewayVersion"].startswith("8.8.")
    assert local_engine.request("GET", "/status").status == 204


def test_times_behind_the_end_of_the_calendar_are_shown_as_its_last(local_engine: LocalEngine, outer: str) -> None:
    farthest = (1 << 63) - 1
    (task,) = items(local_engine, "/user-tasks/search")
    local_engine.request(
        "PUT", f"/element-instances/{task['processInstanceKey']}/variables", {"variables": {"missing": "j"}}
    )
    local_engine.request("POST", f"/user-tasks/{task['userTaskKey']}/completion", {})
    activation = {"type": "j", "timeout": farthest, "maxJobsToActivate": 1, "requestTimeout": -1}

    activated = local_engine.request("POST", "/jobs/activation", activation)
    (job,) = items(local_engine, "/jobs/search", filter={"type": "j"})
    pinned = local_engine.request("PUT", "/clock", {"timestamp": farthest})
    created = local_engine.request("POST", "/process-instances", {"processDefinitionId": "outer"})
    instance = local_engine.request("GET", f"/process-instances/{created.document['processInstanceKey']}")

    assert activated.document["jobs"][0]["deadline"] >= farthest
    assert (pinned.status, created.status) == (204, 200)
    assert job["deadline"] == instance.document["startDate"] == "9999-12-31T23:59:59.999Z"
