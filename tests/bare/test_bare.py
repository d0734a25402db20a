"""The runtime with no connector installed."""

import subprocess
import sys


def connectory(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "connectory_runtime", *arguments], capture_output=True, text=True)


def test_list_says_what_to_install() -> None:
    """An empty list names the next step."""
    done = connectory("list")

    assert done.returncode == 0
    assert "pip install 'connectory[" in done.stdout + done.stderr


def test_the_runtime_imports_without_the_engine_and_the_sandbox() -> None:
    """They are extras; a service in production has neither."""
    code = "import connectory_runtime, importlib.util as u; print(u.find_spec('connectory_engine'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "None", done.stderr
