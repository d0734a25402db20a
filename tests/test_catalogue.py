"""The catalogue: complete for what is installed, one file without network, working in a real browser."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from kit import Command

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return found


@pytest.fixture
def folder(connectory: Command, tmp_path: Path) -> Path:
    done = connectory("catalogue", "--html", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    return tmp_path / "site"


def rendered(browser: str, folder: Path, query: str = "") -> str:
    """Return the page as the browser has it after its script has run."""
    profile = folder.parent / "profile"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    address = f"{(folder / 'index.html').as_uri()}{query}"
    screenshot = [f"--screenshot={folder.parent / 'page.png'}", "--window-size=1000,1400"]
    subprocess.run([browser, *flags, *screenshot, address], capture_output=True, timeout=60, check=True)
    done = subprocess.run([browser, *flags, "--dump-dom", address], capture_output=True, timeout=60, check=True)
    assert (folder.parent / "page.png").stat().st_size > 20_000
    return done.stdout.decode()


def shown(page: str) -> list[str]:
    """Return the headings of the entries that are not hidden."""
    articles = re.findall(r"<article([^>]*)>(.*?)</article>", page, re.DOTALL)
    return [re.findall(r"<h2>([^<]*)", body)[0].strip() for facts, body in articles if "hidden" not in facts]


def test_every_connector_is_there_in_alphabetical_order(folder: Path) -> None:
    names = shown((folder / "index.html").read_text())

    assert names == sorted(names, key=str.lower)
    assert {"GraphQL", "HTTP REST", "Kafka", "Microsoft Teams", "Slack"} <= set(names)


def test_every_template_that_it_offers_is_beside_it(folder: Path) -> None:
    offered = re.findall(r'download href="([^"]+)"', (folder / "index.html").read_text())

    assert len(offered) >= 10
    assert all((folder / path).is_file() for path in offered)


def test_it_needs_no_network(folder: Path) -> None:
    """Nothing is loaded from elsewhere; a link to follow is no load."""
    page = (folder / "index.html").read_text()

    assert re.findall(r'(?:src|action)="(?!data:)[^"]*"|<link|@import|url\(', page) == []


def test_the_search_hides_what_does_not_fit(browser: str, folder: Path) -> None:
    everything = shown(rendered(browser, folder))
    found = shown(rendered(browser, folder, "?q=adaptive+card"))

    assert len(everything) >= 8
    assert found == ["Microsoft Teams"]


def test_a_folder_that_cannot_be_written_is_one_line(connectory: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = connectory("catalogue", "--html", tmp_path / "file" / "site")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot write to" in done.stderr
