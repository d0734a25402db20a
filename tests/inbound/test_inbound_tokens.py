"""Tokens of a real provider: Keycloak issues and rotates, the webhook checks."""

import asyncio
import base64
import json
import os
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
import pytest
from kit import needed

PROVIDERS = {
    "RS384": ("rsa-generated", {"algorithm": ["RS384"]}),
    "RS512": ("rsa-generated", {"algorithm": ["RS512"]}),
    "ES256": ("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-256"]}),
    "ES384": ("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-384"]}),
    "ES512": ("ecdsa-generated", {"ecdsaEllipticCurveKey": ["P-521"]}),
}


@dataclass
class Realm:
    """A realm of our own on the provider that the tests have."""

    address: str
    name: str
    admin: httpx.AsyncClient

    @property
    def keys(self) -> str:
        return f"{self.address}/realms/{self.name}/protocol/openid-connect/certs"

    async def client(self, name: str, **attributes: str) -> None:
        """Register a client whose users log in with a password."""
        audience = {
            "name": "audience",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {"included.custom.audience": f"for-{name}", "access.token.claim": "true"},
        }
        settings = {
            "clientId": name,
            "publicClient": True,
            "directAccessGrantsEnabled": True,
            "attributes": attributes,
            "protocolMappers": [audience],
        }
        (await self.admin.post(f"/admin/realms/{self.name}/clients", json=settings)).raise_for_status()

    async def key(self, provider: str, config: dict[str, list[str]], *, priority: int = 100) -> None:
        """Add a key; the one with the highest priority signs."""
        settings = {
            "name": uuid.uuid4().hex,
            "providerId": provider,
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": {"priority": [str(priority)], **config},
        }
        (await self.admin.post(f"/admin/realms/{self.name}/components", json=settings)).raise_for_status()

    async def token(self, client: str, user: str = "ann") -> str:
        """Log in."""
        form = {"grant_type": "password", "client_id": client, "username": user, "password": f"{user}-secret"}
        answer = await self.admin.post(
            f"/realms/{self.name}/protocol/openid-connect/token", data=form, headers={"authorization": ""}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture
async def realm() -> AsyncIterator[Realm]:
    address = needed("OIDC_ISSUER").split("/realms/")[0]
    name = f"tokens-{uuid.uuid4().hex[:8]}"
    user, password = os.environ.get("OIDC_ADMIN_USER", "admin"), os.environ.get("OIDC_ADMIN_PASSWORD", "admin")
    form = {"grant_type": "password", "client_id": "admin-cli", "username": user, "password": password}
    async with httpx.AsyncClient(base_url=address, timeout=60) as admin:
        login = await admin.post("/realms/master/protocol/openid-connect/token", data=form)
        if login.status_code != 200:
            pytest.skip("OIDC_ADMIN_USER and OIDC_ADMIN_PASSWORD do not open the provider's administration")
        admin.headers["authorization"] = f"Bearer {login.json()['access_token']}"

        def person(name: str, *roles: str) -> dict[str, Any]:
            secret = [{"type": "password", "value": f"{name}-secret"}]
            about = {"email": f"{name}@example.com", "firstName": name, "lastName": "Example", "emailVerified": True}
            return {"username": name, "enabled": True, "credentials": secret, "realmRoles": list(roles), **about}

        settings = {
            "realm": name,
            "enabled": True,
            "roles": {"realm": [{"name": "order-clerk"}]},
            "users": [person("ann", "order-clerk"), person("bob")],
        }
        (await admin.post("/admin/realms", json=settings)).raise_for_status()
        try:
            yield Realm(address, name, admin)
        finally:
            await admin.delete(f"/admin/realms/{name}")


@dataclass
class Relay:
    """Hands the provider's keys on and counts how often."""

    address: str = ""
    target: str = ""
    count: int = 0
    content: bytes | None = None


@pytest.fixture
def relay() -> Iterator[Relay]:
    state = Relay()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.count += 1
            content = state.content if state.content is not None else httpx.get(state.target).content
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}/keys"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def protected(keys: str, **more: str) -> dict[str, str]:
    return {
        "inbound.type": "io.camunda:webhook:1",
        "inbound.context": "orders",
        "deduplicationMode": "AUTO",
        "inbound.auth.type": "JWT",
        "inbound.auth.jwt.jwkUrl": keys,
        **more,
    }


def allowing(expression: str, role: str) -> dict[str, str]:
    prefix = "inbound.auth.jwt"
    return {f"{prefix}.permissionsExpression": expression, f"{prefix}.requiredPermissions": f'=["{role}"]'}


async def called(side: Any, token: str | None, scheme: str = "Bearer") -> tuple[int, str]:
    headers = {} if token is None else {"authorization": f"{scheme} {token}"}
    answer = await side.http.post("/inbound/orders", json={}, headers=headers)
    return answer.status_code, answer.json()["reason"] if answer.content else ""


REFUSED = (401, "Reason: INVALID_CREDENTIALS. Details: JWT auth failed")


async def test_each_algorithm(side: Any, models: Any, realm: Realm) -> None:
    """RS256 to RS512 and ES256 to ES512, as the provider signs them."""
    for algorithm, (provider, config) in PROVIDERS.items():
        await realm.key(provider, config)
        await realm.client(algorithm, **{"access.token.signed.response.alg": algorithm})
    await realm.client("RS256")
    await side.deploy(models.started("orders", protected(realm.keys), task=False))

    tokens = {algorithm: await realm.token(algorithm) for algorithm in ("RS256", *PROVIDERS)}

    assert {name: jwt.get_unverified_header(token)["alg"] for name, token in tokens.items()} == {n: n for n in tokens}
    assert {name: (await called(side, token))[0] for name, token in tokens.items()} == dict.fromkeys(tokens, 200)


async def test_tokens_that_are_none(side: Any, models: Any, realm: Realm) -> None:
    """Changed parts, other keys, no algorithm, a public key used as a secret: one and the same answer."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    await realm.client("shop")
    await side.deploy(models.started("orders", protected(realm.keys), task=False))
    good = await realm.token("shop")
    head, payload, signature = good.split(".")
    kid = jwt.get_unverified_header(good)["kid"]
    claims = jwt.decode(good, options={"verify_signature": False})
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = next(key for key in (await realm.admin.get(realm.keys)).json()["keys"] if key["kid"] == kid)

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    bad = {
        "changed signature": f"{head}.{payload}.{signature[::-1]}",
        "no signature": f"{head}.{payload}.",
        "changed payload": f"{head}.{part({**claims, 'sub': 'root'})}.{signature}",
        "another key": jwt.encode(claims, own, algorithm="RS256", headers={"kid": kid}),
        "unknown key": jwt.encode(claims, own, algorithm="RS256", headers={"kid": "none"}),
        "no key named": jwt.encode(claims, own, algorithm="RS256"),
        "no algorithm": jwt.encode(claims, None, algorithm="none", headers={"kid": kid}),
        "public key as secret": jwt.encode(claims, public["n"], algorithm="HS256", headers={"kid": kid}),
        "no token": "abc",
        "half a token": good[: len(good) // 2],
    }

    assert {name: await called(side, token) for name, token in bad.items()} == dict.fromkeys(bad, REFUSED)
    missing = (401, f"{REFUSED[1]}: the authorization header has no bearer token")
    assert [await called(side, None), await called(side, good, "Basic")] == [missing] * 2
    assert (await called(side, good, "bearer"))[0] == 200
    assert len(side.variables("orders")) == 1


async def test_a_token_ends(side: Any, models: Any, realm: Realm) -> None:
    """What was accepted is refused when its time is over."""
    await realm.client("brief", **{"access.token.lifespan": "3"})
    await side.deploy(models.started("orders", protected(realm.keys), task=False))
    token = await realm.token("brief")

    first = await called(side, token)
    async with asyncio.timeout(20):
        while (last := await called(side, token))[0] == 200:  # noqa: ASYNC110 - time passes by itself
            await asyncio.sleep(0.2)

    assert first[0] == 200
    assert last == REFUSED


async def test_permissions(side: Any, models: Any, realm: Realm) -> None:
    """All required roles must be in the token; an expression that fails gives none. Audience and issuer count, too."""
    await realm.client("shop")
    await realm.client("other")
    roles = protected(realm.keys, **allowing("=realm_access.roles", "order-clerk"))
    mine = f'=if list contains(flatten([aud]), "for-shop") and ends with(iss, "/{realm.name}") then ["mine"] else []'
    audience = protected(realm.keys, **allowing(mine, "mine"))
    failing = protected(realm.keys, **allowing('=assert(null, false, "no")', "mine"))
    forbidden = (403, "Reason: FORBIDDEN. Details: Missing required permissions")
    shop, other, bob = await realm.token("shop"), await realm.token("other"), await realm.token("shop", "bob")

    async def all_three(settings: dict[str, str]) -> list[tuple[int, str]]:
        await side.deploy(models.started("orders", settings, task=False))
        return [await called(side, token) for token in (shop, other, bob)]

    assert await all_three(protected(realm.keys)) == [(200, "")] * 3
    assert await all_three(roles) == [(200, ""), (200, ""), forbidden]
    assert await all_three(audience) == [(200, ""), forbidden, (200, "")]
    assert await all_three(failing) == [forbidden] * 3


async def test_keys_that_change(side: Any, models: Any, realm: Realm, relay: Relay) -> None:
    """A new key is fetched when a token names it; made-up names cause at most ten requests a minute."""
    relay.target = realm.keys
    await realm.client("shop")
    await side.deploy(models.started("orders", protected(relay.address), task=False))
    before = await realm.token("shop")

    many = await asyncio.gather(*(called(side, before) for _ in range(30)))
    assert (many, relay.count) == ([(200, "")] * 30, 1)

    await realm.key("rsa-generated", {"algorithm": ["RS256"]}, priority=500)
    after = await realm.token("shop")
    assert jwt.get_unverified_header(after)["kid"] != jwt.get_unverified_header(before)["kid"]
    assert [await called(side, token) for token in (after, before)] == [(200, "")] * 2
    assert relay.count == 2

    made_up = [jwt.encode({}, "x" * 32, headers={"kid": f"k-{number}"}) for number in range(100)]
    assert await asyncio.gather(*(called(side, token) for token in made_up)) == [REFUSED] * 100
    assert relay.count <= 10
    assert [await called(side, token) for token in (after, before)] == [(200, "")] * 2


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"keys": 5}', None])
async def test_keys_that_cannot_be_fetched(side: Any, models: Any, relay: Relay, content: bytes | None) -> None:
    """503: the caller may come again; the activity log says why, and nothing starts."""
    relay.content = content
    address = relay.address if content is not None else "http://127.0.0.1:9/keys"  # nobody is at the discard port
    await side.deploy(models.started("orders", protected(address), task=False))

    answers = [await called(side, jwt.encode({}, "x" * 32, headers={"kid": "k"})) for _ in range(12)]

    assert [status for status, _ in answers] == [503] * 12
    assert relay.count <= 10
    (lines,) = (await side.http.get("/tenants/<default>/inbound/orders/start/logs")).json()
    assert any(line["message"].startswith(f"The keys at {address} cannot be fetched: ") for line in lines)
    assert side.variables("orders") == []
