"""Which requirement of a distribution is not met: the reason that helps most when it does not load."""

from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


def unmet(distribution: str, *, only: str | None = None) -> str | None:
    """Return the first requirement that is not met: ``needs aiokafka>=0.12, found 0.10.0``; None when all are.

    Args:
        distribution: Whose requirements.
        only: Look at this one alone.
    """
    try:
        stated = requires(distribution) or []
    except PackageNotFoundError:
        return None
    for text in stated:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if only not in (None, canonicalize_name(requirement.name)):
            continue
        needs = f"{requirement.name}{requirement.specifier}"
        try:
            present = version(requirement.name)
        except PackageNotFoundError:
            return f"needs {needs}, which is not installed. Try: pip install '{needs}'"
        if not requirement.specifier.contains(present, prereleases=True):
            return f"needs {needs}, found {present}. Try: pip install --upgrade {distribution} '{needs}'"
    return None
