"""Names in code for names in a description, and texts that fit into a form."""

import keyword
import re
import unicodedata
from collections.abc import Collection

from pydantic import BaseModel

TYPOGRAPHY = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "×": "x", "…": "...", "\u00a0": " "}
)
LONGEST = 40  # letters of a name in code; longer ones would not fit into its lines
TAKEN = {"server", "authentication"}
"""Input variables that every operation has."""


def words(text: str) -> list[str]:
    """Return the words of a name, however it is written: camelCase, snake_case, kebab-case, with accents."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", plain)


def function_name(text: str, taken: Collection[str]) -> str:
    """Return a name for a function or an attribute."""
    name = "_".join(word.lower() for word in words(text))[:LONGEST].rstrip("_") or "unnamed"
    if name[0].isdigit():
        name = f"n{name}"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(BaseModel, name) or name.startswith("model_"):
        name += "_"
    return unique(name, taken)


def class_name(text: str, taken: Collection[str]) -> str:
    """Return a name for a class."""
    name = "".join(word[0].upper() + word[1:].lower() for word in words(text))[:LONGEST] or "Unnamed"
    if name[0].isdigit():
        name = f"N{name}"
    return unique(name, taken)


def variable_name(text: str, taken: Collection[str]) -> str:
    """Return the name of the input variable, as near to the service's own as a process variable can be."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_") or "value"
    if name[0].isdigit():
        name = f"_{name}"
    return unique(name, {*taken, *TAKEN})


def unique(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number where it is taken."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}" if name.islower() else f"{name}{number}", number + 1
    return found


def label(text: str) -> str:
    """Return a name as people write it."""
    said = " ".join(words(text)) or text
    return said[:1].upper() + (said[1:].lower() if said.isupper() or "_" in text or text[:1].islower() else said[1:])


def sentence(text: object, most: int = 240) -> str:
    """Return a description as one line without markup, shortened at a word's end."""
    said = str(text or "").translate(TYPOGRAPHY)
    said = re.sub(r"<[^<>]*>", " ", said)
    said = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", said)
    said = re.sub(r"[`*#|\\]+", "", said)
    said = " ".join(without_angles(said).split())
    if len(said) <= most:
        return said
    return said[:most].rsplit(" ", 1)[0].rstrip(" ,.;:") + " ..."


def without_angles(text: str) -> str:
    """Return a text without the sign that the modeler takes for HTML."""
    return re.sub(r"\s*<=?\s*", " below ", text)
