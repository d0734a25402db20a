"""Rules for templates that no JSON schema can say; the names are those of Camunda's own template validator."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from connectory_sdk.template.conditions import exclusive, named, parts
from connectory_sdk.template.steps import OPERATION_RULES

JSON = dict[str, Any]


def check(template: JSON) -> list[str]:
    """Return what is wrong with a template, one line each with the rule's name; empty when all is well."""
    return [problem for rule in RULES for problem in rule(template)]


def group_target_exists(template: JSON) -> Iterator[str]:
    """A property's group is declared."""
    known = {group["id"] for group in template.get("groups", [])}
    for entry in template["properties"]:
        if "group" in entry and entry["group"] not in known:
            yield f"group-target-exists: '{named(entry)}' is in group '{entry['group']}', which is not declared"


def empty_group(template: JSON) -> Iterator[str]:
    """A declared group has properties."""
    used = {entry.get("group") for entry in template["properties"]}
    for group in template.get("groups", []):
        if group["id"] not in used:
            yield f"empty-group: group '{group['id']}' has no property; remove it"


def unique_group_id(template: JSON) -> Iterator[str]:
    """Two groups do not share an id."""
    for key, count in Counter(group["id"] for group in template.get("groups", [])).items():
        if count > 1:
            yield f"unique-group-id: group '{key}' is declared {count} times"


def unique_property_id(template: JSON) -> Iterator[str]:
    """Two properties do not share an id, unless their conditions exclude each other."""
    seen: dict[str, list[JSON]] = {}
    for entry in template["properties"]:
        if "id" not in entry:
            continue
        for other in seen.setdefault(entry["id"], []):
            if not exclusive(other.get("condition"), entry.get("condition")):
                yield f"unique-property-id: two properties '{entry['id']}'; give one another id with Property(id=...)"
        seen[entry["id"]].append(entry)


def conditions_refer(template: JSON) -> Iterator[str]:
    """A condition names a property that stands earlier, and values that it can have."""
    earlier: dict[str, list[JSON]] = {}
    every = {entry.get("id") for entry in template["properties"]}
    for entry in template["properties"]:
        for part in parts(entry.get("condition")):
            target = part["property"]
            if target not in every:
                yield f"condition-target-exists: '{named(entry)}' is shown by '{target}', which is no property"
            elif target not in earlier:
                yield f"condition-property-order: '{named(entry)}' is shown by '{target}', which comes later"
            else:
                allowed = {c["value"] for other in earlier[target] for c in other.get("choices", [])}
                for value in part.get("oneOf", [part["equals"]] if "equals" in part else []):
                    if allowed and value not in allowed:
                        yield f"condition-value-in-choices: '{named(entry)}' waits for '{value}', not in '{target}'"
        earlier.setdefault(entry.get("id", ""), []).append(entry)


def default_value_in_choices(template: JSON) -> Iterator[str]:
    """The default of a dropdown is one of its choices."""
    for entry in template["properties"]:
        values = [choice["value"] for choice in entry.get("choices", [])]
        if values and "value" in entry and entry["value"] not in values:
            yield f"default-value-in-choices: '{named(entry)}' starts with '{entry['value']}', which is no choice"


def task_definition_binding_form(template: JSON) -> Iterator[str]:
    """The task type is bound in the current form."""
    for entry in template["properties"]:
        if entry["binding"]["type"] == "zeebe:taskDefinition:type":
            yield "task-definition-binding-form: bind the type as zeebe:taskDefinition with property 'type'"


def element_template_version_consistency(template: JSON) -> Iterator[str]:
    """The version header says the template's version."""
    for entry in template["properties"]:
        if entry["binding"].get("key") == "elementTemplateVersion" and entry.get("value") != str(
            template.get("version")
        ):
            yield f"element-template-version-consistency: header says '{entry.get('value')}', not {template['version']}"


RULES = (
    unique_group_id,
    group_target_exists,
    empty_group,
    unique_property_id,
    conditions_refer,
    default_value_in_choices,
    task_definition_binding_form,
    element_template_version_consistency,
    *OPERATION_RULES,
)
