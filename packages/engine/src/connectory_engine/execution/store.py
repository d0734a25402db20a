"""All that the engine remembers, found by key."""

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

from connectory_engine.records import (
    Correlation,
    Definition,
    ElementInstance,
    Incident,
    Instance,
    Job,
    Subscription,
    UserTask,
    Variable,
)

FIRST_KEY = 2251799813685249  # of partition 1, as in a real cluster
# Variables get keys when they are looked at; so that looking changes nothing else, these are a range of their own.
FIRST_VARIABLE_KEY = FIRST_KEY + (1 << 44)


class Store:
    """Records by key. Ended instances are kept up to a number, then forgotten, the oldest first."""

    def __init__(self, history: int) -> None:
        self.history = history
        self.last_key = FIRST_KEY - 1
        self.last_variable_key = FIRST_VARIABLE_KEY - 1
        self.definitions: dict[int, Definition] = {}
        self.versions: dict[str, list[Definition]] = {}
        self.instances: dict[int, Instance] = {}
        self.elements: dict[int, ElementInstance] = {}
        self.children: dict[int, list[Instance]] = {}
        self.jobs: dict[int, Job] = {}
        self.user_tasks: dict[int, UserTask] = {}
        self.incidents: dict[int, Incident] = {}
        self.subscriptions: dict[int, Subscription] = {}
        self.correlations: deque[Correlation] = deque(maxlen=history)
        self.variable_places: dict[int, tuple[int, str]] = {}
        self._ended: deque[int] = deque()
        self._tables: dict[type, dict[int, Any]] = {
            Job: self.jobs,
            UserTask: self.user_tasks,
            Incident: self.incidents,
            Subscription: self.subscriptions,
        }

    def next_key(self) -> int:
        """Give a new key, greater than all before."""
        self.last_key += 1
        return self.last_key

    def add(self, instance: Instance) -> None:
        """Remember an instance and its root scope."""
        self.instances[instance.key] = instance
        self.elements[instance.key] = instance.root
        if instance.parent is not None:
            self.children.setdefault(instance.parent.instance.key, []).append(instance)

    def ended(self, instance: Instance) -> None:
        """Note that an instance that nobody called has ended."""
        if instance.parent is None:
            self._ended.append(instance.key)
            while len(self._ended) > self.history:
                self._forget(self._ended.popleft())

    def _forget(self, key: int) -> None:
        waiting = [key]
        while waiting:
            number = waiting.pop()
            instance = self.instances.pop(number, None)
            if instance is None:
                continue
            waiting += [child.key for child in self.children.pop(number, ())]
            for element in instance.elements:
                self.elements.pop(element.key, None)
                for variable in (element.variable_keys or {}).values():
                    self.variable_places.pop(variable, None)
            self.elements.pop(number, None)
            for record in instance.records:
                self._tables[type(record)].pop(record.key, None)

    # --- what searches read

    def scopes(self, instance: Instance) -> Iterator[ElementInstance]:
        """Give the element instances of an instance, the process itself first."""
        yield instance.root
        yield from instance.elements

    def variables_of(self, scope: ElementInstance) -> Iterator[Variable]:
        """Give the variables of a scope; a variable gets its key when it is first asked for."""
        if not scope.variables:
            return
        keys = scope.variable_keys
        if keys is None:
            keys = scope.variable_keys = {}
        for name, value in list(scope.variables.items()):
            key = keys.get(name)
            if key is None:
                self.last_variable_key += 1
                key = keys[name] = self.last_variable_key
                self.variable_places[key] = scope.key, name
            yield _variable(key, scope, name, value)

    def variable(self, key: int) -> Variable | None:
        """Give a variable that has a key."""
        scope_key, name = self.variable_places.get(key, (0, ""))
        scope = self.elements.get(scope_key)
        if scope is None or scope.variables is None or name not in scope.variables:
            return None
        return _variable(key, scope, name, scope.variables[name])


def _variable(key: int, scope: ElementInstance, name: str, value: Any) -> Variable:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Variable(key, name, text, scope.key, scope.instance.key, scope.instance.root_key)
