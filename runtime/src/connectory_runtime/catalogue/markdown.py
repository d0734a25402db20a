"""Parts of Markdown files that say what the models say: between two marks that name connectors by their types.

::

    <!-- catalogue: io.camunda:slack:1 -->
    ...
    <!-- end of catalogue -->
"""

import re
from collections.abc import Sequence

from connectory_runtime.catalogue.entries import Action, Entry, Field

BEGIN = re.compile(r"<!-- catalogue: \S+ -->")
PART = re.compile(r"(<!-- catalogue: (\S+) -->\n)(?:(?!<!-- catalogue:).)*?(<!-- end of catalogue -->)", re.DOTALL)


class MarkError(Exception):
    """The marks of a text cannot be followed; the message says why, and what to write."""


def filled(text: str, entries: Sequence[Entry]) -> str:
    """Return a text with its marked parts written anew.

    Raises:
        MarkError: There is no mark, one has no end, or one names a type that no installed connector has.
    """
    known = {entry.type: entry for entry in entries}

    def part(found: re.Match[str]) -> str:
        if found[2] not in known:
            raise MarkError(f"no connector of type '{found[2]}'; there are {', '.join(sorted(known))}")
        return f"{found[1]}\n{described(known[found[2]])}\n{found[3]}"

    if (marks := len(BEGIN.findall(text))) == 0:
        raise MarkError("no connector is marked; write <!-- catalogue: JOB TYPE --> and <!-- end of catalogue -->")
    if marks != len(PART.findall(text)):
        raise MarkError("a mark has no end; write <!-- end of catalogue --> below each <!-- catalogue: JOB TYPE -->")
    return PART.sub(part, text)


def described(entry: Entry) -> str:
    """Return what is known of a connector."""
    lines = [f"Type `{entry.type}`, installed with `{entry.install}`.", ""]
    if entry.example:
        lines += ["| example: field | value |", "|---|---|"]
        lines += [
            f"| {field} | `{cell(value)}` |" for field, _, value in (one.partition(": ") for one in entry.example)
        ]
        lines.append("")
    for one in entry.actions:
        lines += action(one, inbound=entry.kind != "outbound", alone=len(entry.actions) == 1)
    if entry.errors:
        lines += [
            "| error | meaning |" if entry.kind == "outbound" else "| event not taken | what happens |",
            "|---|---|",
        ]
        lines += [f"| {cell(code)} | {cell(words)} |" for code, words in entry.errors]
        lines.append("")
    lines += ["| template | version | Camunda |", "|---|---|---|"]
    lines += [
        f"| {cell(str(one['name']))} (`{one['id']}`) | {one['version']} | {one['engines']['camunda']} |"
        for versions in entry.templates
        for one in versions
    ]
    return "\n".join(lines) + "\n"


def action(one: Action, *, inbound: bool, alone: bool) -> list[str]:
    """Return one operation, or what a subscription asks for."""
    lines = [] if alone else [f"**{one.name}** (`{one.id}`)", ""]
    lines += [f"{one.text}", ""] if one.text else []
    if one.result:
        lines += [f"{'Expressions see' if inbound else 'Result'}: {cell(one.result)}.", ""]
    if one.fields:
        lines += ["| field | variable | |", "|---|---|---|", *map(row, one.fields), ""]
    return lines


def row(field: Field) -> str:
    """Return one field; a star marks what must be filled in where it is shown."""
    about = f"{field.help}: {', '.join(field.choices)}".removeprefix(": ") if field.choices else field.help
    about += f" ({field.shown})" if field.shown else ""
    star = " \\*" if field.needed else ""
    return f"| {cell(field.label)}{star} | `{field.name}` | {cell(about.strip())} |"


def cell(text: str) -> str:
    """Return a text for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
