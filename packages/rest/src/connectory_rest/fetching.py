"""Sending what a model says and getting the answer: the part of a call that needs no job."""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from connectory_rest.authentication import ClientCredentials, RefreshToken
from connectory_rest.outgoing import Headers, Outgoing, outgoing
from connectory_rest.requests import RestRequest
from connectory_rest.state import Http

if TYPE_CHECKING:
    import httpx


async def fetch(
    request: RestRequest, http: Http, stack: AsyncExitStack, *, added: Headers, limit: int = 0
) -> "httpx.Response":
    """Return the answer to a request; a token that is not taken any more is renewed once.

    Args:
        request: What the model says.
        http: Connections and tokens.
        stack: Keeps the answer open; its body is still unread.
        added: Headers to send as well, unless the model has them.
        limit: Most bytes of the body; 0 for what the environment says.

    Raises:
        ConnectorError: There is no answer, or no token.
        ConnectorInputError: The request cannot or may not be sent.
    """
    identity = request.identity
    if not isinstance(identity, ClientCredentials | RefreshToken):
        return await stack.enter_async_context(http.exchange.send(await prepared(request, None, added, limit)))
    token, known = await http.tokens.get(identity)
    response = await stack.enter_async_context(http.exchange.send(await prepared(request, token, added, limit)))
    if response.status_code != 401 or not known:
        return response
    await stack.aclose()
    http.tokens.forget(identity, token)
    token, _ = await http.tokens.get(identity)
    return await stack.enter_async_context(http.exchange.send(await prepared(request, token, added, limit)))


async def prepared(request: RestRequest, token: str | None, added: Headers, limit: int) -> Outgoing:
    """Return the HTTP request with what is added to it."""
    sent = await outgoing(request, token=token)
    if not added and not limit:
        return sent
    named = {name.lower() for name, _ in sent.headers}
    more = [pair for pair in added if pair[0].lower() not in named]
    return replace(sent, headers=sent.headers + more, max_request=limit)
