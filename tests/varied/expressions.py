"""Result and error expressions: the part of `jobs` that is about FEEL."""

import json
from pathlib import Path
from typing import Any

SHOP: dict[str, Any] = {
    "id": 7,
    "name": "Ada",
    "none": None,
    "flag": True,
    "price": 2.5,
    "big": 12345678901,
    "text": "12",
    "date": "2024-02-29",
    "time": "2024-02-29T10:11:12Z",
    "empty": "",
    "nothing": [],
    "tags": ["a", "b", "c"],
    "items": [{"n": "x", "price": 2}, {"n": "y", "price": 5.5}, {"n": "z"}],
    "deep": {"er": {"est": True}},
    "a-b": 1,
    "a b": 2,
    "ä": "ö",
    "response": "inner",
    "status": "s",
    "code": "E1",
}
"""The body that expressions see."""

RESULT_VARIABLES = [
    "out",
    "a.b",
    "a b",
    "=out",
    " out ",
    "",
    " ",
    "ä",
    "1",
    "a-b",
    "a[0]",
    "null",
    "response",
    "error",
    '"q"',
    "a\nb",
    "a" * 300,
    "{{secrets.REPLAY_TOKEN}}",
]


def lines(name: str) -> list[str]:
    """Return the expressions of a file, one a line; what a line cannot show is a JSON text there."""
    texts = (Path(__file__).parent / f"{name}_expressions.txt").read_text().splitlines()
    return [json.loads(text) if text.startswith('"') else text for text in texts]
