"""The catalogue: complete for what is installed, one file without network, working in a real browser."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from browser import Browser, find
from foreign import connector
from kit import ROOT, Command

from connectory_sdk.template.hybrid import type_of

SCREENSHOTS = ROOT / "screenshots"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return find(tmp_path_factory.mktemp("profile"))


@pytest.fixture
def folder(connectory: Command, tmp_path: Path) -> Path:
    done = connectory("catalogue", "--html", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    return tmp_path / "site"


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


def test_a_field_says_for_which_choice_it_is(folder: Path) -> None:
    """Fields that must be filled in for one login alone do not look as if they always had to be."""
    page = (folder / "index.html").read_text()
    rest = page.partition("<h2>HTTP REST ")[2].partition("</article>")[0]

    assert "Name of the user<br><small>for Type: Basic</small>" in rest
    assert "<small>for Method: POST or PUT or PATCH</small>" in rest
    assert "Address to call, starting with http:// or https://</td>" in rest


def test_somebody_elses_connector_is_there_too(connectory: Command, tmp_path: Path) -> None:
    """With what its models say, its errors and example, and for older clusters the version that fits them."""
    source = tmp_path / "src"
    paint = connector(source, "acme_paint", label="Colour", version=1, engines="^8.6")
    environ = {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    collected = subprocess.run(
        [sys.executable, "-m", "connectory_runtime", "templates", "collect", "--write"],
        cwd=tmp_path,
        env={**os.environ, **environ},
        check=True,
        capture_output=True,
        timeout=60,
    )
    connector(source, "acme_paint", label="Shade", version=2, engines="^8.9")
    (paint / "templates" / "acme-paint-outbound.json").rename(
        older := paint / "templates" / "acme-paint-outbound-1.json"
    )
    (paint / "templates" / "versioned").mkdir()
    older.rename(paint / "templates" / "versioned" / older.name)

    done = connectory("catalogue", "--html", tmp_path / "site", environ=environ)

    assert collected.returncode == done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "index.html").read_text()
    card = next(body for _, body in re.findall(r"<article([^>]*)>(.*?)</article>", page, re.DOTALL) if "Paint" in body)
    assert "pip install acme-paint" in card
    assert "Shade" in card
    assert "the pot is empty" in card
    assert re.findall(r'href="(templates/[^"]+)">([^<]+)</a>', card) == [
        ("templates/acme-paint-outbound.json", "Camunda 8.9 and later"),
        ("templates/versioned/acme-paint-outbound-1.json", "Camunda 8.6 up to before 8.9"),
    ]
    assert "Colour" in (tmp_path / "site" / "templates" / "versioned" / "acme-paint-outbound-1.json").read_text()


def test_the_pages_of_the_documentation_say_what_the_models_say(connectory: Command) -> None:
    """Fields, operations, results and errors of each connector; ``nox -s docs -- --write`` writes them."""
    pages = sorted((ROOT / "docs" / "connectors").glob("*.md"))

    done = connectory("catalogue", "--markdown", *pages, "--check")

    assert done.returncode == 0, done.stdout + done.stderr
    marked = {kind for page in pages for kind in re.findall(r"<!-- catalogue: (\S+) -->", page.read_text())}
    carried = [
        json.loads(path.read_text()) for path in (ROOT / "templates").glob("*.json") if path.name != "index.json"
    ]
    assert marked == {kind for one in carried for entry in one["properties"] if (kind := type_of(entry))}


def test_a_page_that_is_out_of_date_is_said_and_written(connectory: Command, tmp_path: Path) -> None:
    """What stands outside of the marks stays."""
    page = tmp_path / "slack.md"
    page.write_text("# Mine\n\n<!-- catalogue: io.camunda:slack:1 -->\nold\n<!-- end of catalogue -->\n\nEnd.\n")

    checked = connectory("catalogue", "--markdown", page, "--check")
    before = page.read_text()
    written = connectory("catalogue", "--markdown", page)

    assert (checked.returncode, written.returncode) == (1, 0)
    assert "old" in before
    assert page.read_text().startswith("# Mine\n")
    assert page.read_text().endswith("\n\nEnd.\n")
    assert "**Post message** (`chat.postMessage`)" in page.read_text()


def test_a_mark_for_a_connector_that_is_not_there_is_one_line(connectory: Command, tmp_path: Path) -> None:
    page = tmp_path / "soap.md"
    page.write_text("<!-- catalogue: acme:soap:1 -->\n<!-- end of catalogue -->\n")

    done = connectory("catalogue", "--markdown", page)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no connector of type 'acme:soap:1'; there are " in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Hello", "no connector is marked; write <!-- catalogue: JOB TYPE --> and <!-- end of catalogue -->"),
        ("<!-- catalogue: io.camunda:slack:1 -->\n", "a mark has no end; write <!-- end of catalogue --> below each"),
        (
            "<!-- catalogue: io.camunda:slack:1 -->\n<!-- catalogue: io.camunda:slack:1 -->\n<!-- end of catalogue -->",
            "a mark has no end",
        ),
    ],
)
def test_marks_that_are_missing_are_one_line(connectory: Command, tmp_path: Path, text: str, message: str) -> None:
    """A page that nobody would ever write is no success."""
    path = tmp_path / "page.md"
    path.write_text(text)

    done = connectory("catalogue", "--markdown", path)

    assert (done.returncode, path.read_text()) == (2, text)
    assert done.stderr.startswith(f"connectory catalogue: {path}: {message}")
    assert done.stderr.count("\n") == 1


def test_it_needs_no_network(folder: Path) -> None:
    """Nothing is loaded from elsewhere; a link to follow is no load."""
    page = (folder / "index.html").read_text()

    assert re.findall(r'(?:src|action)="(?!data:)[^"]*"|<link|@import|url\(', page) == []


def test_the_search_hides_what_does_not_fit(browser: Browser, folder: Path) -> None:
    """In a real browser, from the file system; a picture of it is left in ``screenshots/``."""
    address = (folder / "index.html").as_uri()
    everything = shown(browser.dom(address))
    found = shown(browser.dom(f"{address}?q=adaptive+card"))
    SCREENSHOTS.mkdir(exist_ok=True)
    browser.screenshot(address, SCREENSHOTS / "catalogue.png", width=1000, height=1400)

    assert len(everything) >= 8
    assert found == ["Microsoft Teams"]


def test_a_folder_that_cannot_be_written_is_one_line(connectory: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = connectory("catalogue", "--html", tmp_path / "file" / "site")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot write to" in done.stderr
