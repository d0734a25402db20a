"""What the inbound side says of itself over HTTP, beside the webhooks."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from connectory_runtime.inbound.answers import Receive, Scope, Send
from connectory_runtime.inbound.elements import PHYSICAL_TENANT
from connectory_runtime.inbound.grouping import HIDDEN
from connectory_runtime.inbound.webhooks import PREFIX
from connectory_runtime.service.wire import Reply
from connectory_sdk import ConnectorError, ConnectorInputError

if TYPE_CHECKING:
    from connectory_runtime.inbound.service import Inbound
    from connectory_runtime.inbound.subscription import Subscription

INSTANCES = "/inbound-instances"
CONTEXT = "inbound.context"


class InboundApplication:
    """Answers ``/inbound``, ``/inbound-instances`` and ``/tenants/<id>/inbound``; ``/inbound/<path>`` are webhooks."""

    def __init__(self, inbound: "Inbound") -> None:
        self.inbound = inbound
        self.webhooks = inbound.webhooks
        self.runtime_id = inbound.runtime.settings.hostname

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope["path"]
        if len(path) > len(PREFIX) and path.startswith(PREFIX) and self.webhooks.enabled:
            await self.webhooks.serve(path[len(PREFIX) :], scope, receive, send)
            return
        method = "GET" if scope["method"] == "HEAD" else str(scope["method"])
        query = parse_qs(scope["query_string"].decode("latin-1"))
        reply = await self.answer(method, path.strip("/").split("/"), query)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        headers = [(b"content-type", reply.content_type.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def answer(self, method: str, path: list[str], query: dict[str, list[str]]) -> Reply:
        """Return the answer to a request."""
        match method, path:
            case "GET", ["inbound"]:
                return Reply(200, [self.described(one, scoped=True) for one in self.chosen(query)])
            case "GET", ["tenants", tenant, "inbound"]:
                theirs = [one for one in self.chosen(query) if tenant_of(one) == tenant]
                return Reply(200, [self.described(one, scoped=True) for one in theirs])
            case "GET", ["tenants", tenant, "inbound", process, element, "logs"]:
                found = self.chosen({"bpmnProcessId": [process], "elementId": [element]})
                return Reply(200, [self.lines(one) for one in found if tenant_of(one) == tenant])
            case "GET", ["inbound-instances"]:
                return Reply(200, self.groups())
            case "GET", ["inbound-instances", "metrics"]:
                return Reply(200, [self.counts(kind) for kind in sorted({one.type for one in self.all()})])
            case "GET", ["inbound-instances", "metrics", kind]:
                return Reply(200, self.counts(kind))
            case "GET", ["inbound-instances", kind] if kind != "executables":
                group = next((one for one in self.groups() if one["connectorId"] == kind), None)
                return not_found("ConnectorInstances", kind) if group is None else Reply(200, group)
            case _, ["inbound-instances", "executables", executable, *rest]:
                return await self.one(method, executable, rest, None, query)
            case "GET", ["inbound-instances", kind, "executables", executable, *rest]:
                return await self.one(method, executable, rest, kind, query)
        return Reply(404, {"status": 404, "error": "Not Found", "path": "/" + "/".join(path)})

    async def one(
        self, method: str, executable: str, rest: list[str], kind: str | None, query: dict[str, list[str]]
    ) -> Reply:
        """Return the answer of one subscription."""
        found = self.inbound.registry.find(executable)
        if found is None or (kind is not None and found.type != kind):
            return not_found("ActiveInboundConnectorResponse", executable)
        match method, rest:
            case "GET", []:
                scoped = query.get("appendPhysicalTenantAndTenantToPath", ["false"])[0].lower() == "true"
                return Reply(200, self.described(found, scoped=scoped))
            case "GET", ["health"]:
                return Reply(200, [found.journal.health.described() | {"runtimeId": self.runtime_id}])
            case "GET", ["logs"]:
                return Reply(200, self.lines(found))
            case "POST", ["reset" | "resume"]:
                await found.reset()
                return Reply(200, self.described(found))
            case "POST", ["replay"]:
                try:
                    return Reply(200, (await found.replay())._asdict())
                except (ConnectorInputError, ConnectorError) as exc:
                    return Reply.text(409, found.masked.text(exc.message))
            case "POST", ["pause"]:
                if found.phase not in ("Activated", "Cancelled", "FailedToActivate"):
                    return Reply.text(409, f"A subscription that is {found.phase} cannot be paused")
                await found.pause()
                return Reply(200, self.described(found))
        return Reply(404, {"status": 404, "error": "Not Found", "path": f"{INSTANCES}/executables/{executable}"})

    def all(self) -> "list[Subscription]":
        """Return all subscriptions."""
        return self.inbound.registry.all()

    def chosen(self, query: dict[str, list[str]]) -> "Iterable[Subscription]":
        """Return the subscriptions that a query wants."""

        def wants(name: str, values: set[str]) -> bool:
            return name not in query or query[name][0] in values

        for one in self.all():
            elements = one.group.elements
            if (
                wants("type", {one.type})
                and wants("bpmnProcessId", {element.definition.id for element in elements})
                and wants("elementId", {element.id for element in elements})
                and PHYSICAL_TENANT in query.get("physicalTenantIds", [PHYSICAL_TENANT])
            ):
                yield one

    def groups(self) -> list[dict[str, Any]]:
        """Return the subscriptions by type."""
        kinds = sorted({one.type for one in self.all()})
        return [
            {
                "connectorId": kind,
                "connectorName": self.inbound.connectors[kind].name if kind in self.inbound.connectors else kind,
                "instances": [self.described(one) for one in self.all() if one.type == kind],
            }
            for kind in kinds
        ]

    def counts(self, kind: str) -> dict[str, Any]:
        """Return the counts of a type."""
        return self.inbound.metrics.described(kind, self.runtime_id)

    def lines(self, one: "Subscription") -> list[dict[str, Any]]:
        """Return the activity log."""
        return [line.described(self.runtime_id) for line in one.journal.lines]

    def described(self, one: "Subscription", *, scoped: bool = False) -> dict[str, Any]:
        """Return what there is to know of a subscription; properties as the model has them, without secrets' values.

        Args:
            one: The subscription.
            scoped: Its path with the tenants, where paths have them.
        """
        first = one.group.first
        data = {name: value for name, value in first.properties.items() if name not in HIDDEN}
        if scoped and CONTEXT in data:
            data[CONTEXT] = self.webhooks.full_path(data[CONTEXT], tenant_of(one))
        return {
            "executableId": one.group.executable_id,
            "type": one.type,
            "tenantId": tenant_of(one),
            "physicalTenantId": PHYSICAL_TENANT,
            "state": one.phase,
            "elements": [
                element.described() | {"properties": dict(element.properties)} for element in one.group.elements
            ],
            "data": data,
            "health": one.journal.health.described(),
            "activationTimestamp": None if one.activated_at is None else int(one.activated_at * 1000),
            "logs": self.lines(one),
        }


def tenant_of(one: "Subscription") -> str:
    """Return the tenant of a subscription."""
    return one.group.first.definition.tenant_id


def not_found(kind: str, argument: str) -> Reply:
    """Return the reply for what there is not."""
    return Reply.text(404, f"Data of type '{kind}' with id '{argument}' not found")
