"""Files of channels: their folder, and uploads whole or in parts."""

import re
import uuid

from connectory_sandbox.asgi import Answer
from connectory_sandbox.graph.calls import Call, entity, quoted
from connectory_sandbox.graph.channels import channel_of
from connectory_sandbox.graph.directory import JSON, Directory, GraphError

PIECE = 320 * 1024


def files_folder(call: Call) -> Answer:
    """GET /teams/{team}/channels/{channel}/filesFolder."""
    channel = channel_of(call)
    drive = f"b!{uuid.uuid5(uuid.NAMESPACE_URL, channel.team).hex}"
    value = {
        "id": uuid.uuid5(uuid.NAMESPACE_URL, channel.id).hex.upper(),
        "name": channel.name,
        "webUrl": f"https://example.sharepoint.com/sites/{channel.team}/Shared%20Documents/{quoted(channel.name)}",
        "parentReference": {"driveId": drive, "driveType": "documentLibrary"},
        "folder": {"childCount": 0},
    }
    return entity(call, "teams/channels/filesFolder", value)


def upload_session(call: Call) -> Answer:
    """POST /drives/{drive}/items/root:/{folder}/{file}:/createUploadSession."""
    item = (call.body or {}).get("item", {}) if isinstance(call.body, dict | None) else {}
    if item.get("@microsoft.graph.conflictBehavior", "rename") not in {"rename", "replace", "fail"}:
        raise GraphError(400, "invalidRequest", "Invalid conflict behavior.")
    key = uuid.uuid4().hex
    call.directory.files[key] = {
        "folder": call.ids["folder"],
        "name": call.ids["file"].removesuffix(":"),
        "drive": call.ids["drive"],
    }
    call.directory.content[key] = b""
    url = f"{call.base.removesuffix('/v1.0')}/_upload/{key}"
    kind = "microsoft.graph.uploadSession"
    return Answer.json(
        {
            "@odata.context": f"{call.base}/$metadata#{kind}",
            "uploadUrl": url,
            "expirationDateTime": "2099-01-01T00:00:00Z",
            "nextExpectedRanges": ["0-"],
        }
    )


def put_content(call: Call) -> Answer:
    """PUT /drives/{drive}/items/root:/{folder}/{file}:/content."""
    key = uuid.uuid4().hex
    call.directory.files[key] = {
        "folder": call.ids["folder"],
        "name": call.ids["file"].removesuffix(":"),
        "drive": call.ids["drive"],
    }
    call.directory.content[key] = call.content
    return Answer.json(drive_item(call.directory, key), status=201)


def drive_item(directory: Directory, key: str) -> JSON:
    """Return an uploaded file as Graph writes it."""
    file = directory.files[key]
    guid = uuid.uuid5(uuid.NAMESPACE_URL, key)
    return {
        "id": guid.hex.upper(),
        "name": file["name"],
        "eTag": f'"{{{str(guid).upper()}}},1"',
        "size": len(directory.content[key]),
        "webUrl": f"https://example.sharepoint.com/sites/team/Shared%20Documents/{quoted(file['folder'])}/{quoted(file['name'])}",
        "parentReference": {"driveId": file["drive"]},
        "file": {},
    }


def upload(directory: Directory, key: str, content: bytes, header: str) -> Answer:
    """Take a part of a file; no token, as the address is a secret of its own."""
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", header)
    if key not in directory.files:
        return Answer.json(
            {"error": {"code": "itemNotFound", "message": "The upload session was not found"}}, status=404
        )
    if match is None:
        return Answer.json({"error": {"code": "invalidRequest", "message": "Content-Range is missing"}}, status=400)
    start, end, total = (int(number) for number in match.groups())
    there = directory.content[key]
    if start != len(there) or end - start + 1 != len(content) or end >= total:
        return Answer.json({"error": {"code": "invalidRange", "message": "Not the range that is expected"}}, status=416)
    last = end == total - 1
    if not last and len(content) % PIECE:
        return Answer.json(
            {"error": {"code": "invalidRange", "message": "Multiples of 320 KiB are wanted"}}, status=400
        )
    directory.content[key] = there + content
    if last:
        return Answer.json(drive_item(directory, key), status=201)
    return Answer.json(
        {"expirationDateTime": "2099-01-01T00:00:00Z", "nextExpectedRanges": [f"{end + 1}-"]}, status=202
    )
