"""Certificates of a model: from PEM texts to what connections use."""

import os
import re
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from connectory_rest.requests import ClientTls
from connectory_sdk import ConnectorInputError

BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


@cache
def system_context() -> ssl.SSLContext:
    """Return what all requests without certificates of their own share; reading the authorities takes a while."""
    return default_context()


def default_context() -> ssl.SSLContext:
    """Return what trusts the authorities of the system, or those of certifi where the system has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    paths = ssl.get_default_verify_paths()
    if not context.cert_store_stats()["x509_ca"] and not (paths.capath and os.listdir(paths.capath)):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def context_of(tls: ClientTls) -> ssl.SSLContext:
    """Return what uses a model's certificates.

    Raises:
        ConnectorInputError: Something is missing or cannot be read.
    """
    certificate = tls.client_certificate or ""
    key = tls.client_private_key.get_secret_value() if tls.client_private_key else ""
    password = tls.private_key_password.get_secret_value() if tls.private_key_password else ""
    if bool(certificate.strip()) != bool(key.strip()):
        raise ConnectorInputError(
            "mTLS client authentication requires both a client certificate and a private key; only one was provided."
        )
    try:
        if tls.trusted_certificate and tls.trusted_certificate.strip():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=pem(tls.trusted_certificate))
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the server's own certificate may be the one trusted
        else:
            context = default_context()
        if certificate.strip():
            with private_file(f"{pem(certificate)}\n{pem(key)}") as path:
                # Always a function: without one, OpenSSL would ask for the password on the terminal.
                context.load_cert_chain(path, password=lambda: password.encode())
    except (ssl.SSLError, OSError, ValueError) as exc:
        raise ConnectorInputError(
            "Failed to build SSL context for mTLS from the provided certificate material"
            f" ({reason(exc)}); clientTls wants PEM texts, a key that belongs to the certificate, and its password"
        ) from exc
    return context


def pem(text: str) -> str:
    """Return PEM as it should be; forms and secret stores often turn its line breaks into blanks or ``\\n``.

    Raises:
        ValueError: There is no PEM block.
    """
    blocks = [(match[1], match[2]) for match in BLOCK.finditer(text.replace("\\n", "\n"))]
    if not blocks:
        raise ValueError("no '-----BEGIN ...-----' block")
    return "\n".join(f"-----BEGIN {kind}-----\n{lines(content)}\n-----END {kind}-----" for kind, content in blocks)


def lines(content: str) -> str:
    """Return the inside of a PEM block in lines."""
    if "\n" in content.strip() or ":" in content:  # headers of old encrypted keys must stay as they are
        return content.strip()
    packed = "".join(content.split())
    return "\n".join(packed[start : start + 64] for start in range(0, len(packed), 64))


@contextmanager
def private_file(text: str) -> Iterator[str]:
    """Yield the path of a file with a text, which ssl can only read from files; in memory where the system can."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("connectory")
        try:
            os.write(descriptor, text.encode())
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    descriptor, path = tempfile.mkstemp()  # readable by this user alone
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        yield path
    finally:
        with suppress(OSError):
            os.unlink(path)


def reason(exc: Exception) -> str:
    """Return what OpenSSL says, without its file and line."""
    if isinstance(exc, ssl.SSLError):
        return (exc.reason or "unreadable").lower().replace("_", " ")
    return str(exc) if isinstance(exc, ValueError) else "unreadable"
