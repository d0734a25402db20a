"""Addresses that an operator forbids: ``CAMUNDA_CONNECTOR_HTTP_BLOCK_{URL,PORT,REGEX}[_NAME]``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectory_rest.urls import Target
from connectory_sdk import ConnectorInputError

PREFIX = "CAMUNDA_CONNECTOR_HTTP_BLOCK_"


@dataclass(frozen=True, slots=True)
class Block:
    """One rule; exactly one of its members is set besides the name."""

    name: str
    part: str | None = None
    ports: frozenset[int] | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class BlockList:
    """All rules of an environment."""

    blocks: tuple[Block, ...] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "BlockList":
        """Return the rules of an environment.

        Raises:
            ValueError: One cannot be read; names the variable.
        """
        return cls(tuple(block(key, text) for key, text in sorted(environ.items()) if key.startswith(PREFIX) and text))

    def check(self, target: Target) -> None:
        """Refuse a forbidden address.

        Raises:
            ConnectorInputError: It is forbidden; names the rule, not the address.
        """
        for rule in self.blocks:
            name = f" (Block Name: {rule.name})" if rule.name else ""
            if rule.ports is not None:
                if target.port in rule.ports:
                    raise ConnectorInputError(f"The provided port is not allowed{name}")
            elif (rule.part is not None and rule.part in target.url) or (
                rule.pattern is not None and rule.pattern.fullmatch(target.url)
            ):
                raise ConnectorInputError(f"The provided URL is not allowed{name}")


def block(key: str, text: str) -> Block:
    """Return one rule.

    Raises:
        ValueError: It cannot be read.
    """
    kind, _, name = key.removeprefix(PREFIX).partition("_")
    try:
        if kind == "URL":
            return Block(name, part=text)
        if kind == "PORT":
            return Block(name, ports=frozenset(int(port) for port in text.split(",") if port.strip()))
        if kind == "REGEX":
            return Block(name, pattern=re.compile(text, re.DOTALL))
    except (ValueError, re.error) as exc:
        expected = "ports with commas between" if kind == "PORT" else "a regular expression"
        raise ValueError(f"{key} is '{text}'; write {expected}") from exc
    raise ValueError(f"{key} is no block rule; write {PREFIX}URL_..., _PORT_... or _REGEX_...")
