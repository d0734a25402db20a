"""Rules for steps and presets: what the modeler offers to choose beside the template itself."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from connectory_sdk.template.conditions import parts

JSON = dict[str, Any]
GROUP = "operation"
HYBRID = "taskDefinitionType"
"""Group of a hybrid template that stands before all others."""
LEAF = {"name", "description", "keywords", "presetId"}
CATEGORY = {"name", "description", "steps"}


def steps_presets_present(template: JSON) -> Iterator[str]:
    """A template has both steps and presets, or neither; one that has operations to choose has them."""
    if bool(template.get("steps")) != bool(template.get("presets")):
        missing = "presets" if template.get("steps") else "steps"
        yield f"steps-presets-present: there are no {missing}; a template has both, or neither"
    elif not template.get("steps") and (selectors := selectors_of(template)):
        yield f"steps-presets-present: '{selectors[0]['id']}' chooses an operation, but there are no steps and presets"


def step_group_shape(template: JSON) -> Iterator[str]:
    """A step that has steps has nothing but a name, a description and these."""
    for step in every_step(template.get("steps", [])):
        if "steps" in step and (more := sorted(step.keys() - CATEGORY)):
            yield f"step-group-shape: step '{step.get('name')}' has steps and '{more[0]}'; remove one of them"
        elif "steps" in step and not (step.get("name") and step["steps"]):
            yield f"step-group-shape: step '{step.get('name')}' needs a name and at least one step"


def step_leaf_shape(template: JSON) -> Iterator[str]:
    """A step without steps has a name, keywords and a preset."""
    for step in every_step(template.get("steps", [])):
        if "steps" in step:
            continue
        for key in ("name", "keywords", "presetId"):
            if not step.get(key):
                yield f"step-leaf-shape: step '{step.get('name')}' has no {key}"
        if more := sorted(step.keys() - LEAF):
            yield f"step-leaf-shape: step '{step.get('name')}' has '{more[0]}', which means nothing"


def preset_id_unique(template: JSON) -> Iterator[str]:
    """Two presets do not share an id."""
    for key, count in Counter(preset["id"] for preset in template.get("presets", [])).items():
        if count > 1:
            yield f"preset-id-unique: {count} presets have the id '{key}'"


def preset_id_resolves(template: JSON) -> Iterator[str]:
    """A step names a preset that there is."""
    known = {preset["id"] for preset in template.get("presets", [])}
    for step in leaves(template):
        if step.get("presetId") not in known:
            yield f"preset-id-resolves: step '{step.get('name')}' names '{step.get('presetId')}', which is no preset"


def preset_target_exists(template: JSON) -> Iterator[str]:
    """A preset sets properties that there are."""
    every = {entry.get("id") for entry in template["properties"]}
    for preset in template.get("presets", []):
        for target in preset["properties"]:
            if target not in every:
                yield f"preset-target-exists: preset '{preset['id']}' sets '{target}', which is no property"


def preset_operation_group_consistency(template: JSON) -> Iterator[str]:
    """What presets set stands in the group of operations, and this group comes first."""
    by_id = {entry.get("id"): entry for entry in template["properties"]}
    for preset in template.get("presets", []):
        for target in preset["properties"]:
            group = by_id.get(target, {}).get("group")
            if target in by_id and group != GROUP:
                yield (
                    f"preset-operation-group-consistency: preset '{preset['id']}' sets '{target}' of group '{group}'; "
                    f"only properties of group '{GROUP}' can be preset"
                )
    groups = [group["id"] for group in template.get("groups", []) if group["id"] != HYBRID]
    if template.get("presets") and groups[:1] != [GROUP]:
        yield f"preset-operation-group-consistency: the first group must be '{GROUP}'"


def preset_conditions_satisfied(template: JSON) -> Iterator[str]:
    """What a preset sets is shown once the preset is chosen, and is a value that the property can have."""
    by_id = {entry.get("id"): entry for entry in template["properties"]}
    for preset in template.get("presets", []):
        chosen = preset["properties"]
        for target, value in chosen.items():
            entry = by_id.get(target, {})
            choices = [choice["value"] for choice in entry.get("choices", [])]
            if choices and value not in choices:
                yield (
                    f"preset-conditions-satisfied: preset '{preset['id']}' sets '{target}' to '{value}', "
                    "which is no choice"
                )
            for part in parts(entry.get("condition")):
                allowed = part.get("oneOf", [part["equals"]] if "equals" in part else None)
                if allowed is not None and chosen.get(part["property"]) not in allowed:
                    yield (
                        f"preset-conditions-satisfied: preset '{preset['id']}' sets '{target}', which is shown only "
                        f"where '{part['property']}' is one of {allowed}"
                    )


def preset_coverage(template: JSON) -> Iterator[str]:
    """Each choice that the group of operations offers has one preset, and each preset one step."""
    presets = template.get("presets", [])
    if not presets:
        return
    named = Counter(step.get("presetId") for step in leaves(template))
    for preset in presets:
        if named[preset["id"]] != 1:
            yield f"preset-coverage: {named[preset['id']] or 'no'} steps name preset '{preset['id']}'; one should"
    for entry in selectors_of(template):
        if entry.get("condition"):
            continue
        covered = Counter(preset["properties"].get(entry["id"]) for preset in presets)
        for choice in entry["choices"]:
            if not covered[choice["value"]]:
                yield f"preset-coverage: no preset sets '{entry['id']}' to '{choice['value']}'"
    settings = Counter(tuple(sorted(preset["properties"].items())) for preset in presets)
    for setting, count in settings.items():
        if count > 1:
            yield f"preset-coverage: {count} presets set the same: {dict(setting)}"


OPERATION_RULES = (
    steps_presets_present,
    step_group_shape,
    step_leaf_shape,
    preset_id_unique,
    preset_id_resolves,
    preset_target_exists,
    preset_operation_group_consistency,
    preset_conditions_satisfied,
    preset_coverage,
)


def selectors_of(template: JSON) -> list[JSON]:
    """Return the dropdowns that choose an operation."""
    return [
        entry
        for entry in template["properties"]
        if entry.get("group") == GROUP and entry["type"] == "Dropdown" and len(entry.get("choices", [])) > 1
    ]


def every_step(steps: list[JSON]) -> Iterator[JSON]:
    """Yield all steps, however deep."""
    for step in steps:
        yield step
        yield from every_step(step.get("steps", []))


def leaves(template: JSON) -> list[JSON]:
    """Return the steps that choose a preset."""
    return [step for step in every_step(template.get("steps", [])) if "steps" not in step]
