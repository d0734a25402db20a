"""What the documentation shows works as it stands there."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from kit import ROOT, Command

import connectory_sdk
from connectory_sdk import SecretContext, testing

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


def test_a_connector_is_at_most_thirty_lines() -> None:
    """The one that is shown is the one that ``tests/wheels/test_third_party.py`` installs and runs."""
    [hello] = [block for block in blocks("writing-a-connector.md", "python") if block.startswith('"""Says hello')]

    assert len(hello.splitlines()) <= 30
    assert hello == (ROOT / "tests" / "third_party" / "acme_hello.py").read_text()
    assert hello in (ROOT / "packages" / "sdk" / "README.md").read_text()


def test_the_test_kit_is_documented() -> None:
    """What the kit exports is on the page for authors."""
    page = (DOCS / "writing-a-connector.md").read_text()
    names = [*testing.__all__, "run_process", "serving", "local_engine", "local_runtime", "sandbox"]

    assert [name for name in names if not re.search(rf"\b{name}\b", page)] == []


def test_what_is_said_to_be_stable_is_there() -> None:
    """A name that goes is noticed here; a new one is promised when it is exported."""
    page = (DOCS / "sdk-versions.md").read_text()
    promised = {
        module: re.findall(r"`(\w+)`", names)
        for module, names in re.findall(r"^\| `(connectory_sdk[.\w]*)` \| (.*) \|$", page, re.MULTILINE)
    }

    for module, names in promised.items():
        assert [name for name in names if not hasattr(importlib.import_module(module), name)] == []
    assert set(promised["connectory_sdk"]) == set(connectory_sdk.__all__)
    assert set(promised["connectory_sdk.testing"]) == set(testing.__all__)
    assert len(promised) >= 7


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
