"""The same process ends with the same variables here and on the reference: the real engine with the Java connectors."""

import json
import os
import shlex
import subprocess
import uuid

import pytest
from kit import PROCESSES, Command, needed

SECRET = "tok-123"


@pytest.mark.parametrize("name", sorted(path.stem for path in PROCESSES.glob("*.bpmn")))
def test_the_same_variables(connectory: Command, service: str, name: str) -> None:
    reference = shlex.split(needed("CONNECTORY_REFERENCE_RUN"))
    path = PROCESSES / f"{name}.bpmn"

    def variables() -> dict[str, str]:
        return {"base": service, "key": str(uuid.uuid4())}

    command = [*reference, str(path), "--variables"]
    environ = {**os.environ, "SHOP_TOKEN": SECRET}
    for _ in range(2):
        theirs = subprocess.run(
            [*command, json.dumps(variables())], capture_output=True, text=True, timeout=300, env=environ
        )
        if "not ready after" not in theirs.stderr:
            break
    else:
        pytest.skip("the reference does not come up on this machine, which is busy")
    assert theirs.returncode == 0, theirs.stdout + theirs.stderr
    given = [f"--var={key}={json.dumps(value)}" for key, value in variables().items()]
    ours = connectory("run", path, "--json", *given, "--secret", f"SHOP_TOKEN={SECRET}")

    expected = json.loads(theirs.stdout)["variables"] | {"key": None}
    assert json.loads(ours.stdout)["variables"] | {"key": None} == expected
