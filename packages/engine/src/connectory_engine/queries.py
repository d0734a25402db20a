"""What can be asked of an engine: its records, in the order in which they came. Asking changes nothing."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from connectory_engine.execution.variables import visible
from connectory_engine.execution.world import World
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

__all__ = ["Queries"]


class Queries:
    """The questions to an engine."""

    _world: World

    def definitions(self) -> Iterable[Definition]:
        """Give all deployed processes, in the order of their keys."""
        return self._world.store.definitions.values()

    def definition(self, key: int) -> Definition | None:
        """Give a deployed process."""
        return self._world.store.definitions.get(key)

    def instances(self) -> Iterable[Instance]:
        """Give all instances, in the order of their keys."""
        return self._world.store.instances.values()

    def instance(self, key: int) -> Instance | None:
        """Give an instance."""
        return self._world.store.instances.get(key)

    def children(self, instance_key: int) -> Iterable[Instance]:
        """Give the instances that an instance called."""
        return self._world.store.children.get(instance_key, ())

    def element_instances(self, instance_key: int | None = None) -> Iterable[ElementInstance]:
        """Give the element instances, the processes included, of one instance or of all."""
        store = self._world.store
        if instance_key is None:
            return store.elements.values()
        instance = store.instances.get(instance_key)
        return () if instance is None else store.scopes(instance)

    def element_instance(self, key: int) -> ElementInstance | None:
        """Give an element instance."""
        return self._world.store.elements.get(key)

    def variables(self, instance_key: int | None = None) -> Iterable[Variable]:
        """Give the variables of all scopes, of one instance or of all."""
        store = self._world.store
        return chain.from_iterable(store.variables_of(scope) for scope in list(self.element_instances(instance_key)))

    def variable(self, key: int) -> Variable | None:
        """Give a variable that a search has shown."""
        return self._world.store.variable(key)

    def incidents(self, instance_key: int | None = None) -> Iterable[Incident]:
        """Give the incidents, also the resolved ones, of one instance or of all."""
        return self._records(Incident, self._world.store.incidents, instance_key)

    def incident(self, key: int) -> Incident | None:
        """Give an incident."""
        return self._world.store.incidents.get(key)

    def jobs(self, instance_key: int | None = None) -> Iterable[Job]:
        """Give the jobs of one instance or of all."""
        return self._records(Job, self._world.store.jobs, instance_key)

    def user_tasks(self, instance_key: int | None = None) -> Iterable[UserTask]:
        """Give the user tasks of one instance or of all."""
        return self._records(UserTask, self._world.store.user_tasks, instance_key)

    def user_task(self, key: int) -> UserTask | None:
        """Give a user task."""
        return self._world.store.user_tasks.get(key)

    def subscriptions(self) -> Iterable[Subscription]:
        """Give the message subscriptions, also those that have been used."""
        return self._world.store.subscriptions.values()

    def correlations(self) -> Iterable[Correlation]:
        """Give the messages that reached a subscription."""
        return self._world.store.correlations

    def visible_variables(self, scope_key: int) -> dict[str, Any]:
        """Give the variables that a scope sees."""
        scope = self._world.store.elements.get(scope_key)
        return {} if scope is None else visible(scope)

    def _records(self, kind: type[Any], table: Mapping[int, Any], instance_key: int | None) -> Iterator[Any]:
        if instance_key is None:
            return iter(table.values())
        instance = self._world.store.instances.get(instance_key)
        return iter(()) if instance is None else (r for r in instance.records if isinstance(r, kind))
