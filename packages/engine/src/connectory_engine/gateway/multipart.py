"""Multipart forms, as deployments and documents send them."""

from dataclasses import dataclass
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from connectory_engine.gateway.problems import Problem


@dataclass(slots=True, frozen=True)
class Part:
    """One part of a form; `file` is None for a plain field."""

    name: str
    file: str | None
    content_type: str | None
    data: bytes


class _Collector:
    """Collects the parts that the parser reports piece by piece."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._header = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._data: list[bytes] = []

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._headers = {}
        self._data = []

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        file = options.get(b"filename")
        kind = self._headers.get(b"content-type")
        self.parts.append(
            Part(
                options.get(b"name", b"").decode("utf-8", "replace"),
                None if file is None else file.decode("utf-8", "replace"),
                None if kind is None else kind.decode("latin-1"),
                b"".join(self._data),
            )
        )


def read_form(content_type: str, body: bytes) -> list[Part]:
    """Read the parts of a form, or refuse what is none."""
    kind, options = parse_options_header(content_type)
    if kind.lower() != b"multipart/form-data":
        raise unsupported(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Problem(400, "Failed to parse multipart servlet request: the request has no multipart boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as exc:
        raise Problem(400, f"Failed to parse multipart servlet request: {exc}") from exc
    return collector.parts


def unsupported(content_type: str) -> Problem:
    """The refusal of a body in a format that the operation does not take."""
    if not content_type:
        return Problem(415, "Content-Type is missing.")
    return Problem(415, f"Content-Type '{content_type}' is not supported.")
