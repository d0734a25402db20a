"""Discovery and the command line: what is found, what loads, and one line for what does not."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

CONNECTOR = """
from typing import Any
from pydantic import BaseModel
from connectory_sdk import Connector, JobContext, hookimpl

one = Connector(id="{id}", name="{name}", type="{type}", version=1)

class Empty(BaseModel):
    pass

@one.operation("do")
async def do(request: Empty, job: JobContext) -> Any:
    return None

@hookimpl
def connectory_connectors() -> list[Connector[Any]]:
    return [one]
"""


def install(
    folder: Path, name: str, source: str | None, *, distribution: str | None = None, requires: str = ""
) -> None:
    """Lay a connector distribution out as an installer does."""
    distribution = distribution or f"acme-{name}"
    module = distribution.replace("-", "_")
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {distribution}", "Version: 1.2"]
    lines += [f"Requires-Dist: {requires}"] if requires else []
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    (info / "entry_points.txt").write_text(f"[connectory.connectors]\n{name} = {module}\n")
    if source is not None:
        (folder / f"{module}.py").write_text(source)


def connectory(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Call the command line with the distributions of a folder installed as well."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "CONNECTOR", "SECRET_"))}
    return subprocess.run(
        [sys.executable, "-m", "connectory_runtime", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        env={**kept, "PYTHONPATH": str(folder), **environ},
    )


def test_listing_imports_nothing(tmp_path: Path) -> None:
    """A connector that must not be imported is listed all the same."""
    install(tmp_path, "acme", "raise SystemExit('imported')")

    done = connectory(tmp_path, "list", "--json")

    listed = {one["name"]: one for one in json.loads(done.stdout)}
    assert listed["acme"] == {"name": "acme", "distribution": "acme-acme", "version": "1.2", "module": "acme_acme"}


@pytest.mark.parametrize(
    ("requires", "said"),
    [
        ("no-such-thing>=1.0", "needs no-such-thing>=1.0, which is not installed"),
        ("pydantic>=99", "needs pydantic>=99, found"),
    ],
)
def test_listing_says_what_is_broken(tmp_path: Path, requires: str, said: str) -> None:
    """From the metadata alone."""
    install(tmp_path, "acme", "import no_such_thing", requires=requires)

    done = connectory(tmp_path, "list")

    assert said in done.stdout
    assert done.returncode == 0


def test_a_name_that_is_there_twice(tmp_path: Path) -> None:
    """Both distributions are named, and neither is imported; whoever asks for the name is refused."""
    install(tmp_path, "acme", "raise SystemExit('imported')")
    install(tmp_path, "acme", "raise SystemExit('imported')", distribution="other-acme")
    said = "connector 'acme' is provided by both acme-acme and other-acme 1.2; uninstall one"

    listed = connectory(tmp_path, "list")
    asked = connectory(tmp_path, "start", CONNECTORY_CONNECTORS="acme")

    assert f"acme-acme 1.2  cannot be loaded: {said}" in listed.stdout
    assert listed.returncode == 0
    assert asked.stderr.strip().endswith(said)
    assert asked.returncode == 2


def test_a_job_type_that_is_claimed_twice(tmp_path: Path) -> None:
    """Both connectors are named."""
    install(tmp_path, "first", CONNECTOR.format(id="a.first", name="First", type="same:1"))
    install(tmp_path, "second", CONNECTOR.format(id="a.second", name="Second", type="same:1"))

    done = connectory(tmp_path, "start", CONNECTORY_CONNECTORS="first,second")

    assert "job type 'same:1' is claimed by both a.first and a.second" in done.stderr
    assert "Duplicate outbound connector registration for type" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise ValueError('bad day')", "acme (acme-acme 1.2) cannot be loaded: ValueError: bad day"),
        ("import no_such_module", "acme (acme-acme 1.2) cannot be loaded: ModuleNotFoundError: No module named"),
        (
            "from connectory_sdk import hookimpl\n@hookimpl\ndef connectory_connector(): return []",
            "unknown hook 'connectory_connector'",
        ),
        (
            "from connectory_sdk import hookimpl\n@hookimpl\ndef connectory_connectors(): return [1]",
            "gives a int, not a Connector",
        ),
        (
            "from connectory_sdk import hookimpl\n@hookimpl\ndef connectory_connectors(settings): return []",
            "Argument(s) {'settings'} are declared in the hookimpl but can not be found in the hookspec",
        ),
        ("def connectory_connectors(): return []", "module 'acme_acme' has no hook that gives something"),
        ("raise SystemExit('no')", "cannot be loaded: SystemExit: no; update or uninstall acme-acme"),
    ],
)
def test_a_named_connector_that_is_broken(tmp_path: Path, source: str, said: str) -> None:
    """Start says why, in one line and without a traceback."""
    install(tmp_path, "acme", source)

    done = connectory(tmp_path, "start", CONNECTORY_CONNECTORS="acme")

    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.returncode == 2


def test_a_named_connector_that_is_not_there(tmp_path: Path) -> None:
    """What to install is said."""
    done = connectory(tmp_path, "start", CONNECTORY_CONNECTORS="nowhere")

    assert "no connector named 'nowhere'; installed:" in done.stderr
    assert "Try: pip install 'connectory[nowhere]'" in done.stderr


def test_the_allow_list_is_applied_before_importing(tmp_path: Path) -> None:
    """What is not on it is never imported, so a broken neighbour does no harm."""
    install(tmp_path, "good", CONNECTOR.format(id="a.good", name="Good", type="good:1"))
    install(tmp_path, "bad", "raise SystemExit('imported')")

    code = (
        "from connectory_runtime import discovery; import sys;"
        "print(list(discovery.load(['good']).connectors), 'acme_bad' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )

    assert done.stdout.strip() == "['good'] False"


def test_what_is_found_by_chance_and_broken_costs_a_warning(tmp_path: Path) -> None:
    """The others work."""
    install(tmp_path, "good", CONNECTOR.format(id="a.good", name="Good", type="good:1"))
    install(tmp_path, "bad", "raise ValueError('bad day')")

    code = (
        "from connectory_runtime import discovery;"
        "loaded = discovery.load(); print('good' in loaded.connectors, loaded.broken['bad'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )

    assert done.stdout.strip() == (
        "True bad (acme-bad 1.2) cannot be loaded: ValueError: bad day; update or uninstall acme-bad, "
        "or leave it out with CONNECTORY_CONNECTORS"
    )
    assert "bad day" in done.stderr


def test_a_type_that_is_claimed_twice_by_chance(tmp_path: Path) -> None:
    """Neither the first nor the last is taken; the others work, and another type for one settles it."""
    install(tmp_path, "first", CONNECTOR.format(id="a.first", name="First", type="same:1"))
    install(tmp_path, "second", CONNECTOR.format(id="a.second", name="Second", type="same:1"))
    install(tmp_path, "third", CONNECTOR.format(id="a.third", name="Third", type="other:1"))
    code = (
        "from connectory_runtime import Runtime, Settings; import os;"
        "r = Runtime(Settings.read());"
        "print(sorted(w.type for w in r.workers if w.type.endswith((':1', ':2')) and 'io.' not in w.type))"
    )
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "CONNECTOR"))}

    def types(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=30,
            env={**environ, "PYTHONPATH": str(tmp_path), **more},
        )

    clash, settled = types(), types(CONNECTOR_SECOND_TYPE="same:2")

    assert clash.stdout.strip() == "['other:1']"
    assert "job type 'same:1' is claimed by both a.first and a.second (acme-first 1.2, acme-second 1.2)" in clash.stderr
    assert settled.stdout.strip() == "['other:1', 'same:1', 'same:2']"
    assert settled.stderr == ""


FUNCTIONS = """
from connectory_sdk import hookimpl

async def stars(text, count=3):
    return text + count * "*"

@hookimpl
def connectory_intrinsic_functions():
    return {functions}
"""


def test_intrinsic_functions_of_one_name(tmp_path: Path) -> None:
    """Found by chance, neither is taken and one line names both; asked for by name, it is an error."""
    install(tmp_path, "first", FUNCTIONS.format(functions='{"stars": stars, "own": stars}'))
    install(tmp_path, "second", FUNCTIONS.format(functions='{"stars": stars}'))
    install(tmp_path, "third", FUNCTIONS.format(functions='{"getText": stars}'))
    code = "from connectory_runtime import Runtime, Settings; print(list(Runtime(Settings.read()).functions))"
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "CONNECTOR"))}

    def start(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=30,
            env={**environ, "PYTHONPATH": str(tmp_path), **more},
        )

    chance, asked, settled = (
        start(),
        start(CONNECTORY_CONNECTORS="first,second"),
        start(CONNECTORY_CONNECTORS="second"),
    )

    both = "intrinsic function 'stars' is given by both acme-first 1.2 and acme-second 1.2; rename it, or leave one out"
    assert chance.stdout.strip() == "['own']"
    assert chance.stderr.count(both) == 1
    assert "'getText' is given by both the runtime and acme-third 1.2" in chance.stderr
    assert asked.returncode == 1
    assert both in asked.stderr
    assert settled.stdout.strip() == "['stars']"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('{"stars": len}', "intrinsic function 'stars' must be an 'async def' function"),
        ("[stars]", "connectory_intrinsic_functions gives a list, not a mapping"),
    ],
)
def test_what_is_no_intrinsic_function(tmp_path: Path, source: str, said: str) -> None:
    """It costs one line that says why."""
    install(tmp_path, "texts", FUNCTIONS.format(functions=source))

    assert said in connectory(tmp_path, "list", "--check").stdout


@pytest.mark.parametrize(
    ("requires", "said"),
    [
        ("connectory-sdk>=99", "needs connectory-sdk>=99, found "),
        ("connectory-sdk<0.1,>=0.0.1", "needs connectory-sdk<0.1,>=0.0.1, found "),
    ],
)
def test_a_connector_for_another_sdk_is_not_imported(tmp_path: Path, requires: str, said: str) -> None:
    """Its code could not know what to expect, so its metadata decides."""
    install(tmp_path, "acme", "raise SystemExit('imported')", requires=requires)

    listed = connectory(tmp_path, "list")
    checked = connectory(tmp_path, "list", "--check", CONNECTORY_CONNECTORS="acme")
    asked = connectory(tmp_path, "start", CONNECTORY_CONNECTORS="acme")

    assert said in listed.stdout
    assert "Try: pip install --upgrade acme-acme" in listed.stdout
    assert said in checked.stdout
    assert checked.returncode == 1
    assert f"acme (acme-acme 1.2) cannot be loaded: {said}" in asked.stderr
    assert "imported" not in asked.stderr


@pytest.mark.parametrize(
    ("version", "part", "met"),
    [
        ("0.1.0", ">=0.1", True),
        ("0.1.0", "<0.2", True),
        ("0.2.0", "<0.2", False),
        ("1.10", ">1.9", True),
        ("1.10", "<=1.9", False),
        ("1.0", "!=1", False),
        ("1.0", "==1.0", True),
        ("1.0rc1", ">=0.9", False),  # not plain: the costly look decides
        ("1.0", "~=1.0", False),
        ("2026.1.post1", ">=2024", True),
        ("1.0.post1", ">=1.1", False),
        ("1.0.post1", "<=1.0", False),
    ],
)
def test_the_quick_look_at_a_requirement(version: str, part: str, met: bool) -> None:
    """It never says "fine" wrongly."""
    from connectory_runtime.installed import meets

    assert meets(version, part) is met


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nonsense"], 2, "there is no command 'nonsense'"),
        (["feel"], 2, "an expression is needed"),
        (["feel", "1 +"], 1, "cannot parse"),
        (["feel", "1", "--context", "[1]"], 2, "--context must be a JSON object"),
        (["feel", "1", "--context", "@/nowhere"], 2, "'/nowhere' cannot be read"),
        (["start", "--processes", "/nowhere"], 2, "neither a number of processes nor a folder"),
    ],
)
def test_wrong_use_is_one_line(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    """No traceback, and the exit code says whose fault it is."""
    done = connectory(tmp_path, *arguments)

    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_feel(tmp_path: Path) -> None:
    """Results, warnings and the functions of connectors."""
    value = connectory(tmp_path, "feel", "=x + 1", "--context", '{"x": 2}')
    result = connectory(tmp_path, "feel", "nope", "--json")
    error = connectory(tmp_path, "feel", "1 +", "--json")
    own = connectory(tmp_path, "feel", 'bpmnError("C").errorCode')

    assert value.stdout.strip() == "3"
    assert json.loads(result.stdout)["result"] is None
    assert json.loads(result.stdout)["warnings"]
    assert "cannot parse" in json.loads(error.stdout)["error"]
    assert own.stdout.strip() == '"C"'


async def test_connectors_from_the_environment(tmp_path: Path, gateway: Any, start_runtime: Any) -> None:
    """An import path with job type, lock and variables replaces discovery."""
    sys.path.insert(0, str(tmp_path))
    (tmp_path / "env_connector.py").write_text(CONNECTOR.format(id="a.env", name="Env", type="own:1"))
    environ = {
        "CONNECTOR_MINE_FUNCTION": "env_connector:one",
        "CONNECTOR_MINE_TYPE": "test:9",
        "CONNECTOR_MINE_TIMEOUT": "4321",
        "CONNECTOR_MINE_INPUT_VARIABLES": "a, b",
        "CAMUNDA_REST_ADDRESS": gateway.address,
        "SERVER_PORT": "0",
    }
    try:
        from connectory_runtime import Runtime, Settings

        async with Runtime(Settings.read(environ), environ=environ):
            gateway.add(type="test:9")
            await gateway.told()
    finally:
        sys.path.remove(str(tmp_path))

    asked = next(call.json() for call in gateway.calls if call.path.endswith("activation"))
    assert (asked["timeout"], asked["fetchVariable"]) == (4321, ["a", " b"])


@asynccontextmanager
async def two_processes(gateway: Any, eventually: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``connectory start --processes 2`` until both have asked the cluster; nobody stays behind."""
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "CONNECTOR"))},
        "PYTHONPATH": str(Path(__file__).parent / "services"),
        "CONNECTOR_COUNT_FUNCTION": "counting_connector:connector",
        "COUNTING_SERVER": "127.0.0.1:1",
        "CAMUNDA_REST_ADDRESS": gateway.address,
        "SERVER_PORT": "0",
    }
    command = [sys.executable, "-m", "connectory_runtime", "start", "--processes", "2"]
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(*command, env=environ, stdout=pipe, stderr=pipe)
    try:
        await eventually(lambda: sum(call.path == "/topology" for call in gateway.calls) >= 2, timeout=60)
        yield running
    finally:
        if running.returncode is None:
            running.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_several_processes_end_with_their_parent(gateway: Any, eventually: Any, number: signal.Signals) -> None:
    """A signal ends both processes; if it kills their parent, they end as well."""
    async with two_processes(gateway, eventually) as running:
        running.send_signal(number)
        async with asyncio.timeout(60):
            await running.communicate()  # ends when nobody has its pipes open any more: neither parent nor children

    assert running.returncode == (0 if number == signal.SIGTERM else -number)


async def test_a_second_signal_ends_several_processes_at_once(gateway: Any, eventually: Any) -> None:
    """Without waiting for polls and running jobs."""
    async with two_processes(gateway, eventually) as running, asyncio.timeout(60):
        assert running.stderr is not None
        running.send_signal(signal.SIGTERM)
        stopping = 0
        while stopping < 2:
            stopping += b": stopping" in await running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        await running.communicate()

    assert running.returncode == 130


async def test_each_of_several_clusters_has_a_process(gateway: Any, old_gateway: Any, eventually: Any) -> None:
    """An environment that describes two clusters needs no more: the jobs of both are run, and one signal ends all."""
    async with await asyncio.start_server(counted, "127.0.0.1", 0) as server:
        environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "CONNECTOR"))},
            "PYTHONPATH": str(Path(__file__).parent / "services"),
            "CONNECTOR_COUNT_FUNCTION": "counting_connector:connector",
            "COUNTING_SERVER": f"127.0.0.1:{server.sockets[0].getsockname()[1]}",
            "CAMUNDA_CLIENTS_NORTH_RESTADDRESS": gateway.address,
            "CAMUNDA_CLIENTS_SOUTH_RESTADDRESS": old_gateway.address,
            "CONNECTORY_FINISH_POLL": "false",
            "SERVER_PORT": "0",
        }
        keys = [
            (cluster, cluster.add({"number": number}, type="test:count:1"))
            for number, cluster in enumerate((gateway, old_gateway))
        ]
        command = [sys.executable, "-m", "connectory_runtime", "start"]
        running = await asyncio.create_subprocess_exec(*command, env=environ, stdout=asyncio.subprocess.PIPE)
        assert running.stdout is not None
        try:
            await eventually(lambda: all(cluster.of(key) for cluster, key in keys), timeout=60)
            running.send_signal(signal.SIGTERM)
            async with asyncio.timeout(60):
                await running.stdout.read()
                code = await running.wait()
        finally:
            if running.returncode is None:
                running.kill()

    assert [cluster.of(key)[0].kind for cluster, key in keys] == ["completion", "completion"]
    assert code == 0


async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"ok\n")
    await writer.drain()
    writer.close()
