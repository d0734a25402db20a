"""Refusals as the gateway words them: RFC 9457 problem details.

A handler raises `Problem`; the engine raises its own rejection, which `of_rejection` translates. Nothing else
leaves the gateway as an error.
"""

from collections.abc import Mapping

STATUS = {
    "INVALID_ARGUMENT": 400,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "INVALID_STATE": 409,
    "EXCEEDED_BATCH_RECORD_SIZE": 400,
    "PROCESSING_ERROR": 500,
    "NOT_SUPPORTED": 501,
}
REASON = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
}


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An answer that refuses the request; `title` and `detail` are what the client reads."""

    def __init__(
        self, status: int, detail: str, *, title: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title or REASON.get(status, "Error")
        self.detail = detail
        self.headers = headers or {}

    def document(self, instance: str) -> dict[str, object]:
        """Give the body of the answer."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }


def unreadable(path: str) -> Problem:
    """A property that has the wrong type or should not be there."""
    return Problem(400, f"Request property [{path}] cannot be parsed")


def invalid(detail: str) -> Problem:
    """A request that can be read but makes no sense."""
    return Problem(400, detail, title="INVALID_ARGUMENT")


def not_found(detail: str) -> Problem:
    """Something that was asked for by key and is not there."""
    return Problem(404, detail, title="NOT_FOUND")


def no_such(kind: str, key: object) -> Problem:
    """An entity that no search would find either."""
    return not_found(f"{kind} with key '{key}' not found")


def of_rejection(kind: str, text: str) -> Problem:
    """What the gateway answers when the engine rejects a command."""
    return Problem(STATUS.get(kind, 500), text, title=kind)
