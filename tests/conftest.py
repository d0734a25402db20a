"""Fixtures that more than one test file needs."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from kit import Command, Service


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """The address of the shop."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connectory() -> Command:
    """Call the command line as a user does; a hang fails the test."""

    def call(*arguments: object, environ: dict[str, str] | None = None, timeout: float = 60) -> Any:
        command = [sys.executable, "-m", "connectory_runtime", *map(str, arguments)]
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("CAMUNDA_", "ZEEBE_"))}
        return subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env={**variables, **(environ or {})}
        )

    return call
