"""The frame: services start where they are asked for, lead connectors to them, and write down what came."""

import asyncio
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from connectory_sandbox import Fault, InventedSecrets, Sandbox, services_for
from connectory_sdk import SecretContext, SecretProvider

CONTEXT = SecretContext(tenant_id="<default>", process_definition_id="p")


def call(
    url: str, *, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any, dict[str, str]]:
    data = json.dumps(body).encode() if body is not None else None
    kind = {"content-type": "application/json"} if body is not None else {}
    request = urllib.request.Request(url, data, {**kind, **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            text, status, fields = reply.read().decode(), reply.status, dict(reply.headers)
    except urllib.error.HTTPError as exc:
        with exc:
            text, status, fields = exc.read().decode(), exc.code, dict(exc.headers)
    try:
        return status, json.loads(text), fields
    except ValueError:
        return status, text, fields


def test_only_what_is_asked_for_runs() -> None:
    """A service that nobody needs costs nothing, and asking for it says how to get it."""
    with Sandbox(["http"]) as box:
        assert set(box.environ) == {"CONNECTORY_REST_SANDBOX_URL", "CONNECTORY_SANDBOX_URL"}
        with pytest.raises(LookupError, match=r"runs http; ask for Sandbox\(services=\['slack', ...\]\)"):
            _ = box.slack


def test_an_unknown_service_is_refused() -> None:
    """A typing mistake is named at once."""
    with pytest.raises(ValueError, match="no service 'slak'; it has http, slack, graph, kafka"):
        Sandbox(["slak"])


def test_connectors_name_their_services() -> None:
    """The runtime knows connectors, the sandbox services; connectors of others may talk HTTP."""
    assert services_for(["rest", "teams"]) == ("http", "graph")
    assert services_for(["slack", "acme"]) == ("http", "slack")
    assert services_for(["slack"]) == ("slack",)


async def test_services_run_in_the_running_loop_too() -> None:
    """With ``async with`` the servers share the caller's loop and end with the block."""
    async with Sandbox(["http"]) as box:
        status, answer, _ = await asyncio.to_thread(call, f"{box.http.url}/anything?a=1")

        assert (status, answer["query"]) == (200, {"a": "1"})
        url = box.http.url
    with pytest.raises(urllib.error.URLError):
        await asyncio.to_thread(call, url)
    assert [entry["url"] for entry in box.entries()] == [f"{url}/anything?a=1"]


def test_an_occupied_port_is_one_line() -> None:
    """The message names the address and what to do."""
    with Sandbox(["http"]) as box:
        second = Sandbox(["http"], ports={"http": int(box.http.url.rpartition(":")[2])})

        with pytest.raises(OSError, match=r"cannot listen at 127.0.0.1:\d+: .* choose another port"):
            second.__enter__()


def test_the_fixture_gives_a_sandbox(sandbox: Sandbox) -> None:
    """Three lines test what a process sends."""
    call(f"{sandbox.http.url}/orders", method="POST", body={"id": 1})

    assert sandbox.http.received[0].body == {"id": 1}


async def test_invented_secrets_say_so() -> None:
    """Each name has one value, which tells that it is invented; addresses look like addresses."""
    provider: SecretProvider = InventedSecrets()

    assert await provider.get_secret("SLACK_TOKEN", CONTEXT) == "sandbox-SLACK_TOKEN"
    assert await provider.get_secret("SHOP_URL", CONTEXT) == "https://shop-url.sandbox.example"
    assert await provider.get_secret("KAFKA_BOOTSTRAP_SERVERS", CONTEXT) == (
        "kafka-bootstrap-servers.sandbox.example:9092"
    )


def test_entries_show_no_token(sandbox: Sandbox) -> None:
    """What is printed has the shape of a call, not its credentials."""
    call(
        f"{sandbox.http.url}/x?api_key=geheim&a=b",
        method="POST",
        body={"client_secret": "geheim", "deep": [{"access_token": "geheim"}], "code": "DE"},
        headers={"Authorization": "Bearer geheim", "X-Api-Key": "geheim"},
    )

    (entry,) = sandbox.entries()

    assert "geheim" not in json.dumps(entry)
    assert entry["service"] == "http"
    assert entry["method"] == "POST"
    assert entry["url"] == f"{sandbox.http.url}/x?api_key=***&a=b"
    assert entry["headers"]["authorization"] == "Bearer ***"
    assert entry["body"] == {"client_secret": "***", "deep": [{"access_token": "***"}], "code": "DE"}
    assert sandbox.http.received[0].headers["authorization"] == "Bearer geheim"


def test_faults_meet_the_calls_that_they_name(sandbox: Sandbox) -> None:
    """A fault has an operation and a number of times; then all is well again."""
    sandbox.http.faults.add(Fault(operation="POST */orders", status=429, retry_after=7, times=2))
    url = f"{sandbox.http.url}/orders"

    statuses = [call(url)[0], call(url, method="POST")[0], call(url, method="POST")[0], call(url, method="POST")[0]]
    sandbox.http.faults.add(Fault(status=429, retry_after=7))

    assert statuses == [200, 429, 429, 200]
    assert call(url)[2]["retry-after"] == "7"


def test_broken_and_dropped_answers(sandbox: Sandbox) -> None:
    """JSON that ends in the middle, and a connection that closes, whether or not the call was carried out."""
    sandbox.http.faults.add(Fault(broken=True, status=0))
    sandbox.http.faults.add(Fault(drop=True, late=True))

    assert isinstance(call(sandbox.http.url)[1], str)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        call(sandbox.http.url)
    assert len(sandbox.http.received) == 2


def test_reset_forgets(sandbox: Sandbox) -> None:
    """One sandbox may serve several tests."""
    sandbox.http.faults.add(Fault())
    call(sandbox.http.url)

    sandbox.reset()

    assert sandbox.entries() == []
    assert call(sandbox.http.url)[0] == 200


def test_control_from_outside(sandbox: Sandbox) -> None:
    """What the fixtures can do, any program can do over HTTP; a mistake is answered in one line."""
    control = f"{sandbox.http.url}/_sandbox"

    assert call(f"{control}/faults", method="POST", body={"status": 503, "times": 1})[0] == 204
    assert call(f"{control}/faults", method="POST", body={"statuss": 503})[1]["error"].startswith("a fault has body")
    assert call(f"{control}/faults", method="POST", body={"status": "x"})[1]["error"].startswith("status: ")
    assert call(sandbox.http.url)[0] == 503
    assert [entry["method"] for entry in call(f"{control}/received")[1]] == ["GET"]
    assert call(f"{control}/received", method="DELETE")[0] == 204
    assert call(f"{control}/received")[1] == []
    assert call(f"{control}/else")[0] == 404


def test_left_running_beside_anything(tmp_path: Path) -> None:
    """The command prints where connectors go and each call, and ends on a signal."""
    answers = tmp_path / "answers.json"
    answers.write_text('[{"url": "http://*/hello", "answer": {"body": "hi"}}]')
    command = [sys.executable, "-m", "connectory_sandbox", "--services", "http", "--answers", str(answers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name, _, url = process.stdout.readline().strip().partition("=")
        assert process.stdout.readline().strip() == f"CONNECTORY_SANDBOX_URL={url}"
        answer = call(f"{url}/hello")[1]
        entry = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)

    assert (name, answer, entry["url"], code) == ("CONNECTORY_REST_SANDBOX_URL", "hi", f"{url}/hello", 0)


def test_a_bad_answer_file_is_one_line(tmp_path: Path) -> None:
    """The message names the file, the place and what is wrong."""
    answers = tmp_path / "answers.json"
    answers.write_text('[{"url": "x", "answer": {"stauts": 200}}]')

    done = subprocess.run(
        [sys.executable, "-m", "connectory_sandbox", "--services", "http", "--answers", str(answers)],
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert done.returncode == 2
    assert done.stderr.startswith(f"error: '{answers}', 0.answer.0.stauts: Extra inputs are not permitted")
    assert done.stderr.count("\n") == 1


def test_importing_the_fixtures_is_cheap() -> None:
    """Pytest imports them at every start: no server, no pydantic."""
    code = "import sys, connectory_sandbox.fixtures; print({'uvicorn', 'pydantic', 'httptools'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
