"""``connectory start``: the service."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys

from connectory_runtime.cli.errors import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--processes",
        metavar="N|DIR",
        help="a number: so many processes, each with its own workers; "
        "a folder: BPMN files to read inbound connectors from, for clusters before 8.8",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    # The HTTP library's allocator asks for huge pages, most of which stay empty: 14 MiB of a process of 90.
    os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")
    count, folder = processes(options.processes)
    if folder is not None:
        os.environ["CONNECTORY_PROCESSES"] = folder
    from connectory_runtime.settings import Environment, Settings
    from connectory_runtime.settings.clients import several

    clusters = several(Environment(os.environ))
    if count > 1 or clusters:
        from connectory_runtime.cli.replicas import supervise

        return supervise(count, clusters)
    from connectory_runtime import logs

    settings = Settings.read()
    logs.set_up(os.environ)
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return asyncio.run(serve(settings))
    return int(uvloop.run(serve(settings)))


def processes(value: str | None) -> tuple[int, str | None]:
    """Return how many processes are wanted, and the folder of BPMN files.

    Raises:
        CommandError: The value is neither.
    """
    if value is None:
        return 1, None
    if value.isdecimal() and int(value) > 0:
        return int(value), None
    if not os.path.isdir(value):
        raise CommandError(f"--processes: '{value}' is neither a number of processes nor a folder of BPMN files")
    return 1, value


async def serve(settings: object) -> int:
    """Run the runtime until SIGTERM or SIGINT; a second signal does not wait for running jobs."""
    import logging

    from connectory_runtime import logs
    from connectory_runtime.runtime import Runtime

    log = logging.getLogger("connectory_runtime")
    runtime = Runtime(settings)  # type: ignore[arg-type]  # imported above, typed loosely to keep that import lazy
    logs.count(runtime.metrics.logged)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        if ended.is_set():
            os._exit(130)
        ended.set()

    def orphaned() -> None:
        loop.remove_reader(sys.stdin)
        ended.set()

    with contextlib.suppress(NotImplementedError):  # on Windows
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        if "CONNECTORY_PROCESS" in os.environ:  # one of several, see `connectory_runtime.cli.replicas`
            loop.add_reader(sys.stdin, orphaned)
    async with runtime:
        names = ", ".join(worker.connector.name for worker in runtime.workers)
        listening = ", ".join(sorted(kind for one in runtime.listening for kind in one.inbounds))
        if not names and not listening:
            log.warning("no connector is installed or enabled; try: pip install 'connectory[rest]'")
        log.info("connectors: %s; cluster: %s; http: %s", names, runtime.client.address, runtime.address)
        if runtime.inbound is not None:
            source = runtime.settings.inbound.folder or "the cluster"
            log.info("inbound: %s; process definitions from %s", listening, source)
        await ended.wait()
        log.info("stopping; running jobs have %.0f s to end", runtime.settings.drain)
    sys.stdout.flush()
    return 0
