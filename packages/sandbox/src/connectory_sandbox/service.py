"""What a fake of an outside service is. A new one is a module of its own and a line in `SERVICES`."""

import importlib
import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from connectory_sandbox.faults import Faults


class Received(Protocol):
    """Something that a service received."""

    def entry(self) -> dict[str, Any]:
        """Return it as shown to people and programs: ``service`` first, JSON values only, no token."""
        ...


class Journal:
    """What all services of a sandbox received, in order; a service writes down each call when it comes."""

    def __init__(self) -> None:
        self.received: list[Received] = []

    def add(self, received: Received) -> None:
        """Write something down."""
        self.received.append(received)


class Service(Protocol):
    """A fake of an outside service, on loopback.

    It is made without arguments, started once and stopped once; both in the same loop.
    """

    name: ClassVar[str]
    """How people call it, and its attribute of the sandbox."""

    @property
    def environ(self) -> Mapping[str, str]:
        """Environment variables that lead connectors to this service; known after the start."""
        ...

    @property
    def received(self) -> Sequence[Received]:
        """What came, in order; nothing is masked here."""
        ...

    @property
    def faults(self) -> Faults:
        """What shall go wrong."""
        ...

    async def start(self, journal: Journal, *, port: int = 0) -> None:
        """Begin to listen; port 0 takes a free one. What comes is written into the journal too."""
        ...

    async def stop(self) -> None:
        """Stop listening and give everything back."""
        ...

    def reset(self) -> None:
        """Forget what came, all state and all faults."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A service that can be started.

    Args:
        place: ``module:Class``, imported when the service is started.
        connectors: Names of the connectors that it serves.
        needs: Modules that must be installed for it.
    """

    place: str
    connectors: tuple[str, ...]
    needs: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether everything that it needs is there."""
        module = self.place.partition(":")[0]
        return all(importlib.util.find_spec(name) is not None for name in (module, *self.needs))

    def make(self) -> Service:
        """Import and return it."""
        module, _, name = self.place.partition(":")
        made: Service = getattr(importlib.import_module(module), name)()
        return made


SERVICES = {
    "http": Known("connectory_sandbox.http:HttpService", ("rest", "webhook")),
    "slack": Known("connectory_sandbox.slack:SlackService", ("slack",)),
    "graph": Known("connectory_sandbox.graph:GraphService", ("teams",)),
    "kafka": Known("connectory_sandbox.kafka:KafkaService", ("kafka",), ("noida_db", "aiokafka")),
}


def services_for(connectors: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the services that connectors talk to; those that are not known here may talk HTTP."""
    wanted = set(connectors)
    others = wanted - {name for known in SERVICES.values() for name in known.connectors}
    return tuple(
        name for name, known in SERVICES.items() if wanted & set(known.connectors) or (name == "http" and others)
    )
