"""Pytest fixtures, found through the entry point ``connectory_sandbox``; nothing is imported before one is used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from connectory_sandbox import Sandbox


@pytest.fixture
def sandbox() -> "Iterator[Sandbox]":
    """Slack, Graph and HTTP services of this test alone, in a thread of their own. `kafka_sandbox` has a broker too."""
    from connectory_sandbox import SERVICES, Sandbox

    with Sandbox([name for name in SERVICES if name != "kafka" and SERVICES[name].installed]) as box:
        yield box


@pytest.fixture(scope="session")
def kafka_sandbox_servers() -> "Iterator[Sandbox]":
    """All services, with a Kafka broker, for the whole session: a broker takes seconds to start."""
    from connectory_sandbox import SERVICES, Sandbox

    if not SERVICES["kafka"].installed:
        pytest.skip("the sandbox's Kafka broker is not installed")
    with Sandbox() as box:
        yield box


@pytest.fixture
def kafka_sandbox(kafka_sandbox_servers: "Sandbox") -> "Sandbox":
    """All services, a Kafka broker among them, as they are after a `reset`; tests share the broker."""
    kafka_sandbox_servers.reset()
    return kafka_sandbox_servers
