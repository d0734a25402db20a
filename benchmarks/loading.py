"""What one connector adds to a process that has its client library and the connector's vendor library already.

    python benchmarks/loading.py [--rounds N] [CONNECTOR...]

Each figure is from processes of their own: they import the libraries, then load the connector as the documentation of
the adapter says, up to the point where it waits for jobs; the column "import" is the connector's module alone. The
libraries include pydantic, as in most programs; the last row is what pydantic itself adds where it was not there. Time
is that of the processor, so that other programs disturb less; memory is what is resident. Medians. Targets: at most
60 ms and 20 MiB; a connector that says hello has at most 30 lines.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HELLO = '''\
"""A connector that says hello."""

from pydantic import BaseModel, Field

from connectory_sdk import Connector, JobContext, hookimpl

hello = Connector(id="acme.hello.outbound", name="Hello", type="acme:hello:1", version=1)


class Greet(BaseModel):
    """What the form asks for."""

    who: str = Field(title="Who", description="Whom to greet", min_length=1)


@hello.operation("greet", name="Greet somebody")
async def greet(request: Greet, job: JobContext) -> dict[str, str]:
    """Say hello."""
    return {"greeting": f"Hello, {request.who}!"}


@hookimpl
def connectory_connectors() -> list[Connector]:
    """Return the connector."""
    return [hello]
'''

VENDORS = {
    "hello": "gc",
    "rest": "aiohttp, httpx",
    "slack": "aiohttp, slack_sdk.web.async_client",
    "teams": "httpx, msal, cryptography.x509",
    "kafka": "httpx, aiokafka, orjson, fastavro, jsonschema",
    "webhook": "jwt",
    "pydantic": "gc",
}
"""What the module of a connector, or its first job, imports of others."""

PYDANTIC = """
from pydantic import BaseModel, Field, SecretStr, model_validator
class Used(BaseModel):
    secret: SecretStr = Field(title="Used")
"""

CLIENTS = {
    "import": "asyncio",
    "asyncio": "asyncio",
    "camunda": "asyncio, camunda_orchestration_sdk, camunda_orchestration_sdk.runtime.job_worker",
    "pyzeebe": "asyncio, pyzeebe",
    "fastapi": "asyncio, fastapi, uvicorn",
}

LOADING = {
    "import": """
        import {module}""",
    "asyncio": """
        from connectory_runtime import Runtime, Settings
        await stack.enter_async_context(Runtime(Settings.read(port=None), connectors=["{name}"]))""",
    "camunda": """
        from connectory_runtime.workers.camunda import add_workers
        await stack.enter_async_context(add_workers(client, "{name}"))""",
    "pyzeebe": """
        from connectory_runtime.workers.pyzeebe import router
        worker.include_router(await stack.enter_async_context(router("{name}")))""",
    "fastapi": """
        from connectory_runtime import Runtime, Settings
        runtime = Runtime(Settings.read(port=None), connectors=["{name}"])
        if runtime.inbound is not None:
            from connectory_runtime.asgi import webhooks
            app.mount("/inbound", webhooks(runtime))
        await stack.enter_async_context(runtime)""",
}
BEFORE = {
    "import": "",
    "asyncio": "",
    "camunda": """
        from camunda_orchestration_sdk import CamundaAsyncClient
        client = await stack.enter_async_context(CamundaAsyncClient())
        client.client.get_async_httpx_client()""",
    "pyzeebe": """
        from pyzeebe import ZeebeWorker, create_insecure_channel
        worker = ZeebeWorker(create_insecure_channel("127.0.0.1:9"))""",
    "fastapi": """
        app = fastapi.FastAPI()""",
}

PROGRAM = """
import contextlib, gc, json, time
import {client}
import {vendors}
{pydantic}

def resident():
    gc.collect()
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

async def main():
    async with contextlib.AsyncExitStack() as stack:
        {before}
        memory, started = resident(), time.process_time()
        {loading}
        took = time.process_time() - started
        print(json.dumps([took * 1000, resident() - memory]), flush=True)

asyncio.run(main())
"""


def once(adapter: str, name: str, place: Path) -> tuple[float, float]:
    """Return milliseconds and MiB that a connector adds."""
    itself = name == "pydantic"
    loading = (
        PYDANTIC.replace("\n", "\n        ")
        if itself
        else LOADING[adapter].format(name=name, module="acme_hello" if name == "hello" else f"connectory_{name}")
    )
    program = PROGRAM.format(
        pydantic="" if itself else PYDANTIC,
        client=CLIENTS[adapter],
        vendors=VENDORS[name],
        before=BEFORE[adapter].strip() or "pass",
        loading=loading.strip(),
    )
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environ |= {"PYTHONPATH": str(place), "CAMUNDA_REST_ADDRESS": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{adapter} {name}: {done.stderr[-1500:]}")
    milliseconds, mebibytes = json.loads(done.stdout)
    return milliseconds, mebibytes


def main() -> None:
    """Run all pairs in turn, so that a slow moment of the machine meets all of them, and print the medians."""
    parser = argparse.ArgumentParser(description="What one connector adds to a process.")
    parser.add_argument("connectors", nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    names = given.connectors or list(VENDORS)
    pairs = [(a, n) for n in names for a in CLIENTS if n != "webhook" or a in ("import", "asyncio", "fastapi")]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "acme_hello.py").write_text(HELLO)
        info = place / "acme_hello-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-hello\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[connectory.connectors]\nhello = acme_hello\n")
        for pair in pairs:
            once(*pair, place)  # compiles
        runs = {pair: [] for pair in pairs}
        for _ in range(given.rounds):
            for pair in pairs:
                runs[pair].append(once(*pair, place))
    print(f"hello is {len(HELLO.splitlines())} lines; medians of {given.rounds}, milliseconds of CPU and MiB\n")
    print(f"{'':10}" + "".join(f"{adapter:>18}" for adapter in CLIENTS))
    for name in names:
        cells = []
        for adapter in CLIENTS:
            if (adapter, name) in runs:
                times, sizes = zip(*runs[adapter, name], strict=True)
                cells.append(f"{statistics.median(times):8.0f} ms {statistics.median(sizes):4.1f} M")
            else:
                cells.append("")
        print(f"{name:10}" + "".join(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    main()
