"""``connectory doctor``: what works and what does not, one line each, with what to do."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from typing import NamedTuple

from connectory_runtime import discovery, installed
from connectory_runtime.client.problems import GatewayError
from connectory_runtime.cluster import advice
from connectory_runtime.runtime import own_providers
from connectory_runtime.secrets import Chain
from connectory_runtime.secrets.model_filter import names_in_model
from connectory_runtime.secrets.references import referenced_names
from connectory_runtime.settings import Settings


class Finding(NamedTuple):
    """One line: whether it is well, and what was found."""

    good: bool
    text: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("files", nargs="*", help="BPMN files whose secrets are looked up as well")


def run(options: argparse.Namespace) -> int:
    """Print findings; 0 when all is well, 1 when not."""
    code = asyncio.run(check(options.files))
    # A thread of the HTTP client may still be letting go of the last answer; it aborts the process when the
    # interpreter is taken down meanwhile, as in most runs with no cluster. So nothing is taken down.
    sys.stdout.flush()
    os._exit(code)


async def check(files: list[str]) -> int:
    """Print findings as they come."""
    bad = 0
    async for finding in findings(files):
        print(f"{'ok  ' if finding.good else 'BAD '} {finding.text}")
        bad += not finding.good
    return 1 if bad else 0


async def findings(files: list[str]) -> AsyncIterator[Finding]:
    """Yield what is found: settings, connectors, cluster, secrets."""
    settings = Settings.read()
    yield Finding(good=True, text=f"settings: authentication {settings.connection.method}, port {settings.port}")
    logging.getLogger("connectory_runtime.discovery").setLevel(logging.ERROR)  # the findings say it
    loaded = discovery.Loaded({})
    try:
        loaded = discovery.load(settings.connectors.names)
    except installed.DiscoveryError as exc:
        yield Finding(good=False, text=str(exc))
    for name in loaded.connectors:
        yield Finding(good=True, text=f"connector {name} loads")
    for problem in dict.fromkeys(loaded.broken.values()):
        yield Finding(good=False, text=problem)
    if not loaded.connectors:
        yield Finding(good=False, text="no connectors are installed. Try: pip install 'connectory[rest]'")
    async for finding in cluster_findings(settings):
        yield finding
    chain = Chain([*own_providers(settings, os.environ), *loaded.secret_providers])
    for path in files:
        async for finding in secret_findings(path, chain):
            yield finding


async def cluster_findings(settings: Settings) -> AsyncIterator[Finding]:
    """Yield whether the cluster answers, takes the login and knows the tenants."""
    async with settings.connection.client() as client:
        try:
            topology = await client.topology()
        except GatewayError as exc:
            yield Finding(good=False, text=advice(client.address, exc))
            return
        brokers = len(topology.get("brokers") or [])
        text = f"cluster at {client.address}: version {topology.get('gatewayVersion')}, {brokers} brokers"
        yield Finding(good=brokers > 0, text=text)
        try:
            await client.activate(
                "connectory:doctor",
                timeout=1_000,
                most=1,
                worker="connectory-doctor",
                request_timeout=-1,
                tenants=settings.worker.tenants,
            )
        except GatewayError as exc:
            tenants = f" for tenants {', '.join(settings.worker.tenants)}" if settings.worker.tenants else ""
            yield Finding(
                good=False,
                text=f"jobs cannot be fetched{tenants}: {exc}; check CAMUNDA_TENANT_IDS and what the login may do",
            )
        else:
            yield Finding(good=True, text="jobs can be fetched")


async def secret_findings(path: str, chain: Chain) -> AsyncIterator[Finding]:
    """Yield which secrets of a model nobody provides; values are never shown."""
    from connectory_sdk import SecretContext

    try:
        with open(path, encoding="utf-8") as file:  # noqa: ASYNC230 - a command may block
            model = file.read()
        names_in_model(model)
    except (OSError, ValueError, SyntaxError) as exc:
        yield Finding(good=False, text=f"{path} cannot be read as BPMN: {exc}")
        return
    context = SecretContext(tenant_id="<default>", process_definition_id="")
    for name in referenced_names(model):
        if await chain.get_secret(name, context) is None:
            yield Finding(
                good=False, text=f"secret '{name}' in {path} is provided by nobody; set SECRET_{name}, or mount a file"
            )
        else:
            yield Finding(good=True, text=f"secret '{name}' in {path} is there")
