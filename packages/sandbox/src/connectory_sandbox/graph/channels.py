"""Channels of teams, their members, messages and replies."""

import json
import re
import uuid

from connectory_sandbox.asgi import Answer
from connectory_sandbox.graph.calls import Call, bad, collection, entity
from connectory_sandbox.graph.chats import members, person
from connectory_sandbox.graph.directory import Channel, channel_json
from connectory_sandbox.graph.messages import FILTER, find, post

CHANNEL = {"membershipType", "displayName", "description", "members", "isFavoriteByDefault", "layoutType", "email"}


def send_to_channel(call: Call) -> Answer:
    """POST /teams/{team}/channels/{channel}/messages."""
    return post(call, channel_of(call), "teams/channels/messages")


def reply(call: Call) -> Answer:
    """POST /teams/{team}/channels/{channel}/messages/{message}/replies."""
    channel = channel_of(call)
    find(channel, call.ids["message"])
    return post(call, channel, "teams/channels/messages/replies", reply_to=call.ids["message"])


def channel_of(call: Call) -> Channel:
    """Return the channel of a call."""
    return call.directory.channel(call.ids["team"], call.ids["channel"])


def create_channel(call: Call) -> Answer:
    """POST /teams/{team}/channels."""
    body, team = call.object(CHANNEL), call.directory.team(call.ids["team"])
    name, kind = body.get("displayName"), body.get("membershipType") or "standard"
    if not isinstance(name, str) or not 0 < len(name) <= 50 or re.search(r'[~#%&*{}+/\\:<>?|\'",]|\.\.|^[_.]', name):
        raise bad("Channel name is missing, longer than 50 characters, or has a character that is not allowed.")
    if kind not in {"standard", "private", "shared"}:
        raise bad("Invalid membershipType.")
    if name.lower() in {channel.name.lower() for channel in team.channels.values()}:
        raise bad("Channel name already existed, please use other name.")
    if kind == "standard" and body.get("members"):
        raise bad("Members cannot be specified for a standard channel.")
    people = [] if kind == "standard" else [person(call, given) for given in members(body)]
    if people and not any("owner" in roles for _, roles in people):
        raise bad("A private or shared channel needs an owner.")
    channel = call.directory.new_channel(team, name, kind=kind, description=body.get("description"))
    channel.members += [call.directory.member(user, roles) for user, roles in people]
    if kind == "shared":
        place = f"/teams('{team.id}')/channels('{channel.id}')/operations('{uuid.uuid4()}')"
        return Answer(status=202, headers={"location": place})
    return entity(call, "teams/channels", channel_json(channel), status=201)


def get_channel(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}."""
    return entity(call, "teams/channels", channel_json(channel_of(call)))


def list_channels(call: Call) -> Answer:
    """GET /teams/{team}/allChannels."""
    values = [channel_json(channel) for channel in call.directory.team(call.ids["team"]).channels.values()]
    if text := call.query.get("$filter"):
        match = FILTER.fullmatch(text)
        if match is None or match.group(2) != "eq" or match.group(1) not in {"membershipType", "displayName"}:
            raise bad(f"Invalid filter clause: '{text}'.")
        values = [value for value in values if value[match.group(1)] == (match.group(3) or match.group(4))]
    return collection(call, "teams/allChannels", values, size=100, largest=999)


def channel_messages(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages."""
    channel = channel_of(call)
    expand = call.query.get("$expand")
    if expand not in {None, "replies"}:
        raise bad(f"Parsing OData Select and Expand failed: Could not find a property named '{expand}'.")
    values = list(reversed(channel.messages))
    if expand:
        values = [{**message, "replies": channel.replies.get(message["id"], [])} for message in values]
    return collection(call, "teams/channels/messages", values)


def channel_delta(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages/delta."""
    channel = channel_of(call)
    since = call.query.get("$deltatoken", "")
    values = [message for message in channel.messages if message["lastModifiedDateTime"] > since]
    answer = collection(call, "Collection(chatMessage)", values)
    body = json.loads(answer.content)
    if "@odata.nextLink" not in body:
        newest = max((message["lastModifiedDateTime"] for message in channel.messages), default=since)
        body["@odata.deltaLink"] = f"{call.base}{call.path}?$deltatoken={newest}"
    return Answer.json(body)


def channel_message(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages/{message}."""
    return entity(call, "teams/channels/messages", find(channel_of(call), call.ids["message"]))


def replies(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/messages/{message}/replies."""
    channel = channel_of(call)
    find(channel, call.ids["message"])
    return collection(call, "teams/channels/messages/replies", channel.replies.get(call.ids["message"], []))


def channel_members(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/members."""
    return collection(call, "teams/channels/members", channel_of(call).members, size=100, largest=999)
