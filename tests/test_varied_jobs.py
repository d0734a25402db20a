"""Thousands of jobs that no recording has, run through Camunda's Java runtime and through ours."""

import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from varied.jobs import Case, jobs
from varied.known import KNOWN

JAVA = 'trap "$CONNECTORY_JAVA_CONNECTORS down" EXIT; "$CONNECTORY_JAVA_CONNECTORS" up; sleep infinity & wait'
LOOSE = {
    path: {"any": True}
    for path in (
        "command.errorMessage",  # 8.10 adds the variables; the message is in them
        "command.variables.error.message",
        "command.variables.result.document.metadata.fileName",  # random
    )
}


def replayed(tool: str, cases: Path, out: Path, *command: str, environ: dict[str, str]) -> dict[str, Case]:
    """Run the jobs through a runtime and return what it did with each."""
    call = [tool, str(cases), "--record", str(out), "--", *command]
    variables = {name: value for name, value in os.environ.items() if name != "SERVER_PORT"}
    done = subprocess.run(call, capture_output=True, text=True, timeout=1500, env={**variables, **environ})
    if done.returncode == 2 and command[0] == "bash":
        pytest.skip(f"the Java runtime does not come up: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return {case["name"]: case for case in map(json.loads, out.read_text().splitlines())}


def replay_tool(path: str) -> Any:
    """Return the replay tool as a module, for the way it compares."""
    loader = SourceFileLoader("replay_outbound", path)
    spec = spec_from_loader("replay_outbound", loader)
    assert spec
    module = sys.modules["replay_outbound"] = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_varied_jobs(tmp_path: Path) -> None:
    """Both runtimes do the same with each job, but for the differences in `varied.known`, each with its reason."""
    tool = os.environ.get("CONNECTORY_REPLAY_OUTBOUND")
    if not tool or not os.environ.get("CONNECTORY_JAVA_CONNECTORS"):
        pytest.skip("CONNECTORY_REPLAY_OUTBOUND or CONNECTORY_JAVA_CONNECTORS is not set")
    cases = tmp_path / "jobs.jsonl"
    cases.write_text("".join(json.dumps(case) + "\n" for case in jobs()))
    java = replayed(
        tool, cases, tmp_path / "java.jsonl", "bash", "-c", JAVA, environ={"JAVA_CONNECTORS_REST_ONLY": "1"}
    )
    ours = replayed(
        *(tool, cases, tmp_path / "ours.jsonl", sys.executable, "-m", "connectory_runtime", "start"),
        environ={"CONNECTORY_CONNECTORS": "rest"},
    )
    differences = replay_tool(tool).differences

    differing, unknown = set(), []
    for name, case in java.items():
        for path, expected, actual in differences(case["expect"], ours[name]["expect"], "", LOOSE):
            differing.add(name)
            reasons = [known for known in KNOWN if known.covers(f"{case['theme']}: {case['shows']}", path)]
            if not reasons:
                unknown.append(f"{name} ({case['shows']}) {path}: Java {str(expected)[:200]}, ours {str(actual)[:200]}")

    print(f"{len(java)} jobs, {len(java) - len(differing)} alike, {len(differing)} differ for known reasons")  # noqa: T201 - what the docs say
    assert unknown == []
    assert [known.why for known in KNOWN if not known.seen] == []
