"""The broker's process."""

import asyncio
import contextlib
import importlib.resources
import os
import shutil
import stat
import subprocess
import tempfile

from connectory_sandbox.server import HOST, listen

SECONDS = 10.0  # for the broker to listen; it takes 0.02


class Broker:
    """A Kafka broker in a process of its own, with its data in a temporary folder."""

    def __init__(self) -> None:
        self.port = 0
        self.folder = ""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def program(self) -> str:
        """Path of the program in its wheel."""
        name = "noida-db.exe" if os.name == "nt" else "noida-db"
        try:
            path = str(importlib.resources.files("noida_db").joinpath(name))
        except ModuleNotFoundError as exc:
            raise OSError("the sandbox's Kafka broker is not installed. Try: pip install noida-db") from exc
        if not os.access(path, os.X_OK):
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)  # wheels may lose the bit
        return path

    async def start(self, port: int) -> None:
        """Start it; with the same data and port if it ran before."""
        if not self.folder:
            self.folder = tempfile.mkdtemp(prefix="connectory-kafka-")
            free = listen(port)
            self.port = free.getsockname()[1]
            free.close()
        options = ["--data-dir", self.folder, "--host", HOST, "--only", "kafka", "--kafka-port", str(self.port)]
        self.process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own arguments; a fork takes a millisecond
            [*leash(), self.program, "start", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl+C goes to all processes of a terminal; the broker must outlive its clients, and `stop` ends it.
            process_group=0 if os.name != "nt" else None,
        )
        await self.listening()

    async def listening(self) -> None:
        """Wait until it takes connections."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SECONDS
        while True:
            try:
                _, writer = await asyncio.open_connection(HOST, self.port)
            except OSError:
                if self.process is None or self.process.poll() is not None or loop.time() > until:
                    raise OSError(
                        f"the Kafka broker does not start at {HOST}:{self.port}; "
                        f"run '{self.program} start --only kafka' to see why"
                    ) from None
                await asyncio.sleep(0.01)
            else:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
                return

    async def stop(self) -> None:
        """End the process and keep the data."""
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 5)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

    def reset(self) -> None:
        """Delete all topics while it runs."""
        command = [self.program, "reset", "kafka", "--yes", "--data-dir", self.folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603

    def remove(self) -> None:
        """Remove the data."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = ""


def leash() -> list[str]:
    """Return what makes a program end with its parent, even one that is killed, where the system has it (Linux)."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "TERM"] if program else []
