"""The page of ``connectory dev``: what is deployed, what listens, what happened."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectory_runtime.cli.console import described, short
from connectory_runtime.cli.waits import waits_of

if TYPE_CHECKING:
    from connectory_runtime.cli.dev import Dev

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:75rem}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #ddd;vertical-align:top}"
    "h2{margin:1.5rem 0 .3rem;font-size:1.1rem}code{font-size:.9em}.bad{color:#b00}"
)
MOST = 50


class Page:
    """An ASGI application of one page, which renews itself.

    Args:
        dev: What it shows.
    """

    def __init__(self, dev: "Dev") -> None:
        self.dev = dev

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the page."""
        body = self.text().encode()
        headers = [
            (b"content-type", b"text/html;charset=utf-8"),
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def text(self) -> str:
        """Return the page's HTML."""
        sections = [
            table("Processes", ("Process", "Version", "File"), self.processes()),
            table("Listens for events", ("Element", "What", "State"), self.subscriptions()),
            table("Instances", ("Process", "Key", "State", "Variables"), self.instances()),
        ]
        if self.dev.sandbox is not None:
            entries = self.dev.sandbox.entries()[-MOST:]
            sections.append(
                table("Sandbox received", ("Service", "What"), [(e["service"], described(e)) for e in entries])
            )
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=3>"
            f"<title>connectory dev</title><style>{STYLE}</style><h1>connectory dev</h1>"
            "<p>Engine: <code>/v2</code>, webhooks: <code>/inbound/&lt;path&gt;</code>, health: "
            "<code>/actuator/health</code>, subscriptions: <code>/inbound</code></p>" + "".join(sections)
        )

    def processes(self) -> list[tuple[Any, ...]]:
        """Return the latest versions."""
        return [(one.id, one.version, one.resource_name) for one in self.dev.engine.definitions() if one.latest]

    def subscriptions(self) -> list[tuple[Any, ...]]:
        """Return what listens."""
        inbound = self.dev.runtime.inbound
        rows: list[tuple[Any, ...]] = []
        for one in inbound.registry.all() if inbound is not None else ():
            health = one.journal.health
            path = health.details.get("path")
            first = one.group.first
            name = f"{first.definition.id}: {self.dev.names.get(first.id, first.id)}"
            rows.append((name, f"/inbound/{path}" if path else one.type, f"{health.status} {health.message or ''}"))
        return rows

    def instances(self) -> list[tuple[Any, ...]]:
        """Return the newest instances."""
        newest = islice(reversed(list(self.dev.engine.instances())), MOST)
        return [(one.definition.id, one.key, self.state(one), short(dict(one.variables), 300)) for one in newest]

    def state(self, instance: Any) -> str:
        """Return in words what an instance does."""
        if instance.ended is not None:
            return "ended"
        served = {worker.type for worker in self.dev.runtime.workers}
        texts = []
        for element in self.dev.engine.element_instances(instance.key):
            if element.ended is None:
                place = self.dev.names.get(element.element.id, element.element.id)
                if element.incident is not None:
                    texts.append(f"incident at '{place}'")
                texts += [f"'{place}' waits for {wait['type']}" for wait in waits_of(element, served)]
        return "; ".join(texts) or "active"


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table."""
    lines = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{lines or '<tr><td>nothing yet</td></tr>'}</table>"
