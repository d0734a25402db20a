"""Process instances: created, begun where they were told to, ended."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectory_engine.execution.calls import CallActivity
from connectory_engine.failure import Failure
from connectory_engine.model import Element
from connectory_engine.records import TERMINATING, Definition, ElementInstance, Instance
from connectory_engine.rejection import rejected

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

MOST_TAGS = 10
_TAG = re.compile(r"[a-zA-Z][\w.:-]{0,99}", re.ASCII)
_INTRO = "Expected to create instance of process with start instructions"
_STARTABLE = (
    "SERVICE_TASK, EVENT_BASED_GATEWAY, MANUAL_TASK, INCLUSIVE_GATEWAY, TASK, MULTI_INSTANCE_BODY, SCRIPT_TASK,"
    " END_EVENT, PARALLEL_GATEWAY, SEND_TASK, AD_HOC_SUB_PROCESS_INNER_INSTANCE, AD_HOC_SUB_PROCESS, USER_TASK,"
    " SUB_PROCESS, EXCLUSIVE_GATEWAY, PROCESS, RECEIVE_TASK, EVENT_SUB_PROCESS, INTERMEDIATE_THROW_EVENT,"
    " CALL_ACTIVITY, INTERMEDIATE_CATCH_EVENT, BUSINESS_RULE_TASK"
)


class Instances:
    """Creates and ends process instances."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._calls = CallActivity()

    def create(
        self,
        definition: Definition,
        variables: Mapping[str, Any],
        *,
        parent: ElementInstance | None = None,
        tags: Sequence[str] = (),
        business_id: str | None = None,
        starts: Any = None,
        terminate_after: Sequence[str] = (),
    ) -> Instance:
        """Create an instance; `starts` says where it begins, else at the none start event."""
        w = self.world
        key = w.store.next_key()
        root_key = key if parent is None else parent.instance.root_key
        instance = Instance(definition, root_key, tuple(tags), business_id)
        instance.root = ElementInstance(key, definition.process.root, "PROCESS", instance, None, w.now())
        instance.root.variables = dict(variables)
        instance.parent = parent
        instance.terminate_after = frozenset(terminate_after)
        w.store.add(instance)
        w.processor.push(w.processor.activate, instance.root, starts)
        return instance

    def start_by_event(self, definition: Definition, element: Element, variables: Mapping[str, Any] | None) -> Instance:
        """Create an instance that begins at a start event which has happened."""
        return self.create(definition, {}, starts=[([], element, variables)])

    def begin(self, root: ElementInstance, starts: Any) -> None:
        """Enter the first elements of an instance."""
        processor = self.world.processor
        if starts is None:
            start = root.element.start
            if start is not None:
                processor.push(processor.enter, root, (start, None, None))
            return
        scopes: dict[Element, ElementInstance] = {root.element: root}
        if starts[0][1].type != "START_EVENT":  # which would open them
            self._open_event_sub_processes(root)
        for scopes_around, element, variables in starts:
            at = root
            for around in scopes_around:
                inside = scopes.get(around)
                if inside is None:
                    inside = scopes[around] = self._open_scope(at, around)
                at = inside
            processor.push(processor.enter, at, (element, None, variables))

    def _open_scope(self, outer: ElementInstance, element: Element) -> ElementInstance:
        """Make a sub-process active without entering its start, and without its input mappings."""
        w = self.world
        e = w.processor.create(element, outer)
        w.events.open(e, element.boundaries)
        self._open_event_sub_processes(e)
        w.processor.activated(e)
        return e

    def _open_event_sub_processes(self, scope: ElementInstance) -> None:
        self.world.events.open(scope, [s.start for s in scope.element.event_sub_processes if s.start is not None])

    def starts_at(self, definition: Definition, names: Sequence[str]) -> list[tuple[list[Element], Element, None]]:
        """Check start instructions."""
        process = definition.process
        found: list[tuple[list[Element], Element, None]] = []
        for name in names:
            element = process.elements.get(name)
            if element is None:
                raise rejected(
                    "CREATE",
                    "INVALID_ARGUMENT",
                    f"{_INTRO} but no element found with id '{name}'.",
                )
            around: list[Element] = []
            scope = element.parent
            while scope is not None and scope is not process.root:
                around.insert(0, scope)
                scope = scope.parent
            if reason := _unsupported(element, around):
                raise rejected("CREATE", "INVALID_ARGUMENT", f"{_INTRO} but the element with id '{name}' {reason}")
            found.append((around, element, None))
        return found

    def check_starts(
        self, definition: Definition, starts: list[tuple[list[Element], Element, None]], variables: Mapping[str, Any]
    ) -> None:
        """Reject start instructions when what their scopes wait for cannot be evaluated."""
        instance = Instance(definition, 0, (), None)
        root = instance.root = ElementInstance(0, definition.process.root, "PROCESS", instance, None, self.world.now())
        root.variables = dict(variables)
        for around, _, _ in starts:
            at = root
            for scope in [definition.process.root, *around]:
                if scope is not definition.process.root:
                    at = ElementInstance(0, scope, scope.type, instance, at, root.started)
                events = [s.start for s in scope.event_sub_processes if s.start is not None]
                try:
                    self.world.events.prepare(at, [*scope.boundaries, *events])
                except Failure as failure:
                    reason = f"Expected to subscribe to catch event(s) of '{scope.id}' but {failure.message}"
                    raise rejected("CREATE", "INVALID_ARGUMENT", reason) from None

    def ended(self, root: ElementInstance) -> None:
        """Let those know who wait for the end of an instance."""
        w = self.world
        instance = root.instance
        root.active = None
        root.arrived = None
        if instance.message_start is not None:
            w.messages.instance_ended(instance)
        if instance.parent is not None:
            self._calls.called_ended(w, instance.parent, instance)
        w.store.ended(instance)
        waiting, instance.awaiting = instance.awaiting, None
        for callback in waiting or ():
            w.after.append((callback, instance))

    def when_ended(self, instance: Instance, callback: Callable[[Instance], None]) -> Callable[[], None]:
        """Call back when an instance ends."""
        if instance.ended is not None:
            callback(instance)
            return _nothing
        if instance.awaiting is None:
            instance.awaiting = []
        instance.awaiting.append(callback)

        def forget() -> None:
            if instance.awaiting and callback in instance.awaiting:
                instance.awaiting.remove(callback)

        return forget

    def cancel(self, key: int) -> None:
        """Terminate an instance that nobody called."""
        w = self.world
        instance = w.store.instances.get(key)
        if instance is None or instance.root.phase >= TERMINATING:
            raise rejected(
                "CANCEL",
                "NOT_FOUND",
                f"Expected to cancel a process instance with key '{key}', but no such process was found",
            )
        if instance.parent is not None:
            raise rejected(
                "CANCEL",
                "INVALID_STATE",
                f"Expected to cancel a process instance with key '{key}', but it is created by a parent process"
                f" instance. Cancel the root process instance '{instance.root_key}' instead.",
            )
        w.processor.push(w.processor.terminate, instance.root)


def _unsupported(element: Element, around: list[Element]) -> str | None:
    """Say why an instance cannot start at an element."""
    if any(scope.type == "MULTI_INSTANCE_BODY" for scope in around):
        return (
            "is inside a multi-instance subprocess. The creation of elements inside a multi-instance subprocess is not"
            " supported."
        )
    if any(scope.type == "AD_HOC_SUB_PROCESS" for scope in around):
        return "is inside an ad-hoc subprocess. The creation of elements inside an ad-hoc subprocess is not supported."
    if element.type in ("START_EVENT", "BOUNDARY_EVENT", "PROCESS"):
        return f"targets unsupported element type '{element.type}'. Supported element types are: [{_STARTABLE}]"
    if any(flow.source.type == "EVENT_BASED_GATEWAY" for flow in element.incoming):
        return (
            "belongs to an event-based gateway. The creation of elements belonging to an event-based gateway is not"
            " supported."
        )
    return None


def check_tags(tags: Sequence[str]) -> None:
    """Reject tags that are too many or not written like tags."""
    intro = "Expected to create instance of process with tags, but"
    if len(tags) > MOST_TAGS:
        raise rejected("CREATE", "INVALID_ARGUMENT", f"{intro} {len(tags)} tags are given, {MOST_TAGS} are allowed.")
    wrong = [tag for tag in tags if not _TAG.fullmatch(tag)]
    if wrong:
        raise rejected(
            "CREATE",
            "INVALID_ARGUMENT",
            f"{intro} the tags '{', '.join(wrong)}' are invalid. Tags must start with a letter (a-z, A-Z), followed by"
            f" alphanumerics, underscores, minuses, colons, or periods. It must not be blank and must be 100 characters"
            f" or less.",
        )


def _nothing() -> None:
    """Take nothing back."""
