"""What expressions see of the world outside: the time of the engine that evaluates them, and its source of chance.

Both are the engine's own, so that a moved clock moves `now()` too, and a journal that is read again gives the same.
"""

import time
from random import Random

from connectory_feel import Function, Value
from connectory_feel.temporal import ZonedDateTime
from connectory_feel.temporal.zones import local_zone


class Surroundings:
    """The moment of the command under way (milliseconds since 1970), and chance."""

    __slots__ = ("chance", "moment")

    def __init__(self, seed: int | None = None) -> None:
        self.moment: float | None = None
        self.chance = Random(seed)  # noqa: S311 - no secrets are made of it

    def __enter__(self) -> None:
        """Become what expressions see."""
        _current.append(self)

    def __exit__(self, *_: object) -> None:
        _current.pop()


_current: list[Surroundings] = [Surroundings()]


def _now() -> ZonedDateTime:
    moment = _current[-1].moment
    return ZonedDateTime.from_moment(time.time_ns() if moment is None else int(moment * 1_000_000), local_zone())


def _today() -> Value:
    return _now().local.date


def _random() -> Value:
    from connectory_feel.values import from_float

    return from_float(_current[-1].chance.random())


def _uuid() -> Value:
    moment = _current[-1].moment or time.time() * 1000
    number = (int(moment) & (1 << 48) - 1) << 80 | _current[-1].chance.getrandbits(80)
    number = number & ~(0xF000 << 64) | 0x7000 << 64  # version 7
    number = number & ~(0xC000 << 48) | 0x8000 << 48
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


FUNCTIONS = {
    "now": [Function((), _now)],
    "today": [Function((), _today)],
    "random number": [Function((), _random)],
    "uuid": [Function((), _uuid)],
}
