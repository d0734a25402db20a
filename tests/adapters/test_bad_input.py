"""What each adapter says when it is used wrongly: one line, and what to do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from camunda_orchestration_sdk import CamundaAsyncClient, CamundaClient
from camunda_orchestration_sdk.errors import MissingRequiredFieldError
from kit import needed
from places import local
from pyzeebe import ZeebeWorker, create_insecure_channel
from pyzeebe.errors import DuplicateTaskTypeError
from starlette.applications import Starlette
from starlette.routing import Mount

from connectory_runtime import DiscoveryError, Runtime, Settings
from connectory_runtime.asgi import webhooks
from connectory_runtime.workers.camunda import add_workers
from connectory_runtime.workers.pyzeebe import router
from connectory_sdk import Connector

Make = Callable[..., Any]


@pytest.fixture
async def client() -> AsyncIterator[CamundaAsyncClient]:
    """A client of an engine that is there."""
    async with local() as cluster, CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": cluster.address}) as made:
        yield made


@pytest.fixture(params=["runtime", "camunda", "pyzeebe"])
def make(request: pytest.FixtureRequest, client: CamundaAsyncClient) -> Make:
    """Makes what serves connectors."""
    makers: dict[str, Make] = {
        "runtime": lambda *names: Runtime(Settings.read(port=None), connectors=names),
        "camunda": lambda *names: add_workers(client, *names),
        "pyzeebe": router,
    }
    return makers[request.param]


def line(caught: pytest.ExceptionInfo[BaseException]) -> str:
    text = str(caught.value)
    assert "\n" not in text
    return text


async def test_a_connector_that_is_not_installed(make: Make) -> None:
    """The line lists what is installed and says what to try."""
    with pytest.raises(DiscoveryError) as caught:
        make("slack", "fax")

    assert line(caught).startswith("no connector named 'fax'; installed: kafka, rest, slack, teams, webhook. Try: pip")


async def test_a_connector_that_does_not_load(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names distribution, version and reason."""
    info = tmp_path / "acme_torn-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-torn\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[connectory.connectors]\ntorn = torn\n")
    (tmp_path / "torn.py").write_text("import nowhere_to_be_found\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(DiscoveryError) as caught:
        make("torn")

    assert line(caught) == (
        "torn (acme-torn 1.2) cannot be loaded: ModuleNotFoundError: No module named 'nowhere_to_be_found'; "
        "update or uninstall acme-torn, or leave it out with CONNECTORY_CONNECTORS"
    )


async def test_two_connectors_of_one_type(make: Make, installed: str) -> None:
    """The line names both."""
    from connectory_runtime import discovery

    (probe,) = discovery.load(["probe"]).connectors["probe"]
    other: Connector[Any] = Connector(id="acme.other.outbound", name="Other", type=installed, version=1)
    other.operations.update(probe.operations)

    with pytest.raises(DiscoveryError) as caught:
        make("probe", other)

    assert f"job type '{installed}' is claimed by both acme.probe.outbound and acme.other.outbound" in line(caught)


@pytest.mark.parametrize("adapter", ["camunda", "pyzeebe"])
async def test_a_connector_without_jobs(adapter: str, client: CamundaAsyncClient) -> None:
    """What waits for events cannot be served by a worker of jobs."""
    with pytest.raises(DiscoveryError) as caught:
        add_workers(client, "slack", "webhook") if adapter == "camunda" else router("slack", "webhook")

    assert line(caught).startswith("connector 'webhook' has no jobs to serve here, it waits for events: mount")


@pytest.mark.parametrize("adapter", ["camunda", "pyzeebe"])
async def test_nothing_to_serve(
    adapter: str, client: CamundaAsyncClient, installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is switched off."""
    monkeypatch.setenv("CONNECTOR_OUTBOUND_DISABLED", installed)

    with pytest.raises(DiscoveryError) as caught:
        add_workers(client, "probe") if adapter == "camunda" else router("probe")

    assert "there is no connector with jobs to serve" in line(caught)
    assert "CONNECTOR_OUTBOUND_DISABLED" in line(caught)


async def test_camunda_a_type_is_served_twice(client: CamundaAsyncClient, installed: str) -> None:
    """Until the first workers are closed."""
    async with add_workers(client, "probe"):
        with pytest.raises(DiscoveryError) as caught:
            add_workers(client, "probe")

    assert line(caught) == (
        f"job type '{installed}' has a worker of 'acme.probe.outbound' in this client already; add each connector once"
    )
    async with add_workers(client, "probe"):
        pass


def test_camunda_without_an_event_loop() -> None:
    """A worker of the SDK starts a task."""
    client = CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": "http://127.0.0.1:9"})

    with pytest.raises(RuntimeError) as caught:
        add_workers(client, "slack")

    assert line(caught).startswith("add_workers needs a running event loop: call it in a coroutine, before")


async def test_camunda_a_client_that_is_closed(client: CamundaAsyncClient) -> None:
    """It could fetch nothing."""
    await client.aclose()

    with pytest.raises(RuntimeError) as caught:
        add_workers(client, "slack")

    assert line(caught).startswith("the Camunda client is closed: add connectors inside")


async def test_camunda_the_client_that_blocks() -> None:
    """Connectors are asynchronous."""
    client: Any = CamundaClient(configuration={"CAMUNDA_REST_ADDRESS": "http://127.0.0.1:9"})

    with client, pytest.raises(TypeError) as caught:
        add_workers(client, "slack")

    assert line(caught) == "add_workers needs a CamundaAsyncClient, not a CamundaClient: connectors are async"


async def test_camunda_8_6_is_too_old_for_the_sdk(monkeypatch: pytest.MonkeyPatch, installed: str) -> None:
    """The SDK itself says so and stops its worker; nothing hangs."""
    from places import Cluster

    from connectory_runtime import CamundaClient as Client

    address = needed("CONNECTORY_TEST_CAMUNDA")
    monkeypatch.setenv("CAMUNDA_REST_ADDRESS", address)
    model = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="m" targetNamespace="t"'
        f' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><process id="{installed}" isExecutable="true">'
        '<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="t"/><serviceTask id="t"><extensionElements>'
        f'<zeebe:taskDefinition type="{installed}"/></extensionElements></serviceTask></process></definitions>'
    )
    async with Client(address) as direct:
        cluster = Cluster(direct, address, None)
        await cluster.deploy(installed, model.encode())
        await cluster.patiently(lambda: direct.post("/process-instances", {"processDefinitionId": installed}))

    async with CamundaAsyncClient() as client, add_workers(client, "probe"):
        with pytest.raises(MissingRequiredFieldError, match="the server and SDK versions do not match"):
            await asyncio.wait_for(client.run_workers(), 30)


async def test_pyzeebe_a_type_is_served_twice(installed: str) -> None:
    """pyzeebe says so, and names the type."""
    worker = ZeebeWorker(create_insecure_channel("127.0.0.1:9"))
    worker.include_router(router("probe"))

    with pytest.raises(DuplicateTaskTypeError) as caught:
        worker.include_router(router("probe"))

    assert line(caught) == f"Task with type {installed} already exists"


def test_asgi_without_a_connector_that_listens() -> None:
    """There is nothing to mount."""
    runtime = Runtime(Settings.read(port=None), connectors=["teams"])

    with pytest.raises(DiscoveryError) as caught:
        webhooks(runtime)

    assert line(caught).startswith("no connector here waits for events, so there are no webhooks to mount. Try: pip")


async def test_asgi_without_the_lifespan(caplog: pytest.LogCaptureFixture) -> None:
    """Callers get 503, the log one line."""
    runtime = Runtime(Settings.read(port=None), connectors=["webhook"])
    app = Starlette(routes=[Mount("/inbound", webhooks(runtime))])

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as http:
        answers = [await http.post("/inbound/hook"), await http.post("/inbound/hook")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].json() == {
        "reason": "the connectors do not run: enter their Runtime in the lifespan of the application"
    }
    assert caplog.messages == ["the connectors do not run: enter their Runtime in the lifespan of the application"]
