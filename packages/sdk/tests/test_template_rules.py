"""The semantic rules: each finds a template, or a folder, that breaks it, and nothing else is wrong with these."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from connectory_sdk import Connector, JobContext
from connectory_sdk.template import check, dumps, outbound_template
from connectory_sdk.template.collection import write
from connectory_sdk.template.folders import check_folder, check_text
from connectory_sdk.template.hybrid import hybrid

JSON = dict[str, Any]


class Send(BaseModel):
    colour: str = Field(title="Colour", description="Of the paint")


def template() -> JSON:
    """A template with two operations, a condition, steps and presets."""
    connector: Connector[Any] = Connector(id="acme.paint.outbound", name="Paint", type="acme:paint:1", version=1)

    async def call(request: Send, job: JobContext) -> None:
        """Do it."""

    call.__annotations__["request"] = Send
    connector.operation("paint", name="Paint")(call)
    connector.operation("scrape", name="Scrape", keywords=("scrape", "remove"))(call)
    made = outbound_template(connector)
    made["groups"].insert(1, {"id": "more", "label": "More"})
    extra = {"label": "Shade", "group": "more", "binding": {"name": "shade", "type": "zeebe:input"}}
    shown = {"property": "operation", "equals": "paint", "type": "simple"}
    choices = [{"name": "Dark", "value": "dark"}, {"name": "Light", "value": "light"}]
    made["properties"].append({**extra, "id": "shade", "type": "Dropdown", "choices": choices, "condition": shown})
    return made


def entry(made: JSON, key: str) -> JSON:
    return next(one for one in made["properties"] if one.get("id") == key)


def nested(made: JSON) -> None:
    made["steps"] = [{"name": "All", "steps": made["steps"], "presetId": "operation_paint"}]


BROKEN: dict[str, Callable[[JSON], Any]] = {
    "condition-target-exists": lambda t: entry(t, "shade")["condition"].update(property="nowhere"),
    "condition-value-in-choices": lambda t: entry(t, "shade")["condition"].update(equals="sand"),
    "condition-property-order": lambda t: t["properties"].insert(0, t["properties"].pop()),
    "group-target-exists": lambda t: entry(t, "shade").update(group="nowhere"),
    "default-value-in-choices": lambda t: entry(t, "shade").update(value="grey"),
    "preset-target-exists": lambda t: t["presets"][0]["properties"].update(nowhere="x"),
    "unique-group-id": lambda t: t["groups"].append({"id": "more", "label": "Again"}),
    "unique-property-id": lambda t: t["properties"].append(copy.deepcopy(entry(t, "shade"))),
    "task-definition-binding-form": lambda t: t["properties"][0].update(binding={"type": "zeebe:taskDefinition:type"}),
    "empty-group": lambda t: t["groups"].append({"id": "nothing", "label": "Nothing"}),
    "steps-presets-present": lambda t: t.pop("presets"),
    "step-group-shape": nested,
    "step-leaf-shape": lambda t: t["steps"][0].pop("keywords"),
    "preset-id-unique": lambda t: t["presets"].append({"id": "operation_paint", "properties": {"operation": "paint"}}),
    "preset-id-resolves": lambda t: t["steps"][0].update(presetId="nowhere"),
    "preset-operation-group-consistency": lambda t: t["presets"][0]["properties"].update(shade="dark"),
    "preset-conditions-satisfied": lambda t: t["presets"][1]["properties"].update(shade="dark"),
    "preset-coverage": lambda t: (t["presets"].pop(), t["steps"].pop()),
    "element-template-version-consistency": lambda t: entry(t, "version").update(value="7"),
}
"""What breaks each rule for a single template."""


def test_the_template_that_is_broken_here_is_sound() -> None:
    """Else the tests below would show nothing."""
    assert check(template()) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_for_a_template_finds_what_breaks_it(rule: str) -> None:
    """The problem begins with the rule's name and says what and where."""
    made = template()
    BROKEN[rule](made)

    assert [problem for problem in check(made) if problem.startswith(f"{rule}: ")]


def test_a_template_that_offers_operations_has_steps() -> None:
    """Neither steps nor presets is not enough where there is a choice."""
    made = template()
    del made["steps"], made["presets"]

    assert check(made) == [
        "steps-presets-present: 'operation' chooses an operation, but there are no steps and presets"
    ]


def test_an_id_may_stand_twice_where_conditions_exclude_each_other() -> None:
    """Two fields of different operations are one for the modeller."""
    made = template()
    again = copy.deepcopy(entry(made, "shade"))
    again["condition"]["equals"] = "scrape"
    made["properties"].append(again)

    assert check(made) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "json-parse: "),
        ('{"id": "a", "id": "b"}', "duplicate-keys: the key 'id' stands twice"),
        ('{"id": "a", "version": 1, "properties": []}', "schema: 'name' is missing"),
    ],
)
def test_what_cannot_be_read_is_said_alone(text: str, problem: str) -> None:
    """Structure comes first; the other rules would only repeat it."""
    found = check_text(text)

    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with versions 1 and 2 of a template, and its hybrid."""
    old, new = template(), template()
    new["version"], entry(new, "version")["value"], new["name"] = 2, "2", "Paint and scrape"
    write([old], tmp_path)
    write([new], tmp_path)
    (tmp_path / "acme-paint-outbound-hybrid.json").write_text(dumps(hybrid(new)))
    return tmp_path


def test_the_folder_that_is_broken_here_is_sound(folder: Path) -> None:
    assert check_folder(folder) == []


def changed(path: Path, **facts: Any) -> None:
    path.write_text(dumps({**json.loads(path.read_text()), **facts}))


ACROSS: dict[str, Callable[[Path], Any]] = {
    "unique-id-version": lambda f: (f / "copy.json").write_text((f / "acme-paint-outbound.json").read_text()),
    "versioned-template-consistency": lambda f: (f / "versioned" / "acme-paint-outbound-1.json").rename(
        f / "versioned" / "acme-paint-outbound-7.json"
    ),
    "current-version-bump": lambda f: changed(f / "acme-paint-outbound.json", version=4),
    "hybrid-parity": lambda f: changed(f / "acme-paint-outbound-hybrid.json", description="Another form"),
}
"""What breaks each rule across files."""


@pytest.mark.parametrize("rule", ACROSS)
def test_each_rule_across_files_finds_what_breaks_it(folder: Path, rule: str) -> None:
    """The problem names the file."""
    ACROSS[rule](folder)

    assert [problem for problem in check_folder(folder) if problem.startswith(f"{rule}: ")]


def test_a_broken_older_version_is_only_asked_who_it_is(folder: Path) -> None:
    """Older versions are never edited, so how they were made is past mending."""
    older = folder / "versioned" / "acme-paint-outbound-1.json"
    made = json.loads(older.read_text())
    made["groups"].append({"id": "nothing", "label": "Nothing"})
    older.write_text(dumps(made))

    assert check_folder(folder) == []
