"""Webhooks answer wherever an application mounts them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from places import local
from starlette.applications import Starlette
from starlette.routing import Mount

from connectory_runtime import Runtime, Settings
from connectory_runtime.asgi import webhooks

MODEL = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">
  <process id="order" isExecutable="true"><startEvent id="start"><extensionElements><zeebe:properties>
    <zeebe:property name="inbound.type" value="io.camunda:webhook:1"/>
    <zeebe:property name="inbound.context" value="orders"/><zeebe:property name="inbound.method" value="any"/>
    <zeebe:property name="inbound.responseExpression" value="={body: {got: request.body.id}}"/>
  </zeebe:properties></extensionElements></startEvent>
  <sequenceFlow id="a" sourceRef="start" targetRef="end"/><endEvent id="end"/></process>
</definitions>"""


def fastapi_mount(app: Any) -> Any:
    made = FastAPI()
    made.mount("/inbound", app)
    return made


def nested(app: Any) -> Any:
    return Starlette(routes=[Mount("/api", routes=[Mount("/inbound", app)])])


def another_prefix(app: Any) -> Any:
    return Starlette(routes=[Mount("/hooks", app)])


def cutting(app: Any) -> Any:
    """A framework that hands on the rest of the path alone."""

    async def made(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "root_path": "/mounted", "path": scope["path"].removeprefix("/mounted")}, receive, send)

    return made


def unmounted(app: Any) -> Any:
    return app


WAYS: list[tuple[Callable[[Any], Any], str]] = [
    (fastapi_mount, "/inbound/orders"),
    (nested, "/api/inbound/orders"),
    (another_prefix, "/hooks/orders"),
    (another_prefix, "/hooks/inbound/orders"),
    (cutting, "/mounted/orders"),
    (unmounted, "/inbound/orders"),
]


@asynccontextmanager
async def running() -> AsyncIterator[Runtime]:
    async with local() as cluster:
        await cluster.deploy("order", MODEL)
        settings = Settings.read({"CAMUNDA_REST_ADDRESS": cluster.address}, port=None)
        async with Runtime(settings, connectors=["webhook"]) as runtime:
            yield runtime


@pytest.mark.parametrize(("way", "path"), WAYS, ids=[f"{way.__name__}-{path}" for way, path in WAYS])
async def test_a_webhook_answers(way: Callable[[Any], Any], path: str) -> None:
    """At its path alone: other paths are 404."""
    async with running() as runtime:
        app = way(webhooks(runtime))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as http:
            async with asyncio.timeout(20):
                while (answer := await http.post(path, json={"id": 7})).status_code == 503:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)  # until the model was found
            other = await http.post(f"{path}-not")

    assert answer.json() == {"got": 7}
    assert other.status_code == 404
