"""What is to happen at a point in time, the earliest first."""

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Planned:
    """One thing to happen; `cancel` takes it back."""

    __slots__ = ("_schedule", "action", "due", "number")

    def __init__(self, schedule: "Schedule", due: float, number: int, action: Action) -> None:
        self._schedule = schedule
        self.due = due
        self.number = number
        self.action: Action | None = action

    def __lt__(self, other: "Planned") -> bool:
        return (self.due, self.number) < (other.due, other.number)

    def cancel(self) -> None:
        """Let it not happen."""
        if self.action is not None:
            self.action = None
            self._schedule.forget()


class Schedule:
    """A heap of plans. Those taken back stay in it until they are the greater part, so nothing is searched for."""

    def __init__(self) -> None:
        self._heap: list[Planned] = []
        self._numbers = count()
        self._dead = 0
        self.on_earlier: Callable[[], None] | None = None

    def at(self, due: float, action: Action) -> Planned:
        """Plan something."""
        planned = Planned(self, due, next(self._numbers), action)
        heapq.heappush(self._heap, planned)
        if self._heap[0] is planned and self.on_earlier is not None:
            self.on_earlier()
        return planned

    def forget(self) -> None:
        """Note that a plan was taken back."""
        self._dead += 1
        if self._dead > 64 and self._dead * 2 > len(self._heap):
            self._heap = [planned for planned in self._heap if planned.action is not None]
            heapq.heapify(self._heap)
            self._dead = 0

    def first(self) -> float | None:
        """Tell when the next thing is due."""
        heap = self._heap
        while heap and heap[0].action is None:
            heapq.heappop(heap)
            self._dead -= 1
        return heap[0].due if heap else None

    def take(self, now: float) -> Action | None:
        """Give the next thing that is due, once."""
        due = self.first()
        if due is None or due > now:
            return None
        planned = heapq.heappop(self._heap)
        action, planned.action = planned.action, None
        return action
