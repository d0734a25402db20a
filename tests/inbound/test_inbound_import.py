"""How the runtime learns of process definitions, and what that costs."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

import connectory_engine
from connectory_runtime import Settings

START = {"inbound.type": "io.camunda:webhook:1", "deduplicationMode": "AUTO"}


async def test_a_thousand_models_are_fetched_once(start: Any, models: Any) -> None:
    """Each model is fetched once; while nothing changes, a look is one request; a change costs its own model only."""
    engine = connectory_engine.Engine()
    for index in range(1000):
        values = {**START, "inbound.context": f"p{index}"} if index % 10 == 0 else {}
        engine.deploy([(f"{index}.bpmn", models.started(f"p{index}", values))])
    async with start(engine=engine) as side:
        importer, metrics = side.inbound.importer, side.inbound.metrics
        began = time.perf_counter()
        await importer.look()
        took = time.perf_counter() - began
        first = metrics.polls

        for _ in range(10):
            await importer.look()
        quiet = metrics.polls - first
        engine.deploy([("new.bpmn", models.started("p5", {**START, "inbound.context": "new"}))])
        await importer.look()

        assert took < 30
        assert metrics.cache["miss"] == 1001
        assert first == 5
        assert quiet == 10
        assert len(side.inbound.registry.all()) == 101
        for one in side.inbound.registry.all():
            await one.settled.wait()
        assert "new" in side.inbound.webhooks.paths


@pytest.mark.parametrize(("most", "fetched"), [(1_000, 3), (1, 4), (0, 4)])
async def test_how_many_models_are_kept(start: Any, models: Any, most: int, fetched: int) -> None:
    """A model that was not kept is fetched again when another version of its process comes."""
    values = {**START, "correlationKeyExpression": "=request.body.order"}
    async with start(most_models=most) as side:
        await side.deploy(models.continued("wait", {**values, "inbound.context": "old"}))
        side.engine.create_instance("wait", variables={"orderId": "o-1"})
        await side.deploy(models.started("other", {**START, "inbound.context": "other"}))

        await side.deploy(models.started("wait", {**START, "inbound.context": "new"}))

        answer = await side.http.post("/inbound/old", json={"order": "o-1"})
        assert answer.status_code == 200
        assert set(side.inbound.webhooks.paths) == {"old", "other", "new"}
        assert side.inbound.metrics.cache["miss"] == fetched


def test_settings_of_the_model_cache() -> None:
    """They have the reference's names."""
    cache = "CAMUNDA_CONNECTOR_INBOUND_PROCESSDEFINITIONCACHE"

    def kept(**environ: str) -> int:
        return Settings.read(environ).inbound.most_models

    assert [kept(), kept(**{f"{cache}_MAXSIZE": "5"}), kept(**{f"{cache}_ENABLED": "false"})] == [1_000, 5, 0]


async def test_the_search_away_is_said_and_webhooks_go_on(start: Any, models: Any) -> None:
    """A failing import makes the service not ready; what is active stays active."""
    async with start() as side:
        await side.deploy(models.started("order", {**START, "inbound.context": "orders"}))
        client, base = side.runtime.client, side.runtime.client._transport.base
        client._transport.base = "http://127.0.0.1:9/v2"
        await side.inbound.look()
        down = await side.http.get("/actuator/health/readiness")
        client._transport.base = base

        answer = await side.http.post("/inbound/orders", json={})
        await side.inbound.look()

        assert down.status_code == 503
        assert down.json()["components"]["processDefinitionImport"]["status"] == "DOWN"
        assert answer.status_code == 200
        assert side.inbound.ready


async def test_a_cluster_that_is_back_is_looked_at_at_once(start: Any) -> None:
    """The service does not stay unready until the next look is due."""
    async with start(initial_delay=0.0, interval=3600.0) as side, asyncio.timeout(60):
        cluster, client = side.runtime.cluster, side.runtime.client
        while not side.inbound.ready:  # noqa: ASYNC110 - nothing to wait for
            await asyncio.sleep(0.01)
        base, client._transport.base = client._transport.base, "http://127.0.0.1:9/v2"
        await cluster.ask()
        await side.inbound.look()
        assert not side.inbound.ready
        client._transport.base = base

        await cluster.ask()
        while not side.inbound.ready:  # noqa: ASYNC110 - nothing to wait for
            await asyncio.sleep(0.01)


async def test_files_start_the_latest_version(start: Any, models: Any, tmp_path: Path) -> None:
    """With a folder nothing is searched; changed, new and removed files take effect at the next look."""
    engine = connectory_engine.Engine()
    model = models.started("order", {**START, "inbound.context": "orders", "resultExpression": "={v: 1}"})
    engine.deploy([("order.bpmn", model)])
    (tmp_path / "order.bpmn").write_bytes(model)
    (tmp_path / "broken.bpmn").write_text("<no")
    async with start(engine=engine, folder=tmp_path) as side:

        async def look() -> None:
            await side.inbound.look()
            for one in side.inbound.registry.all():
                await one.settled.wait()

        await look()
        await side.http.post("/inbound/orders", json={})
        (tmp_path / "order.bpmn").write_bytes(model.replace(b"v: 1", b"v: 22"))
        await look()
        await side.http.post("/inbound/orders", json={})
        (tmp_path / "order.bpmn").unlink()
        await look()
        gone = await side.http.post("/inbound/orders", json={})

        assert side.variables("order") == [{"v": 1}, {"v": 22}]
        assert gone.status_code == 404
        assert side.inbound.metrics.polls == 0


async def test_what_cannot_work_is_shown(start: Any, models: Any) -> None:
    """Unknown types, bad deduplication and missing settings are executables with a reason; the others work."""
    async with start() as side:
        await side.deploy(
            models.started("unknown", {"inbound.type": "my:unknown:1"}),
            models.started("manual", {**START, "inbound.context": "m", "deduplicationMode": "MANUAL"}),
            models.started("bad", {**START, "inbound.context": "bad/path"}),
            models.started("double", {**START, "inbound.context": "x", "inbound.context.y": "z"}),
            models.started("good", {**START, "inbound.context": "good"}),
        )
        problems = {
            item["elements"][0]["bpmnProcessId"]: (item["health"]["error"] or {}).get("message")
            for item in (await side.http.get("/inbound")).json()
        }

        assert problems["unknown"] == "Connector my:unknown:1 not registered"
        assert "Missing deduplicationId property" in problems["manual"]
        assert "can only contain letters" in problems["bad"]
        assert "Detected malformed Connector properties" in problems["double"]
        assert problems["good"] is None


async def test_elements_that_cannot_wait_leave_the_others(start: Any, models: Any) -> None:
    """A catch event without correlation key, or with a life time that is none, is shown with the reason."""
    async with start() as side:
        await side.deploy(
            models.continued("a", {**START, "inbound.context": "a"}),
            models.continued(
                "b", {**START, "inbound.context": "b", "correlationKeyExpression": "=k", "messageTtl": "soon"}
            ),
            models.started("c", {**START, "inbound.context": "c"}),
        )

        assert list(side.inbound.webhooks.paths) == ["c"]
        problems = [
            item["health"]["error"]["message"]
            for item in (await side.http.get("/inbound")).json()
            if item["state"] == "InvalidDefinition"
        ]
        assert "element 'here' has no correlationKeyExpression" in problems[0]
        assert "element 'here' has messageTtl 'soon', which is no duration" in problems[1]
