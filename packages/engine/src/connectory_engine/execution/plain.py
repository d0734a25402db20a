"""What elements do unless they say otherwise: nothing to wait for, outputs at the end, nothing inside."""

from typing import TYPE_CHECKING

from connectory_engine.records import ElementInstance

if TYPE_CHECKING:
    from connectory_engine.execution.world import World


class Plain:
    """An element that is done at once."""

    def prepare(self, w: "World", e: ElementInstance) -> None:
        """Set nothing."""

    def activate(self, w: "World", e: ElementInstance) -> None:
        """Be active, and done."""
        w.processor.passes(e)

    def complete(self, w: "World", e: ElementInstance) -> None:
        """Map what a trigger brought, then go on."""
        w.processor.outputs(e, e.extra)
        w.processor.finish(e)

    def terminate(self, w: "World", e: ElementInstance) -> None:
        """End at once: there is nothing inside."""
        w.processor.terminated(e)

    def child_left(self, w: "World", e: ElementInstance, child: ElementInstance) -> None:
        """Do nothing: there are no children."""
