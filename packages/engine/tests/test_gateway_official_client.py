"""Camunda's own Python client drives the engine: every typed answer has to parse as the client expects it."""

import io
from pathlib import Path
from typing import Any

import pytest

from connectory_engine.testing import LocalEngine

sdk = pytest.importorskip("camunda_orchestration_sdk", reason="camunda-orchestration-sdk is not installed")

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="order" name="Order" isExecutable="true">
    <extensionElements><zeebe:versionTag value="first"/></extensionElements>
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="work"/>
    <serviceTask id="work" name="Work">
      <extensionElements><zeebe:taskDefinition type="order-work"/></extensionElements>
    </serviceTask>
    <sequenceFlow id="b" sourceRef="work" targetRef="paid"/>
    <receiveTask id="paid" name="Paid" messageRef="message"/>
    <sequenceFlow id="c" sourceRef="paid" targetRef="person"/>
    <userTask id="person" name="Person">
      <extensionElements>
        <zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="clerks, bosses"/>
      </extensionElements>
    </userTask>
    <sequenceFlow id="d" sourceRef="person" targetRef="end"/><endEvent id="end"/>
  </process>
  <message id="message" name="order-paid">
    <extensionElements><zeebe:subscription correlationKey="=number"/></extensionElements>
  </message>
</definitions>"""


@pytest.fixture
def client(local_engine: LocalEngine) -> Any:
    with sdk.CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": local_engine.address}) as client:
        yield client


def query(model: str, /, **body: Any) -> Any:
    return getattr(sdk.models, model).from_dict(body)


def only(found: Any) -> Any:
    (item,) = found.items
    return item


def test_the_official_client_takes_an_order_from_its_start_to_its_end(client: Any, tmp_path: Path) -> None:
    file = tmp_path / "order.bpmn"
    file.write_text(MODEL, "utf-8")

    deployed = client.deploy_resources_from_files([file]).processes[0]
    by_tag = query("ProcessCreationByVersionTag", processDefinitionId="order", processDefinitionVersionTag="first")
    client.create_process_instance(data=by_tag)
    by_key = query(
        "ProcessCreationByKey", processDefinitionKey=deployed.process_definition_key, variables={"number": "7"}
    )
    instance = client.create_process_instance(data=by_key).process_instance_key

    activation = query("JobActivationRequest", type="order-work", timeout=60_000, maxJobsToActivate=5)
    jobs = {job.process_instance_key: job for job in client.activate_jobs(data=activation).jobs}
    failure = query("JobFailRequest", retries=0, errorMessage="no")
    client.fail_job(jobs[instance].job_key, data=failure)
    incident = only(client.search_incidents(data=query("IncidentSearchQuery", filter={"processInstanceKey": instance})))
    client.update_job(jobs[instance].job_key, data=query("JobUpdateRequest", changeset={"retries": 1}))
    client.resolve_incident(incident.incident_key)
    again = client.activate_jobs(data=activation).jobs[0]
    client.complete_job(again.job_key, data=query("JobCompletionRequest", variables={"worked": True}))

    statistics = only(client.get_process_definition_message_subscription_statistics())
    message = query("MessageCorrelationRequest", name="order-paid", correlationKey="7", variables={"paid": 1})
    correlated = client.correlate_message(data=message)

    task = only(client.search_user_tasks(data=query("UserTaskSearchQuery", filter={"candidateGroup": "bosses"})))
    client.assign_user_task(task.user_task_key, data=query("UserTaskAssignmentRequest", assignee="ann"))
    assigned = client.get_user_task(task.user_task_key)
    client.complete_user_task(task.user_task_key, data=query("UserTaskCompletionRequest", variables={"ok": True}))

    ended = client.get_process_instance(instance)
    variables = client.search_variables(data=query("VariableSearchQuery", filter={"scopeKey": instance}))
    elements = client.search_element_instances(
        data=query("ElementInstanceSearchQuery", filter={"processInstanceKey": instance}, sort=[{"field": "startDate"}])
    )

    assert (incident.error_type, incident.error_message, incident.element_id) == ("JOB_NO_RETRIES", "no", "work")
    assert (statistics.active_subscriptions, statistics.process_definition_id) == (1, "order")
    assert correlated.process_instance_key == instance
    assert (assigned.assignee, assigned.name, assigned.candidate_groups) == ("ann", "Person", ["clerks", "bosses"])
    assert ended.state == "COMPLETED"
    assert ended.process_definition_version_tag == "first"
    assert {v.name: v.value for v in variables.items} == {"number": '"7"', "worked": "true", "paid": "1", "ok": "true"}
    assert [e.element_id for e in elements.items if e.type_ != "PROCESS"] == ["start", "work", "paid", "person", "end"]
    assert client.get_process_definition_xml(deployed.process_definition_key) == MODEL


def test_the_official_client_reads_everything_that_has_no_process(client: Any) -> None:
    file = sdk.types.File(payload=io.BytesIO(b"text"), file_name="a.txt", mime_type="text/plain")
    reference = client.create_document(data=sdk.models.CreateDocumentData(file=file))
    read = client.get_document(reference.document_id, content_hash=reference.content_hash)
    variables = sdk.models.ExpressionEvaluationRequestVariables.from_dict({"a": 2})
    asked = sdk.models.ExpressionEvaluationRequest(expression="=a + 1", variables=variables)
    evaluated = client.evaluate_expression(data=asked)

    assert client.get_topology().gateway_version.startswith("8.8.")
    assert client.get_license().valid_license is False
    assert client.get_authentication().username == "demo"
    assert read.payload.read() == b"text"
    assert (evaluated.result, evaluated.warnings) == (3, [])
    assert client.search_process_instances().page.total_items == 0


def test_the_official_client_names_what_was_refused(client: Any) -> None:
    with pytest.raises(sdk.errors.NotFoundError):
        client.complete_job("2251799813600000")
