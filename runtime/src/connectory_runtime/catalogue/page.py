"""The page: one file, its style and script inside, readable without either."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from connectory_runtime.catalogue.entries import JSON, Action, Entry, Field, searched
from connectory_sdk.template import file_name
from connectory_sdk.template.folders import VERSIONED

KINDS = {
    "outbound": "calls out",
    "webhook": "webhook",
    "subscription": "subscription",
    "polling": "polling",
}


def page(entries: Sequence[Entry]) -> str:
    """Return the catalogue as HTML."""
    frame = files(__package__).joinpath("page.html").read_text()
    listed = "\n".join(card(entry) for entry in entries)
    letters = "".join(
        f'<a href="#{first}">{first}</a>' for first in sorted({entry.name[0].upper() for entry in entries})
    )
    return frame.replace("<!-- entries -->", listed).replace("<!-- letters -->", letters)


def card(entry: Entry) -> str:
    """Return one connector."""
    picture = f'<img src="{escape(entry.icon)}" alt="" width="40" height="40">' if entry.icon else letter(entry)
    templates = "".join(map(downloads, entry.templates))
    more = f'<p><a href="{escape(entry.documentation)}">About the service</a></p>' if entry.documentation else ""
    errors = "".join(
        f"<tr><td><code>{escape(code)}</code></td><td>{escape(words)}</td></tr>" for code, words in entry.errors
    )
    example = "".join(
        f"<tr><td>{escape(field)}</td><td><code>{escape(value)}</code></td></tr>"
        for field, _, value in (line.partition(": ") for line in entry.example)
    )
    kind = "job type" if entry.kind == "outbound" else "subscription type"
    return f"""<article id="{escape(anchor(entry))}" data-words="{escape(searched(entry))}">
<header>{picture}<div><h2>{escape(entry.name)} <span class="kind {entry.kind}">{KINDS[entry.kind]}</span></h2>
<p>{escape(entry.text)}</p></div></header>
<p class="install"><code>{escape(entry.install)}</code> <small>{escape(entry.distribution)}, {kind}
<code>{escape(entry.type)}</code></small></p>
{"".join(action(one, inbound=entry.kind != "outbound") for one in entry.actions)}
{folded("Example", f'<table class="example">{example}</table>') if example else ""}
{folded("Errors", f"<table>{errors}</table>") if errors else ""}
<h3>Templates</h3><ul class="templates">{templates}</ul>
{more}
</article>"""


def letter(entry: Entry) -> str:
    """Return a picture for a connector that has none."""
    return f'<span class="letter" aria-hidden="true">{escape(entry.name[0].upper())}</span>'


def anchor(entry: Entry) -> str:
    """Return the id of an entry."""
    return entry.type.rpartition(":")[0].rpartition(":")[2] or entry.type


def folded(title: str, content: str) -> str:
    """Return a part that opens on a click."""
    return f"<details><summary>{title}</summary>{content}</details>"


def downloads(versions: Sequence[JSON]) -> str:
    """Return the links to one template, for each cluster version the newest version that fits."""
    links = []
    above = ""
    for template in versions:
        lowest = str(template["engines"]["camunda"]).removeprefix("^")
        if lowest == above:
            continue  # a newer version fits all that this one fits
        clusters = f"Camunda {lowest} and later" if not above else f"Camunda {lowest} up to before {above}"
        links.append(
            f'<a download href="templates/{escape(place(template, versions))}">{escape(clusters)}</a> '
            f"<small>version {template['version']}</small>"
        )
        above = lowest
    return f"<li>{escape(str(versions[0]['name']))}: {', '.join(links)}</li>"


def place(template: JSON, versions: Sequence[JSON]) -> str:
    """Return the file of a template below the folder of templates."""
    name = file_name(template)
    return name if template is versions[0] else f"{VERSIONED}/{name.removesuffix('.json')}-{template['version']}.json"


def action(one: Action, *, inbound: bool) -> str:
    """Return one operation, folded."""
    rows = "".join(map(row, one.fields))
    title = "Expressions see" if inbound else "Result"
    result = f"<p><b>{title}:</b> {escape(one.result)}</p>" if one.result else ""
    table = f"<table><tr><th>Field</th><th>Variable</th><th></th></tr>{rows}</table>" if rows else ""
    return f"<details><summary>{escape(one.name)} <small>{escape(one.text)}</small></summary>{result}{table}</details>"


def row(field: Field) -> str:
    """Return one field."""
    choices = f"<small>{escape(', '.join(field.choices))}</small>" if field.choices else ""
    shown = f"<small>for {escape(field.shown)}</small>" if field.shown else ""
    about = "<br>".join(filter(None, (escape(field.help), choices, shown)))
    needed = ' <span class="needed" title="must be filled in">*</span>' if field.needed else ""
    return f"<tr><td>{escape(field.label)}{needed}</td><td><code>{escape(field.name)}</code></td><td>{about}</td></tr>"
