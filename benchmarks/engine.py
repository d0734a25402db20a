"""Speed and memory of the engine itself, without HTTP (for that see engine_http.py).

    python benchmarks/engine.py

Prints figures and how they compare with the aims of the project; nothing is judged.
"""

import time
import tracemalloc
from collections.abc import Callable

from connectory_engine import Engine

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="model" targetNamespace="http://connectory.test">"""
TASK = '<serviceTask id="work"><extensionElements><zeebe:taskDefinition type="{}"/>{}</extensionElements></serviceTask>'
COUNT_UP = '<zeebe:ioMapping><zeebe:output source="=n + 1" target="n"/></zeebe:ioMapping>'


def flow(source: str, target: str, condition: str = "") -> str:
    """Write a sequence flow."""
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def process(name: str, body: str, more: str = "") -> tuple[str, bytes]:
    """Write a file with one process."""
    text = (
        f'{HEAD}<process id="{name}" isExecutable="true"><startEvent id="start"/>{body}</process>{more}</definitions>'
    )
    return f"{name}.bpmn", text.encode()


SIMPLE = process("simple", TASK.format("simple", "") + flow("start", "work"))
LOOP = process(
    "loop",
    TASK.format("loop", COUNT_UP)
    + '<exclusiveGateway id="join"/><exclusiveGateway id="fork" default="fork_end"/><endEvent id="end"/>'
    + flow("start", "join") + flow("join", "work") + flow("work", "fork") + flow("fork", "end")
    + flow("fork", "join", "=n &lt; rounds"),
)  # fmt: skip
MAIL = process(
    "mail",
    '<intermediateCatchEvent id="catch"><messageEventDefinition id="d" messageRef="m"/></intermediateCatchEvent>'
    + flow("start", "catch"),
    '<message id="m" name="mail"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements>'
    "</message>",
)


def timed(run: Callable[[], int]) -> float:
    """Give how often something was done a second."""
    begin = time.perf_counter()
    return run() / (time.perf_counter() - begin)


def engine() -> Engine:
    """Make an engine with the processes of this benchmark."""
    made = Engine()
    made.deploy([SIMPLE, LOOP, MAIL])
    return made


def create(target: Engine, count: int) -> int:
    """Create instances that wait at a job."""
    for number in range(count):
        target.create_instance("simple", variables={"order": number, "name": "some text"})
    return count


def complete(target: Engine, type: str) -> int:
    """Complete all jobs of a type."""
    done = 0
    while jobs := target.activate_jobs(type, most=32, timeout=60_000):
        for job, _ in jobs:
            target.complete_job(job.key, variables={"done": True})
            done += 1
    return done


def correlate(target: Engine, count: int) -> int:
    """Let instances wait for a message each, and send it."""
    for number in range(count):
        target.create_instance("mail", variables={"key": f"q{number}"})
        target.correlate("mail", f"q{number}")
    return count


def loop(rounds: int) -> float:
    """Give the microseconds of one round."""
    target = engine()
    target.create_instance("loop", variables={"n": 0, "rounds": rounds})
    begin = time.perf_counter()
    complete(target, "loop")
    return (time.perf_counter() - begin) / rounds * 1e6


def main() -> None:
    """Measure and print."""
    target = engine()
    print(f"create instances           {timed(lambda: create(target, 10_000)):8.0f} /s")
    print(f"activate and complete      {timed(lambda: complete(target, 'simple')):8.0f} jobs/s")
    short, long = loop(1_000), loop(10_000)
    print(
        f"a round of a loop          {long:8.1f} us      {long / short:4.2f} x (10,000 rounds to 1,000; the aim is 1)"
    )
    few = timed(lambda: correlate(target, 2_000))
    for number in range(100_000):
        target.publish("mail", f"k{number}", time_to_live=3_600_000)
    many = timed(lambda: correlate(target, 2_000))
    print(f"correlate messages         {many:8.0f} /s      {many / few:4.2f} x (among 100,000 buffered; the aim is 1)")
    target = engine()
    tracemalloc.start()
    create(target, 1_000)
    used = tracemalloc.get_traced_memory()[0] / 2**20
    print(f"1,000 waiting instances    {used:8.2f} MiB     {used / 10:4.2f} x the aim of 10 MiB")


if __name__ == "__main__":
    main()
