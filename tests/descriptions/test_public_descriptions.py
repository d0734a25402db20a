"""A large public description: that of Camunda's own REST API, as its Python SDK carries it."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from connectory_runtime.descriptions import Api, chosen, distribution, read_openapi
from connectory_runtime.scaffold import Names, write

SDK = "camunda-orchestration-sdk==10.0.1"
SLICE = 50


@pytest.fixture(scope="module")
def path(request: pytest.FixtureRequest) -> Path:
    """Where the description is; it is kept in pytest's cache between runs."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("camunda-description")
    kept = folder / "bundled_spec.yaml"
    if not kept.exists():
        uvx = shutil.which("uvx") or pytest.skip("uvx is not installed, which fetches the description")
        command = [uvx, "-q", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder), SDK]
        subprocess.run(command, capture_output=True, check=False, timeout=180)
        archive = next(folder.glob("*.tar.gz"), None) or pytest.skip(f"{SDK} cannot be fetched from PyPI")
        with tarfile.open(archive) as tar:
            member = next(one for one in tar.getmembers() if one.name.endswith("generated/bundled_spec.yaml"))
            source = tar.extractfile(member)
            assert source is not None
            kept.write_bytes(source.read())
    return kept


@pytest.fixture(scope="module")
def api(path: Path) -> Api:
    """What it describes."""
    return read_openapi(path)


def test_all_of_it_is_read(api: Api) -> None:
    """More than two hundred operations, three ways to log in."""
    operations = api.operations

    assert len(operations) > 200
    assert {scheme.kind for login in api.logins for scheme in login} == {"bearer", "basic"}
    assert operations["createDeployment"].media == "multipart/form-data"
    assert "dict[str, Any]" in {field.kind for field in operations["completeJob"].fields}


@pytest.mark.parametrize("part", range(5))
def test_connectors_of_all_its_operations_are_sound(api: Api, path: Path, tmp_path: Path, part: int) -> None:
    """Fifty at a time: the templates follow from the models, and lint finds nothing."""
    wanted = list(api.operations)[part * SLICE : (part + 1) * SLICE]
    names = Names.of("acme-cluster")
    folder = tmp_path / names.distribution

    write(names, distribution(chosen(api, wanted, path), names), folder)

    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert list((folder / "src" / names.module / "templates").glob("*.json"))
