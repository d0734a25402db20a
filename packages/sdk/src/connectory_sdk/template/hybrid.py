"""Hybrid templates: the same form with a task or subscription type that the modeller can change.

For a connector that runs beside the usual one under a type of its own, such as one in a company's own network.
"""

import copy

from connectory_sdk.template.properties import JSON

TASK = {"id": "taskDefinitionType", "label": "Task definition type"}
EVENT = {"id": "connectorType", "label": "Connector type"}


def hybrid(template: JSON) -> JSON:
    """Return the hybrid variant of a template; the header with the template's id keeps that of the base."""
    made = copy.deepcopy(template)
    made["id"] = f"{template['id']}-hybrid"
    made["name"] = f"Hybrid {template['name']}"
    typed = next(entry for entry in made["properties"] if type_of(entry) is not None)
    group = TASK if typed["binding"]["type"] == "zeebe:taskDefinition" else EVENT
    made["groups"] = [group, *made["groups"]]
    typed.update(
        {
            "id": group["id"],
            "label": group["label"],
            "description": "Change it to what the runtime that should do this is told to take",
            "group": group["id"],
            "type": "String",
            "constraints": {"notEmpty": True},
        }
    )
    ungrouped = [entry for entry in made["properties"] if "group" not in entry]
    grouped = [entry for entry in made["properties"] if "group" in entry and entry is not typed]
    made["properties"] = [*ungrouped, typed, *grouped]
    return made


def type_of(entry: JSON) -> str | None:
    """Return the task or subscription type that a property says; None for any other property."""
    binding = entry["binding"]
    if (binding["type"], binding.get("property")) == ("zeebe:taskDefinition", "type"):
        return str(entry["value"])
    return str(entry["value"]) if binding.get("name") == "inbound.type" else None
