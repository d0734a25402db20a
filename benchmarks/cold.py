"""What a command costs from process start to exit: time and peak memory, beside a bare interpreter in the same run.

    python benchmarks/cold.py

Targets: ``connectory list`` at most 4x a bare interpreter; the main example under 1.5 s and 80 MiB.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
COMMANDS = {
    "bare interpreter": [PYTHON, "-c", "pass"],
    "connectory list": [PYTHON, "-m", "connectory_runtime", "list"],
    "connectory run order.bpmn --sandbox": [
        *(PYTHON, "-m", "connectory_runtime", "run"),
        *(str(ROOT / "examples" / "order.bpmn"), "--sandbox"),
    ],
}
ROUNDS = 11


def once(command: list[str]) -> tuple[float, float]:
    """Return seconds and peak MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    """Run the commands in turn, so that a slow moment of the machine meets all of them, and print the medians."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            runs[name].append(once(command))
    bare = statistics.median(seconds for seconds, _ in runs["bare interpreter"])
    print(f"{'':38} {'seconds':>8} {'ratio':>6} {'MiB':>6}   (medians of {ROUNDS})")
    for name, results in runs.items():
        seconds = statistics.median(seconds for seconds, _ in results)
        print(f"{name:38} {seconds:8.3f} {seconds / bare:6.1f} {max(mib for _, mib in results):6.1f}")


if __name__ == "__main__":
    main()
