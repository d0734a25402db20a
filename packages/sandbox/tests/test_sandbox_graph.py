"""The login and Graph fakes, driven by Microsoft's own libraries, which nobody here wrote."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from connectory_sandbox import Fault, Sandbox
from connectory_sandbox.graph import GraphService

httpx = pytest.importorskip("httpx", reason="httpx is not installed")

PUBLIC = "https://login.microsoftonline.com"
TEAM = "2432b57b-0abd-43db-aa7b-16eadd115d34"
SCOPE = ["https://graph.microsoft.com/.default"]


@pytest.fixture
def graph() -> Iterator[GraphService]:
    with Sandbox(["graph"]) as box:
        yield box.graph


class PublicName:
    """An HTTP client for MSAL that finds Microsoft's public name at the fake."""

    def __init__(self, graph: GraphService) -> None:
        self.base = graph.login_url
        self.http = httpx.Client()

    def send(self, method: str, url: str, headers: Any = None, **parts: Any) -> Any:
        fields = {**(headers or {}), "Host": PUBLIC.removeprefix("https://")}
        if isinstance(parts.get("data"), dict):
            parts["data"] = {k: v.decode() if isinstance(v, bytes) else v for k, v in parts["data"].items()}
        return self.http.request(method, url.replace(PUBLIC, self.base), headers=fields, **parts)

    def get(self, url: str, **parts: Any) -> Any:
        return self.send("GET", url, **parts)

    def post(self, url: str, **parts: Any) -> Any:
        return self.send("POST", url, **parts)

    def close(self) -> None:
        self.http.close()


@pytest.fixture
def name(graph: GraphService) -> Iterator[PublicName]:
    made = PublicName(graph)
    yield made
    made.close()


def app(name: PublicName, **facts: Any) -> Any:
    msal = pytest.importorskip("msal", reason="msal is not installed")
    kind = msal.ConfidentialClientApplication if "client_credential" in facts else msal.PublicClientApplication
    return kind("app", authority=f"{PUBLIC}/{TEAM}", http_client=name, **facts)


def test_msal_gets_a_token_for_an_app(graph: GraphService, name: PublicName) -> None:
    """Discovery and grant; the second time MSAL's own cache answers."""
    graph.login.add_client("app", secret="right", roles=("Chat.Read.All",))
    application = app(name, client_credential="right")

    first = application.acquire_token_for_client(SCOPE)
    second = application.acquire_token_for_client(SCOPE)

    assert first["token_type"] == "Bearer"
    assert second["access_token"] == first["access_token"]
    assert len(graph.login.requests) == 1
    assert graph.login.requests[0].entry()["body"]["client_secret"] == "***"


def test_msal_is_told_what_is_wrong(graph: GraphService, name: PublicName) -> None:
    """Microsoft's error, number and text."""
    graph.login.add_client("app", secret="right")

    answer = app(name, client_credential="wrong").acquire_token_for_client(SCOPE)

    assert answer["error"] == "invalid_client"
    assert answer["error_codes"] == [7000215]
    assert answer["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")


def test_msal_knows_that_there_is_no_such_tenant(graph: GraphService, name: PublicName) -> None:
    """Discovery fails as Microsoft's does."""
    graph.login.add_client("app", secret="right", tenant="another")

    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        app(name, client_credential="right").acquire_token_for_client(SCOPE)


def test_msal_migrates_a_refresh_token(graph: GraphService, name: PublicName) -> None:
    """The old one is used up, the new one works."""
    graph.login.add_client("app", scopes=("Chat.Read",))
    graph.login.add_refresh_token("old", client="app")
    application = app(name)

    first = application.acquire_token_by_refresh_token("old", SCOPE)
    again = application.acquire_token_by_refresh_token("old", SCOPE)
    second = application.acquire_token_by_refresh_token(first["refresh_token"], SCOPE)

    assert "access_token" in first
    assert again["error"] == "invalid_grant"
    assert "access_token" in second


def call(graph: GraphService, method: str, path: str, token: str | None = "t", **parts: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.request(method, f"{graph.url}{path}", headers=headers, **parts)


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/chats", {"chatType": "meeting", "members": []}, "Invalid chat type"),
        ("POST", "/chats", {"chatType": "group"}, "Members should be specified"),
        ("POST", "/chats", {"chatType": "group", "members": [{"roles": ["owner"]}]}, "a member needs '@odata.type'"),
        ("POST", "/chats", {"chatType": "group", "wrong": 1}, "Invalid property 'wrong'"),
        ("POST", "/chats/19:a/messages", {"content": "x"}, "Invalid property 'content'"),
        ("POST", "/chats/19:a/messages", {"body": {}}, "Missing body content"),
        ("POST", "/chats/19:a/messages", {"body": {"content": " "}}, "Content cannot be empty"),
        (
            "POST",
            "/chats/19:a/messages",
            {"body": {"content": "x", "contentType": "md"}},
            "Invalid value for body contentType",
        ),
        (
            "POST",
            "/chats/19:a/messages",
            {"body": {"content": "x"}, "attachments": [{"id": "1", "contentType": "c"}]},
            "referenced in the body",
        ),
        ("POST", f"/teams/{TEAM}/channels", {"membershipType": "standard"}, "Channel name is missing"),
        (
            "POST",
            f"/teams/{TEAM}/channels",
            {"displayName": "a", "membershipType": "private"},
            "Members should be specified",
        ),
        ("GET", "/chats/19:a/messages?$top=51", None, "requires an integer from 1 to 50"),
        ("GET", "/chats/19:a/messages?$orderby=createdDateTime asc", None, "is not supported"),
        ("GET", "/chats/19:a/messages?$expand=replies", None, r"Query option '\$expand' is not allowed"),
        ("GET", "/chats/19:a?$expand=tabs", None, "Could not find a property named 'tabs'"),
        ("GET", "/nothing", None, "Resource not found for the segment 'nothing'"),
    ],
)
def test_graph_is_strict(graph: GraphService, method: str, path: str, body: Any, message: str) -> None:
    """What Graph refuses is refused, in its shape and words."""
    reply = call(graph, method, path, json=body) if body is not None else call(graph, method, path)

    assert reply.status_code == 400
    error = reply.json()["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert re.search(message, error["message"]), error["message"]


def test_tokens_are_checked(graph: GraphService) -> None:
    """None, ended, unknown once some are issued, without the permission, of an app where a user is wanted."""
    assert call(graph, "GET", "/chats", token=None).json()["error"]["message"] == "Access token is empty."
    graph.login.add_token("ended", life=-1)
    graph.login.add_token("reader", permissions="Chat.Read")
    graph.login.add_token("app", permissions="Chat.Read.All", app=True)

    assert "is expired" in call(graph, "GET", "/chats", token="ended").json()["error"]["message"]
    assert call(graph, "GET", "/chats", token="other").status_code == 401
    assert call(graph, "GET", "/chats", token="reader").status_code == 200
    send = {"json": {"body": {"content": "x"}}}
    assert "Missing scope permissions" in call(graph, "POST", "/chats/19:a/messages", token="reader", **send).text
    assert "application-only context" in call(graph, "POST", "/chats/19:a/messages", token="app", **send).text
    assert call(graph, "GET", "/chats/19:a/messages", token="app").status_code == 200


def test_a_directory_that_was_given_nothing_invents(graph: GraphService) -> None:
    """Any process can post anywhere; what was given is strict."""
    send = {"json": {"body": {"content": "x"}}}
    assert call(graph, "POST", "/teams/Sales/channels/News/messages", **send).status_code == 201

    graph.directory.add_team("Sales", id=TEAM)

    assert call(graph, "GET", "/teams/Other/allChannels").status_code == 400
    assert call(graph, "GET", "/teams/00000000-0000-0000-0000-000000000000/allChannels").status_code == 404
    assert call(graph, "POST", f"/teams/{TEAM}/channels/News/messages", **send).status_code == 404


def test_faults_have_graphs_shape(graph: GraphService) -> None:
    """Status, code and Retry-After."""
    graph.faults.add(Fault(operation="GET /chats", status=429, retry_after=3))

    reply = call(graph, "GET", "/chats")

    assert (reply.status_code, reply.headers["retry-after"]) == (429, "3")
    assert reply.json()["error"]["code"] == "TooManyRequests"
    assert call(graph, "GET", "/chats").status_code == 200


def test_what_came_is_shown_without_the_token(graph: GraphService) -> None:
    """Service, method, path and body."""
    call(graph, "POST", "/chats/19:a/messages", token="geheim", json={"body": {"content": "x"}})

    assert graph.received[0].token == "geheim"
    assert graph.received[0].entry() == {
        "service": "graph",
        "method": "POST",
        "path": "/chats/19:a/messages",
        "body": {"body": {"content": "x"}},
    }


@asynccontextmanager
async def sdk(graph: GraphService) -> AsyncIterator[Any]:
    """Give Microsoft's Graph client for the fake."""
    pytest.importorskip("msgraph", reason="msgraph-sdk is not installed; nox -s msgraph installs it")
    from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
    from kiota_abstractions.authentication.base_bearer_token_authentication_provider import (
        BaseBearerTokenAuthenticationProvider,
    )
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph_core import GraphClientFactory

    class Tokens(AccessTokenProvider):
        async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
            return "token"

        def get_allowed_hosts_validator(self) -> Any:
            return AllowedHostsValidator([])

    transport = httpx.AsyncHTTPTransport()  # the SDK wraps it, and would not close it
    async with transport, httpx.AsyncClient(transport=transport) as http:
        wrapped = GraphClientFactory.create_with_default_middleware(client=http)
        adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Tokens()), wrapped)
        adapter.base_url = graph.url
        yield GraphServiceClient(request_adapter=adapter)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
async def test_microsofts_sdk_works_with_chats() -> None:
    """Create, send, get, list, members, pages, errors: through the SDK's typed models."""
    async with Sandbox(["graph"]) as box, sdk(box.graph) as client:
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.chats.item.messages.messages_request_builder import MessagesRequestBuilder
        from msgraph.generated.models.aad_user_conversation_member import AadUserConversationMember
        from msgraph.generated.models.chat import Chat
        from msgraph.generated.models.chat_message import ChatMessage
        from msgraph.generated.models.chat_type import ChatType
        from msgraph.generated.models.item_body import ItemBody
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError

        members = [
            AadUserConversationMember(
                odata_type="#microsoft.graph.aadUserConversationMember",
                roles=["owner"],
                additional_data={"user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{user}')"},
            )
            for user in ("ann@example.com", "bob@example.com")
        ]

        chat = await client.chats.post(Chat(chat_type=ChatType.Group, topic="t", members=members))
        messages = client.chats.by_chat_id(chat.id).messages
        sent = [await messages.post(ChatMessage(body=ItemBody(content=f"m{n}"))) for n in range(3)]
        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(top=2, orderby=["createdDateTime desc"])
        page = await messages.get(RequestConfiguration(query_parameters=query))
        rest = await messages.with_url(page.odata_next_link).get()

        assert chat.chat_type is ChatType.Group
        assert (await messages.by_chat_message_id(sent[0].id).get()).body.content == "m0"
        assert [message.body.content for message in page.value + rest.value] == ["m2", "m1", "m0"]
        assert {member.email for member in (await client.chats.by_chat_id(chat.id).members.get()).value} == {
            "ann@example.com",
            "bob@example.com",
        }
        assert len((await client.chats.get()).value) == 1
        with pytest.raises(ODataError) as raised:
            await client.chats.post(Chat(chat_type=ChatType.Group, members=[members[0], members[0]]))
        assert raised.value.error.code == "BadRequest"
        assert "Duplicate chat members" in raised.value.error.message


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
async def test_microsofts_sdk_works_with_channels() -> None:
    """Create, list, send, replies, members, the folder of the files, an upload, a limit that the SDK waits for."""
    async with Sandbox(["graph"]) as box, sdk(box.graph) as client:
        from msgraph.generated.models.channel import Channel
        from msgraph.generated.models.channel_membership_type import ChannelMembershipType
        from msgraph.generated.models.chat_message import ChatMessage
        from msgraph.generated.models.item_body import ItemBody

        team = client.teams.by_team_id(TEAM)
        channel = await team.channels.post(Channel(display_name="News", membership_type=ChannelMembershipType.Standard))
        place = team.channels.by_channel_id(channel.id)
        box.graph.faults.add(Fault(operation="POST /teams/*", status=429, retry_after=0))
        sent = await place.messages.post(ChatMessage(body=ItemBody(content="hello")))
        answer = await place.messages.by_chat_message_id(sent.id).replies.post(
            ChatMessage(body=ItemBody(content="yes"))
        )

        assert channel.membership_type is ChannelMembershipType.Standard
        assert {found.display_name for found in (await team.all_channels.get()).value} == {"General", "News"}
        assert answer.reply_to_id == sent.id
        assert len((await place.messages.by_chat_message_id(sent.id).replies.get()).value) == 1
        assert len((await place.members.get()).value) == 1
        assert (await place.messages.delta.get()).odata_delta_link
        folder = await place.files_folder.get()
        assert (folder.name, bool(folder.parent_reference.drive_id)) == ("News", True)
