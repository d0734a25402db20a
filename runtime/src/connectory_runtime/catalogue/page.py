"""The page: one file, its style and script inside, readable without either."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from connectory_runtime.catalogue.entries import Action, Entry, Field, searched
from connectory_sdk.template import file_name

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
    templates = "".join(
        f'<li><a download href="templates/{escape(file_name(one))}">{escape(str(one["name"]))}</a>'
        f" <small>version {one['version']}, Camunda {escape(engines(one))}</small></li>"
        for one in entry.templates
    )
    more = f'<p><a href="{escape(entry.documentation)}">About the service</a></p>' if entry.documentation else ""
    errors = "".join(f"<li>{escape(line)}</li>" for line in entry.errors)
    return f"""<article id="{escape(anchor(entry))}" data-words="{escape(searched(entry))}">
<header>{picture}<div><h2>{escape(entry.name)} <span class="kind {entry.kind}">{KINDS[entry.kind]}</span></h2>
<p>{escape(entry.text)}</p></div></header>
<p class="install"><code>{escape(entry.install)}</code> <small>{escape(entry.distribution)}, job type
<code>{escape(entry.type)}</code></small></p>
{"".join(map(action, entry.actions))}
{f"<h3>Errors</h3><ul>{errors}</ul>" if errors else ""}
<h3>Templates</h3><ul class="templates">{templates}</ul>
{more}
</article>"""


def letter(entry: Entry) -> str:
    """Return a picture for a connector that has none."""
    return f'<span class="letter" aria-hidden="true">{escape(entry.name[0].upper())}</span>'


def anchor(entry: Entry) -> str:
    """Return the id of an entry."""
    return entry.type.rpartition(":")[0].rpartition(":")[2] or entry.type


def engines(template: dict[str, object]) -> str:
    """Return the Camunda versions that a template fits, for people."""
    said = template["engines"]
    wanted = str(said["camunda"]) if isinstance(said, dict) else ""
    return wanted.removeprefix("^") + " and later" if wanted.startswith("^") else wanted


def action(one: Action) -> str:
    """Return one operation, folded."""
    rows = "".join(map(row, one.fields))
    result = f"<p><b>Result:</b> {escape(one.result)}</p>" if one.result else ""
    table = f"<table><tr><th>Field</th><th>Variable</th><th></th></tr>{rows}</table>" if rows else ""
    return f"<details><summary>{escape(one.name)} <small>{escape(one.text)}</small></summary>{result}{table}</details>"


def row(field: Field) -> str:
    """Return one field."""
    choices = f"<br><small>{escape(', '.join(field.choices))}</small>" if field.choices else ""
    needed = ' <span class="needed" title="must be filled in">*</span>' if field.needed else ""
    return (
        f"<tr><td>{escape(field.label)}{needed}</td><td><code>{escape(field.name)}</code></td>"
        f"<td>{escape(field.help)}{choices}</td></tr>"
    )
