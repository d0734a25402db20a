"""Deployed processes: their versions, and what starts the latest of them by itself."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectory_engine.bpmn import Refused, compile_resource
from connectory_engine.execution.timers import Timer
from connectory_engine.model import Process
from connectory_engine.records import Definition, Deployment, SignalWait
from connectory_engine.rejection import rejected

if TYPE_CHECKING:
    from connectory_engine.execution.world import World

_INTRO = "Expected to deploy new resources, but encountered the following errors:"
_PROCESSES = (".bpmn", ".xml", ".bpmn20.xml")


class Deployments:
    """The versions of all processes."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._timers: dict[str, list[Timer]] = {}
        self._signals: dict[str, list[SignalWait]] = {}

    def deploy(self, resources: Sequence[tuple[str, bytes]]) -> Deployment:
        """Deploy files; what is already the latest version is found, not deployed again."""
        if not resources:
            raise rejected("CREATE", "INVALID_ARGUMENT", "Expected to deploy at least one resource, but none given")
        compiled = self._compile(resources)
        key = self.world.store.next_key()
        digests = [hashlib.sha256(data).digest() for _, data, _ in compiled]
        known = [
            self._duplicate(name, digest, process) for (name, _, process), digest in zip(compiled, digests, strict=True)
        ]
        found = [definition for definition in known if definition is not None]
        if len(found) == len(compiled):  # one that is new makes new versions of all
            return Deployment(key, found)
        made = [
            self._version(key, name, data, digest, process)
            for (name, data, process), digest in zip(compiled, digests, strict=True)
        ]
        for definition in made:
            self._open_starts(definition)
        return Deployment(key, made)

    def _duplicate(self, name: str, digest: bytes, process: Process) -> Definition | None:
        """Give the latest version of a process when it is this very file."""
        known = self.latest(process.id)
        return known if known is not None and known.digest == digest and known.resource_name == name else None

    def _compile(self, resources: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes, Process]]:
        faults: list[str] = []
        compiled: list[tuple[str, bytes, Process]] = []
        first: dict[str, str] = {}
        for name, data in resources:
            if not name.lower().endswith(_PROCESSES):
                faults.append(f"\n'{name}': unknown resource type")
                continue
            try:
                processes = compile_resource(name, data).processes
            except Refused as refused:
                faults.append(refused.text)
                continue
            for process in processes:
                if process.id in first:
                    faults.append(f"Duplicated process id in resources '{first[process.id]}' and '{name}'")
                first.setdefault(process.id, name)
                compiled.append((name, data, process))
        here = {process.id for _, _, process in compiled}
        for name, _, process in compiled:
            for element in process.elements.values():
                call = (element.inner or element).call
                if call is None or call.binding != "deployment" or not isinstance(call.process, str):
                    continue
                if call.process not in here:
                    faults.append(
                        f"'{name}':\n- Element: {element.id} > extensionElements > calledElement\n    - ERROR: Expected"
                        f" to find process with id '{call.process}' in current deployment, but not found.\n"
                    )
        if faults:
            raise rejected("CREATE", "INVALID_ARGUMENT", "\n".join([_INTRO, *faults]))
        return compiled

    def _version(self, key: int, name: str, data: bytes, digest: bytes, process: Process) -> Definition:
        store = self.world.store
        known = self.latest(process.id)
        if known is not None:
            known.latest = False
            self._close_starts(known)
        definition = Definition(
            store.next_key(),
            process.id,
            process.name,
            1 if known is None else known.version + 1,
            process.version_tag,
            name,
            data,
            key,
            process,
            digest,
            has_start_form=process.has_start_form,
        )
        store.definitions[definition.key] = definition
        store.versions.setdefault(process.id, []).append(definition)
        return definition

    def _open_starts(self, definition: Definition) -> None:
        w = self.world
        for start in definition.process.root.starts:
            event = start.event
            if event is None:
                continue
            if event.kind == "message" and isinstance(event.name, str):
                w.messages.open_start(definition, start, event.name)
            elif event.kind == "signal" and isinstance(event.name, str):
                wait = SignalWait(event.name, definition, start, None)
                self._signals.setdefault(definition.id, []).append(wait)
                w.signals.wait(wait)
            elif event.kind == "timer" and event.timer is not None:
                timer = Timer(start, None, definition)
                self._timers.setdefault(definition.id, []).append(timer)
                w.timers.start(timer, event.timer, w.timers.prepare(event.timer, None))

    def _close_starts(self, definition: Definition) -> None:
        w = self.world
        w.messages.close_starts(definition)
        for timer in self._timers.pop(definition.id, ()):
            w.timers.stop(timer)
        for wait in self._signals.pop(definition.id, ()):
            w.signals.forget(wait)

    # --- finding

    def latest(self, name: str) -> Definition | None:
        """Give the latest version of a process."""
        versions = self.world.store.versions.get(name)
        return versions[-1] if versions else None

    def tagged(self, name: str, tag: str) -> Definition | None:
        """Give the latest version that has a tag."""
        versions = self.world.store.versions.get(name, [])
        return next((d for d in reversed(versions) if d.version_tag == tag), None)

    def deployed_with(self, name: str, other: Definition) -> Definition | None:
        """Give the version that was deployed together with another process."""
        versions = self.world.store.versions.get(name, [])
        return next((d for d in reversed(versions) if d.deployment_key == other.deployment_key), None)

    def find(self, name: str | None, key: int | None, version: int) -> Definition:
        """Give the version that a creation asks for."""
        if key is not None:
            definition = self.world.store.definitions.get(key)
            if definition is None:
                raise rejected(
                    "CREATE", "NOT_FOUND", f"Expected to find process definition with key '{key}', but none found"
                )
            return definition
        versions = self.world.store.versions.get(name or "", [])
        if version < 0:
            if versions:
                return versions[-1]
            reason = f"Expected to find process definition with process ID '{name}', but none found"
        else:
            if 0 < version <= len(versions):
                return versions[version - 1]
            reason = (
                f"Expected to find process definition with process ID '{name}' and version '{version}', but none found"
            )
        raise rejected("CREATE", "NOT_FOUND", reason)
