"""What a developer and CI run: `nox -s demo`, `nox -s tests`, `nox` for all checks."""

import nox

nox.options.sessions = ["tests", "lint", "types", "codegen"]
nox.options.default_venv_backend = "uv|virtualenv"
AT_ONCE = ("-n", "auto", "--maxprocesses", "4")  # `-- -n 0` runs the tests one by one
PROJECT = nox.project.load_toml("pyproject.toml")


def install(session: nox.Session, *groups: str) -> None:
    """Install the package with its extras, and the named dependency groups."""
    requirements = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    session.install("-e", ".[simulator]", *requirements)


def measure(session: nox.Session, group: str) -> None:
    """Run the module of `benchmarks` that is named like the session, with the named dependency group."""
    install(session, group)
    session.run("python", "-m", f"benchmarks.{session.name}", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Run the quickstart and a scripted conversation, against the embedded simulator unless XAI_API_KEY is set."""
    install(session)
    session.run("python", "examples/quickstart.py")
    session.run("python", "examples/chat.py", "--stream", "--script", "examples/conversation.txt")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; arguments go to pytest."""
    install(session, "tests")
    session.run("python", "-m", "pytest", *AT_ONCE, *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest versions of the dependencies that pyproject.toml allows, on asyncio and Trio."""
    install(session, "tests")
    oldest = [name.split(",")[0].replace(">=", "==") for name in PROJECT["project"]["dependencies"]]
    session.install(*oldest)
    session.run("python", "-m", "pytest", *AT_ONCE, "--ignore=tests/codegen", "-k", "not uvloop", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Try every operation with every fault and count what became of it; arguments go to the campaign."""
    measure(session, "tests")


@nox.session
def soak(session: nox.Session) -> None:
    """Keep 1,000 streams open for a minute and count what is left of them; arguments go to it."""
    measure(session, "tests")


@nox.session
def transfers(session: nox.Session) -> None:
    """Send half a gigabyte up and down and say what memory it took; arguments go to it."""
    measure(session, "tests")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Ask the simulator what the description allows, and much that it does not; arguments go to schemathesis."""
    measure(session, "fuzz")


@nox.session
def capacity(session: nox.Session) -> None:
    """Hold 1,000 streams open against one simulator and say how fast it starts; arguments go to it."""
    measure(session, "tests")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure what calls and events cost beside httpx and other SDKs, and write the table into the documentation."""
    measure(session, "bench")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting; `-- --fix` mends what can be mended."""
    install(session, "lint")
    if "--fix" in session.posargs:
        session.run("ruff", "check", "--fix")
        session.run("ruff", "format")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, both strict."""
    install(session, "types")
    session.run("mypy")
    session.run("pyright")


@nox.session
def codegen(session: nox.Session) -> None:
    """Write xai.json and the generated types; `-- --check` only tells whether they are current."""
    install(session, "codegen")
    session.run("python", "-m", "codegen", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into site/; warnings are errors."""
    install(session, "docs", "lint")  # mkdocstrings lays signatures out with ruff
    session.run("mkdocs", "build", "--strict", *session.posargs)
