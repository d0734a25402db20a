"""Engine, adapter and an installed connector for each test."""

import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from places import ENGINES, Cluster, Serve

SECRET = "tok-4711-secret"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The connector `probe`, as an installer lays it out; its job type is new for each test."""
    info = tmp_path / "acme_probe-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-probe\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[connectory.connectors]\nprobe = probe\n")
    kind = f"probe-{uuid.uuid4().hex[:12]}"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CONNECTOR_PROBE_TYPE", kind)
    monkeypatch.setenv("CONNECTORY_DRAIN", "500ms")
    # Now and then the answer of an activation does not arrive from 8.6.0; its job comes again after the lock.
    monkeypatch.setenv("CAMUNDA_WORKER_TIMEOUT", "5000")
    monkeypatch.setenv("CAMUNDA_WORKER_REQUEST_TIMEOUT", "3000")
    monkeypatch.setenv("SECRET_TOKEN", SECRET)
    yield kind
    sys.modules.pop("probe", None)


@dataclass(frozen=True)
class Place:
    """Where a test runs."""

    cluster: Cluster
    kind: str
    adapter: Serve

    def serve(self) -> AbstractAsyncContextManager[Any]:
        return self.adapter(self.cluster, "probe")


@pytest.fixture
async def place(
    request: pytest.FixtureRequest, installed: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    """The adapter and the engine that a test is parametrized with."""
    adapter, engine = request.param
    async with ENGINES[engine]() as cluster:
        monkeypatch.setenv("CAMUNDA_REST_ADDRESS", cluster.address)
        yield Place(cluster, installed, adapter)
