"""Slack's Web API, as its public documentation describes it.

Pages followed, all below https://docs.slack.dev: ``apis/web-api`` (requests, content types, answers), ``apis/web-api/
rate-limits``, ``apis/web-api/pagination``, ``messaging/working-with-files`` (upload in three steps), ``reference/
block-kit/blocks``, and ``reference/methods/NAME`` for each method in `connectory_sandbox.slack.methods`.

A workspace knows the channels and users that a test gave it. One that was given none invents those that a call names,
so that any process runs; names that are searched in a list can only be found if they are there.
"""

from connectory_sandbox.slack.service import SlackCall, SlackService
from connectory_sandbox.slack.workspace import Channel, File, Message, Token, User, Workspace

__all__ = ["Channel", "File", "Message", "SlackCall", "SlackService", "Token", "User", "Workspace"]
