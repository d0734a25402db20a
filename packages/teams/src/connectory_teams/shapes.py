"""Graph's answers in the shape of Camunda's connector, which hands out the objects of Microsoft's Java SDK.

A declared member keeps its name, annotations are renamed (``@odata.nextLink`` becomes ``odataNextLink``), everything
else stands in ``additionalData``, and the value of an enumeration is the name of Java's constant (``OneOnOne``).
Absent members stay absent, which FEEL reads as null.
"""

from collections.abc import Mapping
from typing import Any

RENAMED = {
    "@odata.type": "odataType",
    "@odata.nextLink": "odataNextLink",
    "@odata.count": "odataCount",
    "@odata.deltaLink": "odataDeltaLink",
}

DECLARED = {
    "chat": """
        chatType createdDateTime id installedApps isHiddenForAllMembers lastMessagePreview lastUpdatedDateTime members
        messages onlineMeetingInfo permissionGrants pinnedMessages tabs targetedMessages tenantId topic viewpoint webUrl
    """,
    "message": """
        attachments body channelIdentity chatId createdDateTime deletedDateTime etag eventDetail from hostedContents id
        importance lastEditedDateTime lastModifiedDateTime locale mentions messageHistory messageType policyViolation
        reactions replies replyToId subject summary webUrl
    """,
    "channel": """
        allMembers createdDateTime description displayName email enabledApps filesFolder id isArchived
        isFavoriteByDefault layoutType members membershipType messages migrationMode originalCreatedDateTime
        sharedWithTeams summary tabs tenantId webUrl
    """,
    "member": "displayName email id roles tenantId user userId visibleHistoryStartDateTime",
    "page": "value",
}
MEMBERS = {kind: frozenset(names.split()) for kind, names in DECLARED.items()}
INSIDE = {"members": "member", "allMembers": "member", "messages": "message", "replies": "message"}
"""Members whose values have a kind of their own."""

ENUMERATIONS = {
    "applicationIdentityType": "aadApplication bot tenantBot office365Connector outgoingWebhook unknownFutureValue",
    "chatType": "oneOnOne group meeting unknownFutureValue",
    "conversationIdentityType": "team channel chat unknownFutureValue",
    "importance": "normal high urgent unknownFutureValue",
    "layoutType": "post chat unknownFutureValue",
    "membershipType": "standard private unknownFutureValue shared",
    "messageType": "message chatEvent typing unknownFutureValue systemEventMessage",
    "userIdentityType": """
        aadUser onPremiseAadUser anonymousGuest federatedUser personalMicrosoftAccountUser skypeUser phoneUser
        unknownFutureValue emailUser azureCommunicationServicesUser
    """,
}
CONSTANTS = {
    name: {value: value[0].upper() + value[1:] for value in values.split()} for name, values in ENUMERATIONS.items()
}
BODY = {"text": "Text", "html": "Html"}


def shaped(value: Any, kind: str, *, strip: bool = False) -> Any:
    """Return an object of Graph in the shape of the connector's result.

    Args:
        value: The object; None stays None.
        kind: ``chat``, ``message``, ``channel`` or ``member``.
        strip: Leave out nulls, however deep.
    """
    if not isinstance(value, dict):
        return value
    return members(value, MEMBERS[kind], kind, strip=strip)


def page(value: Mapping[str, Any], kind: str, *, strip: bool = False) -> dict[str, Any]:
    """Return a list of Graph in the shape of the connector's result."""
    items = [shaped(item, kind, strip=strip) for item in value.get("value") or []]
    return members({**value, "value": items}, MEMBERS["page"], "page", strip=strip, ready=True)


def members(
    value: Mapping[str, Any], declared: frozenset[str] | None, place: str, *, strip: bool, ready: bool = False
) -> dict[str, Any]:
    """Return the members of an object."""
    result: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for name, item in value.items():
        if strip and item is None:
            continue
        if name in RENAMED:
            result[RENAMED[name]] = item
        elif "@" in name or (declared is not None and name not in declared):
            more[name] = plain(item, strip=strip)
        else:
            result[name] = item if ready else nested(item, name, place, strip=strip)
    if more:
        result["additionalData"] = more
    return result


def nested(value: Any, name: str, place: str, *, strip: bool) -> Any:
    """Return a member's value."""
    if name in CONSTANTS and isinstance(value, str):
        return CONSTANTS[name].get(value)
    if name == "contentType" and place == "body" and isinstance(value, str):
        return BODY.get(value.lower())
    if isinstance(value, list):
        return [nested(item, name, place, strip=strip) if isinstance(item, dict | list) else item for item in value]
    if isinstance(value, dict):
        kind = INSIDE.get(name)
        return members(value, MEMBERS[kind] if kind else None, kind or name, strip=strip)
    return value


def plain(value: Any, *, strip: bool) -> Any:
    """Return a value that is handed on as it came."""
    if isinstance(value, dict):
        return {name: plain(item, strip=strip) for name, item in value.items() if not (strip and item is None)}
    if isinstance(value, list):
        return [plain(item, strip=strip) for item in value]
    return value
