"""What a newly published description is reported to change, and how it is taken over."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from codegen.__main__ import main
from codegen.document import PREFIX, DescriptionError
from codegen.refresh import describe_changes, read_published
from tests.codegen import copy_tree, run_codegen

ASK = {
    "type": "object",
    "properties": {
        "mode": {"type": "string", "enum": ["on", "off"]},
        "items": {"type": "array", "items": {"$ref": PREFIX + "Item"}},
    },
}
ITEM = {"type": "object", "properties": {"text": {"type": "string"}, "below": {"$ref": PREFIX + "Item"}}}
OLD: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "published", "version": "1"},
    "paths": {
        "/v1/ask": {
            "post": {
                "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": PREFIX + "Ask"}}}},
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": ITEM}}}},
            }
        }
    },
    "components": {"schemas": {"Ask": ASK, "Item": ITEM}},
}
NO_PATHS = {"openapi": "3.1.0", "info": {"title": "published", "version": "1"}, "paths": {}}


@pytest.fixture
def new() -> dict[str, Any]:
    return deepcopy(OLD)


def both_ways(new: dict[str, Any]) -> tuple[list[str], list[str]]:
    return describe_changes(OLD, new), describe_changes(new, OLD)


def test_equal_descriptions_and_new_words_change_nothing(new: dict[str, Any]) -> None:
    assert describe_changes(OLD, new) == []
    new["components"]["schemas"]["Ask"]["description"] = "Other words."
    assert describe_changes(OLD, new) == []


def test_an_operation_is_reported(new: dict[str, Any]) -> None:
    new["paths"]["/v1/ask"]["get"] = {"responses": {}}
    assert both_ways(new) == (["added operation GET /v1/ask"], ["removed operation GET /v1/ask"])


@pytest.mark.parametrize("place", ["operation", "path", "component"])
def test_a_parameter_is_reported_wherever_it_is_declared(new: dict[str, Any], place: str) -> None:
    item, parameter = new["paths"]["/v1/ask"], {"in": "query", "name": "order", "schema": {"enum": ["asc"]}}
    if place == "component":
        new["components"]["parameters"] = {"order": parameter}
        item["post"]["parameters"].append({"$ref": "#/components/parameters/order"})
    else:
        (item["post"] if place == "operation" else item).setdefault("parameters", []).append(parameter)
    assert both_ways(new) == (
        ["POST /v1/ask: added query parameter order", "POST /v1/ask: added query parameter order value 'asc'"],
        ["POST /v1/ask: removed query parameter order", "POST /v1/ask: removed query parameter order value 'asc'"],
    )


def test_a_field_is_reported_at_every_place_where_it_is_reached(new: dict[str, Any]) -> None:
    new["components"]["schemas"]["Ask"]["properties"]["user"] = {"type": "string"}
    assert both_ways(new) == (
        ["POST /v1/ask: added request.user field", "POST /v1/ask: added request.user type string"],
        ["POST /v1/ask: removed request.user field", "POST /v1/ask: removed request.user type string"],
    )
    new = deepcopy(OLD)
    new["components"]["schemas"]["Item"]["properties"]["size"] = {"type": "integer"}
    added = describe_changes(OLD, new)
    assert "POST /v1/ask: added request.items[].size field" in added
    assert "POST /v1/ask: added reply 200.below.size field" in added


@pytest.mark.parametrize(
    "values",
    [{"type": "string", "enum": ["on", "off", "auto"]}, {"oneOf": [ASK["properties"]["mode"], {"const": "auto"}]}],
    ids=["enum", "const"],
)
def test_a_value_is_reported(new: dict[str, Any], values: dict[str, Any]) -> None:
    new["components"]["schemas"]["Ask"]["properties"]["mode"] = values
    assert both_ways(new) == (
        ["POST /v1/ask: added request.mode value 'auto'"],
        ["POST /v1/ask: removed request.mode value 'auto'"],
    )


@pytest.mark.parametrize(
    ("change", "added", "removed"),
    [
        ({"type": "array"}, ["request.mode type array"], ["request.mode type string"]),
        ({"type": ["string", "null"]}, ["request.mode type null"], []),
        ({"minimum": 1, "maximum": 2}, ["request.mode maximum 2", "request.mode minimum 1"], []),
        ({"maxItems": 3, "uniqueItems": True}, ["request.mode maxItems 3", "request.mode uniqueItems True"], []),
        ({"pattern": "^o", "default": "on"}, ["request.mode default 'on'", "request.mode pattern '^o'"], []),
    ],
    ids=["type", "null", "range", "items", "text"],
)
def test_what_a_field_may_hold_is_reported(
    new: dict[str, Any], change: dict[str, Any], added: list[str], removed: list[str]
) -> None:
    new["components"]["schemas"]["Ask"]["properties"]["mode"].update(change)
    lines = [f"POST /v1/ask: added {fact}" for fact in added] + [f"POST /v1/ask: removed {fact}" for fact in removed]
    assert describe_changes(OLD, new) == lines


def test_a_changed_limit_is_reported_as_the_new_and_the_old_one(new: dict[str, Any]) -> None:
    old = deepcopy(new)
    for document, limit in ((old, 2), (new, 1)):
        document["paths"]["/v1/ask"]["post"]["parameters"][0]["schema"]["maximum"] = limit
    place = "query parameter limit maximum"
    assert describe_changes(old, new) == [f"POST /v1/ask: added {place} 1", f"POST /v1/ask: removed {place} 2"]


@pytest.mark.parametrize("place", ["field", "body", "parameter"])
def test_what_becomes_required_is_reported(new: dict[str, Any], place: str) -> None:
    operation = new["paths"]["/v1/ask"]["post"]
    if place == "field":
        new["components"]["schemas"]["Ask"]["required"] = ["mode"]
    else:
        (operation["requestBody"] if place == "body" else operation["parameters"][0])["required"] = True
    name = {"field": "request.mode", "body": "request", "parameter": "query parameter limit"}[place]
    assert both_ways(new) == (
        [f"POST /v1/ask: added {name} required"],
        [f"POST /v1/ask: removed {name} required"],
    )


def test_a_change_of_one_member_of_a_union_is_reported_beside_an_equal_one(new: dict[str, Any]) -> None:
    member = {"type": "object", "properties": {"text": {"type": "string"}}}
    old = deepcopy(new)
    for document, required in ((old, []), (new, ["text"])):
        members = [{**member, "required": ["text"]}, {**member, "required": required}]
        document["components"]["schemas"]["Ask"]["properties"]["mode"] = {"oneOf": members}
    assert describe_changes(old, new) == ["POST /v1/ask: added request.mode.text required"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not a valid OpenAPI description"),
        ("[]", "is not a valid OpenAPI description"),
        (json.dumps({**OLD, "info": {}}), "is not a valid OpenAPI description"),
        (json.dumps(NO_PATHS), "describes no operations"),
    ],
    ids=["no JSON", "no object", "no OpenAPI", "no paths"],
)
def test_a_file_that_cannot_be_published_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "downloaded.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DescriptionError, match=message) as caught:
        read_published(path)
    assert str(path) in str(caught.value)


def test_check_and_refresh_exclude_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--check", "refresh", str(tmp_path / "new.json")])
    assert "use one of them" in capsys.readouterr().err


def test_refresh_takes_a_new_field_from_the_published_file_to_the_types(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text("{}", encoding="utf-8")
    published = tree / "openapi" / "published.json"
    before = published.read_bytes()
    refused = run_codegen(tree, "refresh", str(bad))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"error: {bad} is not a valid OpenAPI description")
    assert published.read_bytes() == before

    document = json.loads(before)
    document["components"]["schemas"]["ChatRequest"]["properties"]["mood"] = {"type": ["string", "null"]}
    good.write_text(json.dumps(document), encoding="utf-8")
    done = run_codegen(tree, "refresh", str(good))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    facts = ("field", "type null", "type string")
    told = [f"POST /v1/chat/completions: added request.mood {fact}" for fact in facts]
    assert [line for line in lines if "wrote" not in line] == told
    assert f"wrote {Path('src/xai_httpx/types/chat_params.py')}" in lines
    assert published.read_text(encoding="utf-8") == good.read_text(encoding="utf-8")
    assert "    mood: str | None\n" in (tree / "src/xai_httpx/types/chat_params.py").read_text(encoding="utf-8")
    assert "    mood: str | None = None\n" in (tree / "src/xai_httpx/_checks/chat.py").read_text(encoding="utf-8")


def test_refresh_says_which_module_a_new_kind_of_resource_lacks(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    source = tmp_path / "new.json"
    document = json.loads((tree / "openapi" / "published.json").read_text(encoding="utf-8"))
    document["paths"]["/v1/dreams"] = {"get": {"responses": {"200": {"description": "ok"}}}}
    source.write_text(json.dumps(document), encoding="utf-8")
    done = run_codegen(tree, "refresh", str(source))
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["added operation GET /v1/dreams"]
    assert done.stderr.startswith("error: /v1/dreams: no module for its types")
