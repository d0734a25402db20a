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
