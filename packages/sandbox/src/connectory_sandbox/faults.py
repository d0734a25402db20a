"""Faults on demand: what a service should do wrong, for which operation, and how often."""

import asyncio
import dataclasses
import fnmatch
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from connectory_sandbox.asgi import Answer, DroppedError


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong.

    Args:
        operation: Which calls it meets, ``*`` and ``?`` are wildcards: ``chat.*``, ``POST /chats/*``. A service's docs
            say what an operation is there.
        status: The HTTP status of the answer; 0 for "answer as usual", for a fault that only delays or breaks.
        retry_after: Seconds for the header ``Retry-After``.
        body: Text of the answer, or JSON as text.
        delay: Seconds to wait before anything happens.
        broken: The answer's JSON ends in the middle.
        drop: The connection is closed without an answer.
        late: The call is carried out before it goes wrong: the caller cannot know that it happened.
        times: How many calls it meets; 0 for all from now on.
    """

    operation: str = "*"
    status: int = 500
    retry_after: float | None = None
    body: str | None = None
    delay: float = 0
    broken: bool = False
    drop: bool = False
    late: bool = False
    times: int = 1

    def answer(self) -> Answer:
        """Return the answer in place of the usual one."""
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        if self.body is not None and self.body[:1] in {"{", "["}:
            return Answer(
                status=self.status, headers={"content-type": "application/json", **headers}, content=self.body.encode()
            )
        if self.body is not None:
            return Answer.text(self.body, status=self.status, headers=headers)
        return Answer.json({"error": f"fault {self.status}, as asked"}, status=self.status, headers=headers)


def described(given: Any) -> Fault:
    """Return the fault that a JSON value describes.

    Args:
        given: The arguments of `Fault` by name.

    Raises:
        ValueError: It describes none; says why.
    """
    from pydantic import TypeAdapter, ValidationError  # the fixtures, which bring this module, are to stay cheap

    names = {field.name for field in dataclasses.fields(Fault)}
    if not isinstance(given, dict) or set(given) - names:
        raise ValueError(f"a fault has {', '.join(sorted(names))}")
    try:
        return TypeAdapter(Fault).validate_python(given)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


class Faults:
    """The faults of one service, oldest first."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.waiting.clear()

    def take(self, operation: str) -> Fault | None:
        """Return the fault that meets a call, and count it."""
        for fault in self.waiting:
            if fnmatch.fnmatchcase(operation, fault.operation):
                if fault.times:
                    fault.times -= 1
                    if not fault.times:
                        self.waiting.remove(fault)
                return fault
        return None


Refuse = Callable[[Fault], Answer]


async def suffer(
    fault: Fault | None, usual: Callable[[], Awaitable[Answer]], *, refuse: Refuse = Fault.answer
) -> Answer:
    """Answer a call as usual, or as its fault wants it.

    Args:
        fault: What goes wrong, if anything.
        usual: Carries the call out and returns the answer.
        refuse: Makes the answer of a fault with a status, in the service's own shape.
    """
    if fault is None:
        return await usual()
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.status == 0 or fault.late or fault.broken:
        answer = await usual()
    if fault.drop:
        raise DroppedError
    if fault.broken:
        return Answer(status=answer.status, headers=answer.headers, content=answer.content[: len(answer.content) // 2])
    return answer if fault.status == 0 else refuse(fault)
