"""The sandbox: services on loopback, what they received, and how to lead connectors to them."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from connectory_sandbox.faults import described
from connectory_sandbox.secrets import InventedSecrets
from connectory_sandbox.service import SERVICES, Journal, Service

if TYPE_CHECKING:
    from connectory_sandbox.graph import GraphService
    from connectory_sandbox.http import Answers, HttpService
    from connectory_sandbox.kafka import KafkaService
    from connectory_sandbox.slack import SlackService

T = TypeVar("T")


class Sandbox:
    """Services that play the outside world.

    ``async with`` runs them in the loop that is running; a plain ``with`` in a thread of their own, for programs and
    tests that have no loop.

    Args:
        services: Names of the services to start, of `SERVICES`. Default: all whose needs are installed.
        answers: What the HTTP service answers: a file, or the same as a list. See `connectory_sandbox.http.answers`.
        ports: Port of each service by name. Default: free ones.
    """

    def __init__(
        self,
        services: Iterable[str] | None = None,
        answers: "Answers | Path | str | Sequence[Mapping[str, Any]] | None" = None,
        *,
        ports: Mapping[str, int] | None = None,
    ) -> None:
        self.wanted = [name for name in SERVICES if SERVICES[name].installed] if services is None else list(services)
        if unknown := [name for name in self.wanted if name not in SERVICES]:
            raise ValueError(f"the sandbox has no service '{unknown[0]}'; it has {', '.join(SERVICES)}")
        self.answers = answers
        self.ports = ports or {}
        self.secrets = InventedSecrets()
        self.journal = Journal()
        self.services: dict[str, Service] = {}
        self.thread: LoopThread | None = None

    @property
    def http(self) -> "HttpService":
        """The HTTP service."""
        service: HttpService = self.service("http")
        return service

    @property
    def slack(self) -> "SlackService":
        """Slack's Web API."""
        service: SlackService = self.service("slack")
        return service

    @property
    def graph(self) -> "GraphService":
        """Microsoft's login and Graph."""
        service: GraphService = self.service("graph")
        return service

    @property
    def kafka(self) -> "KafkaService":
        """The Kafka broker."""
        service: KafkaService = self.service("kafka")
        return service

    def service(self, name: str) -> Any:
        """Return a service that runs.

        Raises:
            LookupError: It does not; says how to get it.
        """
        if name not in self.services:
            running = ", ".join(self.services) or "nothing"
            raise LookupError(f"the sandbox runs {running}; ask for Sandbox(services=['{name}', ...]) inside a 'with'")
        return self.services[name]

    def fail(self, name: str, fault: Mapping[str, Any]) -> None:
        """Let something go wrong, as JSON describes it.

        Args:
            name: The service.
            fault: The arguments of `Fault`.

        Raises:
            ValueError: The service does not run, or that is no fault.
        """
        if name not in self.services:
            raise ValueError(f"the sandbox runs {', '.join(self.services) or 'nothing'} here, not '{name}'")
        self.services[name].faults.add(described(fault))

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables that lead connectors to the services that run."""
        return {name: value for service in self.services.values() for name, value in service.environ.items()}

    def entries(self) -> list[dict[str, Any]]:
        """Return what all services received, in order, without tokens."""
        for service in self.services.values():
            _ = service.received  # the broker's records are read back; this waits for the last ones
        return [received.entry() for received in self.journal.received]

    def reset(self) -> None:
        """Forget what came, all state and all faults."""
        self.journal.received.clear()
        for service in self.services.values():
            service.reset()

    async def __aenter__(self) -> Self:
        try:
            for name in self.wanted:
                service = SERVICES[name].make()
                if name == "http":
                    self.give_answers(service)
                await service.start(self.journal, port=self.ports.get(name, 0))
                self.services[name] = service
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the services, last started first; what they received stays readable."""
        for service in reversed(self.services.values()):
            await service.stop()

    def give_answers(self, service: Any) -> None:
        """Hand the canned answers to the HTTP service."""
        from connectory_sandbox.http import Answers

        service.answers = Answers.of(self.answers)

    def __enter__(self) -> Self:
        self.thread = LoopThread()
        try:
            self.thread.run(self.__aenter__())
        except BaseException:
            self.thread.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.thread is not None:
            self.thread.run(self.close())
            self.thread.stop()


class LoopThread:
    """A thread with an event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="connectory-sandbox", daemon=True)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def stop(self) -> None:
        """End the loop and the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
