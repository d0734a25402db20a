"""Everything that one engine consists of, each part knowing the others through here."""

from collections.abc import Callable

from connectory_engine.execution.behaviours import BEHAVIOURS
from connectory_engine.execution.deployments import Deployments
from connectory_engine.execution.events import Events
from connectory_engine.execution.instances import Instances
from connectory_engine.execution.jobs import Jobs
from connectory_engine.execution.joins import Joins
from connectory_engine.execution.messages import Messages
from connectory_engine.execution.processor import Processor
from connectory_engine.execution.schedule import Schedule
from connectory_engine.execution.signals import Signals
from connectory_engine.execution.store import Store
from connectory_engine.execution.timers import Timers
from connectory_engine.execution.user_tasks import UserTasks
from connectory_engine.records import ElementInstance, Instance


class World:
    """The parts of an engine."""

    def __init__(self, now: Callable[[], float], history: int) -> None:
        self.now = now
        self.store = Store(history)
        self.schedule = Schedule()
        self.processor = Processor(self)
        self.processor.behaviours.update(BEHAVIOURS)
        self.events = Events(self)
        self.joins = Joins(self)
        self.jobs = Jobs(self)
        self.user_tasks = UserTasks(self)
        self.timers = Timers(self)
        self.messages = Messages(self)
        self.signals = Signals(self)
        self.instances = Instances(self)
        self.deployments = Deployments(self)
        self.compensating: dict[ElementInstance, ElementInstance] = {}
        self.after: list[tuple[Callable[[Instance], None], Instance]] = []
