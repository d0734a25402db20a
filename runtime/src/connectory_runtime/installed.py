"""Which connector distributions are installed, read from their metadata; nothing of them is imported.

Reads the files that the packaging specifications define (``*.dist-info/entry_points.txt``, ``METADATA``) itself:
`importlib.metadata` alone costs more time to import than ``connectory list`` may take; so does `dataclasses`.
"""

import os
import sys

GROUP = "connectory.connectors"
EXTRAS = "connectory.extras"
"""Group in which the distribution `connectory` says which of its extras has the connector of a job type."""


class DiscoveryError(Exception):
    """A connector that was asked for is not there, is broken, or is there twice. One line with the next step."""


class Found:
    """A connector distribution whose metadata was read."""

    __slots__ = ("distribution", "folder", "module", "name", "version")

    def __init__(self, name: str, module: str, distribution: str, version: str, folder: str) -> None:
        self.name = name
        self.module = module
        self.distribution = distribution
        self.version = version
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


def distributions() -> dict[str, tuple[str, str]]:
    """Return version and metadata folder of each installed distribution; the first on the path counts."""
    known: dict[str, tuple[str, str]] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info"):
                project, _, version = name[: -len(".dist-info")].partition("-")
                known.setdefault(normal(project), (version, os.path.join(place or ".", name)))
    return known


def found(known: dict[str, tuple[str, str]] | None = None) -> list[Found]:
    """Return the installed connector distributions by name.

    Args:
        known: What `distributions` gave.

    Raises:
        DiscoveryError: Two distributions provide the same name.
    """
    by_name: dict[str, Found] = {}
    for distribution, (version, folder) in sorted((distributions() if known is None else known).items()):
        for name, module in entry_points(folder):
            one = Found(name, module, distribution, version, folder)
            other = by_name.setdefault(name, one)
            if other is not one:
                raise DiscoveryError(
                    f"connector '{name}' is provided by both {other.distribution} and {distribution}; uninstall one"
                )
    return [by_name[name] for name in sorted(by_name)]


def extras(known: dict[str, tuple[str, str]] | None = None) -> dict[str, str]:
    """Return the extra of `connectory` for each job type that it knows; empty where only single ones are installed."""
    _, folder = (distributions() if known is None else known).get("connectory", ("", ""))
    return dict(entry_points(folder, EXTRAS)) if folder else {}


def entry_points(folder: str, wanted: str = GROUP) -> list[tuple[str, str]]:
    """Return the entry points of a group that a distribution names: name and module."""
    text = content(folder, "entry_points.txt")
    points: list[tuple[str, str]] = []
    if wanted in text:
        group = ""
        for line in text.splitlines():
            line = line.strip()
            if line.startswith("["):
                group = line[1:-1].strip()
            elif group == wanted and "=" in line and not line.startswith(("#", ";")):
                name, _, module = line.partition("=")
                points.append((name.strip(), module.split("[")[0].strip()))
    return points


def content(folder: str, name: str) -> str:
    """Return a metadata file, empty where there is none."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def normal(name: str) -> str:
    """Return a distribution's name as names are compared."""
    return name.lower().replace("_", "-").replace(".", "-")


def problem(one: Found, known: dict[str, tuple[str, str]]) -> str | None:
    """Say why a distribution cannot be loaded, from metadata alone; None when nothing is known to be wrong."""
    for line in content(one.folder, "METADATA").split("\n\n", 1)[0].splitlines():
        if line.startswith("Requires-Dist:") and suspicious(line[len("Requires-Dist:") :].strip(), known):
            from connectory_runtime.requirements import unmet  # needs `packaging`, only to explain

            if said := unmet(one.distribution):
                return said
    return None


def suspicious(requirement: str, known: dict[str, tuple[str, str]]) -> bool:
    """Tell whether a requirement may not be met, by a look that is quick and never says "fine" wrongly."""
    text, _, marker = requirement.partition(";")
    if "extra ==" in marker:
        return False
    end = next((index for index, sign in enumerate(text) if not (sign.isalnum() or sign in "-_.")), len(text))
    present = known.get(normal(text[:end]))
    if present is None:
        return True
    for part in text[end:].strip(" ()").split(","):
        part = part.strip()
        if part.startswith("["):
            return True
        if part and part != f"=={present[0]}" and not (part.startswith(">=") and newer(present[0], part[2:].strip())):
            return True
    return False


def newer(version: str, least: str) -> bool:
    """Tell whether a plain version is at least another plain one; not when one is not plain."""
    try:
        return [int(part) for part in version.split(".")] >= [int(part) for part in least.split(".")]
    except ValueError:
        return False
