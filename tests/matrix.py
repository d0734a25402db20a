# ruff: noqa: T201 - a command
"""Official templates, every choice of their forms, run on our runtime: makes ``docs/compatibility-matrix.md``.

::

    CONNECTORY_OFFICIAL_TEMPLATES=official-templates.json python tests/matrix.py [--id TEXT] [--write | --check]
"""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matrix_cases import Case, cases, outbound, readable, unreachable
from matrix_events import NEEDED
from matrix_listening import Listening
from matrix_running import Bench
from matrix_values import LEFT_OUT

PAGE = Path(__file__).parents[1] / "docs" / "compatibility-matrix.md"
FAMILIES = {"rest": "REST", "graphql": "GraphQL", "slack": "Slack", "teams": "Microsoft Teams", "kafka": "Kafka"}
EVENTS = {"webhook": "Webhook", "slack": "Slack events", "kafka": "Kafka consumer", "http-polling": "HTTP polling"}
SOURCES = {"tree": "current tree", "history": "history", "unmerged-branch": "unmerged branch"}
EXPLAINED = {
    ("io.camunda.connectors.MSTeams.v1", 1, "data.messageId"): "with client credentials the form never "
    "shows the message's id: its condition names the dropdown for tokens alone, so no model drawn with it has one",
}
"""Why a model cannot pass: template, version, what the reason names."""
HEAD = """# Compatibility matrix

Made by `python tests/matrix.py --write`; do not edit.

Every published version of Camunda's templates of our families, also the hybrid ones and those that are only in the
history. For each, a model for every operation and every choice of every dropdown and checkbox, twice: with all fields
that are shown filled in, and with those that must be. Each model is deployed as it would be drawn, and run on the local
engine by the runtime and the connector, against the sandbox.

"""
TASKS = """A model for a task passes when the process completes and the request that was asked for has arrived.

Two versions for Microsoft Teams (1 and 2) have conditions that ask a dropdown for tokens and one for client
credentials at once, of which the form shows one; here either is enough.
"""
LISTENING = """A model for an event passes when the runtime finds it in the deployed process, its subscription is
active, and an event starts or continues the process with what the model maps. Events are real: signed HTTP calls for
webhooks and Slack, records of a Kafka broker, answers of a service that is asked. Calls without signature or
credentials, and events that no condition wants, must be refused as the form says. A message start event whose form asks
for a correlation key stands in an event sub-process, where alone it needs one.

Fields that a choice cannot do without are filled in also where a version's form does not mark them: {needed}.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one version of a template."""

    template: Mapping[str, Any]
    results: Sequence[tuple[Case, str | None]]

    @property
    def failed(self) -> list[tuple[Case, str]]:
        """The cases that are not as they should be, and why."""
        return [(case, reason) for case, reason in self.results if reason is not None]


def templates(path: Path) -> list[Mapping[str, Any]]:
    """Return the official templates of a file."""
    return [readable(template) for template in json.loads(path.read_text())["templates"]]


async def run(chosen: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Run the cases of templates."""
    logging.getLogger("connectory_runtime").setLevel(logging.CRITICAL)  # failures are in the page
    rows = []
    if tasks := [template for template in chosen if outbound(template)]:
        async with Bench() as bench:
            rows += [Row(template, [(case, await bench.run(case)) for case in cases(template)]) for template in tasks]
    if events := [template for template in chosen if not outbound(template)]:
        async with Listening() as listening:
            rows += [Row(template, await listening.run(template)) for template in events]
    return rows


def run_part(chosen: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Run the cases of templates in this process."""
    return asyncio.run(run(chosen))


def run_all(chosen: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Run the cases of templates in as many processes as there are processors; return the rows in their order."""
    count = os.cpu_count() or 1
    with ProcessPoolExecutor(count) as pool:
        rows = [row for part in pool.map(run_part, [chosen[first::count] for first in range(count)]) for row in part]
    order = {key(template): index for index, template in enumerate(chosen)}
    return sorted(rows, key=lambda row: order[key(row.template)])


def key(template: Mapping[str, Any]) -> tuple[str, Any]:
    """Return what names a template."""
    return template["id"], template["version"]


def page(rows: Sequence[Row]) -> str:
    """Return the page."""
    total = sum(len(row.results) for row in rows)
    passed = total - sum(len(row.failed) for row in rows)
    lines = [HEAD + f"**{len(rows)} templates and versions, {passed} of {total} models pass.**", ""]
    tasks = [row for row in rows if outbound(row.template)]
    lines += ["## Tasks", "", TASKS, *tables(FAMILIES, tasks)]
    needed = ", ".join(f"`{name.rstrip('.')}`" for name in NEEDED)
    events = [row for row in rows if not outbound(row.template)]
    lines += ["## Events", "", LISTENING.format(needed=needed), *tables(EVENTS, events)]
    lines += ["## Exceptions", ""]
    lines += exceptions(rows) or ["None."]
    lines += ["", "## What the models leave out", "", "| what | why |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, why in LEFT_OUT.items()]
    lines += [
        f"| {', '.join(f'`{choice}`' for choice in gone)} of `{row.template['id']}` {row.template['version']} "
        "| the template's own conditions exclude each other: no setting shows it |"
        for row in rows
        if (gone := unreachable(row.template))
    ]
    return "\n".join(lines) + "\n"


def tables(families: Mapping[str, str], rows: Sequence[Row]) -> list[str]:
    """Return a table for each family."""
    lines = []
    for family, title in families.items():
        lines += [f"### {title}", "", "| template | version | where | models | pass |", "|---|---|---|---|---|"]
        lines += [line(row) for row in rows if row.template["connector"] == family]
        lines.append("")
    return lines


def line(row: Row) -> str:
    """Return what the page says of one version."""
    version = row.template["version"] if row.template["version"] is not None else "none"
    count = len(row.results)
    good = f"{count - len(row.failed)}" if row.failed else "all"
    return f"| `{row.template['id']}` | {version} | {SOURCES[row.template['source']]} | {count} | {good} |"


def exceptions(rows: Sequence[Row]) -> list[str]:
    """Return a line for each model that does not pass."""
    return [
        f"- `{row.template['id']}` {row.template['version']}, {case.name}: {explained(row, reason)}"
        for row in rows
        for case, reason in row.failed
    ]


def explained(row: Row, reason: str) -> str:
    """Return why a model does not pass, in words where somebody has found out."""
    for (name, version, part), words in EXPLAINED.items():
        if (row.template["id"], row.template["version"]) == (name, version) and part in reason:
            return words
    return " ".join(reason.split())[:300]


def main() -> int:
    """Run the matrix; exit code 1 where something does not pass and nobody knows why."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--id", default="", help="only templates with this text in 'id version'")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", action="store_true", help="write the page")
    what.add_argument("--check", action="store_true", help="exit code 1 where the page says something else")
    options = parser.parse_args()
    if options.id and (options.write or options.check):
        parser.error("--write and --check need all templates; leave --id out")
    if not (source := os.environ.get("CONNECTORY_OFFICIAL_TEMPLATES")):
        parser.error("set CONNECTORY_OFFICIAL_TEMPLATES to the list of official templates")
    known = templates(Path(source))
    chosen = [template for template in known if options.id in f"{template['id']} {template['version']}"]
    rows = run_all(chosen)
    text = page(rows)
    print("\n".join(exceptions(rows)) or "no exceptions")
    print(next(line for line in text.splitlines() if line.startswith("**")))
    if options.write:
        PAGE.write_text(text)
    if options.check and PAGE.read_text() != text:
        print(f"{PAGE.name} says something else; run: python tests/matrix.py --write")
        return 1
    return 1 if any(explained(row, reason) not in EXPLAINED.values() for row in rows for _, reason in row.failed) else 0


if __name__ == "__main__":
    sys.exit(main())
