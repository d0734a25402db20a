"""Which connector distributions are installed, read from their metadata; nothing of them is imported.

Reads the files that the packaging specifications define (``*.dist-info/entry_points.txt``, ``METADATA``) itself:
`importlib.metadata` alone costs more time to import than ``connectory list`` may take; so does `dataclasses`.
"""

import os
import sys

GROUP = "connectory.connectors"
SDK = "connectory-sdk"
EXTRAS = "connectory.extras"
"""Group in which the distribution `connectory` says which of its extras has the connector of a job type."""


class DiscoveryError(Exception):
    """A connector that was asked for is not there, is broken, or is there twice. One line with the next step."""


class Found:
    """A connector distribution whose metadata was read."""

    __slots__ = ("clash", "distribution", "folder", "module", "name", "version")

    def __init__(self, name: str, module: str, distribution: str, version: str, folder: str) -> None:
        self.name = name
        self.module = module
        self.distribution = distribution
        self.version = version
        self.folder = folder
        self.clash = ""  # which other distribution has this name, too; then neither is imported

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
    """Return the installed connector distributions by name; one whose name is there twice says so.

    Args:
        known: What `distributions` gave.
    """
    by_name: dict[str, Found] = {}
    for distribution, (version, folder) in sorted((distributions() if known is None else known).items()):
        for name, module in entry_points(folder):
            one = Found(name, module, distribution, version, folder)
            other = by_name.setdefault(name, one)
            if other is not one:
                other.clash = (
                    f"connector '{name}' is provided by both {other.distribution} and {distribution} {version}; "
                    "uninstall one"
                )
    return [by_name[name] for name in sorted(by_name)]


def allowed() -> list[str] | None:
    """Return the names on the allow-list, None where all are allowed."""
    text = os.environ.get("CONNECTORY_CONNECTORS", "").strip()
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


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


def requirements(one: Found) -> list[str]:
    """Return what a distribution requires, as its metadata says it."""
    lines = content(one.folder, "METADATA").split("\n\n", 1)[0].splitlines()
    return [line[len("Requires-Dist:") :].strip() for line in lines if line.startswith("Requires-Dist:")]


def problem(one: Found, known: dict[str, tuple[str, str]]) -> str | None:
    """Say why a distribution cannot be loaded, from metadata alone; None when nothing is known to be wrong."""
    if one.clash:
        return one.clash
    if said := sdk_problem(one, known):
        return said
    if any(suspicious(text, known) for text in requirements(one)):
        from connectory_runtime.requirements import unmet  # needs `packaging`, only to explain

        return unmet(one.distribution)
    return None


def sdk_problem(one: Found, known: dict[str, tuple[str, str]]) -> str | None:
    """Say that a distribution is for another SDK than the one that is installed; None when it is not."""
    stated = [text for text in requirements(one) if named(text) == SDK]
    if not any(suspicious(text, known) for text in stated):
        return None
    from connectory_runtime.requirements import unmet

    return unmet(one.distribution, only=SDK)


def named(requirement: str) -> str:
    """Return which distribution a requirement is about."""
    end = next((i for i, sign in enumerate(requirement) if not (sign.isalnum() or sign in "-_.")), len(requirement))
    return normal(requirement[:end])


def suspicious(requirement: str, known: dict[str, tuple[str, str]]) -> bool:
    """Tell whether a requirement may not be met, by a look that is quick and never says "fine" wrongly."""
    text, _, marker = requirement.partition(";")
    if "extra ==" in marker:
        return False
    name = named(text)
    present = known.get(name)
    if present is None:
        return True
    versions = text.strip()[len(name) :].strip()
    if versions.startswith("["):  # extras
        versions = versions.partition("]")[2]
    parts = versions.strip(" ()").split(",")
    return not all(meets(present[0], part.strip()) for part in parts if part.strip())


def meets(version: str, part: str) -> bool:
    """Tell whether a version surely meets one part of a requirement, such as ``>=1.2``."""
    if part == f"=={version}":
        return True
    release, post, _ = version.partition(".post")  # a post-release is after its release and before the next one
    if post:
        return part.startswith(">=") and compared(release, part[2:].strip()) in (0, 1)
    for sign, wanted in ((">=", (0, 1)), ("<=", (0, -1)), ("<", (-1,)), (">", (1,)), ("!=", (1, -1))):
        if part.startswith(sign):
            return compared(version, part[len(sign) :].strip()) in wanted
    return False


def compared(version: str, other: str) -> int | None:
    """Return -1, 0 or 1 for plain versions, as they are ordered; None when one is not plain."""
    try:
        one, two = ([int(part) for part in text.split(".")] for text in (version, other))
    except ValueError:
        return None
    length = max(len(one), len(two))
    one, two = one + [0] * (length - len(one)), two + [0] * (length - len(two))
    return (one > two) - (one < two)
