"""Process definitions from BPMN files, for clusters that cannot be searched."""

import logging
from pathlib import Path

from connectory_runtime.inbound.elements import Definition, Element, ModelError, process_ids, read_elements
from connectory_runtime.inbound.importing import Process, Publish

log = logging.getLogger(__name__)


class FolderImport:
    """Reads the BPMN files of a folder, again when they change; the cluster's latest version is what they start.

    Args:
        folder: Where the files are, also in folders below.
        publish: Called with a process and its elements.
    """

    def __init__(self, folder: Path, publish: Publish) -> None:
        self.folder = folder
        self.publish = publish
        self._seen: dict[Path, tuple[int, int]] = {}
        self._published: dict[Process, Path] = {}

    async def look(self) -> None:
        """Look once, and publish what changed."""
        files = {path: (stat.st_mtime_ns, stat.st_size) for path in self._files() if (stat := path.stat())}
        if files == self._seen:
            return
        found: dict[Process, tuple[Path, list[Element]]] = {}
        for path in sorted(files):
            for process, elements in self._read(path).items():
                if process in found:
                    log.warning(
                        "process '%s' is in %s and %s; the first one counts", process[1], found[process][0], path
                    )
                else:
                    found[process] = path, elements
        for process in [one for one in self._published if one not in found]:
            del self._published[process]
            await self.publish(process, [])
        for process, (path, elements) in found.items():
            changed = self._published.get(process) != path or self._seen.get(path) != files[path]
            self._published[process] = path
            if changed:
                await self.publish(process, elements)
        self._seen = files

    def _files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*.bpmn") if path.is_file()]

    def _read(self, path: Path) -> dict[Process, list[Element]]:
        try:
            content = path.read_bytes()
            processes = {}
            for name in process_ids(content):
                definition = Definition(id=name, key=f"{path.name}#{name}")
                processes[definition.tenant_id, name] = read_elements(content, definition)
            return processes
        except (ModelError, OSError) as exc:
            log.error("%s cannot be read: %s", path, exc)
            return {}
