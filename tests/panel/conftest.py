"""The modeler's properties panel, from npm, in a real browser."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from browser import Browser, find
from kit import ROOT
from official import install

HERE = Path(__file__).parent
PACKAGES = (
    "bpmn-js",
    "bpmn-js-element-templates",
    "bpmn-js-properties-panel",
    "@bpmn-io/properties-panel",
    "camunda-bpmn-js-behaviors",
    "zeebe-bpmn-moddle",
    "esbuild",
)
STYLES = (
    "bpmn-js/dist/assets/diagram-js.css",
    "bpmn-js/dist/assets/bpmn-js.css",
    "@bpmn-io/properties-panel/dist/assets/properties-panel.css",
    "bpmn-js-element-templates/dist/assets/element-templates.css",
)
SCREENSHOTS = ROOT / "screenshots"


class Panel:
    """Applies templates and says what a modeller sees.

    Args:
        folder: Has the page and the bundled panel.
        browser: Shows it.
    """

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.folder = folder
        self.browser = browser

    def show(self, name: str, *choices: tuple[str, str]) -> dict[str, Any]:
        """Apply a committed template to an element, and choose values by the labels of their fields.

        Returns:
            problems of the template, groups and labels before and after the choices, and the diagram
        """
        template = json.loads((ROOT / "templates" / f"{name}.json").read_text())
        asked = {
            "diagram": diagram(template["appliesTo"][0]),
            "template": template,
            "element": "element",
            "choose": [{"label": label, "value": value} for label, value in choices],
        }
        page = self.folder / f"{name}.html"
        page.write_text((HERE / "page.html").read_text().replace("/* asked */null", json.dumps(asked)))
        dom = self.browser.dom(page.as_uri(), seconds=60)
        text = dom.partition('<pre id="result">')[2].partition("</pre>")[0]
        found: dict[str, Any] = json.loads(unescaped(text) or '{"error": "the page has said nothing"}')
        assert "error" not in found, found
        SCREENSHOTS.mkdir(exist_ok=True)
        self.browser.screenshot(page.as_uri(), SCREENSHOTS / f"{name}.png", width=1000, height=2600, seconds=60)
        return found


def unescaped(text: str) -> str:
    """Return text out of HTML."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\xa0").replace("&amp;", "&")


def diagram(kind: str) -> str:
    """Return a diagram with one element of a BPMN type."""
    tag = kind.replace("bpmn:", "").replace("Task", "task") if kind == "bpmn:Task" else kind.removeprefix("bpmn:")
    tag = tag[0].lower() + tag[1:]
    host = ' attachedToRef="host"' if tag == "boundaryEvent" else ""
    shapes = {"element": (160, 100, 100, 80) if tag == "task" else (160, 100, 36, 36)}
    more = ""
    if host:
        more, shapes = '<bpmn:task id="host" />', {"host": (160, 40, 100, 80), "element": (190, 102, 36, 36)}
    drawn = "".join(
        f'<bpmndi:BPMNShape id="{key}_di" bpmnElement={quoteattr(key)}>'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}" /></bpmndi:BPMNShape>'
        for key, (x, y, width, height) in shapes.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions '
        'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="d" targetNamespace="http://bpmn.io/schema/bpmn" '
        'modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.9.0">'
        f'<bpmn:process id="p" isExecutable="true">{more}<bpmn:{tag} id="element"{host} /></bpmn:process>'
        f'<bpmndi:BPMNDiagram id="i"><bpmndi:BPMNPlane id="pl" bpmnElement="p">{drawn}</bpmndi:BPMNPlane>'
        "</bpmndi:BPMNDiagram></bpmn:definitions>"
    )


@pytest.fixture(scope="session")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    """The panel; needs npm, its registry and a browser."""
    folder = tmp_path_factory.mktemp("panel")
    browser = find(folder / "profile")
    install(folder, *PACKAGES, seconds=300)
    shutil.copy(HERE / "panel.js", folder)
    for style in STYLES:
        shutil.copy(folder / "node_modules" / style, folder)
    bundle = ["--bundle", "--loader:.json=json", "--outfile=panel.bundle.js", "--log-level=error"]
    command = [folder / "node_modules" / ".bin" / "esbuild", "panel.js", *bundle]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    return Panel(folder, browser)
