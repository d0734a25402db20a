"""How a template is written to a file."""

import base64
import json
from typing import Any

SCHEMA = "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json"


def dumps(template: dict[str, Any]) -> str:
    """Return a template as JSON text, the same for the same template."""
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"


def file_name(template: dict[str, Any]) -> str:
    """Return the name of a template's file: its id without the house's prefix."""
    return str(template["id"]).removeprefix("connectory.").replace(".", "-").replace(":", "-") + ".json"


def icon(svg: str) -> dict[str, str]:
    """Return an SVG text as the template's icon."""
    return {"contents": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()}
