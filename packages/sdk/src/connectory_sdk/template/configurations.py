"""Reusable credentials: the definitions that a template embeds for its fields of the kind ``Configuration``.

A modeller fills such a credential in once, outside of the diagram, and chooses it in many elements. Its fields are
plain: no expression, nothing that is left out while it is empty.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectory_sdk.properties import Property
from connectory_sdk.template.properties import JSON, Place, TemplateError, properties, unwrapped
from connectory_sdk.template.rules import check

FIRST = (8, 10)
"""First Camunda version whose modeler knows them."""


def definitions(models: Iterable[type[BaseModel]], engines: str) -> list[JSON]:
    """Return the definitions that the fields of some request models need, each once, in the order of the fields.

    Raises:
        TemplateError: A credential has a field that it cannot have, or is for modelers that know none.
    """
    found: dict[str, JSON] = {}
    for where, info, facts in configured(models):
        if facts.configuration is None:
            continue
        lowest = re.search(r"(\d+)\.(\d+)", engines)
        if lowest and (int(lowest[1]), int(lowest[2])) < FIRST:
            raise TemplateError(
                f"{where}: modelers know reusable credentials from Camunda 8.10 on; make the connector with "
                "engines='^8.10', or hide the field with Property(hidden=True)"
            )
        key, version = facts.configuration
        made = definition(where, key, version, unwrapped(info.annotation)[0])
        if found.setdefault(key, made) != made:
            raise TemplateError(f"{where}: the credential '{key}' is declared in two ways; use one model and version")
    return list(found.values())


def configured(models: Iterable[type[BaseModel]]) -> Iterator[tuple[str, FieldInfo, Property]]:
    """Yield name, field and facts of the shown fields that say more than pydantic does."""
    for model in models:
        for name, info in model.model_fields.items():
            for facts in info.metadata:
                if isinstance(facts, Property) and not facts.hidden and not info.deprecated:
                    yield f"{model.__name__}.{name}", info, facts


def definition(where: str, key: str, version: int, model: Any) -> JSON:
    """Return the definition of one kind of credential.

    Raises:
        TemplateError: It is no model with a title, or a field cannot be part of it.
    """
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TemplateError(f"{where}: a reusable credential is a pydantic model; annotate the field with one")
    name = model.model_config.get("title")
    if not name:
        raise TemplateError(f"{where}: '{model.__name__}' has no title; add model_config = ConfigDict(title=...)")
    made = {
        "id": key,
        "kind": "CREDENTIAL",
        "version": version,
        "name": name,
        "properties": list(properties(model, Place(credential=True))),
    }
    if problems := check(made):
        raise TemplateError(f"{where}: reusable credential '{key}': {problems[0]}")
    return made
