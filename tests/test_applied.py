"""Templates applied by the published tool: the newest of Camunda, and all of ours; the diagrams run as they are."""

import json
from collections.abc import AsyncIterator
from typing import Any

import matrix_events
import matrix_values
import pytest
import pytest_asyncio
from applied import case_of, drawn
from kit import ROOT
from matrix_cases import outbound
from matrix_listening import Listening
from matrix_running import Bench
from official import Templates, install

OURS = sorted(path.stem for path in (ROOT / "templates").glob("*-*.json"))
NEWEST = (
    "graphql-outbound-connector",
    "http-json-connector",
    "http-polling-boundary-catch-event-connector",
    "http-polling-connector",
    "kafka-inbound-connector",
    "kafka-inbound-connector-boundary",
    "kafka-inbound-connector-intermediate",
    "kafka-inbound-connector-receive",
    "kafka-inbound-connector-start-message",
    "kafka-outbound-connector",
    "microsoft-teams-outbound-connector",
    "slack-inbound-boundary",
    "slack-inbound-intermediate",
    "slack-inbound-message-start",
    "slack-inbound-receive",
    "slack-inbound-start-event",
    "slack-outbound-connector",
    "webhook-connector-boundary",
    "webhook-connector-intermediate",
    "webhook-connector-receive",
    "webhook-connector-start-event",
    "webhook-connector-start-message",
)
"""Camunda's templates of our families, as npm has them."""


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return install(tmp_path_factory.mktemp("npm"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench() -> AsyncIterator[Bench]:
    async with Bench() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listening() -> AsyncIterator[Listening]:
    async with Listening() as one:
        yield one


async def ran(templates: Templates, template: dict[str, Any], bench: Bench, listening: Listening) -> str | None:
    """Apply a template with all fields filled in, and run what the tool made; return why it is not as it should be."""
    case = case_of(template)
    if outbound(case.template):
        return await bench.run(
            case,
            lambda case, scene, process: drawn(
                templates, template, case, process, lambda entry: matrix_values.value(entry, case, scene)
            ),
        )
    ((_, reason),) = await listening.run(
        case.template,
        [case],
        lambda case, place: drawn(
            templates, template, case, place.name, lambda entry: matrix_events.value(entry, case, place)
        ),
    )
    return reason


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", NEWEST)
async def test_camundas_newest_template_runs(
    templates: Templates, bench: Bench, listening: Listening, name: str
) -> None:
    """Whatever npm has today, and whether or not the compatibility matrix knows it already."""
    assert await ran(templates, templates.newest(f"{name}.json"), bench, listening) is None


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", OURS)
async def test_our_template_runs(templates: Templates, bench: Bench, listening: Listening, name: str) -> None:
    """Tasks and all kinds of elements that wait for events."""
    template = json.loads((ROOT / "templates" / f"{name}.json").read_text())

    assert await ran(templates, template, bench, listening) is None
