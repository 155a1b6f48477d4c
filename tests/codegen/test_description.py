"""The committed description: complete, valid, named and described throughout."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from codegen.compose import compose, dump
from codegen.document import PREFIX, DescriptionError, walk
from codegen.emit import COMMON, OPTIONS
from codegen.views import View, view

OPENAPI = Path(__file__).parents[2] / "openapi"
BODIES = ["ChatCompletionRequest", "ResponseRequest", "EmbeddingRequest", "TokenizeRequest", "CompactRequest"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads((OPENAPI / "xai.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schemas(document: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"]


@pytest.fixture(scope="module")
def overlay() -> dict[str, Any]:
    return yaml.safe_load((OPENAPI / "overlay.yaml").read_text(encoding="utf-8"))


def unions(schemas: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in schemas.items():
        for part in [schema, *(child for _, _, child in walk(schema))]:
            if "discriminator" in part:
                yield name, part


def test_the_committed_description_is_what_its_three_sources_compose() -> None:
    assert dump(compose(OPENAPI)) == (OPENAPI / "xai.json").read_text(encoding="utf-8")


def test_the_description_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_the_overlay_has_the_structure_of_overlay_1_0(overlay: dict[str, Any]) -> None:
    assert set(overlay) <= {"overlay", "info", "extends", "actions"}
    assert overlay["overlay"] == "1.0.0"
    assert all(isinstance(overlay["info"][word], str) and overlay["info"][word] for word in ("title", "version"))
    assert overlay["actions"]
    for action in overlay["actions"]:
        assert set(action) <= {"target", "description", "update", "remove"}, action
        assert action["target"].startswith("$"), action
        assert ("update" in action) != ("remove" in action), action
        assert action.get("remove", True) is True, action


def test_the_overlay_selects_no_member_by_its_position(overlay: dict[str, Any]) -> None:
    assert [
        action["target"] for action in overlay["actions"] if re.search(r"(One|one|any|all)Of\[\d", action["target"])
    ] == []
    assert '"title"' not in json.dumps(overlay["actions"])


def changed(folder: Path, change: Callable[[str, dict[str, Any]], None]) -> dict[str, Any]:
    """Compose after `change` was made to every published schema, at every depth."""
    for name in ("additions.yaml", "overlay.yaml"):
        shutil.copy(OPENAPI / name, folder)
    published = json.loads((OPENAPI / "published.json").read_text(encoding="utf-8"))
    for name, schema in published["components"]["schemas"].items():
        for number, part in enumerate([*(child for _, _, child in walk(schema)), schema]):
            change(f"{name}{number}", part)
    (folder / "published.json").write_text(json.dumps(published), encoding="utf-8")
    return compose(folder)


def test_members_of_unions_in_another_order_keep_their_names(tmp_path: Path, schemas: dict[str, Any]) -> None:
    def reverse(_: str, part: dict[str, Any]) -> None:
        part.get("oneOf", []).reverse()
        parts = part.get("allOf", [])
        parts.reverse()

    def ordered(value: Any) -> Any:
        """The same, whatever the order of members."""
        if isinstance(value, dict):
            return {key: ordered(item) for key, item in value.items()}
        return sorted(map(ordered, value), key=repr) if isinstance(value, list) else value

    found = changed(tmp_path, reverse)["components"]["schemas"]
    assert list(found) == list(schemas)
    assert [name for name in schemas if ordered(found[name]) != ordered(schemas[name])] == []


def test_a_member_that_is_gone_is_an_error_that_names_it(tmp_path: Path) -> None:
    def retype(name: str, part: dict[str, Any]) -> None:
        if name.startswith("ModelTool") and part.get("enum") == ["x_search"]:
            part["enum"] = ["y_search"]

    with pytest.raises(DescriptionError, match=r"ModelTool.*'x_search'\] selects nothing"):
        changed(tmp_path, retype)


def test_titles_that_are_published_reach_no_generated_name(tmp_path: Path, document: dict[str, Any]) -> None:
    titled = changed(tmp_path, lambda name, part: part.setdefault("title", f"Published{name}"))
    assert list(titled["components"]["schemas"]) == list(document["components"]["schemas"])
    assert "PublishedChatRequest" in json.dumps(titled)
    kinds: list[View] = ["received", "sent", "checked"]
    for kind in kinds:
        assert view(titled, kind)["components"] == view(document, kind)["components"]
    assert "--use-title-as-name" not in json.dumps([COMMON, OPTIONS])


def test_every_removal_has_a_reason(overlay: dict[str, Any]) -> None:
    without = [
        action["target"] for action in overlay["actions"] if "remove" in action and not action.get("description")
    ]
    assert without == []


def test_every_correction_has_a_reason_of_its_own_or_completes_the_removal_before_it(overlay: dict[str, Any]) -> None:
    removed, without = "", []
    for action in overlay["actions"]:
        naming = isinstance(action.get("update"), dict) and set(action["update"]) <= {"x-name", "description"}
        if not (naming or action.get("description") or removed.startswith(f"{action['target']}.")):
            without.append(action["target"])
        removed = action["target"] if "remove" in action else ""
    assert without == []


def test_every_schema_has_one_short_sentence(schemas: dict[str, Any]) -> None:
    texts = {name: schema.get("description", "") for name, schema in schemas.items()}
    poor = {name: text for name, text in texts.items() if not re.fullmatch(r"\S.{,148}\.", text)}
    assert poor == {}


@pytest.mark.parametrize("name", BODIES)
def test_every_parameter_of_the_main_requests_is_described(schemas: dict[str, Any], name: str) -> None:
    fields = schemas[name]["properties"]
    assert fields
    assert [field for field, schema in fields.items() if not schema.get("description", "").strip()] == []


def test_no_schema_has_a_name_that_a_generator_made_up(schemas: dict[str, Any]) -> None:
    made_up = re.compile(r"(Model|Tool|Member)\d|(?<!Base64)(?<=\d)$|Inline")  # Base64 is a word
    assert [name for name in schemas if made_up.search(name)] == []
    assert [name for name in schemas if not re.fullmatch("[A-Z][A-Za-z0-9]*", name)] == []


def test_every_discriminator_maps_all_members_and_nothing_else(schemas: dict[str, Any]) -> None:
    found = list(unions(schemas))
    assert {"ChatMessage", "OutputItem", "Tool", "ResponseStreamEvent"} <= {name for name, _ in found}
    for name, union in found:
        mapped = set(union["discriminator"]["mapping"].values())
        assert mapped == {member["$ref"] for member in union["oneOf"]}, name
        assert all(reference.removeprefix(PREFIX) in schemas for reference in mapped), name


def test_every_recorded_or_documented_stream_event_has_a_model(schemas: dict[str, Any], shared: Path) -> None:
    text = (shared / "contract" / "beyond-published.md").read_text(encoding="utf-8")
    table = text.split("\n### 5.1 ")[1].split("\n| `type` |")[1].split("\n\n")[0]
    documented: set[str] = set()
    for row in re.findall(r"(?m)^\| (`.+?) \|", table):
        first, *others = re.findall("`([^`]+)`", row)
        documented |= {first, *(first.rpartition(".")[0] + other for other in others)}
    assert {"ping", "response.mcp_call.failed", "response.output_text.delta"} <= documented
    assert documented - set(schemas["ResponseStreamEvent"]["discriminator"]["mapping"]) == set()


def test_no_published_fact_is_missing(shared: Path) -> None:
    command = [sys.executable, str(shared / "contract" / "check_openapi.py"), str(OPENAPI / "xai.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counted = re.search(r"(\d+) of (\d+) facts", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert counted
    assert counted[1] == counted[2]
    assert int(counted[2]) > 1900


def test_the_published_structure_is_kept_byte_for_byte(shared: Path) -> None:
    assert (OPENAPI / "published.json").read_bytes() == (shared / "contract" / "published.json").read_bytes()
