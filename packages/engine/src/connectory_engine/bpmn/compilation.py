"""One file, from its bytes to processes that can run, or to the reasons why not."""

from dataclasses import dataclass

from connectory_engine.bpmn.checks import Checks
from connectory_engine.bpmn.findings import Findings
from connectory_engine.bpmn.loops import find_loop
from connectory_engine.bpmn.processes import Builder, elements_of
from connectory_engine.bpmn.tools import NoParameter
from connectory_engine.bpmn.xml_reading import Unreadable, read
from connectory_engine.model import Process

MOST_BYTES = 4 * 1024 * 1024  # what the real engine takes in one message


class Refused(Exception):  # noqa: N818 - the file is at fault
    """A file that is not deployed; `text` has all reasons."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Compiled:
    """The executable processes of a file."""

    processes: list[Process]


def compile_resource(name: str, data: bytes) -> Compiled:
    """Compile the executable processes of a file.

    Raises:
        Refused: the file is not deployed.
    """
    if len(data) > MOST_BYTES:
        msg = f"'{name}': the file has {len(data)} bytes, {MOST_BYTES} are allowed"
        raise Refused(msg)
    findings = Findings()
    try:
        root = read(data)
        builder = Builder(root, findings, name)
        built = builder.build()
    except (Unreadable, NoParameter) as exc:
        raise Refused(f"'{name}': {exc}") from None
    if not built:
        findings.add("definitions", "Must contain at least one executable process")
    for process in built:
        if not process.node.id:
            findings.add("definitions > process", "Element id must be present and not empty.")
        Checks(process, findings).run()
    if findings:
        raise Refused(f"'{name}': {findings.text()}")
    for process in built:
        elements = [e for e in elements_of(process.process.root) if e.type != "MULTI_INSTANCE_BODY"]
        if loop := find_loop(process.process.root, elements):
            raise Refused(
                f"`{name}`: - Process: {process.process.id}\n    - ERROR: Processes are not allowed to contain a"
                f" straight-through processing loop: {' > '.join(loop)}\n"
            )
    return Compiled([b.process for b in built])
