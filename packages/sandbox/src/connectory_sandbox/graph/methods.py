"""The calls of Graph that the fake knows, what each needs, and who may make it."""

from connectory_sandbox.graph.calls import Method
from connectory_sandbox.graph.channels import (
    channel_delta,
    channel_members,
    channel_message,
    channel_messages,
    create_channel,
    get_channel,
    list_channels,
    replies,
    reply,
    send_to_channel,
)
from connectory_sandbox.graph.chats import (
    chat_members,
    chat_message,
    chat_messages,
    create_chat,
    get_chat,
    list_chats,
    send_to_chat,
)
from connectory_sandbox.graph.files import files_folder, put_content, upload_session

T, C = "/teams/{team}", "/teams/{team}/channels/{channel}"
READ_CHAT = (
    ("Chat.ReadBasic", "Chat.Read", "Chat.ReadWrite"),
    ("Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All"),
)
READ_CHAT_MESSAGES = ("Chat.Read", "Chat.ReadWrite"), ("Chat.Read.All", "Chat.ReadWrite.All")
READ_CHANNEL = (
    ("Channel.ReadBasic.All", "ChannelSettings.Read.All"),
    ("Channel.ReadBasic.All", "ChannelSettings.Read.All"),
)
READ_MESSAGES = ("ChannelMessage.Read.All", "Group.ReadWrite.All"), ("ChannelMessage.Read.All", "Group.Read.All")
FILES = (
    ("Files.ReadWrite.All", "Sites.ReadWrite.All", "Files.ReadWrite"),
    ("Files.ReadWrite.All", "Sites.ReadWrite.All"),
)
ORDERED = ("$top", "$orderby", "$filter", "$skiptoken")

METHODS = (
    Method("POST", "/chats", ("Chat.Create", "Chat.ReadWrite"), ("Chat.Create",), create_chat),
    Method("GET", "/chats", READ_CHAT[0], (), list_chats, ("$top", "$skiptoken", "$expand", "$filter", "$orderby")),
    Method("GET", "/chats/{chat}", *READ_CHAT, get_chat, ("$expand",)),
    Method("GET", "/chats/{chat}/members", *READ_CHAT, chat_members, ("$top", "$skiptoken")),
    Method("POST", "/chats/{chat}/messages", ("ChatMessage.Send", "Chat.ReadWrite"), (), send_to_chat),
    Method("GET", "/chats/{chat}/messages", *READ_CHAT_MESSAGES, chat_messages, ORDERED),
    Method("GET", "/chats/{chat}/messages/{message}", *READ_CHAT_MESSAGES, chat_message),
    Method("POST", f"{T}/channels", ("Channel.Create",), ("Channel.Create",), create_channel),
    Method("GET", f"{T}/allChannels", *READ_CHANNEL, list_channels, ("$filter", "$top", "$skiptoken")),
    Method("GET", f"{T}/channels", *READ_CHANNEL, list_channels, ("$filter", "$top", "$skiptoken")),
    Method("GET", C, *READ_CHANNEL, get_channel),
    Method("POST", f"{C}/messages", ("ChannelMessage.Send", "Group.ReadWrite.All"), (), send_to_channel),
    Method("GET", f"{C}/messages", *READ_MESSAGES, channel_messages, ("$top", "$expand", "$skiptoken")),
    Method(
        "GET", f"{C}/messages/delta", *READ_MESSAGES, channel_delta, ("$top", "$deltatoken", "$skiptoken", "$expand")
    ),
    Method("GET", f"{C}/messages/{{message}}", *READ_MESSAGES, channel_message),
    Method("GET", f"{C}/messages/{{message}}/replies", *READ_MESSAGES, replies, ("$top", "$skiptoken")),
    Method("POST", f"{C}/messages/{{message}}/replies", ("ChannelMessage.Send",), (), reply),
    Method(
        "GET",
        f"{C}/members",
        ("ChannelMember.Read.All",),
        ("ChannelMember.Read.All",),
        channel_members,
        ("$top", "$skiptoken"),
    ),
    Method("GET", f"{C}/filesFolder", *FILES, files_folder),
    Method("POST", "/drives/{drive}/items/root:/{folder}/{file}/createUploadSession", *FILES, upload_session),
    Method(
        "PUT",
        "/drives/{drive}/items/root:/{folder}/{file}/content",
        *FILES,
        put_content,
        ("@microsoft.graph.conflictBehavior",),
    ),
)
