"""``connectory start --processes N``: several processes on one machine, because one Python process has one core.

Each process is a whole runtime with its own workers; the cluster shares the jobs out. Where the environment describes
several clusters, each has processes of its own. The first process has the HTTP port, the others have the ports after
it, so that each can be asked for its health and metrics.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from connectory_runtime.settings import Environment
from connectory_runtime.settings.environment import port

RESTART_PAUSE = 1.0


def supervise(count: int, clusters: Sequence[str]) -> int:
    """Start processes, start them again when they end by themselves, and end them when a signal comes.

    They get a second signal as well, which ends them at once.

    Args:
        count: How many for each cluster.
        clusters: Names of the clusters; none where there is but one.
    """
    first = Environment(os.environ).parsed(port, 8080, "SERVER_PORT", "server.port")
    stopping = False
    children: list[subprocess.Popen[bytes]] = []

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        if stopping:
            end(children)
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    names: Sequence[str | None] = clusters or [None]
    wanted = [(name, replica) for name in names for replica in range(count)]

    def start(index: int) -> "subprocess.Popen[bytes]":
        return start_one(*wanted[index], port=first + index if first else 0)

    children += [start(index) for index in range(len(wanted))]
    while not stopping:
        time.sleep(0.2)
        for index, child in enumerate(children):
            code = child.poll()
            if code is None or stopping:
                continue
            if code == 2:  # wrong settings: it said why, and would say it again
                stopping = True
                break
            print(f"connectory: process {index} ended with {code} and is started again", file=sys.stderr)
            time.sleep(RESTART_PAUSE)
            children[index] = start(index)
    # Here and not where the signal comes: a process that is just being started would miss it.
    end(children)
    codes = [child.wait() for child in children]
    # A process that was still starting ends by the signal itself, which is as good.
    return max(0 if code == -signal.SIGTERM else abs(code) for code in codes)


def end(children: "Sequence[subprocess.Popen[bytes]]") -> None:
    """Send a signal to all that have not ended."""
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)


def start_one(cluster: str | None, replica: int, *, port: int) -> "subprocess.Popen[bytes]":
    """Start one process, which ends when its standard input does: a supervisor that was killed leaves nobody behind."""
    own = {"SERVER_PORT": str(port), "CONNECTORY_PROCESS": str(replica)}
    if cluster is not None:
        own["CONNECTORY_CLIENT"] = cluster
    command = [sys.executable, "-m", "connectory_runtime", "start"]
    return subprocess.Popen(  # noqa: S603 - our own command
        command, env={**os.environ, **own}, stdin=subprocess.PIPE, start_new_session=True
    )
