"""Encryption and authentication: security properties of Java's client as arguments of aiokafka.

`security_options` reads files, so call it in a thread.
"""

import os
import re
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectory_kafka.oauth import OAuthToken, TokenProvider
from connectory_sdk import ConnectorInputError

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "GSSAPI", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
JAAS_OPTION = re.compile(r"""([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;"']+))""")


def security_options(properties: Mapping[str, str], *, username: str | None, password: str | None) -> dict[str, Any]:
    """Return the arguments that aiokafka's clients take for security.

    Args:
        properties: Kafka client properties, as `connectory_kafka.properties.texts` gives them.
        username: The model's own credentials: SASL PLAIN over TLS, unless properties say otherwise.
        password: Of the user.

    Raises:
        ConnectorInputError: Something is missing or cannot be read; names the property, shows no secret.
    """
    protocol = properties.get("security.protocol", "SASL_SSL" if username else "PLAINTEXT").upper()
    one_of("security.protocol", protocol, PROTOCOLS)
    options: dict[str, Any] = {"security_protocol": protocol}
    if protocol.startswith("SASL_"):
        options |= sasl_options(properties, username, password)
    if protocol.endswith("SSL"):
        options["ssl_context"] = tls_context(properties)
    return options


def sasl_options(properties: Mapping[str, str], username: str | None, password: str | None) -> dict[str, Any]:
    """Return the arguments for the mechanism."""
    mechanism = properties.get("sasl.mechanism", "PLAIN" if username else "GSSAPI").upper()
    one_of("sasl.mechanism", mechanism, MECHANISMS)
    jaas = jaas_options(properties["sasl.jaas.config"]) if "sasl.jaas.config" in properties else {}
    options: dict[str, Any] = {"sasl_mechanism": mechanism}
    if mechanism == "OAUTHBEARER":
        return options | {
            "sasl_oauth_token_provider": TokenProvider(OAuthToken.of(properties, jaas, username, password))
        }
    if mechanism == "GSSAPI":
        return options | kerberos(jaas)
    username, password = jaas.get("username", username), jaas.get("password", password)
    if not username or not password:
        raise ConnectorInputError(
            f"sasl.mechanism {mechanism} needs credentials: fill in authentication.username and "
            "authentication.password, or give both in 'sasl.jaas.config'"
        )
    return options | {"sasl_plain_username": username, "sasl_plain_password": password}


def jaas_options(config: str) -> dict[str, str]:
    """Return the options of a JAAS configuration: ``module required name="value" ...;``."""
    return {
        name: re.sub(r"\\(.)", r"\1", double or single or bare)
        for name, double, single, bare in JAAS_OPTION.findall(config)
    }


def kerberos(jaas: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments for Kerberos, or say that its library is not there."""
    try:
        import gssapi  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
    except ImportError as exc:
        raise ConnectorInputError(
            "sasl.mechanism GSSAPI (Kerberos) needs the library 'gssapi': pip install 'aiokafka[gssapi]', "
            "or choose another 'sasl.mechanism'"
        ) from exc
    return {"sasl_kerberos_service_name": jaas["serviceName"]} if "serviceName" in jaas else {}


def tls_context(properties: Mapping[str, str], *, prefix: str = "") -> ssl.SSLContext:
    """Return the TLS settings of properties; without any, those of the system.

    Args:
        properties: Kafka client properties.
        prefix: What stands before their names: ``schema.registry.`` for the registry.
    """
    context = ssl.create_default_context()
    if trust := pem(properties, f"{prefix}ssl.truststore"):
        context = ssl.create_default_context(cadata=trust)
    if keys := pem(properties, f"{prefix}ssl.keystore"):
        load_keys(context, keys, properties.get(f"{prefix}ssl.key.password"), name=f"{prefix}ssl.keystore")
    # An empty text is how Java's client is told not to compare the broker's name with its certificate.
    if properties.get(f"{prefix}ssl.endpoint.identification.algorithm", "https") == "":
        context.check_hostname = False
    return context


def pem(properties: Mapping[str, str], name: str) -> str | None:
    """Return the PEM text of a key or trust store, however it is given."""
    texts = [properties.get(f"{name}.{part}") for part in ("key", "certificate.chain", "certificates")]
    if any(texts):
        return "\n".join(text.replace("\\n", "\n") for text in texts if text)
    location = properties.get(f"{name}.location")
    if not location:
        return None
    try:
        content = Path(location).read_bytes()
    except OSError as exc:
        raise ConnectorInputError(
            f"'{name}.location': cannot read '{location}': {exc.strerror}; the file must be where the runtime runs"
        ) from exc
    if b"-----BEGIN" in content:
        return content.decode()
    if content.startswith((b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")):
        raise ConnectorInputError(
            f"'{name}.location': '{location}' is a JKS file, which only Java reads; convert it: "
            "keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12"
        )
    return pkcs12(content, properties.get(f"{name}.password"), name=name)


def pkcs12(content: bytes, password: str | None, *, name: str) -> str:
    """Return the PEM text of a PKCS #12 store: its key, if there is one, and its certificates."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

    try:
        store = load_pkcs12(content, password.encode() if password else None)
    except ValueError as exc:
        raise ConnectorInputError(
            f"'{name}.location': neither PEM nor a PKCS #12 file that '{name}.password' opens"
        ) from exc
    parts = []
    if store.key is not None:
        parts.append(
            store.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    every = [store.cert, *store.additional_certs]
    parts += [item.certificate.public_bytes(serialization.Encoding.PEM) for item in every if item is not None]
    return b"".join(parts).decode()


def load_keys(context: ssl.SSLContext, keys: str, password: str | None, *, name: str) -> None:
    """Give a context the client's certificate and key."""
    # OpenSSL's Python binding takes files only; this one is readable by this user alone and gone at once.
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(keys)
        context.load_cert_chain(path, password=password or "")
    except ssl.SSLError as exc:
        raise ConnectorInputError(
            f"'{name}': no certificate with its key, or a key that 'ssl.key.password' does not open "
            f"({exc.reason or 'unreadable'})"
        ) from exc
    finally:
        os.unlink(path)


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value that is not supported."""
    if value not in allowed:
        raise ConnectorInputError(f"additionalProperties: '{name}' must be one of {', '.join(allowed)}, got '{value}'")
