"""What a cluster can do, by the version that its gateway tells."""

import re
from typing import NamedTuple


class Version(NamedTuple):
    """A version of the cluster; 8.6 where it is not known, because that always works."""

    major: int = 8
    minor: int = 6

    @property
    def tenant_filter(self) -> bool:
        """Activation takes ``tenantFilter``."""
        return (self.major, self.minor) >= (8, 9)

    @property
    def leases(self) -> bool:
        """Jobs come with lease tokens."""
        return (self.major, self.minor) >= (8, 10)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def parse_version(text: object) -> Version:
    """Return the version of a text like ``8.8.7`` or ``8.10.0-alpha1``."""
    found = re.match(r"(\d+)\.(\d+)", str(text or ""))
    return Version(int(found[1]), int(found[2])) if found else Version()
