"""Microsoft's login and the part of Microsoft Graph that Teams needs, as one server.

It keeps state: what is posted can be read. A directory that was given nothing invents teams, channels and chats as they
are named, so that any process runs; once something was added, what was not is not found. The same holds for clients,
refresh tokens and access tokens.

Followed: the pages of https://learn.microsoft.com/graph/api for chat (``chat-post``, ``chat-get``, ``chat-list``,
``chat-list-members``, ``chat-list-messages``, ``chatmessage-get``), channel (``channel-post``, ``channel-get``,
``team-list-allchannels``, ``channel-list-messages``, ``channel-post-messages``, ``chatmessage-list-replies``,
``chatmessage-delta``, ``channel-list-members``, ``channel-get-filesfolder``), ``driveitem-createuploadsession`` and
``driveitem-put-content``; https://learn.microsoft.com/graph/errors, ``/graph/throttling`` and ``/graph/paging``;
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
``v2-oauth2-auth-code-flow#refresh-the-access-token``, ``certificate-credentials``,
``access-token-claims-reference`` and ``reference-error-codes``; for webhooks https://support.microsoft.com/office/8ae491c7-0394-4861-ba59-055e33f75498.
"""

from connectory_sandbox.graph.directory import Channel, Chat, Directory, Team
from connectory_sandbox.graph.login import Login, TokenRequest
from connectory_sandbox.graph.proofs import Client
from connectory_sandbox.graph.service import GraphCall, GraphService

__all__ = ["Channel", "Chat", "Client", "Directory", "GraphCall", "GraphService", "Login", "Team", "TokenRequest"]
