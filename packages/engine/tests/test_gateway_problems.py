"""What the gateway refuses, with the statuses, titles and texts that a real 8.6 gave for the same requests."""

import pytest

from connectory_engine.testing import LocalEngine

NONE = 2251799813600000

REFUSED = [
    ("POST", "/jobs/activation", None, 400, "Bad Request", "Required request body is missing"),
    ("POST", "/jobs/activation", b"null", 400, "Bad Request", "Required request body is missing"),
    ("POST", "/jobs/activation", b"{", 400, "Bad Request", "Failed to read request"),
    ("POST", "/jobs/activation", b"[]", 400, "Bad Request", "Failed to read request"),
    ("POST", "/jobs/activation", b'"x"', 400, "Bad Request", "Failed to read request"),
    ("POST", "/jobs/activation", b'{"type": NaN}', 400, "Bad Request", "Failed to read request"),
    ("POST", "/messages/publication", b"[" * 5000, 400, "Bad Request", "Failed to read request"),
    (
        "POST",
        "/jobs/activation",
        {},
        400,
        "INVALID_ARGUMENT",
        "No type provided. No timeout provided. No maxJobsToActivate provided.",
    ),
    (
        "POST",
        "/jobs/activation",
        {"type": "", "timeout": 0, "maxJobsToActivate": 0},
        400,
        "INVALID_ARGUMENT",
        "No type provided. The value for timeout is '0' but must be greater than 0. "
        "The value for maxJobsToActivate is '0' but must be greater than 0.",
    ),
    ("POST", "/jobs/abc/completion", {}, 400, "Bad Request", "Failed to convert 'jobKey' with value: 'abc'"),
    (
        "POST",
        f"/jobs/{NONE}/completion",
        {},
        404,
        "NOT_FOUND",
        "Command 'COMPLETE' rejected with code 'NOT_FOUND': "
        f"Expected to complete job with key '{NONE}', but no such job was found",
    ),
    (
        "POST",
        f"/jobs/{NONE}/failure",
        None,
        404,
        "NOT_FOUND",
        "Command 'FAIL' rejected with code 'NOT_FOUND': "
        f"Expected to fail job with key '{NONE}', but no such job was found",
    ),
    ("POST", f"/jobs/{NONE}/error", {"errorCode": ""}, 400, "INVALID_ARGUMENT", "No errorCode provided."),
    (
        "POST",
        f"/jobs/{NONE}/error",
        {"errorCode": "x"},
        404,
        "NOT_FOUND",
        "Command 'THROW_ERROR' rejected with code 'NOT_FOUND': "
        f"Expected to throw an error for job with key '{NONE}', but no such job was found",
    ),
    ("PATCH", f"/jobs/{NONE}", {}, 400, "INVALID_ARGUMENT", "At least one of [retries, timeout] is required."),
    (
        "PATCH",
        f"/jobs/{NONE}",
        {"changeset": {"timeout": 1, "retries": 3}},
        404,
        "NOT_FOUND",
        "Command 'UPDATE' rejected with code 'NOT_FOUND': "
        f"Expected to update job with key '{NONE}', but no such job was found",
    ),
    (
        "POST",
        "/process-instances",
        {},
        400,
        "INVALID_ARGUMENT",
        "At least one of [processDefinitionId, processDefinitionKey] is required.",
    ),
    (
        "POST",
        "/process-instances",
        {"processDefinitionId": "a", "processDefinitionKey": "1"},
        400,
        "INVALID_ARGUMENT",
        "Only one of [processDefinitionId, processDefinitionKey] is allowed.",
    ),
    (
        "POST",
        "/process-instances",
        {"processDefinitionId": "nope"},
        404,
        "NOT_FOUND",
        "Command 'CREATE' rejected with code 'NOT_FOUND': "
        "Expected to find process definition with process ID 'nope', but none found",
    ),
    (
        "POST",
        "/process-instances",
        {"processDefinitionKey": "12"},
        404,
        "NOT_FOUND",
        "Command 'CREATE' rejected with code 'NOT_FOUND': "
        "Expected to find process definition with key '12', but none found",
    ),
    (
        "POST",
        "/process-instances",
        {"processDefinitionId": "a", "processDefinitionVersionTag": "t"},
        404,
        "NOT_FOUND",
        "Command 'CREATE' rejected with code 'NOT_FOUND': "
        "Expected to find process definition with process ID 'a' and version tag 't', but none found",
    ),
    (
        "POST",
        "/process-instances",
        {"processDefinitionId": "a", "tenantId": "abc"},
        400,
        "INVALID_ARGUMENT",
        "Expected to handle request Create Process Instance with tenant identifier 'abc', "
        "but multi-tenancy is disabled",
    ),
    (
        "POST",
        "/process-instances",
        {"processDefinitionId": "a", "operationReference": -1},
        400,
        "INVALID_ARGUMENT",
        "The value for operationReference is '-1' but must be > 0.",
    ),
    (
        "POST",
        f"/process-instances/{NONE}/cancellation",
        None,
        404,
        "NOT_FOUND",
        "Command 'CANCEL' rejected with code 'NOT_FOUND': "
        f"Expected to cancel a process instance with key '{NONE}', but no such process was found",
    ),
    ("POST", "/messages/publication", {"name": ""}, 400, "INVALID_ARGUMENT", "No name provided."),
    ("POST", "/messages/correlation", {}, 400, "INVALID_ARGUMENT", "No messageName provided."),
    (
        "POST",
        "/messages/correlation",
        {"name": "m", "correlationKey": "q"},
        404,
        "NOT_FOUND",
        "Command 'CORRELATE' rejected with code 'NOT_FOUND': "
        "Expected to find subscription for message with name 'm' and correlation key 'q', but none was found.",
    ),
    ("POST", "/signals/broadcast", {}, 400, "INVALID_ARGUMENT", "No signalName provided."),
    (
        "POST",
        f"/incidents/{NONE}/resolution",
        {},
        404,
        "NOT_FOUND",
        "Command 'RESOLVE' rejected with code 'NOT_FOUND': "
        f"Expected to resolve incident with key '{NONE}', but no such incident was found",
    ),
    (
        "PUT",
        f"/element-instances/{NONE}/variables",
        {"variables": {}},
        400,
        "INVALID_ARGUMENT",
        "No variables provided.",
    ),
    (
        "PUT",
        f"/element-instances/{NONE}/variables",
        {"variables": {"a": 1}},
        404,
        "NOT_FOUND",
        "Command 'UPDATE' rejected with code 'NOT_FOUND': "
        f"Expected to update variables for element with key '{NONE}', but no such element was found",
    ),
    (
        "POST",
        f"/user-tasks/{NONE}/completion",
        None,
        404,
        "NOT_FOUND",
        "Command 'COMPLETE' rejected with code 'NOT_FOUND': "
        f"Expected to complete user task with key '{NONE}', but no such user task was found",
    ),
    ("POST", f"/user-tasks/{NONE}/assignment", {}, 400, "INVALID_ARGUMENT", "No assignee provided."),
    (
        "PATCH",
        f"/user-tasks/{NONE}",
        {"changeset": {}},
        400,
        "INVALID_ARGUMENT",
        'No update data provided. Provide at least an "action" or a non-null value for a supported attribute '
        'in the "changeset".',
    ),
    (
        "PATCH",
        f"/user-tasks/{NONE}",
        {"changeset": {"dueDate": "x"}},
        400,
        "INVALID_ARGUMENT",
        "The provided due date 'x' cannot be parsed as a date according to RFC 3339, section 5.6.",
    ),
    (
        "PATCH",
        f"/user-tasks/{NONE}",
        {"changeset": {"priority": 101}},
        400,
        "INVALID_ARGUMENT",
        "The value for priority is '101' but must be within the [0,100] range.",
    ),
    ("PUT", "/clock", {}, 400, "INVALID_ARGUMENT", "No timestamp provided."),
    (
        "PUT",
        "/clock",
        {"timestamp": -1},
        400,
        "INVALID_ARGUMENT",
        "The value for timestamp is '-1' but must be not negative.",
    ),
    ("GET", "/nothing", None, 404, "Not Found", "No endpoint GET /v2/nothing."),
    ("GET", "/jobs/activation", None, 405, "Method Not Allowed", "Method 'GET' is not supported."),
    ("GET", f"/process-instances/{NONE}", None, 404, "NOT_FOUND", f"Process Instance with key '{NONE}' not found"),
    ("GET", f"/incidents/{NONE}", None, 404, "NOT_FOUND", f"Incident with key '{NONE}' not found"),
    ("GET", f"/variables/{NONE}", None, 404, "NOT_FOUND", f"Variable with key '{NONE}' not found"),
    ("GET", "/documents/none", None, 404, "NOT_FOUND", "Document with id 'none' not found"),
    ("DELETE", "/documents/none", None, 404, "NOT_FOUND", "Document with id 'none' not found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "title", "detail"), REFUSED)
def test_a_refusal_is_worded_as_by_the_real_gateway(
    local_engine: LocalEngine, method: str, path: str, body: object, status: int, title: str, detail: str
) -> None:
    answer = local_engine.request(method, path, body)

    assert answer.document == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"/v2{path}",
    }
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_no_json_by_its_type_is_refused(local_engine: LocalEngine) -> None:
    answer = local_engine.request("POST", "/jobs/activation", b"x", {"content-type": "text/plain"})

    assert (answer.status, answer.document["detail"]) == (415, "Content-Type 'text/plain' is not supported.")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "detail"),
    [
        ("application/json", b"{}", 415, "Content-Type 'application/json' is not supported."),
        ("multipart/form-data", b"x", 400, "the request has no multipart boundary"),
        ("multipart/form-data; boundary=x", b"abc", 400, "Failed to parse multipart servlet request"),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 400, "Required part 'resources' is not present."),
    ],
)
def test_a_form_that_is_none_is_refused(
    local_engine: LocalEngine, content_type: str, body: bytes, status: int, detail: str
) -> None:
    answer = local_engine.request("POST", "/deployments", body, {"content-type": content_type})

    assert answer.status == status
    assert detail in answer.document["detail"]


def test_a_file_of_50_mb_is_refused_and_the_engine_goes_on(local_engine: LocalEngine) -> None:
    answer = local_engine.upload("/deployments", ("resources", "big.bpmn", b"x" * 50_000_000, None))

    assert answer.status == 413
    assert "Maximum upload size exceeded" in answer.document["detail"]
    assert local_engine.request("GET", "/topology").status == 200


def test_a_method_that_is_not_there_names_those_that_are(local_engine: LocalEngine) -> None:
    assert local_engine.request("GET", "/documents").headers["allow"] == "POST"
