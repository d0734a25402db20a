"""Running models of official templates for events: engine, runtime and sandbox here, and whoever sends the events."""

import asyncio
import base64
import hashlib
import hmac
import json
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import jwt
from aiokafka import AIOKafkaProducer
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from matrix_cases import Case, cases
from matrix_events import ORDER, SECRET, Place, model, value, waits
from matrix_values import said

import connectory_engine
from connectory_runtime.runtime import Runtime
from connectory_runtime.settings import Settings
from connectory_sandbox import Sandbox

SECONDS = 30.0
AT_ONCE = 16
BARE_AVRO = b"\x06o-7\x06"  # a length and three letters, a number in zigzag
EVENT = {"id": ORDER, "quantity": 3}


Draw = Callable[[Case, Place], str]


class Failed(Exception):  # noqa: N818 - the result of a case
    """A case is not as it should be, and why."""


class Listening:
    """Sandbox, and an engine and a runtime for each template; ``async with`` starts and stops them."""

    def __init__(self) -> None:
        self.key = generate_private_key(public_exponent=65537, key_size=2048)
        self.stack = AsyncExitStack()
        self.schemas: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        answers = [
            {"url": "*/keys.json", "answer": {"body": {"keys": [{**public, "kid": "k-1", "use": "sig"}]}}},
            {"url": "https://shop.test/orders/*", "answer": {"body": EVENT}},
        ]
        self.box = await self.stack.enter_async_context(Sandbox(["http", "kafka"], answers))
        self.producer = await self.stack.enter_async_context(AIOKafkaProducer(bootstrap_servers=self.box.kafka.servers))
        self.http = await self.stack.enter_async_context(httpx.AsyncClient(timeout=SECONDS))
        for kind, schema in {"avro": AVRO_SCHEMA, "json": ANY_SCHEMA}.items():
            told = {"schema": json.dumps(schema), "schemaType": kind.upper()}
            answer = await self.http.post(f"{self.box.kafka.registry_url}/subjects/orders-{kind}/versions", json=told)
            self.schemas[kind] = answer.json()["id"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stack.aclose()

    async def run(
        self, template: Mapping[str, Any], only: Sequence[Case] | None = None, draw: Draw = model
    ) -> list[tuple[Case, str | None]]:
        """Run the cases of a template, or only these; return each with why it is not as it should be."""
        wanted = cases(template) if only is None else only
        engine = connectory_engine.Engine()
        async with connectory_engine.serve(engine) as address:
            settings = Settings.read({"CAMUNDA_REST_ADDRESS": address})
            quiet = settings.inbound._replace(initial_delay=3600.0)
            runtime = Runtime(
                replace(settings, port=0, host="127.0.0.1", drain=1.0, inbound=quiet),
                last_resort=self.box.secrets,
                environ=self.box.environ,
            )
            async with runtime:
                return await Round(self, engine, runtime, draw).run(wanted)


class Round:
    """The cases of one template."""

    def __init__(self, bench: Listening, engine: connectory_engine.Engine, runtime: Runtime, draw: Draw) -> None:
        self.bench = bench
        self.draw = draw
        self.engine = engine
        self.runtime = runtime

    async def run(self, wanted: Sequence[Case]) -> list[tuple[Case, str | None]]:
        """Run cases, some at a time: each first waits for its turn, so that not all subscriptions live at once."""
        results: list[tuple[Case, str | None]] = []
        for first in range(0, len(wanted), AT_ONCE):
            several = wanted[first : first + AT_ONCE]
            reasons = await self.several(several, first)
            results += zip(several, reasons, strict=True)
        return results

    async def several(self, several: Sequence[Case], first: int) -> list[str | None]:
        """Deploy cases, let the runtime see them, and send each its event."""
        places = [
            Place(
                f"{case.template['connector']}-{id(self.engine)}-{first + index}",
                f"{self.bench.box.http.url}/keys.json",
            )
            for index, case in enumerate(several)
        ]
        reasons: list[str | None] = [None] * len(several)
        instances: dict[str, connectory_engine.Instance] = {}
        for index, (case, place) in enumerate(zip(several, places, strict=True)):
            try:
                self.engine.deploy([(f"{place.name}.bpmn", self.draw(case, place).encode())])
                if waits(case):
                    instances[place.name] = self.engine.create_instance(place.name, variables={"orderId": ORDER})
            except connectory_engine.Rejected as exc:
                reasons[index] = f"refused: {exc}"
        inbound = self.runtime.inbound
        assert inbound is not None
        await inbound.importer.look()

        async def one(case: Case, place: Place) -> str | None:
            try:
                async with asyncio.timeout(SECONDS):
                    await self.one(case, place, instances.get(place.name))
            except Failed as exc:
                return str(exc)
            except TimeoutError:
                return f"has not ended after {SECONDS:.0f} seconds; {self.health(place)}"
            return None

        pending = [index for index, reason in enumerate(reasons) if reason is None]
        found = await asyncio.gather(*(one(several[index], places[index]) for index in pending))
        for index, reason in zip(pending, found, strict=True):
            reasons[index] = reason
        await self.end(places)
        return reasons

    async def end(self, places: Sequence[Place]) -> None:
        """End the subscriptions of cases: their consumers would go on."""
        assert self.runtime.inbound is not None
        await asyncio.gather(*(self.runtime.inbound.registry.apply(("<default>", one.name), []) for one in places))

    async def one(self, case: Case, place: Place, instance: "connectory_engine.Instance | None") -> None:
        """Send a case its event.

        Raises:
            Failed: It is not as it should be.
        """
        assert self.runtime.inbound is not None
        subscriptions = self.runtime.inbound.registry.processes.get(("<default>", place.name), {})
        if len(subscriptions) != 1:
            raise Failed(f"{len(subscriptions)} subscriptions instead of one")
        (subscription,) = subscriptions.values()
        await subscription.settled.wait()
        if subscription.phase != "Activated":
            raise Failed(f"not activated: {self.health(place)}")
        await SENDERS[case.template["connector"]](self, case, place)
        while not (instance or (instance := self.started(place))):  # noqa: ASYNC110 - the engine tells nobody else
            await asyncio.sleep(0.01)
        while instance.ended is None:
            if incident := next((i for i in self.engine.incidents(instance.key) if i.state == "ACTIVE"), None):
                raise Failed(f"incident: {incident.message}")
            await asyncio.sleep(0.01)
        got = {name: one for name, one in instance.variables.items() if name != "orderId"}
        wanted = told(case, place)
        bodiless = not case.full and said(case, "inbound.method") in ("get", "delete")  # what is preset maps the body
        if wanted and not bodiless and ORDER not in json.dumps(got):
            raise Failed(f"{wanted} gave {json.dumps(got)}")
        if not wanted and got:
            raise Failed(f"nothing is mapped, but there is {json.dumps(got)}")

    def started(self, place: Place) -> "connectory_engine.Instance | None":
        """Return the instance that an event has started."""
        return next((one for one in self.engine.instances() if one.definition.id == place.name), None)

    def health(self, place: Place) -> str:
        """Return what the subscription says of itself."""
        assert self.runtime.inbound is not None
        several = self.runtime.inbound.registry.processes.get(("<default>", place.name), {}).values()
        return "; ".join(str(one.journal.health.message) for one in several)

    # --- who sends events

    async def webhook(self, case: Case, place: Place) -> None:
        """Call the address: as a provider's check, without credentials, with an event nobody wants, and in earnest."""
        chosen = said(case, "inbound.method") or "any"
        method = "POST" if chosen == "any" else chosen.upper()
        if field(case, place, "inbound.verificationExpression"):
            answer = await self.call("POST", place, b'{"challenge": "c-1"}', {"id": ORDER}, {})
            expect(answer.json() == {"challenge": "c-1"}, f"the check was answered with {answer.text}")
        body = b"" if method in ("GET", "DELETE") else json.dumps(EVENT).encode()
        guarded = said(case, "inbound.shouldValidateHmac") == "enabled" or login(case) not in ("NONE", "")
        if guarded:
            answer = await self.call(method, place, body, {"id": ORDER}, {})
            expect(answer.status_code == 401, f"a stranger was answered with {answer.status_code}")
        if field(case, place, "activationCondition") or field(case, place, "inbound.activationCondition"):
            parameters = {"id": "another"}
            answer = await self.call(method, place, body, parameters, self.proof(case, place, body, parameters))
            status = 200 if said(case, "consumeUnmatchedEvents") == "true" else 422
            expect(answer.status_code == status, f"an event nobody wants was answered with {answer.status_code}")
        parameters = {"id": ORDER}
        answer = await self.call(method, place, body, parameters, self.proof(case, place, body, parameters))
        status = 202 if field(case, place, "inbound.responseExpression") else 200
        expect(answer.status_code == status, f"answered with {answer.status_code}: {answer.text}")
        if field(case, place, "inbound.responseExpression") or field(case, place, "inbound.responseBodyExpression"):
            expect(answer.json() == {"taken": ORDER}, f"answered with {answer.text}")

    async def call(
        self, method: str, place: Place, body: bytes, parameters: Mapping[str, str], headers: Mapping[str, str]
    ) -> httpx.Response:
        """Call the case's address."""
        kind = {"content-type": "application/json"} if body else {}
        return await self.bench.http.request(
            method, self.address(place), params=parameters, content=body, headers={**kind, **headers}
        )

    def address(self, place: Place) -> str:
        """Return the case's address."""
        return f"{self.runtime.address}/inbound/{place.name}"

    def proof(self, case: Case, place: Place, body: bytes, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of a caller who may call."""
        headers = {}
        match login(case):
            case "BASIC":
                pair = base64.b64encode(f"ada:{SECRET('PASSWORD')}".encode()).decode()
                headers["authorization"] = f"Basic {pair}"
            case "APIKEY":
                headers["authorization"] = f"Key {SECRET('API_KEY')}"
            case "JWT":
                claims = {"roles": ["clerk"], "exp": time.time() + 600}
                token = jwt.encode(claims, self.bench.key, algorithm="RS256", headers={"kid": "k-1"})
                headers["authorization"] = f"Bearer {token}"
        if said(case, "inbound.shouldValidateHmac") == "enabled":
            scopes = field(case, place, "inbound.hmacScopes") or "body"
            signed = f"{self.address(place)}?{urlencode(parameters)}".encode() if "url" in scopes else body
            algorithm = str(said(case, "inbound.hmacAlgorithm")).replace("_", "")
            headers["x-signature"] = hmac.new(SECRET("HMAC_SECRET").encode(), signed, algorithm).hexdigest()
        return headers

    async def slack(self, case: Case, place: Place) -> None:
        """Send what Slack sends: its check of the address, an event, and one that somebody else has signed."""
        check = await self.slack_call(place, {"type": "url_verification", "challenge": "c-1"})
        expect(check.json() == {"challenge": "c-1"}, f"the check was answered with {check.text}")
        event = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention", **EVENT}}
        refused = await self.slack_call(place, event, secret="another")
        expect(refused.status_code == 401, f"a stranger was answered with {refused.status_code}")
        answer = await self.slack_call(place, event)
        expect(answer.status_code == 200, f"answered with {answer.status_code}: {answer.text}")

    async def slack_call(self, place: Place, body: Any, *, secret: str | None = None) -> httpx.Response:
        """Call the case's address as Slack does."""
        content, stamp = json.dumps(body), str(int(time.time()))
        key = secret or SECRET("SIGNING_SECRET")
        signature = hmac.new(key.encode(), f"v0:{stamp}:{content}".encode(), hashlib.sha256).hexdigest()
        headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"}
        return await self.call("POST", place, content.encode(), {}, headers)

    async def kafka(self, case: Case, place: Place) -> None:
        """Publish a record, again until it is seen: a group that begins at the end sees what comes later alone."""
        while not self.seen(place):
            await self.bench.producer.send_and_wait(place.name, self.record(case, place), b"o-7")
            for _ in range(20):
                if self.seen(place):
                    break
                await asyncio.sleep(0.025)

    def seen(self, place: Place) -> bool:
        """Tell whether an event has reached the case's process."""
        one = self.started(place)
        return one is not None and one.ended is not None

    def record(self, case: Case, place: Place) -> bytes:
        """Return a record's value as the case's schema wants it."""
        strategy, kind = said(case, "schemaStrategy.type"), said(case, "schemaStrategy.schemaType")
        plain = json.dumps(EVENT).encode()
        if strategy == "schemaRegistry":
            number = self.bench.schemas["json" if kind == "json" else "avro"]
            return struct.pack(">bI", 0, number) + (plain if kind == "json" else BARE_AVRO)
        by_schema = strategy == "inlineSchema" or bool(field(case, place, "avro.schema"))
        return BARE_AVRO if by_schema else plain

    async def polling(self, case: Case, place: Place) -> None:
        """Send nothing: the runtime asks; the request must be what the form says."""
        method = str(said(case, "method")).upper()
        while not self.asked(method, place):  # noqa: ASYNC110 - nor does the sandbox
            await asyncio.sleep(0.01)

    def asked(self, method: str, place: Place) -> bool:
        """Tell whether the service was asked."""
        return any(one.method == method and place.name in one.url for one in self.bench.box.http.received)


SENDERS = {
    "webhook": Round.webhook,
    "slack": Round.slack,
    "kafka": Round.kafka,
    "http-polling": Round.polling,
}
AVRO_SCHEMA = {
    "type": "record",
    "name": "Order",
    "fields": [{"name": "id", "type": "string"}, {"name": "quantity", "type": "int"}],
}
ANY_SCHEMA = {"type": "object"}


def expect(good: bool, otherwise: str) -> None:
    """Refuse what should not be.

    Raises:
        Failed: It is so.
    """
    if not good:
        raise Failed(otherwise)


def login(case: Case) -> str:
    """Return who may call."""
    return (said(case, "inbound.auth.type") or said(case, "inbound.authorizationType") or "").upper()


def field(case: Case, place: Place, binding: str) -> str | None:
    """Return what the form says for a binding, where it is shown and filled in."""
    from matrix_cases import holds

    for entry in case.template["properties"]:
        if entry["binding"] == binding and holds(entry, case.state):
            return value(entry, case, place)
    return None


def told(case: Case, place: Place) -> str | None:
    """Return where the form puts the event."""
    names = ("resultExpression", "inbound.variableMapping", "resultVariable")
    return next((name for name in names if field(case, place, name)), None)
