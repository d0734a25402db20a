"""A part of the compatibility matrix; ``python tests/matrix.py --write`` runs all of it and makes the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from kit import needed
from matrix import PAGE, run, templates

SAMPLE = {
    ("io.camunda.connectors.HttpJson.v2", 17),
    ("io.camunda.connectors.GraphQL.v1", 12),
    ("io.camunda.connectors.Slack.v1", 3),
    ("io.camunda.connectors.Slack.v1", 11),
    ("io.camunda.connectors.MSTeams.v1", 8),
    ("io.camunda.connectors.KAFKA.v1", 6),
    ("io.camunda.connectors.webhook.WebhookConnector.v1", 4),
    ("io.camunda.connectors.webhook.WebhookConnectorStartMessage.v1", 15),
    ("io.camunda.connectors.inbound.Slack.BoundaryEvent.v1", 8),
    ("io.camunda.connectors.inbound.KafkaReceive.v1", 7),
    ("io.camunda.connectors.inbound.KAFKA.avro-v1", 2),
    ("io.camunda.connectors.http.Polling", 8),
}


async def test_the_page_says_what_a_sample_does() -> None:
    """Every operation and choice of these templates passes, in the number that the page says."""
    known = templates(Path(needed("CONNECTORY_OFFICIAL_TEMPLATES")))
    chosen = [template for template in known if (template["id"], template["version"]) in SAMPLE]

    rows = await run(chosen)

    assert len(rows) == len(SAMPLE)
    assert [(case.name, reason) for row in rows for case, reason in row.failed] == []
    lines = PAGE.read_text().splitlines()
    for row in rows:
        start = f"| `{row.template['id']}` | {row.template['version']} | "
        line = next(line for line in lines if line.startswith(start))
        assert line.endswith(f"| {len(row.results)} | all |")


def test_the_page_has_every_version() -> None:
    """A version that is new in the list has not been run yet."""
    known = templates(Path(needed("CONNECTORY_OFFICIAL_TEMPLATES")))
    text = PAGE.read_text()

    for template in known:
        version = template["version"] if template["version"] is not None else "none"
        assert f"| `{template['id']}` | {version} |" in text


def test_a_choice_that_is_not_carried_out_is_noticed() -> None:
    """The matrix looks at what arrived, not only at the end of the process."""
    from matrix_cases import Case, readable
    from matrix_values import seen

    template = readable(
        {
            "connector": "rest",
            "properties": [
                {"bindingType": "zeebe:input", "binding": "method", "type": "Dropdown", "choices": ["GET", "POST"]}
            ],
        }
    )
    case = Case(template, "method = POST", full=True, state={"method": "POST"})

    assert seen(case, [{"service": "http", "method": "GET", "url": "https://shop.test/orders"}])
    assert seen(case, [{"service": "http", "method": "POST", "url": "https://shop.test/orders"}]) is None


@pytest.fixture
def oldest() -> dict[str, Any]:
    """Slack's first template for a start event."""
    known = json.loads(Path(needed("CONNECTORY_OFFICIAL_TEMPLATES")).read_text())["templates"]
    wanted = ("io.camunda.connectors.inbound.Slack.StartEvent.v1", 1)
    found: dict[str, Any] = next(template for template in known if (template["id"], template["version"]) == wanted)
    return found


async def test_an_event_that_is_not_mapped_as_drawn_is_noticed(oldest: dict[str, Any]) -> None:
    """The matrix looks at what the process got, not only at its start."""
    from matrix_cases import readable
    from matrix_listening import Listening

    template = oldest
    for entry in template["properties"]:
        if entry["binding"] == "resultExpression":
            entry.update(default="={order: request.body.nowhere}", notEmpty=True)

    async with Listening() as bench:
        reasons = [reason for _, reason in await bench.run(readable(template))]

    assert any(reason and "gave" in reason for reason in reasons)
