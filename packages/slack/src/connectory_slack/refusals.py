"""What Slack's refusals mean for a job, and what to do about them."""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectory_sdk import ConnectorError, ConnectorRetryError

PASSING = {"service_unavailable", "request_timeout", "team_added_to_org"}
"""Errors after which nothing has happened; later it may work."""

UNCERTAIN = {"internal_error", "fatal_error"}
"""Errors after which, as Slack says, some aspect of the operation may have succeeded."""

ADVICE = {
    "account_inactive": "the token's user or workspace is gone; install the app again and store the new token",
    "already_in_channel": "everybody in field 'Users' is in the channel already",
    "already_pinned": "the message is pinned already",
    "already_reacted": "the app has added this emoji already",
    "bad_timestamp": "write field 'Message timestamp' as text: \"1503435956.000247\"",
    "cant_delete_message": "the app can delete its own messages only",
    "cant_invite_self": "the app cannot invite itself; take its id out of field 'Users'",
    "cant_update_message": "the app can change its own messages only",
    "channel_not_found": "Slack has no such channel, or it is private and the app is not in it",
    "invalid_auth": "Slack does not know the token; take the bot token (xoxb-...) from the app's 'OAuth & Permissions'",
    "invalid_name": "there is no emoji of this name; write it without colons, such as thumbsup",
    "invalid_name_maxlength": "a channel's name has at most 80 characters",
    "invalid_name_punctuation": "a channel's name needs a letter or digit",
    "invalid_name_required": "field 'Channel name' is empty",
    "invalid_name_specials": "a channel's name has small letters, digits, - and _ only",
    "invalid_thread_ts": "write field 'Thread' as text: \"1503435956.000247\"",
    "is_archived": "the channel is archived; unarchive it or choose another",
    "message_not_found": "the channel has no message of this timestamp; keep it as text, as a number it loses digits",
    "msg_too_long": "a message of Markdown has at most 12,000 characters; send a document instead",
    "name_taken": "a channel has this name, perhaps a private or archived one; choose another in 'Channel name'",
    "no_pin": "the message is not pinned",
    "no_reaction": "the app has not added this emoji",
    "no_text": "field 'Message' is empty; blocks are sent with the message type 'Message block'",
    "no_user": "field 'Users' is empty",
    "not_authed": "field 'OAuth token' is empty",
    "not_in_channel": "invite the app into the channel (/invite @app), or give it the scope chat:write.public",
    "restricted_action": "a setting of the workspace forbids it; ask its administrators",
    "time_in_past": "field 'Post at' is in the past",
    "time_too_far": "field 'Post at' is more than 120 days ahead",
    "token_expired": "the token has expired; store a new one, or switch token rotation off in the app",
    "token_revoked": "the token was revoked; install the app again and store the new token",
    "user_not_found": "Slack knows no user of this id; write an id (U012AB3CD), an e-mail address, or @ and a name",
    "user_not_in_channel": "the user of field 'User' is not in the channel",
}


def refusal(prefix: str, data: Mapping[str, Any], *, hint: str = "", named: bool = False) -> ConnectorRetryError:
    """Return the error for what Slack refuses for good: no retry helps before somebody has mended it.

    Args:
        prefix: What goes before Slack's word in the message.
        data: Slack's answer.
        hint: Further advice.
        named: The message has what Slack says beyond its word, as Camunda's connector has it for posts.
    """
    error = str(data.get("error") or "unknown_error")
    more = details(data)
    advice = ADVICE.get(error, "")
    if error == "missing_scope":
        advice = (
            f"the token lacks scope '{data.get('needed')}' (it has: {data.get('provided')}); "
            "add it in 'OAuth & Permissions' of the app and install the app again"
        )
    message = f"{prefix}{error}"
    if more and named:
        message += f" caused by:[{more}]"
        more = ""
    advice = "; ".join(part for part in (more, advice, hint) if part)
    return ConnectorRetryError(message, code=error, retries=0, variables={"response": dict(data)}, hint=advice or None)


def details(data: Mapping[str, Any]) -> str:
    """Return what Slack says beyond its one word."""
    metadata = data.get("response_metadata")
    found = data.get("errors") or (metadata.get("messages") if isinstance(metadata, Mapping) else None) or []
    texts = [f"{e.get('error')} ({e['user']})" if isinstance(e, Mapping) and "user" in e else str(e) for e in found]
    return ", ".join(text.removeprefix("[ERROR] ") for text in texts)


def limited(method: str, wait: float, *, retries: int) -> ConnectorRetryError:
    """Return the error for a call that has to wait; it costs no retry."""
    return ConnectorRetryError(
        "Too many requests, rate limit reached",
        code="ratelimited",
        hint=f"Slack takes no more {method} now; next attempt in {math.ceil(wait)} s",
        retries=retries,
        backoff=timedelta(seconds=wait),
    )


def failed(method: str, reason: str, *, happened: bool) -> ConnectorError:
    """Return the error for a call without a proper answer.

    Args:
        method: The method.
        reason: What went wrong.
        happened: The call may have been carried out, and a second one would do it twice.
    """
    if not happened:
        return ConnectorError(f"Slack did not answer {method}: {reason}", code="unavailable")
    return ConnectorRetryError(
        f"Slack did not confirm {method}: {reason}",
        code="outcome_unknown",
        hint="the message may have been sent, so it is not sent again by itself; look into the channel and retry if it "
        "is not there",
        retries=0,
    )


def upload_failed(reason: str) -> ConnectorError:
    """Return the error for a file that Slack did not take; nothing was posted yet, so it may be tried again."""
    return ConnectorError(f"Error during external call: {reason}", code="upload_failed")
