"""Control of a service from outside, for sandboxes that run beside other programs.

==========================  ============================================================================
``GET /_sandbox/received``     what came, without tokens
``DELETE /_sandbox/received``  forget it, with all state and faults
``POST /_sandbox/faults``      let something go wrong; the JSON body has the arguments of `Fault`
==========================  ============================================================================
"""

import dataclasses
from typing import Any

from pydantic import TypeAdapter, ValidationError

from connectory_sandbox.asgi import Answer, Handler, Request
from connectory_sandbox.faults import Fault
from connectory_sandbox.service import Service

PREFIX = "/_sandbox/"
FIELDS = {field.name for field in dataclasses.fields(Fault)}


def controlled(service: Service, handler: Handler) -> Handler:
    """Return a handler that answers control requests itself and leaves all others to the given one."""

    async def handle(request: Request) -> Answer:
        if request.path.startswith(PREFIX):
            return control(service, request)
        return await handler(request)

    return handle


def control(service: Service, request: Request) -> Answer:
    """Answer a control request."""
    match request.method, request.path.removeprefix(PREFIX):
        case "GET", "received":
            return Answer.json([received.entry() for received in service.received])
        case "DELETE", "received":
            service.reset()
            return Answer(status=204)
        case "POST", "faults":
            return add_fault(service, request)
    return Answer.json({"error": "GET or DELETE /_sandbox/received, or POST /_sandbox/faults"}, status=404)


def add_fault(service: Service, request: Request) -> Answer:
    """Add the fault that a request describes."""
    try:
        wanted: Any = request.json()
        if not isinstance(wanted, dict) or set(wanted) - FIELDS:
            return Answer.json({"error": f"a fault has {', '.join(sorted(FIELDS))}"}, status=400)
        service.faults.add(TypeAdapter(Fault).validate_python(wanted))
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        return Answer.json({"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, status=400)
    except ValueError:
        return Answer.json({"error": "the body is not JSON"}, status=400)
    return Answer(status=204)
