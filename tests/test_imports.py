"""What importing costs, what is public, and who may import httpx."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import xai_httpx
import xai_httpx.chat
import xai_httpx.testing

PACKAGE = Path(xai_httpx.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
FLOOR = "import httpx, anyio, tenacity, pydantic; pydantic.BaseModel"


def loaded(statements: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after some statements."""
    script = f"import sys; before = set(sys.modules)\n{statements}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "most"),
    [
        ("import xai_httpx", 2),
        ("from xai_httpx import AsyncXAI, RetryPolicy; AsyncXAI(api_key='k')", 40),
    ],
)
def test_importing_loads_few_modules_and_no_generated_one(statement: str, most: int) -> None:
    modules, floor = loaded(statement), loaded(FLOOR)
    assert len(modules) <= 1.4 * len(floor)
    assert len({name for name in modules if name.partition(".")[0] == "xai_httpx"}) <= most
    generated = {name for name in modules if name.startswith(("xai_httpx.types", "xai_httpx._checks"))}
    assert generated == set()
    # httpx itself loads rich, and click, where both are installed.
    assert (modules - floor) & {"trio", "starlette", "uvicorn", "rich", "opentelemetry"} == set()


def test_touching_chat_loads_only_its_models() -> None:
    modules = loaded("from xai_httpx import AsyncXAI; AsyncXAI(api_key='k').chat.completions")
    models = {name.removeprefix("xai_httpx.types.") for name in modules if name.startswith("xai_httpx.types.")}
    assert models == {"chat", "shared"}


def test_what_conversations_are_made_of_loads_when_it_is_used() -> None:
    modules = loaded("import xai_httpx.chat")
    assert {name for name in modules if name.startswith("xai_httpx.chat.")} == set()
    modules = loaded("from xai_httpx.chat import user, image; user('a', image('https://a.b'))")
    assert {name for name in modules if name.startswith(("xai_httpx.types", "xai_httpx._checks"))} == set()
    modules = loaded("from xai_httpx import AsyncXAI; AsyncXAI(api_key='k').chat.create(model='m', messages=['a'])")
    models = {name.removeprefix("xai_httpx.types.") for name in modules if name.startswith("xai_httpx.types.")}
    assert models == {"chat", "chat_events", "responses", "responses_events", "shared"}


@pytest.mark.parametrize(
    "package", [xai_httpx, xai_httpx.chat, xai_httpx.testing], ids=lambda package: package.__name__
)
def test_every_public_name_resolves_and_is_declared_for_type_checkers(package: ModuleType) -> None:
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    declared = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert declared == set(dir(package))
    for name in declared:
        assert getattr(package, str(name)) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = package.Nothing


def test_a_simulator_that_does_not_run_loads_nothing_of_its_extra() -> None:
    modules = loaded("from xai_httpx.testing import SimulatedXAI; SimulatedXAI()")
    assert modules & {"starlette", "uvicorn", "jsonschema_rs", "rstr", "tqdm"} == set()


def test_only_the_transports_import_httpx() -> None:
    importing = [
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "httpx" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "httpx" and not node.level)
    ]
    assert importing == ["_transport.py", "testing/_cassettes/transport.py"]


def test_no_scope_lives_across_a_yield() -> None:
    scopes = {"fail_after", "move_on_after", "CancelScope", "create_task_group"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.With | ast.AsyncWith):
                opened = {getattr(item.context_expr, "func", None) for item in node.items}
                names = {getattr(call, "attr", getattr(call, "id", None)) for call in opened}
                yields = [inner for inner in ast.walk(node) if isinstance(inner, ast.Yield | ast.YieldFrom)]
                assert not (names & scopes and yields), f"{path}:{node.lineno}"


def test_the_version_is_in_the_changelog() -> None:
    changelog = PACKAGE.parents[1] / "CHANGELOG.md"
    if not changelog.exists():
        pytest.skip("not run from a source tree")
    assert xai_httpx.__version__ in changelog.read_text(encoding="utf-8")
