"""Finds loops through which a process would run for ever without waiting for anything."""

from connectory_engine.model import Element

_WORKLESS = ("TASK", "MANUAL_TASK")


def _runs_through(element: Element) -> bool:
    """Whether an element is done at once, and counts as work: a loop of gateways alone is not looked for."""
    if element.type in _WORKLESS:
        return True
    if element.type == "SCRIPT_TASK":
        return element.script is not None
    return element.type == "INTERMEDIATE_THROW_EVENT" and element.job is None


def _next(element: Element, process: Element) -> list[Element]:
    if element.type == "CALL_ACTIVITY":
        call = element.call
        calls_itself = call is not None and call.process == process.id
        return [process.start] if calls_itself and process.start is not None else []
    if _runs_through(element) or element.type in ("EXCLUSIVE_GATEWAY", "START_EVENT"):
        return [flow.target for flow in element.outgoing]
    return []


def find_loop(process: Element, elements: list[Element]) -> list[str] | None:
    """Give the ids on a loop, its first one again at the end."""
    for start in elements:
        if not _runs_through(start) and start.type != "CALL_ACTIVITY":
            continue
        before: dict[Element, Element] = {}
        waiting = [start]
        while waiting:
            at = waiting.pop(0)
            for following in _next(at, process):
                if following is start:
                    path = [at]
                    while path[-1] is not start:
                        path.append(before[path[-1]])
                    return [e.id for e in reversed(path)] + [start.id]
                if following not in before:
                    before[following] = at
                    waiting.append(following)
    return None
