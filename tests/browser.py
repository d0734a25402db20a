"""A real browser, where one is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--hide-scrollbars")


class Browser:
    """Chromium without a window, with a profile of its own."""

    def __init__(self, program: str, profile: Path) -> None:
        self.command = [program, *FLAGS, f"--user-data-dir={profile}"]

    def dom(self, address: str, *, seconds: float = 0) -> str:
        """Return a page as it is after its script has run, for so many seconds of the page's own clock."""
        return self.run("--dump-dom", *waiting(seconds), address).stdout.decode()

    def screenshot(self, address: str, path: Path, *, width: int, height: int, seconds: float = 0) -> None:
        """Write a picture of a page; it must show something."""
        self.run(f"--screenshot={path}", f"--window-size={width},{height}", *waiting(seconds), address)
        assert path.stat().st_size > 20_000

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Call the browser."""
        return subprocess.run([*self.command, *arguments], capture_output=True, timeout=120, check=True)


def waiting(seconds: float) -> list[str]:
    """Return what lets a page's clock run ahead before it is looked at."""
    return [f"--virtual-time-budget={int(seconds * 1000)}"] if seconds else []


def find(profile: Path) -> Browser:
    """Return the installed browser, or skip the test and say why."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return Browser(found, profile)
