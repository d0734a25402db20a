"""What the documentation shows works as it stands there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kit import ROOT, Command

from connectory_sdk import SecretContext

DOCS = ROOT / "docs"


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def test_the_template_of_ones_own_is_made(connectory: Command, tmp_path: Path) -> None:
    file = tmp_path / "create-ticket.toml"
    file.write_text(blocks("templates.md", "toml")[0])

    done = connectory("templates", "new", file, "--to", tmp_path / "made")

    assert done.returncode == 0, done.stderr
    made = json.loads((tmp_path / "made" / "acme-tickets-create.json").read_text())
    assert [entry["label"] for entry in made["properties"] if entry.get("group") == "fields"] == ["Title", "Urgent"]


def test_the_template_in_yaml_is_the_one_in_toml(connectory: Command, tmp_path: Path) -> None:
    for language in ("toml", "yaml"):
        (tmp_path / f"ticket.{language}").write_text(blocks("templates.md", language)[0])
        done = connectory("templates", "new", tmp_path / f"ticket.{language}", "--to", tmp_path / language)
        assert done.returncode == 0, done.stderr

    one, other = ((tmp_path / language / "acme-tickets-create.json").read_text() for language in ("toml", "yaml"))
    assert one == other


def test_the_connector_that_is_shown_passes_the_test_that_is_shown(tmp_path: Path) -> None:
    connector, test = blocks("writing-a-connector.md", "python")
    (tmp_path / "acme_warehouse.py").write_text(connector)
    (tmp_path / "test_warehouse.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "."]

    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_the_expressions_that_are_shown_parse(connectory: Command) -> None:
    for text in blocks("templates.md", "feel"):
        done = connectory("feel", text.strip().removeprefix("="), "--context", '{"error": {"code": "409"}}')

        assert done.returncode == 0, done.stderr
        assert "DUPLICATE" in done.stdout


def test_the_programs_that_are_shown_are_the_examples() -> None:
    """Which run in `tests/adapters/test_examples.py`."""
    shown = [block for block in blocks("existing-worker.md", "python") if block.startswith('"""')]
    files = sorted((ROOT / "examples" / "workers").glob("*.py"))

    assert sorted(shown) == sorted(file.read_text() for file in files)


def test_every_page_of_the_site_is_in_its_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()

    assert [path for path in DOCS.rglob("*.md") if str(path.relative_to(DOCS)) not in navigation] == []


async def test_a_secret_provider_for_a_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cloud is asked once for many names, and a name that it does not have is left to others."""
    (tmp_path / "boto3.py").write_text(
        "import json\n"
        "asked = []\n"
        "class client:\n"
        "    def __init__(self, service): self.service = service\n"
        "    def get_secret_value(self, SecretId):\n"
        "        asked.append((self.service, SecretId))\n"
        "        return {'SecretString': json.dumps({'TOKEN': 't'})}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SECRETS_PREFIX", "camunda")
    monkeypatch.setenv("CAMUNDA_CLUSTER_ID", "c1")
    names: dict[str, Any] = {}

    exec(next(block for block in blocks("running.md", "python") if "AwsSecrets" in block), names)
    (provider,) = names["connectory_secret_providers"]()
    context = SecretContext(tenant_id="<default>", process_definition_id="p", physical_tenant_id=None)
    found = [await provider.get_secret(name, context) for name in ("TOKEN", "OTHER")]

    assert found == ["t", None]
    assert names["boto3"].asked == [("secretsmanager", "camunda-c1")]
