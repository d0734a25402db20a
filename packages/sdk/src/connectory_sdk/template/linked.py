"""The fields that ask for a linked resource: whether there is one, which, and in which of its versions."""

from collections.abc import Iterator
from typing import Any

JSON = dict[str, Any]
BINDING = {"latest": "Latest", "deployment": "Deployed with this process", "versionTag": "Version tag"}


def linked(link: str, *, type: str, required: bool, label: str, about: str | None, shared: JSON) -> Iterator[JSON]:
    """Yield the properties of one link.

    Args:
        link: Name of the link, and stem of the ids.
        type: Kind of resource that the engine is told, such as ``form``.
        required: There must be a resource; otherwise a switch comes first.
        label: What the field is called.
        about: What it is for.
        shared: Group and conditions that all properties have.
    """
    conditions: list[JSON] = list(shared.get("conditions", ()))

    def made(name: str, **facts: Any) -> JSON:
        facts = {key: value for key, value in facts.items() if value is not None}
        group = {"group": shared["group"]} if shared.get("group") else {}
        condition = {"allMatch": conditions} if len(conditions) > 1 else conditions[0] if conditions else None
        bound = {"linkName": link, "property": name, "type": "zeebe:linkedResource"}
        shown = {"condition": condition} if condition else {}
        return {"id": f"{link}.{name}", "binding": bound, **facts, **group, **shown}

    if not required:
        switch = made("include", label=f"{label}: link one", description=about, value=False, type="Boolean")
        yield {**switch, "binding": {"key": f"{link}.include", "type": "zeebe:taskHeader"}}
        conditions = [*conditions, {"property": f"{link}.include", "equals": True, "type": "simple"}]
        about = None
    yield made("resourceType", value=type, type="Hidden")
    yield made(
        "resourceId",
        label=label,
        description=about or "ID of the resource",
        constraints={"notEmpty": True},
        feel="optional",
        type="String",
    )
    yield made(
        "bindingType",
        label=f"{label}: version",
        description="Which of the deployed versions is used",
        value="latest",
        type="Dropdown",
        choices=[{"name": words, "value": value} for value, words in BINDING.items()],
    )
    conditions = [*conditions, {"property": f"{link}.bindingType", "equals": "versionTag", "type": "simple"}]
    yield made(
        "versionTag",
        label=f"{label}: version tag",
        description="Tag of the version to use",
        constraints={"notEmpty": True},
        type="String",
    )
