"""What the Java runtime did with hundreds of jobs, replayed against ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_recorded_jobs(tmp_path: Path) -> None:
    """Every recorded job gives the same requests and commands, but for those in which a contract says otherwise."""
    tool, recorded = os.environ.get("CONNECTORY_REPLAY_OUTBOUND"), os.environ.get("CONNECTORY_RECORDED")
    if not tool or not recorded:
        pytest.skip("CONNECTORY_REPLAY_OUTBOUND or CONNECTORY_RECORDED is not set")
    cases = Path(recorded) / "outbound-rest.jsonl"
    command = [tool, str(cases), "--skip-disputed", "--", sys.executable, "-m", "connectory_runtime", "start"]
    environ = {**os.environ, "CONNECTORY_CONNECTORS": "rest"}
    environ.pop("SERVER_PORT", None)

    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environ)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
