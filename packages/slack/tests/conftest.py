"""A Slack of each test's own, and the connector beside it."""

from collections.abc import AsyncIterator

import pytest

from connectory_sandbox import Sandbox
from connectory_sandbox.slack import SlackService
from connectory_sdk.testing import Operations, operations
from connectory_slack import slack as connector

TOKEN = "xoxb-geheim"


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(["slack"]) as sandbox:
        yield sandbox


@pytest.fixture
def slack(box: Sandbox) -> SlackService:
    return box.slack


@pytest.fixture
async def run(box: Sandbox) -> AsyncIterator[Operations]:
    async with operations(connector, environ=box.environ) as calls:
        yield calls
