"""A connector of somebody else's, as an editable install leaves it."""

from pathlib import Path

CONNECTOR = """
from pydantic import BaseModel, Field
from connectory_sdk import Connector, JobContext, hookimpl

paint = Connector(
    id="acme.paint.outbound", name="Paint", type="acme:paint:1", version={version}, engines="{engines}",
    errors={{"EMPTY": "the pot is empty"}}, example="{label}: red",
)

class Request(BaseModel):
    colour: str = Field(title="{label}", description="Of the paint")

@paint.operation("paint")
async def call(request: Request, job: JobContext) -> None:
    \"\"\"Paint.\"\"\"

@hookimpl
def connectory_connectors():
    return [paint]
"""


def connector(source: Path, module: str, *, label: str, version: int, engines: str = "^8.6") -> Path:
    """Make a distribution with one connector, or change it; return the folder of its module."""
    folder = source / module
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text(CONNECTOR.format(label=label, version=version, engines=engines))
    info = source / f"{module}-1.0.dist-info"
    info.mkdir(exist_ok=True)
    name = module.replace("_", "-")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[connectory.connectors]\npaint = {module}\n")
    return folder
