"""What Camunda's Java runtime was seen to do with 494 jobs: the service does the same."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from kit import needed

CASES = "outbound-rest.jsonl"


def test_the_recorded_jobs_of_the_rest_connector() -> None:
    """Every case that is not disputed agrees; deviations would stand in docs/compatibility.md."""
    tool = shlex.split(needed("CONNECTORY_REPLAY_OUTBOUND"))
    cases = Path(needed("CONNECTORY_RECORDED")) / CASES
    service = [sys.executable, "-m", "connectory_runtime", "start"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "ZEEBE_"))}

    done = subprocess.run(
        [*tool, str(cases), "--skip-disputed", "--", *service], capture_output=True, text=True, timeout=400, env=environ
    )

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    agreed = re.search(r"(\d+) of (\d+) cases agree", done.stdout)
    assert agreed is not None
    assert agreed[1] == agreed[2]
