"""Connectors that are made from descriptions: they pass their own checks, and the service takes what they send."""

import importlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import official
import pytest
from kit import Command
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from connectory_sdk.testing import operations

HERE = Path(__file__).parent
PETSTORE, COLLECTION = HERE / "petstore.yaml", HERE / "pets.postman_collection.json"
SOURCES = {"acme-pets": ("--openapi", PETSTORE), "acme-visits": ("--postman", COLLECTION)}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A distribution from each kind of description."""
    folder = tmp_path_factory.mktemp("made")
    for name, source in SOURCES.items():
        command = [sys.executable, "-m", "connectory_runtime", "new", name, *map(str, source), "--to", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    return {name: folder / name for name in SOURCES}


def call(folder: Path, *command: str) -> str:
    """Run a module in a distribution's folder."""
    environ = {**os.environ, "PYTHONPATH": str(folder / "src"), "MYPYPATH": str(folder / "src")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SOURCES)
def test_it_passes_its_own_checks(made: dict[str, Path], name: str) -> None:
    """Those that its README names, in the strictness that its pyproject.toml asks for."""
    call(made[name], "ruff", "check", "--no-cache")
    call(made[name], "ruff", "format", "--check", "--no-cache")
    call(made[name], "mypy")

    assert " passed" in call(made[name], "pytest", "-q", "-p", "no:cacheprovider")


def test_the_published_validator_accepts_its_template(made: dict[str, Path], tmp_path: Path) -> None:
    """And the published tool applies it to a task."""
    tools = official.install(tmp_path, "element-templates-cli", "@bpmn-io/element-templates-validator")
    check = (
        "const {validateZeebe} = require('@bpmn-io/element-templates-validator');"
        "const found = validateZeebe(JSON.parse(require('fs').readFileSync(process.argv[1])));"
        "if (!found.valid) { console.error(JSON.stringify(found.errors)); process.exit(1) }"
    )
    for name in SOURCES:
        template = made[name] / "src" / name.replace("-", "_") / "templates" / f"{name}-outbound.json"
        done = subprocess.run(
            [shutil.which("node") or "node", "-e", check, str(template)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        tools.apply(json.loads(template.read_text()), HERE.parent / "models" / "plain.bpmn", "call", values={})


def test_the_form_says_what_the_description_says(made: dict[str, Path]) -> None:
    """Titles, descriptions, choices, what must be filled in, defaults, secrets."""
    template = json.loads((made["acme-pets"] / "src/acme_pets/templates/acme-pets-outbound.json").read_text())
    form = {entry.get("id"): entry for entry in template["properties"]}

    assert [choice["value"] for choice in form["operation"]["choices"]] == [
        "createPet",
        "bookVisit",
        "listPets",
        "removePet",
        "setPhoto",
        "showPetById",
    ]
    assert form["server"]["value"] == "https://eu.pets.example.com/v1"
    assert [choice["value"] for choice in form["authentication.type"]["choices"]] == [
        "apiKey",
        "bearer",
        "oauth-client-credentials-flow",
        "basic",
    ]
    assert form["createPet:name"]["constraints"] == {"notEmpty": True}
    assert form["createPet:name"]["description"] == "What it is called"
    assert [choice["value"] for choice in form["createPet:kind"]["choices"]] == ["dog", "cat", "fish"]
    assert form["createPet:status"]["value"] == "available"
    assert form["createPet:owner"]["feel"] == "required"
    assert form["createPet:owner"]["description"].endswith("(a context of name, email, pets)")
    assert (form["createPet:weight"]["type"], form["createPet:weight"]["optional"]) == ("Number", True)
    assert (form["listPets:limit"]["type"], form["listPets:limit"]["value"]) == ("Number", 20)
    assert form["listPets:X_Request_ID"]["description"].startswith("Shows up in the shop's log")
    assert "createPet:id" not in form, "only the service writes it"


class Shop(BaseHTTPRequestHandler):
    """A pet shop that writes down what its description does not allow."""

    description: OpenAPI
    refused: list[str]
    received: list[tuple[str, str]]

    def answer(self) -> None:
        url = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        if url.path == "/token":
            return self.send(200, {"access_token": "access-1", "expires_in": 60})
        request = MockRequest(
            "https://eu.pets.example.com",
            self.command.lower(),
            url.path,
            args=parse_qs(url.query),
            headers=dict(self.headers),
            data=content or None,
            content_type=self.headers.get("content-type", ""),
        )
        self.received.append((self.command, self.path))
        try:
            self.description.validate_request(request)
        except Exception as exc:
            self.refused.append(f"{self.command} {self.path}: {exc!r} {exc.__cause__!r}")
        if self.command == "DELETE":
            return self.send(204, None)
        return self.send(201 if self.command == "POST" else 200, {"id": "p-1", "name": "Rex", "kind": "dog"})

    def send(self, status: int, content: Any) -> None:
        data = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests look at what was refused."""


@pytest.fixture
def shop() -> Iterator[tuple[str, type[Shop]]]:
    """The address of a shop, and what came to it."""
    handler = type(
        "OneShop", (Shop,), {"description": OpenAPI.from_file_path(str(PETSTORE)), "refused": [], "received": []}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_service_that_checks_takes_every_operation(
    made: dict[str, Path], shop: tuple[str, type[Shop]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each operation with its example, over a real connection; openapi-core holds it against the description."""
    monkeypatch.syspath_prepend(made["acme-pets"] / "src")
    monkeypatch.syspath_prepend(made["acme-pets"] / "tests")
    module, tests = importlib.import_module("acme_pets"), importlib.import_module("test_acme_pets")
    address, received = shop
    clients = {
        "type": "oauth-client-credentials-flow",
        "token_url": f"{address}/token",
        "client_id": "shop",
        "client_secret": "secret-1",
    }

    async with operations(module.connector) as operation:
        for name, example in tests.EXAMPLES.items():
            await operation(name, {**example, "server": f"{address}/v1"})
        await operation("showPetById", {"server": f"{address}/v1", "petId": "a/b ü", "authentication": clients})

    assert received.refused == []
    assert len(received.received) == len(tests.EXAMPLES) + 1
    assert received.received[-1][1] == "/v1/pets/a%2Fb%20%C3%BC"


def test_a_process_runs_with_it(
    made: dict[str, Path], shop: tuple[str, type[Shop]], connectory: Command, tmp_path: Path
) -> None:
    """On the local engine, with the made template's inputs and a secret, against the shop."""
    address, received = shop
    installed = installed_into(tmp_path / "installed", made["acme-pets"])
    example = (made["acme-pets"] / "examples" / "acme_pets.bpmn").read_text()
    process = tmp_path / "process.bpmn"
    process.write_text(example.replace("https://eu.pets.example.com/v1", f"{address}/v1"))

    done = connectory(
        *("run", process, "--secret", "ACME_PETS_KEY=key-1", "--json"), environ={"PYTHONPATH": str(installed)}
    )

    said = json.loads(done.stdout)
    assert (said["state"], received.refused) == ("completed", [])
    assert said["variables"]["result"]["name"] == "Rex"


def test_its_example_runs_in_the_sandbox(made: dict[str, Path], connectory: Command, tmp_path: Path) -> None:
    """As its README says."""
    installed = installed_into(tmp_path / "installed", made["acme-visits"])
    examples = made["acme-visits"] / "examples"

    done = connectory(
        *("run", examples / "acme_visits.bpmn", "--sandbox", "--json"), environ={"PYTHONPATH": str(installed)}
    )

    said = json.loads(done.stdout)
    assert said["state"] == "completed", done.stdout + done.stderr
    [sent] = said["sandbox"]
    assert (sent["method"], urlsplit(sent["url"]).path) == ("GET", "/v1/pets")
    assert said["variables"]["result"] == [{"id": "p-1"}, {"id": "p-2"}]


def installed_into(folder: Path, distribution: Path) -> Path:
    """Lay a distribution into a folder of its own as an installer does, without its dependencies."""
    uv = shutil.which("uv") or pytest.skip("uv is not installed")
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(distribution)]
    subprocess.run([*command, "--python", sys.executable], check=True, capture_output=True)
    return folder


def test_the_operations_are_listed(connectory: Command) -> None:
    """Without a name, and nothing is made."""
    done = connectory("new", "--openapi", PETSTORE, "--list")

    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split(maxsplit=3) == ["listPets", "GET", "/pets", "List pets"]
    assert len(done.stdout.splitlines()) == 6


def test_only_some_operations(connectory: Command, tmp_path: Path) -> None:
    """One operation has no dropdown, and only the logins that it takes."""
    done = connectory("new", "acme-pet", "--openapi", PETSTORE, "--operation", "createPet", "--to", tmp_path)

    assert done.returncode == 0, done.stderr
    template = json.loads((tmp_path / "acme-pet/src/acme_pet/templates/acme-pet-outbound.json").read_text())
    ids = {entry.get("id") for entry in template["properties"]}
    assert {"name", "kind", "authentication.key"} <= ids
    assert not {"operation", "authentication.type"} & ids
