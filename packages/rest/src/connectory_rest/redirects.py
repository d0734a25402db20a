"""Redirects as Camunda's client follows them; httpx and aiohttp would drop credentials and go on."""

from dataclasses import replace
from typing import TYPE_CHECKING

from connectory_rest.failures import PROTOCOL
from connectory_rest.outgoing import Outgoing
from connectory_rest.urls import hop
from connectory_sdk import ConnectorError

if TYPE_CHECKING:
    import httpx

HOPS = 50
REDIRECTS = {301, 302, 303, 307, 308}
PRIVATE = {"authorization", "cookie", "proxy-authorization"}
OF_CONTENT = {"content-type", "content-encoding", "content-language", "content-location"}


def redirected(outgoing: Outgoing, response: "httpx.Response") -> Outgoing | None:
    """Return the request that a redirect asks for, None when the answer is the one to give back.

    Credentials go to no other origin: then the redirect itself is the result, as Camunda's client has it.

    Raises:
        ConnectorError: The redirect leads nowhere.
    """
    location = response.headers.get("location")
    if response.status_code not in REDIRECTS or not location:
        return None
    target = hop(outgoing.target, location)
    if target is None:
        raise ConnectorError(PROTOCOL, code="500", hint=f"{outgoing.target.origin} redirects to no http address")
    if target.origin != outgoing.target.origin and any(name.lower() in PRIVATE for name, _ in outgoing.headers):
        return None
    status, method = response.status_code, outgoing.method
    if (method == "POST" and status in {301, 302, 303}) or status == 303:
        kept = [(name, value) for name, value in outgoing.headers if name.lower() not in OF_CONTENT]
        return replace(outgoing, method="GET", target=target, content=None, headers=kept)
    return replace(outgoing, target=target)
