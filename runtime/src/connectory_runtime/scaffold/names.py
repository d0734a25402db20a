"""The names of a new connector distribution, all from one."""

import keyword
import re
import sys
from dataclasses import dataclass

MOST = 30  # letters; longer ones would not fit into the lines of the files


class ScaffoldError(Exception):
    """A distribution cannot be written: one line with the next step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a distribution and its parts are called.

    Args:
        distribution: ``acme-tickets``; also the entry point's name.
        module: ``acme_tickets``.
        title: ``Acme Tickets``, for people.
        id: Begin of the templates' ids, ``acme.tickets``.
        type: Begin of the job type and the subscription type, ``acme:tickets``.
        variable: Begin of secrets and environment variables, ``ACME_TICKETS``.
    """

    distribution: str
    module: str
    title: str
    id: str
    type: str
    variable: str

    @classmethod
    def of(cls, text: str) -> "Names":
        """Return the names that follow from a distribution's name.

        Raises:
            ScaffoldError: It is no name.
        """
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text) or len(text) > MOST:
            raise ScaffoldError(
                f"'{text}' is no name for a connector; write at most {MOST} small letters and digits, words with "
                f"hyphens, such as '{suggestion(text)}'"
            )
        module = text.replace("-", "_")
        if keyword.iskeyword(module) or module in sys.stdlib_module_names:
            raise ScaffoldError(f"'{module}' is a word of Python itself; put your name before it: 'acme-{text}'")
        vendor, _, rest = text.partition("-")
        return cls(
            distribution=text,
            module=module,
            title=" ".join(word.capitalize() for word in text.split("-")),
            id=f"{vendor}.{rest}" if rest else vendor,
            type=f"{vendor}:{rest}" if rest else vendor,
            variable=module.upper(),
        )


def suggestion(text: str) -> str:
    """Return a name that resembles the text and is one."""
    words = "-".join(re.findall(r"[a-z0-9]+", text.lower())).lstrip("0123456789-")
    return words[:MOST].rstrip("-") or "acme-tickets"
