"""Control of a service from outside, for sandboxes that run beside other programs.

==========================  ============================================================================
``GET /_sandbox/received``     what came, without tokens
``DELETE /_sandbox/received``  forget it, with all state and faults
``POST /_sandbox/faults``      let something go wrong; the JSON body has the arguments of `Fault`
==========================  ============================================================================
"""

from connectory_sandbox.asgi import Answer, Handler, Request
from connectory_sandbox.faults import described
from connectory_sandbox.service import Service

PREFIX = "/_sandbox/"


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
        given = request.json()
    except ValueError:
        return Answer.json({"error": "the body is not JSON"}, status=400)
    try:
        service.faults.add(described(given))
    except ValueError as exc:
        return Answer.json({"error": str(exc)}, status=400)
    return Answer(status=204)
