"""`run_job`: from a job to its outcome, without any engine."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from connectory_runtime import BpmnErrorThrown, Completed, Failed, Services, run_job
from connectory_sdk import BpmnError, ConnectorError, ConnectorInputError, ConnectorRetryError
from connectory_sdk.adhoc import AdHocSubProcessResult, ElementActivation
from connectory_sdk.documents import DocumentReturn
from connectory_sdk.testing import MemoryDocuments


class Empty(BaseModel):
    """A request without anything."""


class Secrets:
    """A provider with two secrets."""

    async def get_secret(self, name: str, context: Any) -> str | None:
        return {"TOKEN": "t0p-secret", "QUOTED": 'a"b\\c', "NESTED": "see secrets.TOKEN", "S": "e"}.get(name)


def job(variables: Mapping[str, Any] | None = None, *, retries: int = 3, **headers: str) -> dict[str, Any]:
    return {
        "jobKey": "1",
        "type": "test:1",
        "variables": dict(variables or {}),
        "customHeaders": headers,
        "retries": retries,
        "processInstanceKey": "8",
    }


SERVICES = Services(secrets=(Secrets(),), documents=MemoryDocuments())


async def run(make_connector: Any, call: Any = None, data: Any = None, services: Services = SERVICES) -> Any:
    return await run_job(data or job(), make_connector(call), services)


RESPONSE = {"status": 200, "body": {"id": 7}, "response": "hidden"}


@pytest.mark.parametrize(
    ("headers", "variables"),
    [
        ({}, {}),
        ({"resultVariable": " ", "resultExpression": ""}, {}),
        ({"resultVariable": "out"}, {"out": RESPONSE}),
        ({"resultExpression": "={id: body.id, all: response.response}"}, {"id": 7, "all": "hidden"}),
        ({"resultExpression": "{a: null}"}, {"a": None}),
        ({"resultExpression": "=null"}, {}),
        ({"resultVariable": "id", "resultExpression": "={id: status}"}, {"id": 200}),
        ({"resultExpression": '={d: duration("P1DT2H"), t: date and time("2024-01-02T03:04:05@Europe/Berlin")}'},
         {"d": "PT26H", "t": "2024-01-02T03:04:05+01:00"}),
    ],
)  # fmt: skip
async def test_output_variables(make_connector: Any, headers: dict[str, str], variables: Any) -> None:
    """Result variable and result expression decide what enters the process."""
    outcome = await run(make_connector, lambda request, job: RESPONSE, job(**headers))

    assert isinstance(outcome, Completed)
    assert outcome.variables == variables


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("=[1]", "Result expression must return a JSON object, but got array"),
        ('="text"', "but got string"),
        ("={a: ", "Failed to evaluate the result expression"),
        ('={a: "camunda.function.type"}', "forbidden literal"),
        ('=createDocument("aGk=")', "into an entry"),
        ('={d: createDocument("no base64!")}', "not base64"),
    ],
)
async def test_broken_result_expressions_are_never_retried(make_connector: Any, expression: str, said: str) -> None:
    """The side effect has happened; trying again would repeat it."""
    outcome = await run(make_connector, lambda request, job: RESPONSE, job(resultExpression=expression))

    assert isinstance(outcome, Failed)
    assert (outcome.retries, outcome.backoff) == (0, None)
    assert said in outcome.message


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('=bpmnError("C", error.message, {v: error.variables.a})', BpmnErrorThrown(code="C", message="no", variables={"v": 1})),  # noqa: E501
        ('=bpmnError("C")', BpmnErrorThrown(code="C")),
        ('=if response.error.code = "E1" then bpmnError("C") else null', BpmnErrorThrown(code="C")),
        ('={errorType: "bpmnError", errorCode: 7}', BpmnErrorThrown(code="7")),
        ("=ignoreError({ok: true})", Completed(variables={"ok": True}, ignored=True)),
        ("=ignoreError()", Completed(ignored=True)),
    ],
)  # fmt: skip
async def test_error_expressions_change_failures(make_connector: Any, expression: str, expected: Any) -> None:
    """A model turns an error into what the process handles."""

    def refuse(request: Any, job: Any) -> None:
        raise ConnectorError("no", code="E1", variables={"a": 1})

    assert await run(make_connector, refuse, job(errorExpression=expression)) == expected


async def test_job_errors_have_their_own_retries_and_back_off(make_connector: Any) -> None:
    """The header's back-off is not used, and the error is a text here."""

    def refuse(request: Any, job: Any) -> None:
        raise ConnectorError("no")

    expression = '=jobError("later", {a: 1, error: 2}, job.retries + 1, duration("PT2S"))'
    outcome = await run(make_connector, refuse, job(errorExpression=expression, retryBackoff="PT9S"))
    plain = await run(make_connector, refuse, job(errorExpression='=jobError("x")', retryBackoff="PT9S"))

    assert (outcome.retries, outcome.backoff) == (4, timedelta(seconds=2))
    assert outcome.variables == {"a": 1, "error": "later"}
    assert outcome.message == "later | Error variables: {a=1, error=later}"
    assert (plain.retries, plain.backoff) == (0, timedelta())


@pytest.mark.parametrize(
    ("retries", "backoff", "expected"),
    [
        ('"2"', '"PT3S"', (2, timedelta(seconds=3))),
        ("2", "5", (2, timedelta(seconds=5))),
        ("2.9", '""', (2, timedelta())),
        ("-1", "null", (0, timedelta())),
    ],
)
async def test_a_written_job_error_is_taken_leniently(
    make_connector: Any, retries: str, backoff: str, expected: Any
) -> None:
    """Numbers may be texts, a back-off may be seconds, as the reference's object mapper has it."""
    expression = f'={{errorType: "jobError", errorMessage: "m", retries: {retries}, retryBackoff: {backoff}}}'

    outcome = await run(make_connector, lambda request, job: RESPONSE, job(errorExpression=expression))

    assert (outcome.retries, outcome.backoff) == expected


@pytest.mark.parametrize(
    "expression",
    ['="text"', "=[1]", "=true", '={errorType: "other"}', "={a: 1}", "=bpmnError(404)", '=bpmnError("X", null)',
     '={errorType: "jobError"}', "={a:", '={errorType: "bpmnError", errorCode: {}}', '=jobError("m", {}, 2147483648)',
     '={errorType: "jobError", errorMessage: "m", retries: "x"}'],
)  # fmt: skip
async def test_broken_error_expressions_are_incidents(make_connector: Any, expression: str) -> None:
    """A model that handles errors wrongly is told so at once."""
    outcome = await run(make_connector, lambda request, job: RESPONSE, job(errorExpression=expression))

    assert isinstance(outcome, Failed)
    assert (outcome.retries, outcome.backoff) == (0, None)


@pytest.mark.parametrize("expression", ["=null", "={}", '={errorType: "bpmnError"}'])
async def test_error_expressions_that_find_no_error(make_connector: Any, expression: str) -> None:
    """The outcome stays as it was."""
    outcome = await run(make_connector, lambda request, job: RESPONSE, job(errorExpression=expression))

    assert outcome == Completed()


async def test_what_an_error_expression_sees_on_success(make_connector: Any) -> None:
    """The output variables where there are some, else the response; and the retries."""
    mapped = job(resultVariable="x", errorExpression="=bpmnError(string(x.body.id), string(response.x.status))")
    plain = job(errorExpression="=bpmnError(string(body.id), string(job.retries))", retries=5)

    assert await run(make_connector, lambda r, j: RESPONSE, mapped) == BpmnErrorThrown(code="7", message="200")
    assert await run(make_connector, lambda r, j: RESPONSE, plain) == BpmnErrorThrown(code="7", message="5")


@pytest.mark.parametrize(
    ("error", "retries", "backoff"),
    [
        (ConnectorError("x"), 2, 4),
        (ConnectorInputError("x"), 0, 4),
        (ConnectorRetryError("x"), 2, 4),
        (ConnectorRetryError("x", retries=7, backoff=timedelta(seconds=1)), 7, 1),
        (ConnectorRetryError("x", retries=-1), 0, 4),
        (RuntimeError("x"), 2, 4),
    ],
)
async def test_classes_of_errors(make_connector: Any, error: Exception, retries: int, backoff: int) -> None:
    """The exception says what happens next."""

    def fail(request: Any, job: Any) -> None:
        raise error

    outcome = await run(make_connector, fail, job(retryBackoff="PT4S"))

    assert (outcome.retries, outcome.backoff) == (retries, timedelta(seconds=backoff))


async def test_a_direct_cause_that_is_an_input_error_is_one(make_connector: Any) -> None:
    """Only the direct cause counts."""

    def once(request: Any, job: Any) -> None:
        raise RuntimeError("outer") from ConnectorInputError("inner")

    def twice(request: Any, job: Any) -> None:
        try:
            once(request, job)
        except RuntimeError as exc:
            raise RuntimeError("outermost") from exc

    assert (await run(make_connector, once)).retries == 0
    assert (await run(make_connector, twice)).retries == 2


async def test_a_bpmn_error_of_the_connector(make_connector: Any) -> None:
    """An operation may throw one itself."""

    def throw(request: Any, job: Any) -> None:
        raise BpmnError("GONE", "no such order", variables={"id": 1})

    outcome = await run(make_connector, throw)

    assert outcome == BpmnErrorThrown(code="GONE", message="no such order", variables={"id": 1})


@pytest.mark.parametrize("text", ["5 seconds", "PT5", "P1Y", "P1D1S", "=x", "", " PT5S", "PT"])
async def test_a_wrong_back_off_keeps_the_connector_from_being_called(make_connector: Any, text: str) -> None:
    """And an error expression can still see it."""
    calls: list[int] = []
    broken = job(retryBackoff=text)
    handled = job(retryBackoff=text, errorExpression="=bpmnError(substring(error.message, 1, 15))")

    outcome = await run(make_connector, lambda r, j: calls.append(1), broken)
    bpmn = await run(make_connector, lambda r, j: calls.append(1), handled)

    assert (outcome.retries, outcome.backoff) == (0, None)
    assert outcome.message.startswith("Failed to parse retry backoff header")
    assert bpmn.code == "Failed to parse"
    assert calls == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "Failed to parse job timeout header"),
        ("PT0.0000001S", "Job timeout must be a positive duration"),
        ("-PT1S", "Job timeout must be a positive duration"),
        ("P999999999999D", "Job timeout is too large to represent"),
    ],
)
async def test_a_wrong_job_timeout(make_connector: Any, text: str, said: str) -> None:
    """It fails without retries, and the connector is not called."""
    calls: list[int] = []

    outcome = await run(make_connector, lambda r, j: calls.append(1), job(jobTimeout=text))

    assert outcome.retries == 0
    assert outcome.message.startswith(said)
    assert calls == []


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("Bearer {{secrets.TOKEN}}", "Bearer t0p-secret"),
        ("secrets.TOKEN.", "t0p-secret."),
        ("{{ secrets.QUOTED }}", 'a"b\\c'),
        ({"a": ["{{secrets.TOKEN}}"], "{{secrets.TOKEN}}": 1}, {"a": ["t0p-secret"], "t0p-secret": 1}),
        ("{{secrets.NESTED}}", "see t0p-secret"),
        ("secrets..x", "secrets..x"),
        ("no secret", "no secret"),
    ],
)
async def test_secrets_are_replaced(make_connector: Any, given: Any, seen: Any) -> None:
    """In both notations, wherever they stand."""
    outcome = await run(make_connector, None, job({"text": given}, resultVariable="out"))

    assert outcome.variables == {"out": seen}


async def test_nested_secrets_can_be_switched_off(make_connector: Any) -> None:
    """Then the value of a secret is taken as it is."""
    services = Services(secrets=(Secrets(),), nested_secrets=False)

    outcome = await run(make_connector, None, job({"text": "{{secrets.NESTED}}"}, resultVariable="out"), services)

    assert outcome.variables == {"out": "see secrets.TOKEN"}


async def test_a_missing_secret_is_an_incident(make_connector: Any) -> None:
    """It is named, and not tried again."""
    outcome = await run(make_connector, None, job({"text": "{{secrets.NOPE}}"}))

    assert outcome.retries == 0
    assert outcome.message.startswith("Secret with name 'NOPE' is not available")


async def test_a_secret_store_that_fails_is_retried(make_connector: Any) -> None:
    """The provider is named; what it said may be secret."""

    class Broken:
        async def get_secret(self, name: str, context: Any) -> str | None:
            raise OSError("password=hunter2")

    outcome = await run(make_connector, None, job({"text": "{{secrets.A}}"}), Services(secrets=(Broken(),)))

    assert outcome.retries == 2
    assert "Broken" in outcome.message
    assert "hunter2" not in str(outcome)


async def test_secrets_stay_out_of_failures(make_connector: Any) -> None:
    """Message and variables are masked, also as a URL writes them; the code never is."""

    def leak(request: Any, job: Any) -> None:
        raise ConnectorError(
            f"cannot call http://x/?q={request.text}",
            code="C",
            variables={request.text: [request.text, {"a": f"x{request.text}y"}], "n": 1},
        )

    outcome = await run(make_connector, leak, job({"text": "{{secrets.TOKEN}}"}))

    assert "t0p-secret" not in f"{outcome.message}{outcome.variables}"
    assert outcome.variables["error"]["message"] == "cannot call http://x/?q=***"
    assert outcome.variables["error"]["variables"] == {"***": ["***", {"a": "x***y"}], "n": 1}


async def test_a_short_secret_does_not_tear_messages_apart(make_connector: Any) -> None:
    """A secret of one letter is masked as a word only."""

    def leak(request: Any, job: Any) -> None:
        raise ConnectorError("the value e is refused")

    outcome = await run(make_connector, leak, job({"text": "{{secrets.S}}"}))

    assert outcome.variables["error"]["message"] == "the value *** is refused"


async def test_error_variables_that_contain_themselves(make_connector: Any) -> None:
    """They end in a note."""

    def loop(request: Any, job: Any) -> None:
        circle: dict[str, Any] = {"a": 1}
        circle["self"] = circle
        raise ConnectorError("x", variables=circle)

    outcome = await run(make_connector, loop)

    assert outcome.variables["error"]["variables"] == {"a": 1, "self": "[circular reference]"}


async def test_documents_come_as_handles(make_connector: Any) -> None:
    """References anywhere become handles; a result with a handle has the reference."""
    documents = MemoryDocuments()
    stored = await documents.create(b"hello", name="h.txt")
    seen: list[bytes] = []

    async def look(request: Any, job: Any) -> Any:
        seen.append(await request.text["files"][0].read())
        return request.text

    data = job({"text": {"files": [dict(stored.reference)]}}, resultVariable="out")
    outcome = await run(make_connector, look, data, Services(documents=documents))

    assert seen == [b"hello"]
    assert outcome.variables == {"out": {"files": [stored.reference]}}


@pytest.mark.parametrize(("content", "expected"), [("text", b"text"), ({"a": [1]}, b'{"a":[1]}'), (7, b"7")])
async def test_inline_documents(make_connector: Any, content: Any, expected: bytes) -> None:
    """Text is used as it is, other JSON is printed."""
    seen: list[bytes] = []

    async def look(request: Any, job: Any) -> None:
        seen.append(await request.text.read())

    await run(make_connector, look, job({"text": {"camunda.document.type": "inline", "content": content}}), Services())

    assert seen == [expected]


@pytest.mark.parametrize("reference", [{"camunda.document.type": "inline"}, {"camunda.document.type": "floppy"}])
async def test_wrong_references_are_incidents(make_connector: Any, reference: Any) -> None:
    """A reference that nothing can be made of is the model's fault."""
    assert (await run(make_connector, None, job({"text": reference}))).retries == 0


async def test_intrinsic_functions(make_connector: Any) -> None:
    """They are called inside-out; a single parameter needs no list."""
    documents = MemoryDocuments()
    stored = await documents.create(b'{"a": {"b": 3}}')
    text = {"camunda.function.type": "getText", "params": [dict(stored.reference)]}
    nested = {"camunda.function.type": "base64", "params": [text]}
    taken = {"camunda.function.type": "getJson", "params": [dict(stored.reference), "a.b + 1"]}

    single = {"camunda.function.type": "base64", "params": "abc"}

    data = job({"text": [nested, taken, single]}, resultVariable="out")
    outcome = await run(make_connector, None, data, Services(documents=documents))

    assert outcome.variables == {"out": ["eyJhIjogeyJiIjogM319", 4, "YWJj"]}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"camunda.function.type": "nope"}, "no intrinsic function 'nope'"),
        ({"camunda.function.type": "getText", "params": []}, "Parameter at index 0 is required but not provided"),
        ([{"camunda.function.type": "base64", "params": ["x"]}] * 11, "Intrinsic function limit exceeded"),
    ],
)
async def test_wrong_calls_of_intrinsic_functions(make_connector: Any, call: Any, said: str) -> None:
    """They are incidents that say what is wrong."""
    outcome = await run(make_connector, None, job({"text": call}))

    assert outcome.retries == 0
    assert said in outcome.message


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ({"choice": "TEXT"}, "h\u00e9"),
        ({"choice": "TEXT", "encoding": "ISO-8859-1"}, "h\u00c3\u00a9"),
        ({"choice": "TEXT", "encoding": "  "}, "h\u00e9"),
        ({"choice": "JSON"}, None),
    ],
)
async def test_document_return(make_connector: Any, format: Any, expected: Any) -> None:
    """The modeller chooses the shape of the result."""

    def give(request: Any, job: Any) -> DocumentReturn:
        return DocumentReturn(content="h\u00e9".encode(), wrap=lambda choice, value: {choice: value})

    data = job({"documentReturnFormat": format}, resultVariable="out")
    outcome = await run(make_connector, give, data)

    if expected is None:
        assert isinstance(outcome, Failed)
        assert outcome.retries == 2
    else:
        assert outcome.variables == {"out": {"TEXT": expected}}


@pytest.mark.parametrize(
    ("format", "retries"), [(None, 2), ({"choice": "text"}, 0), ({"choice": "TEXT", "encoding": "x"}, 0)]
)
async def test_wrong_document_return_formats(make_connector: Any, format: Any, retries: int) -> None:
    """A missing choice may be a race, a wrong one is not; the stream is closed in any case."""
    closed: list[int] = []

    class Stream:
        def __aiter__(self) -> Any:
            return self

        async def __anext__(self) -> bytes:
            raise StopAsyncIteration

        async def aclose(self) -> None:
            closed.append(1)

    def give(request: Any, job: Any) -> DocumentReturn:
        return DocumentReturn(content=Stream(), wrap=lambda choice, value: value)

    outcome = await run(make_connector, give, job({} if format is None else {"documentReturnFormat": format}))

    assert outcome.retries == retries
    assert closed == [1]


async def test_created_documents(make_connector: Any) -> None:
    """``createDocument`` stores, and data from outside cannot pass for it."""
    documents = MemoryDocuments()
    forged = {"connectorResultFunction": "createDocument:1", "value": "aGk="}
    data = job(resultExpression='={d: [createDocument({content: " aG k= ", name: "a.txt"})], f: response}')

    outcome = await run(make_connector, lambda r, j: forged, data, Services(documents=documents))

    assert documents.content == {"1": b"hi"}
    assert outcome.variables["d"][0]["metadata"] == {"fileName": "a.txt", "contentType": "text/plain", "size": 2}
    assert outcome.variables["f"] == forged


async def test_ad_hoc_sub_processes(make_connector: Any) -> None:
    """No result mapping; the error expression sees the response, and cannot ignore."""
    result = AdHocSubProcessResult(
        variables={"a": 1}, activate=[ElementActivation(element_id="tool", variables={"x": 2})], response={"bad": True}
    )
    plain = await run(make_connector, lambda r, j: result, job(resultVariable="ignored"))
    thrown = await run(
        make_connector, lambda r, j: result, job(errorExpression='=if bad then bpmnError("B") else null')
    )
    ignored = await run(make_connector, lambda r, j: result, job(errorExpression="=ignoreError()"))

    assert plain.variables == {"a": 1}
    assert plain.result == {
        "type": "adHocSubProcess",
        "activateElements": [{"elementId": "tool", "variables": {"x": 2}}],
        "isCompletionConditionFulfilled": False,
        "isCancelRemainingInstances": False,
    }
    assert thrown == BpmnErrorThrown(code="B")
    assert (ignored.retries, "IgnoreError is not supported" in ignored.message) == (0, True)


async def test_messages_are_cut(make_connector: Any) -> None:
    """The engine takes 6,000 characters."""

    def long(request: Any, job: Any) -> None:
        raise ConnectorError("x" * 10_000)

    outcome = await run(make_connector, long)
    thrown = await run(make_connector, long, job(errorExpression='=bpmnError("C", error.message)'))

    assert len(outcome.message) == 6_000
    assert len(thrown.message) == 6_000


async def test_operations(make_connector: Any) -> None:
    """The header names the operation, and what is wrong with it is said."""
    one = make_connector(lambda r, j: "first")

    @one.operation("second")
    async def second(request: Empty, job: Any) -> Any:
        return "second"

    assert (await run_job(job(operation="second", resultVariable="o"), one)).variables == {"o": "second"}
    assert "Operation ID is missing" in (await run_job(job(), one)).message
    assert "Operation not found: third" in (await run_job(job(operation="third"), one)).message


async def test_numbers_beyond_64_bits_survive(make_connector: Any) -> None:
    """JSON has no limit."""
    outcome = await run(make_connector, lambda r, j: {"n": 10**30}, job(resultVariable="out"))

    assert outcome.variables == {"out": {"n": 10**30}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [('time("10:00:00+01:00")', "10:00+01:00"), ('time("10:00:01@Europe/Berlin")', "10:00:01+01:00")],
)
async def test_times_with_an_offset_are_written_as_in_java(make_connector: Any, expression: str, value: str) -> None:
    """Java leaves out seconds that are 0, where there is an offset."""
    outcome = await run(make_connector, data=job({}, resultExpression=f"={{t: {expression}}}"))

    assert outcome.variables["t"] == value
