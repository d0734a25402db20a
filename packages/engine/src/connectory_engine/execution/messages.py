"""Messages: correlated with what waits for them, and kept for as long as they live."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectory_engine.execution.schedule import Planned
from connectory_engine.model import Element
from connectory_engine.records import Correlation, Definition, ElementInstance, Instance, Subscription
from connectory_engine.rejection import rejected

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

Place = tuple[str, str]  # name and correlation key


class Message:
    """A published message, and the processes that have had it."""

    __slots__ = ("id", "key", "place", "plan", "processes", "variables")

    def __init__(self, key: int, place: Place, id: str, variables: Mapping[str, Any]) -> None:
        self.key = key
        self.place = place
        self.id = id
        self.variables = variables
        self.processes: set[str] | None = None
        self.plan: Planned | None = None


class Messages:
    """The buffer of messages and the subscriptions, each found by name and correlation key."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._waiting: dict[Place, dict[int, Subscription]] = {}
        self._starts: dict[str, dict[str, Subscription]] = {}
        self._buffer: dict[Place, dict[int, Message]] = {}
        self._ids: set[tuple[str, str, str]] = set()
        self._busy: dict[tuple[str, str], Instance] = {}  # process and correlation key of instances made by messages

    # --- publishing

    def publish(
        self, name: str, correlation_key: str, variables: Mapping[str, Any], time_to_live: float, message_id: str
    ) -> int:
        """Publish a message; gives its key."""
        if message_id and (name, correlation_key, message_id) in self._ids:
            raise rejected(
                "PUBLISH",
                "ALREADY_EXISTS",
                f"Expected to publish a new message with id '{message_id}', but a message with that id was already"
                f" published",
            )
        message = Message(self.world.store.next_key(), (name, correlation_key), message_id, variables)
        self._correlate(message)
        if time_to_live > 0:
            self._buffer.setdefault(message.place, {})[message.key] = message
            if message_id:
                self._ids.add((name, correlation_key, message_id))
            message.plan = self.world.schedule.at(self.world.now() + time_to_live, lambda: self._expire(message))
        return message.key

    def correlate(self, name: str, correlation_key: str, variables: Mapping[str, Any]) -> tuple[int, int]:
        """Correlate a message at once; gives its key and that of an instance that got it."""
        message = Message(self.world.store.next_key(), (name, correlation_key), "", variables)
        instance = self._correlate(message)
        if instance is None:
            raise rejected(
                "CORRELATE",
                "NOT_FOUND",
                f"Expected to find subscription for message with name '{name}' and correlation key"
                f" '{correlation_key}', but none was found.",
            )
        return message.key, instance

    def _correlate(self, message: Message) -> int | None:
        waiting: int | None = None
        started: int | None = None
        had: set[str] = set()
        for subscription in list(self._waiting.get(message.place, {}).values()):
            process = subscription.definition.id
            if process not in had and self._deliver(message, subscription):
                had.add(process)
                waiting = waiting or subscription.instance_key
        for process, start in list(self._starts.get(message.place[0], {}).items()):
            if process in had or (process, message.place[1]) in self._busy:
                continue
            had.add(process)
            instance = self._start(message, start)
            started = started or instance.key
        if had:
            message.processes = had
        return started or waiting

    def _deliver(self, message: Message, subscription: Subscription) -> bool:
        at = subscription.at
        if at is None or (subscription.state != "CREATED" and subscription.interrupting):
            return False
        if not self.world.events.trigger(at, subscription.element, message.variables):
            return False
        self._note(message, subscription, at.instance, at.key)
        subscription.state = "CORRELATED"
        subscription.updated = self.world.now()
        if subscription.interrupting:
            self._drop(subscription)
        else:
            subscription.state = "CREATED"
        return True

    def _start(self, message: Message, start: Subscription) -> Instance:
        correlation_key = message.place[1]
        instance = self.world.instances.start_by_event(start.definition, start.element, message.variables)
        if correlation_key:
            instance.message_start = start.definition.id, correlation_key
            self._busy[instance.message_start] = instance
        self._note(message, start, instance, None)
        return instance

    def _note(self, message: Message, subscription: Subscription, instance: Instance, element_key: int | None) -> None:
        name, correlation_key = message.place
        self.world.store.correlations.append(
            Correlation(
                self.world.now(),
                message.key,
                name,
                correlation_key,
                subscription.definition,
                subscription.element_id,
                element_key,
                instance.key,
                instance.root_key,
                subscription.key,
            )
        )

    def _expire(self, message: Message) -> None:
        there = self._buffer.get(message.place)
        if there is not None:
            there.pop(message.key, None)
            if not there:
                del self._buffer[message.place]
        if message.id:
            self._ids.discard((*message.place, message.id))

    # --- subscriptions of element instances

    def subscribe(self, e: ElementInstance, element: Element, name: str, correlation_key: str) -> Subscription:
        """Let an element instance wait for a message."""
        store = self.world.store
        interrupting = element.interrupting or element.type not in ("BOUNDARY_EVENT", "START_EVENT")
        subscription = Subscription(
            store.next_key(), e.instance.definition, element, name, correlation_key, e, self.world.now()
        )
        subscription.interrupting = interrupting
        store.subscriptions[subscription.key] = subscription
        e.instance.records.append(subscription)
        self._waiting.setdefault((name, correlation_key), {})[subscription.key] = subscription
        return subscription

    def look_up(self, subscriptions: list[Subscription]) -> None:
        """Give new subscriptions what the buffer has for them, once their element is active."""
        for subscription in subscriptions:
            place = subscription.message_name, subscription.correlation_key or ""
            if place in self._buffer and subscription.at is not None:
                self.world.processor.push(lambda _, s: self._from_buffer(s), subscription.at, subscription)

    def _from_buffer(self, subscription: Subscription) -> None:
        place = subscription.message_name, subscription.correlation_key or ""
        process = subscription.definition.id
        for message in list(self._buffer.get(place, {}).values()):
            if subscription.state != "CREATED":
                return
            if message.processes is not None and process in message.processes:
                continue
            if self._deliver(message, subscription):
                message.processes = (message.processes or set()) | {process}
            else:
                return

    def unsubscribe(self, subscription: Subscription) -> None:
        """Let an element instance wait no more."""
        if subscription.state == "CREATED":
            subscription.state = "DELETED"
            subscription.updated = self.world.now()
        self._drop(subscription)

    def _drop(self, subscription: Subscription) -> None:
        place = subscription.message_name, subscription.correlation_key or ""
        waiting = self._waiting.get(place)
        if waiting is not None:
            waiting.pop(subscription.key, None)
            if not waiting:
                del self._waiting[place]

    # --- start events

    def open_start(self, definition: Definition, element: Element, name: str) -> None:
        """Let a message start a process."""
        store = self.world.store
        subscription = Subscription(store.next_key(), definition, element, name, None, None, self.world.now())
        store.subscriptions[subscription.key] = subscription
        self._starts.setdefault(name, {})[definition.id] = subscription

    def close_starts(self, definition: Definition) -> None:
        """Let messages no longer start a version of a process."""
        for name, starts in list(self._starts.items()):
            subscription = starts.get(definition.id)
            if subscription is not None and subscription.definition is definition:
                subscription.state = "DELETED"
                subscription.updated = self.world.now()
                del starts[definition.id]
                if not starts:
                    del self._starts[name]

    def instance_ended(self, instance: Instance) -> None:
        """Let the next buffered message with its key start the process again."""
        lock = instance.message_start
        if lock is None:
            return
        self._busy.pop(lock, None)
        process, correlation_key = lock
        waiting: list[tuple[int, Message, Subscription]] = []
        for name, starts in self._starts.items():
            start = starts.get(process)
            if start is None:
                continue
            for message in self._buffer.get((name, correlation_key), {}).values():
                if message.processes is None or process not in message.processes:
                    waiting.append((message.key, message, start))
                    break
        if waiting:
            _, message, start = min(waiting, key=lambda entry: entry[0])
            message.processes = (message.processes or set()) | {process}
            self._start(message, start)
