"""The HTTP service: canned answers for redirected requests, and endpoints to try a client against."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectory_sandbox import Sandbox
from connectory_sandbox.http import AnswerFileError, Answers

ORIGINAL = "X-Connectory-Original-Url"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    answers = [
        {"method": "GET", "url": "https://a.test/items/*", "answer": {"headers": {"X-Page": "1"}, "body": [1, 2]}},
        {"url": "https://a.test/busy", "answer": [{"status": 503}, {"status": 201, "body": "done"}]},
        {"url": "https://a.test/search[?]q=*", "answer": {"body": {"found": True}}},
    ]
    with Sandbox(["http"], answers) as sandbox:
        yield sandbox


def ask(
    box: Sandbox, path: str = "/", *, method: str = "GET", form: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any, Any]:
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(box.http.url + path, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            status, text, fields = reply.status, reply.read().decode(), reply.headers
    except urllib.error.HTTPError as exc:
        with exc:
            status, text, fields = exc.code, exc.read().decode(), exc.headers
    return status, json.loads(text) if "json" in (fields["content-type"] or "") else text, fields


def redirected(box: Sandbox, url: str, **facts: Any) -> tuple[int, Any, Any]:
    return ask(box, "/", headers={ORIGINAL: url}, **facts)


def test_redirected_requests_get_canned_answers(box: Sandbox) -> None:
    """The first entry that fits answers; what was recorded is the address in the model."""
    status, body, headers = redirected(box, "https://a.test/items/7?page=1")

    assert (status, body, headers["x-page"]) == (200, [1, 2], "1")
    assert box.http.received[0].url == "https://a.test/items/7?page=1"
    assert ORIGINAL.lower() not in box.http.received[0].headers


def test_answers_in_turn(box: Sandbox) -> None:
    """A list of answers is given one after the other; the last one stays."""
    answers = [redirected(box, "https://a.test/busy", method="PUT")[:2] for _ in range(3)]

    assert answers == [(503, ""), (201, "done"), (201, "done")]


def test_a_query_counts_where_the_entry_has_one(box: Sandbox) -> None:
    """Without a question mark in the entry, any query fits; with one, it is compared."""
    assert redirected(box, "https://a.test/search?q=tea")[1] == {"found": True}
    assert "found" not in redirected(box, "https://a.test/search?p=1")[1]


def test_without_an_answer_there_is_an_echo(box: Sandbox) -> None:
    """The echo has everything but credentials, which would land in process variables."""
    status, body, _ = ask(
        box, headers={ORIGINAL: "https://b.test/x?token=t", "Authorization": "Bearer t"}, form={"a": "1"}, method="POST"
    )

    assert status == 200
    assert (body["method"], body["url"], body["body"]) == ("POST", "https://b.test/x?token=***", {"a": "1"})
    assert body["headers"]["authorization"] == "Bearer ***"


def test_redirected_token_requests_get_a_token(box: Sandbox) -> None:
    """A model that fetches an OAuth token somewhere gets one here."""
    status, body, _ = redirected(
        box,
        "https://login.test/token",
        method="POST",
        form={"grant_type": "client_credentials", "client_id": "me", "client_secret": "s"},
    )

    assert (status, body["token_type"]) == (200, "Bearer")
    assert box.entries()[0]["body"]["client_secret"] == "***"


def test_tokens_are_checked(box: Sandbox) -> None:
    """The resource takes tokens of the endpoint until they expire."""
    credentials = base64.b64encode(b"me:s").decode()
    grant = {"grant_type": "client_credentials"}
    token = ask(box, "/oauth/token", method="POST", form=grant, headers={"Authorization": f"Basic {credentials}"})[1]
    bearer = {"Authorization": f"Bearer {token['access_token']}"}

    before = ask(box, "/oauth/resource", headers=bearer)[0]
    box.http.tokens.expire()

    assert (before, ask(box, "/oauth/resource", headers=bearer)[0], ask(box, "/oauth/resource")[0]) == (200, 401, 401)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "magic", "client_id": "me"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "me"}, "invalid_request"),
    ],
)
def test_bad_token_requests_are_refused(box: Sandbox, form: dict[str, str], error: str) -> None:
    """As RFC 6749 section 5.2 has it."""
    status, body, _ = ask(box, "/oauth/token", method="POST", form=form)

    assert (status, body["error"]) == (401 if error == "invalid_client" else 400, error)


def test_credentials_are_checked(box: Sandbox) -> None:
    """Basic, bearer and API key; each refuses what is wrong or missing."""
    good = {"Authorization": "Basic " + base64.b64encode(b"ann:pw").decode()}

    assert ask(box, "/basic/ann/pw", headers=good)[0] == 200
    assert ask(box, "/basic/ann/other", headers=good)[0] == 401
    assert ask(box, "/bearer/t", headers={"Authorization": "Bearer t"})[0] == 200
    assert ask(box, "/bearer/t")[0] == 401
    assert ask(box, "/api-key/X-Key/k", headers={"X-Key": "k"})[0] == 200
    assert ask(box, "/api-key/key/k?key=k")[0] == 200
    assert ask(box, "/api-key/X-Key/k")[0] == 401


def test_statuses_and_delays(box: Sandbox) -> None:
    """The endpoints that every HTTP client is tried with."""
    status, body, headers = ask(box, "/status/418?retry-after=3")

    assert (status, body, headers["retry-after"]) == (418, {"status": 418}, "3")
    assert ask(box, "/delay/0.01")[1]["method"] == "GET"
    with pytest.raises(json.JSONDecodeError):
        ask(box, "/broken")
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        ask(box, "/drop")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "is not JSON: "),
        ('{"url": "x"}', "top level: Input should be a valid list"),
        ('[{"url": "x"}]', "0.answer: Field required"),
        ('[{"url": "x", "answer": {"status": 99}}]', "0.answer.0.status: Input should be greater than or equal to 200"),
    ],
)
def test_bad_answer_files_are_explained(tmp_path: Path, text: str, message: str) -> None:
    """File, place, what is wrong."""
    path = tmp_path / "answers.json"
    path.write_text(text)

    with pytest.raises(AnswerFileError, match=message) as raised:
        Answers.of(path)

    assert str(path) in str(raised.value)


def test_a_missing_answer_file_is_explained(tmp_path: Path) -> None:
    """One line, with the path."""
    with pytest.raises(AnswerFileError, match=r"cannot read the answers in '.*none\.json': No such file"):
        Answers.of(tmp_path / "none.json")
