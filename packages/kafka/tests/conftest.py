"""A broker of each test's own, and the connector beside it."""

from collections.abc import AsyncIterator

import pytest

from connectory_kafka import kafka as connector
from connectory_sandbox import Sandbox
from connectory_sandbox.kafka import KafkaService
from connectory_sdk.testing import Operations, operations


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    pytest.importorskip("noida_db", reason="noida-db, the sandbox's broker, is not installed")
    async with Sandbox(["kafka"]) as sandbox:
        yield sandbox


@pytest.fixture
def broker(box: Sandbox) -> KafkaService:
    return box.kafka


@pytest.fixture
async def run() -> AsyncIterator[Operations]:
    async with operations(connector) as calls:
        yield calls
