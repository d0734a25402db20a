"""References to secrets in the JSON text of a job's variables, and their replacement.

Two passes over the text, as the reference does: first ``{{secrets.NAME}}``, then bare ``secrets.NAME``. A reference may
stand inside a longer text, in a key, or unquoted. The second pass sees the values of the first, and each is repeated as
often as it found something at first, so a secret may name others; `nested=False` ends that.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from connectory_sdk import ConnectorInputError

BRACED = re.compile(r"\{\{\s*secrets\.(\S+?\s*)}}", re.ASCII)
BARE = re.compile(r"secrets\.((?:[a-zA-Z0-9]+[/._-])*[a-zA-Z0-9]+)")
MARK = "secrets."

Resolve = Callable[[str], Awaitable[str | None]]


class SecretNotAvailableError(ConnectorInputError):
    """No provider knows the secret."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Secret with name '{name}' is not available")
        self.name = name


def referenced_names(text: str) -> list[str]:
    """Return the names that a text refers to, in both notations."""
    names = [found.strip() for found in BRACED.findall(text)]
    names += BARE.findall(BRACED.sub(" ", text))
    return list(dict.fromkeys(names))


async def replace(
    text: str, resolve: Resolve, *, allowed: Callable[[str], bool] | None = None, nested: bool = True
) -> str:
    """Return the text with all references replaced by values, written as the inside of a JSON string.

    Args:
        text: JSON, or nearly: a reference may stand where a number belongs.
        resolve: Gives the value of a name, None when it is unknown.
        allowed: Which names may be used; others stay as they are. Default: all.
        nested: Also replace bare references in the values of braced ones.

    Raises:
        SecretNotAvailableError: A name is unknown.
    """
    if MARK not in text:
        return text
    if nested:
        for pattern in (BRACED, BARE):
            text = await one_pass(pattern, text, resolve, allowed, nested=True)
        return text
    pieces = []
    end = 0
    for found in BRACED.finditer(text):
        pieces.append(await one_pass(BARE, text[end : found.start()], resolve, allowed, nested=False))
        pieces.append(await one_pass(BRACED, found[0], resolve, allowed, nested=False))
        end = found.end()
    pieces.append(await one_pass(BARE, text[end:], resolve, allowed, nested=False))
    return "".join(pieces)


async def one_pass(
    pattern: re.Pattern[str], text: str, resolve: Resolve, allowed: Callable[[str], bool] | None, *, nested: bool
) -> str:
    """Replace what one pattern finds, as many times as it finds something at first: values may bring more."""
    for _ in range(len(pattern.findall(text)) if nested else 1):
        values = await resolved((found.strip() for found in pattern.findall(text)), resolve, allowed)
        if not values:
            break
        text = pattern.sub(partial(replacement, values), text)
    return text


def replacement(values: dict[str, str], found: re.Match[str]) -> str:
    """Return the value of a reference; the reference itself where its name is not allowed."""
    return values.get(found[1].strip(), found[0])


async def resolved(names: Iterable[str], resolve: Resolve, allowed: Callable[[str], bool] | None) -> dict[str, str]:
    """Return the values of the allowed names, escaped for JSON.

    Raises:
        SecretNotAvailableError: A name is unknown.
    """
    values: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if allowed is not None and not allowed(name):
            continue
        value = await resolve(name)
        if value is None:
            raise SecretNotAvailableError(name)
        values[name] = json.dumps(value, ensure_ascii=False)[1:-1]
    return values
