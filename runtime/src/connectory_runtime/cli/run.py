"""``connectory run``: deploy BPMN files on the embedded engine, start a process, say how it ended."""

import argparse
import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from connectory_runtime.cli.console import Console, short
from connectory_runtime.cli.errors import CommandError
from connectory_runtime.cli.local import Local, connectors_for, functions_for
from connectory_runtime.cli.model import Model, assignment, read, variables_file

EXIT = {"completed": 0, "incident": 1, "waiting": 3}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="BPMN files; the first one's process starts"
    )
    parser.add_argument("--process", metavar="ID", help="the process to start, if not the first one")
    parser.add_argument("--var", action="append", default=[], metavar="NAME=JSON", help="a variable; text in quotes")
    parser.add_argument("--variables", type=Path, metavar="FILE", help="variables from a JSON file")
    parser.add_argument(
        "--message", action="append", default=[], metavar="NAME:KEY=JSON", help="publish a message with these variables"
    )
    parser.add_argument("--secret", action="append", default=[], metavar="NAME=VALUE", help="a secret")
    parser.add_argument("--sandbox", action="store_true", help="nothing leaves the machine: fakes answer, and show it")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="what the sandbox's HTTP service answers")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="SERVICE=JSON",
        help='what goes wrong in the sandbox, such as \'slack={"operation": "chat.*", "status": 429}\'',
    )
    parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="give up waiting (default 60)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


@dataclass(slots=True)
class Ending:
    """How it ended."""

    state: str
    variables: dict[str, Any] = field(default_factory=dict)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    waiting_for: list[dict[str, Any]] = field(default_factory=list)
    sandbox: list[dict[str, Any]] = field(default_factory=list)

    def object(self) -> dict[str, Any]:
        """Return it as ``--json`` prints it."""
        return {
            "state": self.state,
            "variables": self.variables,
            "incidents": self.incidents,
            "waitingFor": self.waiting_for,
            "sandbox": self.sandbox,
        }


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Raises:
        CommandError: A file, an option or a connector is missing or wrong.
    """
    logging.getLogger("connectory_runtime.outbound").setLevel(logging.ERROR)  # the steps say what happened
    models = [read(path) for path in arguments.files]
    process = chosen(models, arguments.process)
    variables = variables_file(arguments.variables) if arguments.variables else {}
    variables |= dict(assignment(text, option="--var") for text in arguments.var)
    messages = [message(text) for text in arguments.message]
    secrets = dict(secret(text) for text in arguments.secret)
    faults = [assignment(text, option="--fault") for text in arguments.fault]
    if faults and not arguments.sandbox:
        raise CommandError("--fault: only a sandbox fails on demand; add --sandbox")
    console = Console(quiet=arguments.json)
    found = answers(arguments.answers, arguments.files[0])
    ending = asyncio.run(
        execute(
            models,
            process,
            variables,
            messages,
            secrets,
            console,
            sandbox=arguments.sandbox,
            answers=found,
            prepare=partial(fail, faults),
            seconds=arguments.timeout,
        )
    )
    if arguments.json:
        print(json.dumps(ending.object(), ensure_ascii=False))
    return EXIT[ending.state]


def chosen(models: Sequence[Model], wanted: str | None) -> str:
    """Return the id of the process to start.

    Raises:
        CommandError: No file has it.
    """
    every = [process for model in models for process in model.processes]
    if wanted is None:
        return every[0]
    if wanted not in every:
        there = ", ".join(f"'{process}'" for process in every)
        raise CommandError(f"no process '{wanted}' in the files; there is {there}")
    return wanted


def message(text: str) -> tuple[str, str, dict[str, Any]]:
    """Return name, correlation key and variables of a message.

    Raises:
        CommandError: It is not of the form ``NAME:KEY=JSON``.
    """
    target, variables = assignment(text, option="--message")
    name, _, key = target.partition(":")
    if not isinstance(variables, dict):
        raise CommandError(f'--message {target}: its variables must be a JSON object, such as {{"amount": 3}}')
    return name, key, variables


def secret(text: str) -> tuple[str, str]:
    """Return name and value of a secret.

    Raises:
        CommandError: There is no value.
    """
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise CommandError("--secret: write --secret NAME=VALUE")  # the text may be a secret: it is not shown
    return name, value


def fail(faults: Sequence[tuple[str, Any]], sandbox: Any) -> None:
    """Let the services of a sandbox fail.

    Raises:
        CommandError: There is no such service, or that is no fault.
    """
    for service, fault in faults:
        try:
            sandbox.fail(service, fault)
        except ValueError as exc:
            raise CommandError(f"--fault {service}: {exc}") from exc


async def execute(
    models: Sequence[Model],
    process: str,
    variables: dict[str, Any],
    messages: Sequence[tuple[str, str, dict[str, Any]]],
    secrets: dict[str, str],
    console: Console,
    *,
    sandbox: bool,
    answers: Path | None,
    prepare: Callable[[Any], None],
    seconds: float,
) -> Ending:
    """Run the process to its end, or to where it waits."""
    wanted = connectors_for(models)
    names = {key: name for model in models for key, name in model.names.items()}
    async with AsyncExitStack() as stack:
        local = await stack.enter_async_context(
            Local(
                wanted,
                secrets=secrets,
                sandbox=sandbox,
                answers=answers,
                prepare=prepare,
                functions=functions_for(models),
                on_step=lambda step: console.step(
                    names.get(step.element_id, step.element_id),
                    step.connector,
                    step.seconds,
                    short(step.result),
                    good=step.good,
                ),
            )
        )
        local.deploy(models)
        start = time.perf_counter()
        console.line(f"{process} starts")
        state = await local.finish(process, variables, messages, seconds=seconds)
        ending = Ending(state, local.variables(), local.incidents(), local.waiting_for(), local.received())
        report(ending, time.perf_counter() - start, names, console)
    return ending


def answers(given: Path | None, first: Path) -> Path | None:
    """Return the file with the sandbox's answers: the one that was given, or the one beside the first BPMN file."""
    if given is not None:
        return given
    beside = first.with_suffix(".answers.json")
    return beside if beside.is_file() else None


def report(ending: Ending, seconds: float, names: dict[str, str], console: Console) -> None:
    """Say how it ended."""

    def at(entry: dict[str, Any]) -> str:
        return f"at '{names.get(entry['elementId'], entry['elementId'])}'"

    match ending.state:
        case "incident":
            for incident in ending.incidents:
                console.end("incident", f"{at(incident)}: {incident['errorType']}: {incident['errorMessage']}")
        case "waiting":
            for wait in ending.waiting_for:
                console.end("waiting", f"{at(wait)} for {wait['description']}")
            if not ending.waiting_for:
                console.end("waiting", "for something that takes longer than --timeout")
        case _:
            console.end("completed", f"in {seconds:.2f} s")
    console.values(ending.variables)
    console.received(ending.sandbox)
