"""The clock of the engine, which tests pin and move."""

from typing import TYPE_CHECKING

from connectory_engine.gateway.shapes import Shape, int64, needed, not_negative
from connectory_engine.gateway.wire import NO_CONTENT, Call, Reply, Route

if TYPE_CHECKING:
    from connectory_engine.gateway.application import Gateway

PIN = Shape({"timestamp": needed(int64, rule=not_negative)})


def pin(gateway: "Gateway", call: Call) -> Reply:
    """Set the time and stop the clock; timers that are due then fire."""
    gateway.engine.pin_clock(call.body["timestamp"])
    return NO_CONTENT


def reset(gateway: "Gateway", _call: Call) -> Reply:
    """Let the clock tell the real time again."""
    gateway.engine.reset_clock()
    return NO_CONTENT


ROUTES = (
    Route("PUT", "/clock", pin, body=PIN, required=True),
    Route("POST", "/clock/reset", reset),
)
