"""The lenient types that all requests of this package share: what official templates of any version write into them."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from connectory_rest.javatext import java_float
from connectory_sdk.texts import NotBlank

HTTP_URL = re.compile(r"(http://|https://|secrets|\{\{)", re.DOTALL)
WHOLE_NUMBER = re.compile(r"[+-]?\d+")
BLANK = {"", "null"}


class Inputs(BaseModel, defer_build=True):
    """Fields named as in the job's variables; unknown members are ignored, numbers may stand for texts."""

    model_config = ConfigDict(alias_generator=to_camel, coerce_numbers_to_str=True)


def http_url(value: str) -> str:
    """Refuse what is no address of a web server."""
    value = value.rstrip(" ")
    if not HTTP_URL.match(value) or "\n" in value or "\r" in value:
        raise ValueError("Must be a http(s) URL")
    return value


def printed(value: Any) -> Any:
    """Print fractions as Java does, ``1.0E8`` for example; the binding prints all else."""
    if isinstance(value, dict) and any(isinstance(item, float) for item in value.values()):
        return {name: java_float(item) if isinstance(item, float) else item for name, item in value.items()}
    return value


def not_empty(value: str) -> str:
    """Refuse an empty text."""
    if not value:
        raise ValueError("must not be empty")
    return value


def choice(name: str, *values: str) -> BeforeValidator:
    """Return what takes one of some words as the reference does: capitals and blanks do not matter, its number will do.

    Args:
        name: What the reference calls the type; messages name it.
        values: The words, in the reference's order.
    """
    words = {str(number): value for number, value in enumerate(values)} | {value.lower(): value for value in values}
    context = {"expected": ", ".join(f"'{value}'" for value in values), "name": name}

    def chosen(value: Any) -> Any:
        word = words.get(str(value).strip().lower()) if isinstance(value, str | int) else None
        if word is None:
            raise PydanticCustomError("literal_error", "must be one of {expected}", context)
        return word

    return BeforeValidator(chosen)


def flag(value: Any) -> Any:
    """Take ``true`` and ``false`` as text, numbers, and nothing at all; unlike pydantic no ``yes`` and ``on``."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return value != 0
    if isinstance(value, str):
        text = value.strip().lower()
        if text in BLANK or text == "false":
            return False
        if text == "true":
            return True
        raise PydanticCustomError("bool_parsing", "must be true or false")
    if isinstance(value, float):
        raise PydanticCustomError("bool_type", "must be true or false")
    return value


def switch(value: Any) -> Any:
    """Take what `flag` takes, and nothing at all for undecided."""
    return None if value is None or (isinstance(value, str) and value.strip().lower() in BLANK) else flag(value)


def whole_number(value: Any) -> Any:
    """Take whole numbers as text, cut fractions off, and take blank text for nothing."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "must be a whole number")
    if isinstance(value, float):
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        if text in BLANK:
            return None
        if not WHOLE_NUMBER.fullmatch(text):
            raise PydanticCustomError("int_parsing", "must be a whole number")
        return int(text)
    return value


def not_negative(value: int | None) -> int | None:
    """Refuse a time before now."""
    if value is not None and value < 0:
        raise ValueError("must not be negative; 0 means no limit")
    return value


Switch = Annotated[bool | None, BeforeValidator(switch)]
Flag = Annotated[bool, BeforeValidator(flag)]
Seconds = Annotated[int | None, BeforeValidator(whole_number), AfterValidator(not_negative)]
Count = Annotated[int | None, BeforeValidator(whole_number), AfterValidator(not_negative)]
Url = Annotated[str, NotBlank, AfterValidator(http_url)]
Texts = Annotated[dict[str, str | None], BeforeValidator(printed)]
"""Headers or query parameters: numbers and booleans become texts, documents base64."""

URL_PATTERN = (r"^(=|(http://|https://|secrets|\{\{).*$)", "Must be a http(s) URL")
