"""Descriptions that cannot be used: one line with file, place and remedy, and nothing is left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kit import Command

PETSTORE = Path(__file__).parent / "petstore.yaml"
GET = {"get": {"operationId": "one", "responses": {"200": {"description": "well"}}}}


def described(**more: Any) -> str:
    """Return a small description with something about it."""
    return json.dumps({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": GET}, **more})


def body(schema: dict[str, Any], **schemas: Any) -> str:
    """Return a description of one operation that takes a JSON body."""
    content = {"application/json": {"schema": schema}}
    return described(
        paths={"/a": {"post": {"operationId": "one", "requestBody": {"content": content}}}},
        components={"schemas": schemas},
    )


PART_OF_ITSELF = body({"$ref": "#/components/schemas/A"}, A={"allOf": [{"$ref": "#/components/schemas/A"}]})
ROUND = body(
    {"$ref": "#/components/schemas/A"}, A={"$ref": "#/components/schemas/B"}, B={"$ref": "#/components/schemas/A"}
)
BAD = {
    "empty": ("", "is no description"),
    "text": ("hello", "is no description: it has no members; give an OpenAPI or Postman file"),
    "list": ("[]", "is no description"),
    "broken JSON": ('{"openapi": "3.0.0",\n oops}', "api:2 is not JSON"),
    "broken YAML": ("openapi: 3.0.0\ninfo: [\n", "api:3 is not YAML"),
    "a tag that makes objects": ("openapi: !!python/object:os.system 3.0.0", "is not YAML"),
    "something else": ('{"name": "x"}', "is no OpenAPI 3.0 or 3.1 description: write openapi: 3.1.0 at its top"),
    "Swagger": ('{"swagger": "2.0"}', "it says Swagger 2.0; convert it to OpenAPI 3.0 or 3.1"),
    "no operation": (described(paths={}), "describes no operation: 'paths' has none"),
    "reference to nowhere": (
        body({"$ref": "#/components/schemas/Nothing"}),
        "POST /a: body: $ref '#/components/schemas/Nothing' leads nowhere; mend it",
    ),
    "reference to a file that is away": (body({"$ref": "other.yaml#/A"}), "other.yaml: No such file or directory"),
    "reference to the network": (
        body({"$ref": "https://example.com/a.json"}),
        "$ref 'https://example.com/a.json' is not on this machine; save it beside the file",
    ),
    "circle of references": (ROUND, "leads back to itself; mend it"),
    "schema that is part of itself": (
        PART_OF_ITSELF,
        "POST /a: body: schema '/components/schemas/A' is part of itself through allOf; mend it",
    ),
    "two operations of one id": (
        described(paths={"/a": GET, "/b": GET}),
        "GET /b and GET /a have the same operationId 'one'; rename one",
    ),
    "path without its parameter": (
        described(paths={"/a/{id}": GET}),
        "GET /a/{id}: the path has '{id}', but no parameter of this name; add it",
    ),
    "parameter without a place": (
        described(paths={"/a/{id}": {**GET, "parameters": [{"name": "id", "schema": {"type": "string"}}]}}),
        "GET /a/{id}: parameter 'id': 'in' must be one of path, header, query, cookie; mend it",
    ),
    "parameter without a name": (
        described(paths={"/a": {**GET, "parameters": [{"in": "query"}]}}),
        "GET /a: parameters[0] has no 'name'; add it",
    ),
    "properties without names": (
        body({"type": "object", "properties": [1]}),
        "POST /a: body: 'properties' of the schema must be names with schemas; mend it",
    ),
    "login that is not described": (
        described(security=[{"key": []}]),
        "security names 'key', which components.securitySchemes does not describe; add it",
    ),
}


def new(connectory: Command, place: Path, *arguments: object) -> Any:
    """Make a connector; whatever comes, nothing may be left behind."""
    done = connectory("new", *arguments, "--to", place / "made")
    assert not (place / "made").exists()
    return done


@pytest.mark.parametrize("name", BAD)
def test_an_openapi_file_that_cannot_be_used(connectory: Command, tmp_path: Path, name: str) -> None:
    text, said = BAD[name]
    file = tmp_path / "api"
    file.write_text(text)

    done = new(connectory, tmp_path, "acme-pets", "--openapi", file)

    assert said in done.stderr
    assert str(file.parent) in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is no Postman collection: 'info' or 'item' is missing; export it as Collection v2.1"),
        ('{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.0.0/"}, "item": []}', "older format"),
        ('{"info": {"name": "x"}, "item": []}', "has no request: 'item' is empty"),
    ],
)
def test_a_collection_that_cannot_be_used(connectory: Command, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "collection.json"
    file.write_text(text)

    done = new(connectory, tmp_path, "acme-pets", "--postman", file)

    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("acme-pets", "--openapi", "nowhere.yaml"), "cannot read nowhere.yaml: No such file or directory"),
        (
            ("acme-pets", "--openapi", PETSTORE, "--operation", "listCats"),
            "has no operation 'listCats'; it has listPets, createPet, showPetById, removePet, setPhoto, bookVisit; "
            "--list shows all",
        ),
        (("acme-pets", "--list"), "name it with --openapi or --postman"),
        (("acme-pets", "--openapi", PETSTORE, "--inbound"), "--inbound has no place here"),
        (("--openapi", PETSTORE), "the name is missing; write connectory new acme-tickets"),
        (("Acme Pets", "--openapi", PETSTORE), "'Acme Pets' is no name for a connector"),
    ],
)
def test_wrong_use(connectory: Command, tmp_path: Path, arguments: tuple[object, ...], said: str) -> None:
    done = new(connectory, tmp_path, *arguments)

    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2


def test_more_operations_than_a_form_can_offer(connectory: Command, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    paths = {f"/{n}": {"get": {"operationId": f"get{n}"}} for n in range(51)}
    file.write_text(described(paths=paths))

    done = new(connectory, tmp_path, "acme-pets", "--openapi", file)

    assert "has 51 operations, more than the 50 that one form can offer; choose some with --operation" in done.stderr


def test_what_is_left_out_is_said(connectory: Command, tmp_path: Path) -> None:
    """No server, and a login that a form cannot ask for: the connector is made all the same."""
    file = tmp_path / "api.json"
    schemes = {"securitySchemes": {"certificate": {"type": "mutualTLS"}}}
    file.write_text(described(security=[{"certificate": []}], components=schemes))

    done = connectory("new", "acme-pets", "--openapi", file, "--to", tmp_path)

    assert done.returncode == 0, done.stderr
    assert "security scheme 'certificate' (mutualTLS) is left out" in done.stderr
    assert "it names no server: the form asks for the address" in done.stderr
    template = json.loads((tmp_path / "acme-pets/src/acme_pets/templates/acme-pets-outbound.json").read_text())
    server = next(entry for entry in template["properties"] if entry.get("id") == "server")
    assert ("value" in server, server["constraints"]["notEmpty"]) == (False, True)


def test_a_part_in_another_file_and_a_circle_of_objects(connectory: Command, tmp_path: Path) -> None:
    """References reach files beside the description; objects that contain their like are no trouble."""
    tree = {"type": "object", "properties": {"name": {"type": "string"}, "inner": {"$ref": "#/Tree"}}}
    (tmp_path / "parts.json").write_text(json.dumps({"Tree": tree}))
    file = tmp_path / "api.json"
    file.write_text(body({"$ref": "parts.json#/Tree"}))

    done = connectory("new", "acme-pets", "--openapi", file, "--to", tmp_path)

    assert done.returncode == 0, done.stderr
    requests = (tmp_path / "acme-pets" / "src" / "acme_pets" / "requests.py").read_text()
    assert "a context of name, inner" in requests


def test_without_its_libraries_it_says_what_to_install(tmp_path: Path) -> None:
    """They come with an extra, and nothing else of the command line needs them."""
    code = (
        "import sys; sys.modules['referencing'] = None; from connectory_runtime.cli import main;"
        f"sys.exit(main(['new', 'acme-pets', '--openapi', {str(PETSTORE)!r}, '--to', {str(tmp_path / 'made')!r}]))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert "needs referencing; install it: pip install 'connectory[descriptions]'" in done.stderr
    assert done.returncode == 2


def test_a_hostile_file_makes_a_connector_like_any_other(connectory: Command, tmp_path: Path) -> None:
    """Anchors that multiply, and texts that try to leave their quotes: its own tests pass."""
    anchors = ["a: &a0 [x, x]"] + [f"b{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    odd = 'x""" \\ \'\'\' {0} $module `id` <b> 1 < 2 "); import os #'
    get = {"operationId": odd, "summary": odd, "parameters": [{"name": odd, "in": "query", "schema": {"enum": [odd]}}]}
    names = {name: {"type": "string"} for name in (odd, "class", "model_config", "json", "Ünï", "server")}
    content = {"application/json": {"schema": {"type": "object", "properties": names}}}
    said = json.loads(described(paths={"/a": {"get": get, "post": {"requestBody": {"content": content}}}}))
    said["info"]["title"] = odd
    file = tmp_path / "api.yaml"
    file.write_text("\n".join([*anchors, *(f"{key}: {json.dumps(value)}" for key, value in said.items())]))

    done = connectory("new", "acme-pets", "--openapi", file, "--to", tmp_path)

    assert done.returncode == 0, done.stderr
    folder = tmp_path / "acme-pets"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tested = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder / "src")}, capture_output=True, text=True
    )
    assert tested.returncode == 0, tested.stdout
