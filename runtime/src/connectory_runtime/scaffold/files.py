"""The files of a distribution, as texts by path."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template

from connectory_runtime.scaffold.names import Names

PLAIN = {
    "src/MODULE/__init__.py": "the connector and its operations",
    "src/MODULE/requests.py": "what each operation needs, which is also its form",
    "src/MODULE/service.py": "calls of the service",
    "src/MODULE/icon.svg": "what modellers see on the task",
    "src/MODULE/templates": "the element templates, generated from the models",
    "tests": "conformance, operations against the sandbox, the example process on the local engine",
    "examples": "a process that uses the template, and what the sandbox answers to it",
}
INBOUND = {"src/MODULE/events.py": "what becomes of a call of the service"}
EXAMPLE = """\
    inbound_example: ClassVar[dict[str, dict[str, Any]]] = {
        "TYPE-events:1": {"path": "items", "key": "key-1"},
    }
"""
"""What the conformance tests of a connector with events have more."""


def plain(names: Names, *, inbound: bool = False) -> dict[str, str]:
    """Return the files of a connector to begin with.

    Args:
        names: Its names.
        inbound: It listens for events, too.
    """
    contents = PLAIN | (INBOUND if inbound else {})
    made = frame(
        names, summary=f"{names.title} connector for Camunda 8", contents=contents, dependencies=["httpx>=0.28,<1"]
    )
    summary = f"Create items in {names.title}"
    example = EXAMPLE.replace("TYPE", names.type) if inbound else ""
    made |= rendered("outbound", names, summary=summary, inbound_example=example)
    return made | (rendered("inbound", names, summary=summary) if inbound else {})


def frame(
    names: Names, *, summary: str, contents: Mapping[str, str], dependencies: Sequence[str] = ()
) -> dict[str, str]:
    """Return what every distribution has: pyproject.toml, README, type marker, icon, ignored files.

    Args:
        names: Its names.
        summary: One line about it, without a full stop; no quotes.
        contents: What is where, for the README.
        dependencies: What it needs besides the SDK and pydantic.
    """
    rows = sorted(contents.items(), key=lambda row: not row[0].startswith("src/"))
    return rendered(
        "frame",
        names,
        summary=summary,
        contents="".join(f"| `{path.replace('MODULE', names.module)}` | {what} |\n" for path, what in rows),
        dependencies="".join(f'  "{requirement}",\n' for requirement in dependencies),
        sdk=compatible(version("connectory-sdk")),
        initial=names.title[0],
    )


def compatible(release: str) -> str:
    """Return the range of SDK versions that keep their promises to a connector written for this one."""
    major, minor, *_ = release.split(".")
    return f">={major}.{minor},<0.{int(minor) + 1}" if major == "0" else f">={major}.{minor},<{int(major) + 1}"


def rendered(folder: str, names: Names, **more: str) -> dict[str, str]:
    """Return the texts of a folder with the names put in."""
    values = asdict(names) | more
    made = {}
    for path, text in texts(files(__package__) / "texts" / folder):
        place = path.removesuffix(".txt").replace("MODULE", names.module)
        made[".gitignore" if place == "gitignore" else place] = Template(text).substitute(values)
    return made


def texts(folder: Traversable, before: str = "") -> list[tuple[str, str]]:
    """Return the files below a folder: path and text."""
    found = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += texts(entry, f"{before}{entry.name}/")
        else:
            found.append((before + entry.name, entry.read_text(encoding="utf-8")))
    return found
