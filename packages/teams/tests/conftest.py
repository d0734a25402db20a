"""A Graph and a login of each test's own, and the connector beside them."""

from collections.abc import AsyncIterator

import pytest

from connectory_sandbox import Sandbox
from connectory_sandbox.graph import GraphService
from connectory_sdk.testing import MemoryDocuments, Operations, operations
from connectory_teams import teams


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(["graph"]) as sandbox:
        yield sandbox


@pytest.fixture
def graph(box: Sandbox) -> GraphService:
    return box.graph


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
async def run(box: Sandbox, documents: MemoryDocuments) -> AsyncIterator[Operations]:
    async with operations(teams, environ=box.environ, documents=documents) as calls:
        yield calls
