"""Call activities: an instance of another process, and its variables there and back."""

from typing import TYPE_CHECKING

from connectory_engine.execution.jobs import text
from connectory_engine.execution.plain import Plain
from connectory_engine.execution.variables import visible
from connectory_engine.failure import Failure
from connectory_engine.model import CallSpec
from connectory_engine.records import ACTIVE, Definition, ElementInstance, Instance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

MOST_CALLS = 1_000  # instances that call each other, the limit of the real engine


class CallActivity(Plain):
    """Waits for the instance that it creates."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Create the called instance."""
        call = e.element.call
        if call is None:
            return
        definition = self._definition(w, e, call)
        if definition.process.root.start is None:
            raise Failure(
                "CALLED_ELEMENT_ERROR",
                f"Expected process with BPMN process id '{definition.id}' to have a none start event, but not found.",
            )
        if _depth(e.instance) >= MOST_CALLS:
            raise Failure(
                "CALLED_ELEMENT_ERROR",
                f"The call activity has reached the maximum depth of {MOST_CALLS}. This is likely due to a recursive"
                f" call. Cancel the root process instance if this was unintentional. Otherwise, consider increasing the"
                f" maximum depth, or use process instance modification to adjust the process instance.",
            )
        w.events.open(e, e.element.boundaries)
        w.processor.activated(e)
        variables = visible(e) if call.all_parent_variables else dict(e.variables or {})
        e.called = w.instances.create(definition, variables, parent=e, tags=e.instance.tags)

    def _definition(self, w: "World", e: ElementInstance, call: CallSpec) -> Definition:
        name = text(call.process, e)
        if call.binding == "versionTag":
            found = w.deployments.tagged(name, call.version_tag or "")
            reason = (
                f"Expected to call process with BPMN process id '{name}' and version tag '{call.version_tag}', but no"
                f" such process found. To resolve this incident, deploy a process with the given process id and version"
                f" tag."
            )
        elif call.binding == "deployment":
            found = w.deployments.deployed_with(name, e.instance.definition)
            reason = (
                f"Expected to call process with BPMN process id '{name}' with binding type 'deployment', but no such"
                f" process found in the deployment with key {e.instance.definition.deployment_key} which contained the"
                f" current process. To resolve this incident, migrate the process instance to a process definition that"
                f" is deployed together with the intended process to call."
            )
        else:
            found = w.deployments.latest(name)
            reason = f"Expected process with BPMN process id '{name}' to be deployed, but not found."
        if found is None:
            raise Failure("CALLED_ELEMENT_ERROR", reason)
        return found

    def called_ended(self, w: "World", e: ElementInstance, called: Instance) -> None:
        """Take the variables of the called instance, or end with it."""
        if called.state == "COMPLETED" and e.phase == ACTIVE and e.pending is None:
            call = e.element.call
            if call is not None and (call.all_child_variables or e.element.outputs is not None):
                e.extra = dict(called.variables)
            w.processor.push(w.processor.complete, e)
        elif e.phase > ACTIVE:  # a step of its own: calls may be nested deep
            w.processor.push(lambda at, _: w.processor.terminated(at), e)

    def terminate(self, w: "World", e: ElementInstance) -> None:
        """End the called instance first."""
        if e.called is not None and e.called.ended is None:
            w.processor.push(w.processor.terminate, e.called.root)
        else:
            w.processor.terminated(e)


def _depth(instance: Instance) -> int:
    depth = 1
    while instance.parent is not None:
        instance = instance.parent.instance
        depth += 1
    return depth
