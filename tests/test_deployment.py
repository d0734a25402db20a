"""What the examples of a deployment say is what the runtime reads."""

import re

import yaml
from kit import ROOT, Command

from connectory_runtime.settings import Settings

RUNNING = (ROOT / "docs" / "running.md").read_text()


def test_the_compose_example_sets_what_is_read() -> None:
    service = yaml.safe_load((ROOT / "examples" / "compose" / "compose.yaml").read_text())["services"]["connectory"]

    settings = Settings.read(service["environment"])

    assert settings.connection.address == "http://camunda:8080"
    assert set(service["environment"]) <= set(re.findall(r"\b[A-Z][A-Z_]+\b", RUNNING))


def test_the_helm_values_set_what_is_read() -> None:
    values = next(text for text in re.findall(r"```yaml\n(.*?)```", RUNNING, re.DOTALL) if "connectors:" in text)
    env = yaml.safe_load(values)["connectors"]["env"]

    connection = Settings.read({one["name"]: one.get("value", "from-a-secret") for one in env}).connection

    said = {one["name"]: one.get("value") for one in env}
    assert connection.address == said["CAMUNDA_CLIENT_RESTADDRESS"]
    assert connection.method == "oidc"
    assert connection.token_url == said["CAMUNDA_CLIENT_AUTH_TOKENURL"]
    assert connection.audience == said["CAMUNDA_CLIENT_AUTH_AUDIENCE"]
    assert (connection.client_id, connection.client_secret) == ("connectors", "from-a-secret")


def test_the_health_check_says_why_it_fails(connectory: Command) -> None:
    nobody = connectory("healthcheck", environ={"SERVER_PORT": "9"})
    moving = connectory("healthcheck", environ={"SERVER_PORT": "0"})
    wrong = connectory("healthcheck", environ={"HEALTHCHECK_URL": "localhost"})

    assert [done.returncode for done in (nobody, moving, wrong)] == [1, 1, 1]
    assert "http://localhost:9/actuator/health/readiness does not answer: " in nobody.stderr
    assert "set HEALTHCHECK_URL" in moving.stderr
    assert "'localhost' is no address" in wrong.stderr
    assert all(done.stderr.count("\n") == 1 for done in (nobody, moving, wrong))


def test_the_health_check_asks_the_service_and_no_proxy(connectory: Command, service: str) -> None:
    proxy = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}

    ready = connectory("healthcheck", f"{service}/status/200", environ=proxy)
    not_ready = connectory("healthcheck", environ={**proxy, "HEALTHCHECK_URL": f"{service}/status/503"})

    assert (ready.returncode, ready.stdout) == (0, f"ready: {service}/status/200 answers 200\n")
    assert not_ready.returncode == 1
    assert "answers 503" in not_ready.stderr
