"""A part of the compatibility matrix; ``python tests/matrix.py --write`` runs all of it and makes the page."""

from pathlib import Path

from kit import needed
from matrix import PAGE, run, templates
from matrix_cases import outbound

SAMPLE = {
    ("io.camunda.connectors.HttpJson.v2", 17),
    ("io.camunda.connectors.GraphQL.v1", 12),
    ("io.camunda.connectors.Slack.v1", 3),
    ("io.camunda.connectors.Slack.v1", 11),
    ("io.camunda.connectors.MSTeams.v1", 8),
    ("io.camunda.connectors.KAFKA.v1", 6),
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

    for template in filter(outbound, known):
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
