"""What many connectors ask of a text: ``Annotated[str, NotBlank]``, ``Annotated[SecretStr, NotBlank]``."""

from typing import TypeVar

from pydantic import AfterValidator, SecretStr

Text = TypeVar("Text", str, SecretStr)


def not_blank(value: Text) -> Text:
    """Refuse a text without a letter."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text.strip():
        raise ValueError("must not be blank")
    return value


NotBlank = AfterValidator(not_blank)
"""There must be a text, and more than blanks in it; one that is missing or null is called blank, too, as in Java."""
