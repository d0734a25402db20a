"""Java's client properties in the words of aiokafka."""

import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connectory_kafka.oauth import OAuthToken
from connectory_kafka.properties import client_options, seconds, texts
from connectory_kafka.security import jaas_options, pem, security_options, tls_context
from connectory_sdk import ConnectorInputError

PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="bob" password="pass;\\"x";'


def test_values_become_texts() -> None:
    """FEEL gives numbers, booleans and lists; the client reads texts."""
    given = {"linger.ms": 5.0, "enable.idempotence": True, "x": None, "list": ["a", "b"], " acks ": " all "}

    assert texts(given) == {"linger.ms": "5", "enable.idempotence": "true", "list": "a,b", "acks": "all"}
    assert texts(None) == {}


def test_a_producer_has_camundas_defaults() -> None:
    """Without any property it is idempotent, waits for all replicas and does not linger."""
    assert client_options({}, side="producer") == {
        "acks": "all",
        "enable_idempotence": True,
        "linger_ms": 0,
        "request_timeout_ms": 30000,
    }
    assert seconds({}, "delivery.timeout.ms") == 45
    assert seconds({"max.block.ms": "1500"}, "max.block.ms") == 1.5


def test_properties_of_the_contract_are_mapped() -> None:
    """Each property that aiokafka has keeps its meaning."""
    given = {
        "client.id": "camunda",
        "acks": "1",
        "batch.size": "0",
        "compression.type": "lz4",
        "max.request.size": "2000000",
        "metadata.max.age.ms": "1000",
        "connections.max.idle.ms": "2000",
        "linger.ms": "7",
        "request.timeout.ms": "9000",
    }

    assert client_options(given, side="producer") == {
        "client_id": "camunda",
        "acks": 1,
        "enable_idempotence": False,
        "max_batch_size": 1,
        "compression_type": "lz4",
        "max_request_size": 2000000,
        "metadata_max_age_ms": 1000,
        "connections_max_idle_ms": 2000,
        "linger_ms": 7,
        "request_timeout_ms": 9000,
    }


def test_a_consumer_takes_its_own() -> None:
    """The same mapping serves consumers."""
    options = client_options(
        {"auto.offset.reset": "EARLIEST", "group.id": "g", "isolation.level": "read_committed", "acks": "1"},
        side="consumer",
    )

    assert options["auto_offset_reset"] == "earliest"
    assert options["group_id"] == "g"
    assert options["isolation_level"] == "read_committed"
    assert options["session_timeout_ms"] == 45000
    assert "acks" not in options


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("interceptor.classes", "names a Java class"),
        ("value.serializer", "writes and reads messages itself"),
        ("partitioner.class", "keyed messages go where Java's default partitioner sends them"),
        ("retries", "set delivery.timeout.ms"),
        ("lingre.ms", "no client of Kafka knows it"),
    ],
)
def test_what_cannot_be_honoured_is_said(name: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """A property is never ignored in silence, and its value is never shown."""
    client_options({name: "geheim"}, side="producer")

    assert reason in caplog.text
    assert f"'{name}' is ignored" in caplog.text
    assert "geheim" not in caplog.text


def test_what_is_honoured_elsewhere_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Security, registry and time limits are read by others; a consumer's properties do not bother a producer."""
    client_options(
        dict.fromkeys(("ssl.truststore.location", "sasl.jaas.config", "basic.auth.user.info", "group.id"), "x")
        | {"delivery.timeout.ms": "1", "auto.register.schemas": "false"},
        side="producer",
    )

    assert caplog.text == ""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"linger.ms": "soon"}, "'linger.ms' must be a whole number, got 'soon'"),
        ({"acks": "2"}, "'acks' must be one of all, -1, 0, 1, got '2'"),
        ({"compression.type": "rar"}, "'compression.type' must be one of none, gzip, snappy, lz4, zstd"),
        ({"enable.idempotence": "yes"}, "'enable.idempotence' must be true or false"),
        ({"enable.idempotence": "true", "acks": "1"}, "needs 'acks' to be 'all'"),
        ({"transactional.id": "t"}, "'transactional.id' cannot be used: a job publishes one message"),
    ],
)
def test_impossible_values_are_refused(given: dict[str, str], message: str) -> None:
    """The error names property, value and what is possible."""
    with pytest.raises(ConnectorInputError, match=message):
        client_options(given, side="producer")


def test_the_models_credentials_mean_sasl_plain_over_tls() -> None:
    """As in Camunda's connector; a property overrides it."""
    secure = security_options({}, username="alice", password="geheim")
    plain = security_options({"security.protocol": "sasl_plaintext"}, username="alice", password="geheim")

    assert (secure["security_protocol"], secure["sasl_mechanism"]) == ("SASL_SSL", "PLAIN")
    assert secure["ssl_context"].check_hostname
    assert plain == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "alice",
        "sasl_plain_password": "geheim",
    }
    assert security_options({}, username=None, password=None) == {"security_protocol": "PLAINTEXT"}


def test_a_jaas_configuration_gives_credentials() -> None:
    """Both kinds of quotes, with escapes; it wins over the model's own fields."""
    given = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256", "sasl.jaas.config": PLAIN}

    options = security_options(given, username="alice", password="other")

    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("bob", 'pass;"x')
    assert jaas_options("M required username='a b' password='c';") == {"username": "a b", "password": "c"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"security.protocol": "TLS"}, "'security.protocol' must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        (
            {"security.protocol": "SASL_SSL", "sasl.mechanism": "AWS_MSK_IAM"},
            "'sasl.mechanism' must be one of PLAIN, GSSAPI",
        ),
        (
            {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"},
            "PLAIN needs credentials: fill in authentication",
        ),
        (
            {"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER"},
            "needs sasl.oauthbearer.token.endpoint.url, clientId",
        ),
        ({"security.protocol": "SSL", "ssl.truststore.location": "/nowhere/ca.pem"}, "cannot read '/nowhere/ca.pem'"),
        ({"security.protocol": "SSL", "ssl.keystore.key": "no key"}, "'ssl.keystore': no certificate with its key"),
    ],
)
def test_security_that_cannot_be_is_refused(given: dict[str, str], message: str) -> None:
    """The error names what is missing."""
    with pytest.raises(ConnectorInputError, match=message):
        security_options(given, username=None, password=None)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a certificate and its key, as PEM and in a PKCS #12 store."""
    folder = tmp_path_factory.mktemp("stores")
    try:
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=me"]
        subprocess.run([*make, "-keyout", "me.key", "-out", "me.pem"], cwd=folder, check=True, capture_output=True)
        export = ["openssl", "pkcs12", "-export", "-in", "me.pem", "-inkey", "me.key", "-passout", "pass:changeit"]
        subprocess.run([*export, "-out", "me.p12"], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return folder


@pytest.mark.parametrize("kind", ["p12", "pem", "text"])
def test_key_and_trust_stores_are_read(stores: Path, kind: str) -> None:
    """PKCS #12 files, PEM files and PEM text all give the certificate and its key."""
    both = (stores / "me.key").read_text() + (stores / "me.pem").read_text()
    (stores / "both.pem").write_text(both)
    given = {
        "p12": {"location": str(stores / "me.p12"), "password": "changeit"},
        "pem": {"location": str(stores / "both.pem")},
        "text": {"key": (stores / "me.key").read_text(), "certificate.chain": (stores / "me.pem").read_text()},
    }[kind]
    trust = {"ssl.truststore.certificates": (stores / "me.pem").read_text()}

    context = tls_context({**{f"ssl.keystore.{name}": value for name, value in given.items()}, **trust})

    assert [certificate["subject"] for certificate in context.get_ca_certs()] == [((("commonName", "me"),),)]
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_wrong_stores_are_named(stores: Path, tmp_path: Path) -> None:
    """A wrong password, Java's own format and rubbish say what to do."""
    java = tmp_path / "store.jks"
    java.write_bytes(b"\xfe\xed\xfe\xed\x00")

    with pytest.raises(
        ConnectorInputError, match=r"neither PEM nor a PKCS #12 file that 'ssl.keystore.password' opens"
    ):
        pem({"ssl.keystore.location": str(stores / "me.p12"), "ssl.keystore.password": "geheim"}, "ssl.keystore")
    with pytest.raises(ConnectorInputError, match="is a JKS file, which only Java reads; convert it: keytool"):
        pem({"ssl.truststore.location": str(java)}, "ssl.truststore")


def test_the_name_of_the_broker_need_not_match() -> None:
    """An empty algorithm turns the comparison off, nothing else does."""
    assert tls_context({"ssl.endpoint.identification.algorithm": ""}).check_hostname is False
    assert tls_context({}).check_hostname is True


def test_oauth_settings_are_those_of_javas_login_module() -> None:
    """Endpoint as a property, the client in the JAAS configuration, extensions with it."""
    jaas = jaas_options(
        'OAuthBearerLoginModule required clientId="c" clientSecret="geheim" scope="s" extension_logicalCluster="l";'
    )

    source = OAuthToken.of({"sasl.oauthbearer.token.endpoint.url": "https://login/token"}, jaas, None, None)

    assert (source.client_id, source.client_secret, source.scope) == ("c", "geheim", "s")
    assert source.extensions == (("logicalCluster", "l"),)
    assert "geheim" not in repr(source)


def options_of(given: dict[str, Any]) -> dict[str, Any]:
    return client_options(texts(given), side="producer")


def test_javas_rule_for_idempotence() -> None:
    """It is on until a property rules it out, and off when it is turned off."""
    assert options_of({})["enable_idempotence"]
    assert not options_of({"acks": 0})["enable_idempotence"]
    assert not options_of({"retries": 0})["enable_idempotence"]
    assert not options_of({"enable.idempotence": False})["enable_idempotence"]
