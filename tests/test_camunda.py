"""The same processes complete on a real Camunda 8.6, with the service that a user starts."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kit import PROCESSES, Command, needed

SECRET = "tok-123"


class Cluster:
    """Calls of the cluster's REST API."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def call(self, path: str, body: bytes, kind: str, *, seconds: float = 60) -> Any:
        request = urllib.request.Request(f"{self.address}/v2{path}", body, {"content-type": kind})
        for _ in range(20):  # a busy broker says so, and takes the command a moment later
            try:
                with urllib.request.urlopen(request, timeout=seconds) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as exc:
                if exc.code != 503:
                    raise AssertionError(f"{path}: {exc.code} {exc.read().decode()}") from exc
                time.sleep(0.5)
        raise AssertionError(f"{path}: the cluster stays unavailable")

    def deploy(self, path: Path) -> None:
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\ncontent-disposition: form-data; name="resources"; filename="{path.name}"\r\n\r\n'
        body = head.encode() + path.read_bytes() + f"\r\n--{edge}--\r\n".encode()
        self.call("/deployments", body, f"multipart/form-data; boundary={edge}")

    def run(self, process: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = {
            "processDefinitionId": process,
            "variables": variables,
            "awaitCompletion": True,
            "requestTimeout": 30_000,
        }
        answer = self.call("/process-instances", json.dumps(body).encode(), "application/json")
        return answer["variables"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    address = needed("CONNECTORY_TEST_CAMUNDA")
    environ = {**os.environ, "CAMUNDA_REST_ADDRESS": address, "SERVER_PORT": "0", "SECRET_SHOP_TOKEN": SECRET}
    service = subprocess.Popen([sys.executable, "-m", "connectory_runtime", "start"], env=environ)
    yield Cluster(address)
    service.terminate()
    assert service.wait(timeout=40) == 0


@pytest.mark.parametrize("name", sorted(path.stem for path in PROCESSES.glob("*.bpmn")))
def test_the_same_variables(cluster: Cluster, connectory: Command, service: str, name: str) -> None:
    path = PROCESSES / f"{name}.bpmn"
    keys = [str(uuid.uuid4()), str(uuid.uuid4())]
    cluster.deploy(path)

    theirs = cluster.run(name, {"base": service, "key": keys[0]})
    given = [f'--var=base="{service}"', f'--var=key="{keys[1]}"', "--secret", f"SHOP_TOKEN={SECRET}"]
    ours = json.loads(connectory("run", path, "--json", *given).stdout)

    assert theirs | {"key": None} == ours["variables"] | {"key": None}
