"""Canned answers: what the sandbox answers in place of the outside world.

A file is a JSON list; the first entry that fits a request answers it::

    [
      {"method": "GET", "url": "https://shop.example.com/stock/*", "answer": {"body": {"inStock": 3}}},
      {"url": "https://bank.example.com/*", "answer": [{"status": 503}, {"status": 201, "body": {"id": "c-1"}}]}
    ]

``url`` may have ``*`` and ``?`` as wildcards (write ``[?]`` for a question mark) and is compared without the query
unless it has one; ``method`` is any without it. ``answer`` has ``status`` (200), ``headers``, ``body`` (JSON, or text
if it is a string) and ``delay`` (seconds). A list of answers is given one after the other; the last one stays.
"""

import fnmatch
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError


class AnswerFileError(ValueError):
    """A file with answers cannot be used; says where and why."""


class CannedAnswer(BaseModel):
    """One answer."""

    model_config = ConfigDict(extra="forbid")

    status: int = Field(default=200, ge=200, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    delay: float = Field(default=0, ge=0)


def listed(value: Any) -> Any:
    """Return a single answer as a list of one."""
    return value if isinstance(value, list) else [value]


class Entry(BaseModel):
    """What to answer to which requests."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1)
    method: str | None = None
    answer: Annotated[list[CannedAnswer], BeforeValidator(listed), Field(min_length=1)]

    def fits(self, method: str, url: str) -> bool:
        """Tell whether this entry answers a request."""
        if self.method is not None and self.method.upper() != method:
            return False
        whole = url if "[?]" in self.url else url.partition("?")[0]
        return fnmatch.fnmatchcase(whole, self.url)


ENTRIES = TypeAdapter(list[Entry])


class Answers:
    """Canned answers in order, and how often each has been given."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = list(entries)
        self.given: dict[int, int] = {}

    @classmethod
    def of(cls, source: "Answers | Path | str | Sequence[Mapping[str, Any]] | None") -> "Answers":
        """Return answers from a file or from the same as Python values.

        Raises:
            AnswerFileError: The source cannot be read or has another shape.
        """
        if isinstance(source, Answers):
            return source
        if isinstance(source, Path | str):
            return cls(entries(read(Path(source)), str(source)))
        return cls(entries(list(source or ()), "answers"))

    def find(self, method: str, url: str) -> CannedAnswer | None:
        """Return the answer for a request, and count it."""
        for index, entry in enumerate(self.entries):
            if entry.fits(method, url):
                count = self.given.get(index, 0)
                self.given[index] = count + 1
                return entry.answer[min(count, len(entry.answer) - 1)]
        return None

    def reset(self) -> None:
        """Begin anew with the first of each list of answers."""
        self.given.clear()


def read(path: Path) -> Any:
    """Return the JSON of a file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise AnswerFileError(f"cannot read the answers in '{path}': {exc.strerror}") from exc
    except ValueError as exc:
        raise AnswerFileError(f"'{path}' is not JSON: {exc}") from exc


def entries(value: Any, source: str) -> list[Entry]:
    """Return checked entries."""
    try:
        return ENTRIES.validate_python(value)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "top level"
        raise AnswerFileError(
            f"'{source}', {where}: {first['msg']}. See the docs of the sandbox for the format"
        ) from None
