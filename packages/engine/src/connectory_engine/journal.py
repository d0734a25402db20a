"""The journal of an engine: its commands in a SQLite file, so that another engine can go on where this one ended.

Nothing but commands and their times is kept. An engine that opens the file takes them again, on the clock of then; it
comes to the same state, down to the keys, because all that it does follows from them.
"""

import json
import secrets
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = "connectory engine journal 1"


class JournalError(Exception):
    """A file that is no journal, or cannot be used; the text says which and what to do."""


class Journal:
    """The commands of one engine, in the order in which they were given."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        try:
            self._connection = sqlite3.connect(self.path, timeout=0.5, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as exc:
            raise JournalError(f"cannot use '{self.path}' as data of the engine: {exc}. Name another file") from exc

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")  # one engine at a time
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        tables = {name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            run("BEGIN EXCLUSIVE")
            run("CREATE TABLE about (format TEXT NOT NULL, seed INTEGER NOT NULL)")
            columns = "id INTEGER PRIMARY KEY, time REAL NOT NULL, name TEXT NOT NULL, arguments TEXT NOT NULL"
            run(f"CREATE TABLE command ({columns})")
            run("INSERT INTO about VALUES (?, ?)", (FORMAT, secrets.randbits(48)))
            run("COMMIT")
        elif tables != {"about", "command"}:
            msg = f"'{self.path}' is a database of something else. Name another file"
            raise JournalError(msg)
        format_, self.seed = run("SELECT format, seed FROM about").fetchone()
        if format_ != FORMAT:
            msg = f"'{self.path}' was written by another version ({format_}). Delete it, or name another file"
            raise JournalError(msg)

    def read(self) -> Iterator[tuple[float, str, list[Any], dict[str, Any]]]:
        """Give the commands: time, name and arguments."""
        for time, name, arguments in self._connection.execute("SELECT time, name, arguments FROM command ORDER BY id"):
            positional, named = json.loads(arguments)
            if name == "deploy":
                positional[0] = [(file, b64decode(data)) for file, data in positional[0]]
            yield time, name, positional, named

    def append(self, time: float, name: str, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Keep a command."""
        if name == "deploy":
            positional = ([(file, b64encode(data).decode()) for file, data in positional[0]],)
        arguments = json.dumps([positional, named], ensure_ascii=False, separators=(",", ":"))
        self._connection.execute(
            "INSERT INTO command (time, name, arguments) VALUES (?, ?, ?)", (time, name, arguments)
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
