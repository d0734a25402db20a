"""Fakes of Slack, Microsoft Graph, Kafka and an HTTP service, on loopback.

::

    async with Sandbox(services=["slack"]) as box:
        ...                                  # run something with the environment variables box.environ
        assert box.slack.received[0].operation == "chat.postMessage"

Each fake validates as strictly as the service that it plays, keeps state, writes down what it received, and goes wrong
on demand: ``box.slack.faults.add(Fault(status=429, retry_after=2))``. Use it as a context manager, as the pytest
fixture ``sandbox``, as ``connectory run --sandbox``, or as ``python -m connectory_sandbox`` beside anything.
"""

from connectory_sandbox.faults import Fault
from connectory_sandbox.sandbox import Sandbox
from connectory_sandbox.secrets import InventedSecrets
from connectory_sandbox.service import SERVICES, services_for

__all__ = ["SERVICES", "Fault", "InventedSecrets", "Sandbox", "services_for"]
