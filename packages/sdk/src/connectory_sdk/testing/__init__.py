"""The test kit for connector authors: a conformance class, and operations and subscriptions that run without a runtime.

::

    class TestGreeter(ConnectorTests):
        connector = greeter
        example = {"greet": {"who": "Ann"}}


    async def test_greet():
        async with operations(greeter) as call:
            assert await call("greet", {"who": "Ann"}) == {"greeting": "Hello, Ann!"}

Needs pytest. A check of `ConnectorTests` may be overridden only with an ``xfail`` that has a reason. Whole processes
run with `connectory_runtime.testing`.
"""

from connectory_sdk.memory import MemoryDocuments
from connectory_sdk.testing.conformance import ConnectorTests
from connectory_sdk.testing.inbound import ACCEPTED, Subscription, subscribed
from connectory_sdk.testing.outbound import Operations, operations
from connectory_sdk.testing.recorded import RecordedEvent, recorded_call, recorded_event
from connectory_sdk.testing.templates import assert_template_unchanged

__all__ = [
    "ACCEPTED",
    "ConnectorTests",
    "MemoryDocuments",
    "Operations",
    "RecordedEvent",
    "Subscription",
    "assert_template_unchanged",
    "operations",
    "recorded_call",
    "recorded_event",
    "subscribed",
]
