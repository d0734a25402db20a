"""Settings: both families of names, what follows from what, and one clear line for what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from connectory_runtime import Settings, SettingsError
from connectory_runtime.settings import WorkerSettings
from connectory_runtime.settings.connectors import override_name

PYTHON = {
    "CAMUNDA_REST_ADDRESS": "http://c:1",
    "CAMUNDA_AUTH_STRATEGY": "OAUTH",
    "CAMUNDA_CLIENT_ID": "id",
    "CAMUNDA_CLIENT_SECRET": "secret",
    "CAMUNDA_OAUTH_URL": "http://login/token",
    "CAMUNDA_TOKEN_AUDIENCE": "aud",
    "CAMUNDA_TENANT_IDS": "a, b",
    "CAMUNDA_WORKER_TIMEOUT": "60000",
    "CAMUNDA_WORKER_MAX_CONCURRENT_JOBS": "7",
    "CAMUNDA_WORKER_REQUEST_TIMEOUT": "5000",
}
JAVA = {
    "CAMUNDA_CLIENT_MODE": "self-managed",
    "CAMUNDA_CLIENT_RESTADDRESS": "http://c:1",
    "CAMUNDA_CLIENT_AUTH_METHOD": "oidc",
    "CAMUNDA_CLIENT_AUTH_CLIENTID": "id",
    "CAMUNDA_CLIENT_AUTH_CLIENTSECRET": "secret",
    "CAMUNDA_CLIENT_AUTH_TOKENURL": "http://login/token",
    "CAMUNDA_CLIENT_AUTH_AUDIENCE": "aud",
    "CAMUNDA_CLIENT_WORKER_DEFAULTS_TENANTIDS": "a,b",
    "CAMUNDA_CLIENT_WORKER_DEFAULTS_TIMEOUT": "PT1M",
    "CAMUNDA_CLIENT_WORKER_DEFAULTS_MAXJOBSACTIVE": "7",
    "CAMUNDA_CLIENT_WORKER_DEFAULTS_REQUESTTIMEOUT": "5s",
}


def test_both_families_say_the_same() -> None:
    """An environment of either runtime gives the same settings."""
    python, java = Settings.read(PYTHON), Settings.read(JAVA)

    assert python.connection == java.connection
    assert python.worker == java.worker
    assert python.connection.address == "http://c:1"
    assert (python.worker.timeout, python.worker.most, python.worker.request_timeout) == (60_000, 7, 5_000)
    assert python.worker.tenants == ("a", "b")


def test_nothing_set() -> None:
    """The defaults are those of the reference, on this machine."""
    settings = Settings.read({})

    assert (settings.connection.address, settings.connection.method) == ("http://localhost:8080", "none")
    assert settings.worker == WorkerSettings()
    assert (settings.port, settings.secrets.prefix, settings.secrets.filter) == (8080, "SECRET_", "DISABLED")


@pytest.mark.parametrize(
    ("environ", "method"),
    [
        ({"CAMUNDA_BASIC_AUTH_USERNAME": "u", "CAMUNDA_BASIC_AUTH_PASSWORD": "p"}, "basic"),
        ({"CAMUNDA_CLIENT_AUTH_METHOD": "basic", "CAMUNDA_CLIENT_AUTH_USERNAME": "u",
          "CAMUNDA_CLIENT_AUTH_PASSWORD": "p"}, "basic"),
        ({"CAMUNDA_CLIENT_ID": "i", "CAMUNDA_CLIENT_SECRET": "s", "CAMUNDA_OAUTH_URL": "http://l/t"}, "oidc"),
        ({"CAMUNDA_AUTH_STRATEGY": "NONE", "CAMUNDA_CLIENT_ID": "i"}, "none"),
    ],
)  # fmt: skip
def test_the_login_follows_from_the_credentials(environ: dict[str, str], method: str) -> None:
    """Unless it is said."""
    assert Settings.read(environ).connection.method == method


def test_saas() -> None:
    """Cluster and region make address, login and audience."""
    environ = {
        "CAMUNDA_CLUSTER_ID": "c1",
        "CAMUNDA_CLUSTER_REGION": "fra-1",
        "CAMUNDA_CLIENT_ID": "i",
        "CAMUNDA_CLIENT_SECRET": "s",
    }
    connection = Settings.read(environ).connection

    assert connection.address == "https://fra-1.zeebe.camunda.io/c1"
    assert (connection.token_url, connection.audience) == (
        "https://login.cloud.camunda.io/oauth/token",
        "zeebe.camunda.io",
    )


def test_overrides_of_a_job_type() -> None:
    """They win over everything, in all spellings."""
    settings = Settings.read(
        {
            "CAMUNDA_WORKER_TIMEOUT": "1000",
            "CAMUNDA_CLIENT_WORKER_OVERRIDE_IO_CAMUNDA_HTTP_JSON_1_TIMEOUT": "9s",
            "CAMUNDA_CLIENT_WORKER_OVERRIDE_IOCAMUNDAHTTPJSON1_MAX_JOBS_ACTIVE": "3",
            "CAMUNDA_CLIENT_WORKER_OVERRIDE_IOCAMUNDAHTTPJSON1_ENABLED": "false",
        }
    )

    own = settings.worker_of("io.camunda:http-json:1")
    assert (own.timeout, own.most, own.enabled) == (9_000, 3, False)
    assert settings.worker_of("other").timeout == 1_000


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("HTTP REST", "HTTP_REST"),
        ("my-connector", "MYCONNECTOR"),
        ("My super-fancy connector", "MY_SUPERFANCY_CONNECTOR"),
    ],
)
def test_names_in_variables(name: str, spelt: str) -> None:
    """Hyphens are dropped, blanks become underscores."""
    assert override_name(name) == spelt


def test_enabling_and_disabling() -> None:
    """An empty allow-list allows nothing; capitals do not matter."""
    assert Settings.read({}).connectors.runs("a:1")
    assert not Settings.read({"CONNECTOR_OUTBOUND_ENABLED": ""}).connectors.runs("a:1")
    assert Settings.read({"CONNECTOR_OUTBOUND_ENABLED": " A:1 ,b"}).connectors.runs("a:1")
    assert not Settings.read({"CONNECTOR_OUTBOUND_DISABLED": "A:1"}).connectors.runs("a:1")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CAMUNDA_REST_ADDRESS": "localhost"}, "CAMUNDA_REST_ADDRESS: 'localhost' is no address"),
        ({"CAMUNDA_REST_ADDRESS": "http://a b"}, "CAMUNDA_REST_ADDRESS"),
        ({"CAMUNDA_REST_ADDRESS": "http://a:99999"}, "CAMUNDA_REST_ADDRESS"),
        ({"CAMUNDA_AUTH_STRATEGY": "MAGIC"}, "'MAGIC' is none of NONE, BASIC, OAUTH"),
        ({"CAMUNDA_AUTH_STRATEGY": "BASIC"}, "CAMUNDA_BASIC_AUTH_USERNAME"),
        (
            {"CAMUNDA_AUTH_STRATEGY": "OAUTH", "CAMUNDA_CLIENT_ID": "x"},
            "CAMUNDA_CLIENT_SECRET and CAMUNDA_OAUTH_URL is not set",
        ),
        ({"CAMUNDA_CLIENT_MODE": "saas"}, "CAMUNDA_CLIENT_CLOUD_CLUSTERID"),
        ({"CAMUNDA_WORKER_TIMEOUT": "soon"}, "CAMUNDA_WORKER_TIMEOUT: 'soon' is no duration"),
        ({"CAMUNDA_WORKER_MAX_CONCURRENT_JOBS": "0"}, "no whole number of at least 1"),
        ({"CAMUNDA_CLIENT_WORKER_OVERRIDE_X_TIMEOUT": "y"}, "CAMUNDA_CLIENT_WORKER_OVERRIDE_X_TIMEOUT"),
        ({"SERVER_PORT": "http"}, "SERVER_PORT: 'http' is no port"),
        ({"CONNECTORY_EXTEND_LOCKS": "maybe"}, "'maybe' is neither true nor false"),
        ({"CONNECTORY_SECRETS_DIR": "/nowhere"}, "CONNECTORY_SECRETS_DIR: '/nowhere' is no folder"),
        ({"CONNECTOR_OUTBOUND_ENABLED": "a", "CONNECTOR_OUTBOUND_DISABLED": "b"}, "keep one"),
        ({"CAMUNDA_CONNECTOR_SECRETRESOLVER_SECRETFILTER_MODE": "on"}, "none of DISABLED, LAX, STRICT"),
    ],
)
def test_wrong_settings_are_named(environ: dict[str, str], said: str) -> None:
    """One line: which variable, what is wrong, what to write."""
    with pytest.raises(SettingsError) as error:
        Settings.read(environ)

    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_printing_settings_shows_no_secret() -> None:
    """They are logged when somebody looks for a mistake."""
    assert "secret" not in repr(Settings.read({**PYTHON, "CAMUNDA_CLIENT_SECRET": "s3cret"})).replace(
        "secrets", ""
    ).replace("SecretSettings", "").replace("client_secret", "")
    assert "s3cret" not in repr(Settings.read({**PYTHON, "CAMUNDA_CLIENT_SECRET": "s3cret"}).connection)


async def test_secret_providers_are_asked_in_order(gateway: Any, start_runtime: Any, tmp_path: Path) -> None:
    """Given ones, environment, files, the last resort."""
    (tmp_path / "FILE").write_text("from file\n")
    (tmp_path / "BOTH").write_text("from file")

    class Last:
        async def get_secret(self, name: str, context: Any) -> str | None:
            return f"invented {name}"

    text = ["{{secrets.ENV}}", "{{secrets.file}}", "{{secrets.FILE}}", "{{secrets.BOTH}}", "{{secrets.NONE}}"]
    environ = {"SECRET_ENV": "from env", "SECRET_BOTH": "env first", "CONNECTORY_SECRETS_DIR": str(tmp_path)}
    key = gateway.add({"text": text}, headers={"resultVariable": "o"})
    async with start_runtime(gateway, environ=environ, last_resort=Last()):
        await gateway.told()

    expected = ["from env", "invented file", "from file", "env first", "invented NONE"]
    assert gateway.of(key)[0].body["variables"] == {"o": expected}


@pytest.mark.parametrize(
    ("flag", "variable"),
    [
        ("TENANTAWARE", "SECRET_<default>_A"),
        ("PROCESSDEFINITIONAWARE", "SECRET_process_A"),
        ("PHYSICALTENANTAWARE", "SECRET_default_A"),
    ],
)
async def test_secrets_by_tenant_and_process(gateway: Any, start_runtime: Any, flag: str, variable: str) -> None:
    """The names of variables may contain who asks."""
    key = gateway.add({"text": "{{secrets.A}}"}, headers={"resultVariable": "o"})
    environ = {f"CAMUNDA_CONNECTOR_SECRETPROVIDER_ENVIRONMENT_{flag}": "true", variable: "mine", "SECRET_A": "all"}
    async with start_runtime(gateway, environ=environ):
        await gateway.told()

    assert gateway.of(key)[0].body["variables"] == {"o": "mine"}


MODEL = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><process id="p"><subProcess id="s">
  <serviceTask id="task" zeebe:modelerTemplate="t"><extensionElements><zeebe:ioMapping>
    <zeebe:input source="{{secrets.ALLOWED}}" target="text"/></zeebe:ioMapping></extensionElements></serviceTask>
</subProcess></process></definitions>"""


async def test_the_filter_allows_what_the_model_names(gateway: Any, start_runtime: Any) -> None:
    """A name that came with the data stays as it is."""
    gateway.models["7"] = MODEL
    environ = {
        "CAMUNDA_CONNECTOR_SECRETRESOLVER_SECRETFILTER_MODE": "STRICT",
        "SECRET_ALLOWED": "yes",
        "SECRET_OTHER": "no",
    }
    key = gateway.add({"text": "{{secrets.ALLOWED}} {{secrets.OTHER}}"}, headers={"resultVariable": "o"})
    async with start_runtime(gateway, environ=environ):
        await gateway.told()

    assert gateway.of(key)[0].body["variables"] == {"o": "yes {{secrets.OTHER}}"}


@pytest.mark.parametrize(("mode", "kind"), [("LAX", "completion"), ("STRICT", "failure")])
async def test_the_filter_without_a_model(gateway: Any, start_runtime: Any, mode: str, kind: str) -> None:
    """Lax allows everything, strict fails the job, which is tried again."""
    environ = {"CAMUNDA_CONNECTOR_SECRETRESOLVER_SECRETFILTER_MODE": mode, "SECRET_A": "x"}
    key = gateway.add({"text": "{{secrets.A}}"})
    async with start_runtime(gateway, environ=environ):
        await gateway.told()

    assert gateway.of(key)[0].kind == kind
    assert gateway.of(key)[0].body.get("retries", 2) == 2


SEVERAL = {
    "CAMUNDA_CLIENTS_NORTH_RESTADDRESS": "http://north:8080",
    "CAMUNDA_CLIENTS_NORTH_AUTH_USERNAME": "n",
    "CAMUNDA_CLIENTS_NORTH_AUTH_PASSWORD": "n-secret",
    "CAMUNDA_CLIENTS_SOUTH_REST_ADDRESS": "http://south:8080",
    "CAMUNDA_CLIENTS_SOUTH_PHYSICALTENANTID": "pole",
}


def test_one_of_several_clusters() -> None:
    """All processes have the same environment, and each serves the cluster that it is told."""
    north = Settings.read({**SEVERAL, "CONNECTORY_CLIENT": "north"})
    south = Settings.read({**SEVERAL, "CONNECTORY_CLIENT": "SOUTH"})
    only = Settings.read({"CAMUNDA_CLIENTS_MAIN_RESTADDRESS": "http://main:8080"})

    assert (north.connection.address, north.connection.user, north.physical_tenant) == (
        "http://north:8080",
        "n",
        "north",
    )
    assert (south.connection.address, south.connection.method, south.physical_tenant) == (
        "http://south:8080",
        "none",
        "pole",
    )
    assert (only.connection.address, only.physical_tenant) == ("http://main:8080", "main")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "there are the clusters north, south, and a process serves one"),
        ({"CONNECTORY_CLIENT": "west"}, "CONNECTORY_CLIENT: 'west' is none of the clusters north, south"),
        ({"CAMUNDA_CLIENTS_NORTH_PHYSICALTENANTID": "pole"}, "north and south have the same physical tenant 'pole'"),
    ],
)
def test_clusters_that_cannot_be_told_apart(more: dict[str, str], said: str) -> None:
    """The service does not start with another cluster than the one that was meant."""
    with pytest.raises(SettingsError, match=said):
        Settings.read({**SEVERAL, **more})


@pytest.mark.parametrize(
    ("name", "variable"),
    [("", "SECRET_default_TOKEN"), ("SOUTH", "SECRET_pole_TOKEN"), ("NORTH", "SECRET_north_TOKEN")],
)
async def test_secrets_by_physical_tenant(gateway: Any, start_runtime: Any, name: str, variable: str) -> None:
    """The engine is part of the variable's name."""
    environ = {
        "CAMUNDA_CONNECTOR_SECRETPROVIDER_ENVIRONMENT_PHYSICALTENANTAWARE": "true",
        variable: "found",
        **({} if not name else {**SEVERAL, f"CAMUNDA_CLIENTS_{name}_RESTADDRESS": gateway.address}),
        **({} if not name else {"CONNECTORY_CLIENT": name}),
    }
    key = gateway.add({"text": "{{secrets.TOKEN}}"}, headers={"resultVariable": "out"})
    async with start_runtime(gateway, environ=environ):
        await gateway.told()

    assert gateway.of(key)[0].body == {"variables": {"out": "found"}}
