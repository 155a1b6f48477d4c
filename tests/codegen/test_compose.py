"""The rules by which the published description, the additions and the overlay become one document."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.compose import (
    PREFIX,
    DescriptionError,
    add,
    apply,
    compose,
    dump,
    hoist,
    map_discriminators,
    merge,
    rename,
    unwrap_single_refs,
)


def described(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


def ref(name: str) -> dict[str, str]:
    return {"$ref": PREFIX + name}


def test_merge_joins_objects_by_key_and_lists_and_replaces_the_rest() -> None:
    target = {"kept": 1, "object": {"a": 1, "b": 2}, "list": ["x"], "text": "old", "kind": [1]}
    merge(target, {"object": {"b": 3, "c": 4}, "list": ["y", "x"], "text": "new", "kind": {"now": "an object"}})
    assert target == {
        "kept": 1,
        "object": {"a": 1, "b": 3, "c": 4},
        "list": ["x", "y", "x"],
        "text": "new",
        "kind": {"now": "an object"},
    }


def test_merge_copies_so_that_a_yaml_anchor_used_twice_stays_two_values() -> None:
    anchor = {"list": [{"n": 1}]}
    target: dict[str, Any] = {}
    merge(target, {"first": anchor, "second": anchor})
    merge(target, {"first": {"list": [2]}})
    target["first"]["list"][0]["n"] = 3
    assert target["second"] == anchor == {"list": [{"n": 1}]}


def test_update_merges_into_every_object_at_the_path_and_appends_to_lists() -> None:
    document = described(A={"type": "object", "required": ["a"]}, B={"type": "object"})
    apply(document, {"target": "$.components.schemas.*", "update": {"x-seen": True}}, 0)
    apply(document, {"target": "$.components.schemas.A.required", "update": "more"}, 1)
    assert document == described(
        A={"type": "object", "required": ["a", "more"], "x-seen": True}, B={"type": "object", "x-seen": True}
    )


def test_remove_deletes_keys_and_the_list_entries_that_a_filter_selects() -> None:
    document = described(A={"required": ["x", "a", "x", "b"], "type": "object"}, B={})
    apply(document, {"target": "$.components.schemas.A.required[?@ == 'x']", "remove": True}, 0)
    assert document["components"]["schemas"]["A"]["required"] == ["a", "b"]
    apply(document, {"target": "$.components.schemas['B']", "remove": True}, 1)
    assert document == described(A={"required": ["a", "b"], "type": "object"})


@pytest.mark.parametrize("target", ["$.components.schemas.Gone", "$.components.schemas.A.required[?@ == 'gone']"])
def test_an_action_that_selects_nothing_is_an_error_that_names_it(target: str) -> None:
    for what in ({"remove": True}, {"update": {"a": 1}}):
        with pytest.raises(DescriptionError) as caught:
            apply(described(A={"required": ["a"]}), {"target": target, **what}, 17)
        assert "action 17" in str(caught.value)
        assert target in str(caught.value)


@pytest.mark.parametrize(
    "update", [{"x-name": "N"}, {"properties": {"a": {"x-name": "N"}}}, {"oneOf": [{"x-name": "N"}]}]
)
def test_an_action_that_gives_a_name_selects_one_schema(update: dict[str, Any]) -> None:
    document = described(U={"oneOf": [{"type": "string"}, {"type": "object"}, {"type": "object"}]})
    before = deepcopy(document)
    with pytest.raises(DescriptionError, match=r"action 5: .* selects 2 schemas for one name"):
        apply(document, {"target": "$.components.schemas.U.oneOf[?@.type == 'object']", "update": update}, 5)
    assert document == before
    apply(document, {"target": "$.components.schemas.U.oneOf[?@.type == 'string']", "update": update}, 5)
    apply(document, {"target": "$.components.schemas.U.oneOf[?@.type == 'object']", "update": {"x-closed": True}}, 6)


REPLY = {"description": "ok", "content": {"application/json": {"schema": ref("A")}}}


def published() -> dict[str, Any]:
    document = described(A={"type": "object"})
    document["components"]["responses"] = {"Failed": {"description": "Failed."}}
    operation = {"responses": {"200": deepcopy(REPLY), "404": {"$ref": "#/components/responses/Failed"}}}
    return {"openapi": "3.1.0", "info": {"title": "theirs"}, "paths": {"/v1/a": {"get": operation}}, **document}


def in_reply(status: str, reply: dict[str, Any]) -> dict[str, Any]:
    return {"paths": {"/v1/a": {"get": {"responses": {status: reply}}}}}


@pytest.mark.parametrize(
    "additions",
    [
        {"servers": [{"url": "https://api.x.ai"}]},
        {"paths": {"/v1/b": {"parameters": [], "post": {"requestBody": {}, "responses": {}}}}},
        {"paths": {"/v1/a": {"post": {"requestBody": {}, "responses": {}}}}},
        in_reply("default", REPLY),
        in_reply("200", {"content": {"text/event-stream": {"schema": ref("B")}}}),
        {"components": {"schemas": {"B": {}}, "responses": {"Error": {}}, "parameters": {"limit": {}}}},
    ],
    ids=["section", "path", "method", "reply", "media type", "components"],
)
def test_additions_add_what_is_not_published(additions: dict[str, Any]) -> None:
    added, merged = published(), published()
    add(added, additions)
    merge(merged, additions)
    assert added == merged != published()


@pytest.mark.parametrize(
    ("additions", "place"),
    [
        ({"openapi": "3.1.1"}, "openapi"),
        ({"info": {"version": "2"}}, "info"),
        (described(A={"x-new": True}), "components schemas A"),
        ({"components": {"responses": {"Failed": {"content": {}}}}}, "components responses Failed"),
        ({"paths": {"/v1/a": {"parameters": []}}}, "paths /v1/a parameters"),
        ({"paths": {"/v1/a": {"get": {"requestBody": {}}}}}, "paths /v1/a get requestBody"),
        ({"paths": {"/v1/a": {"get": {"parameters": []}}}}, "paths /v1/a get parameters"),
        (in_reply("200", {"description": "fine"}), "paths /v1/a get responses 200 description"),
        (in_reply("200", {"headers": {}}), "paths /v1/a get responses 200 headers"),
        (in_reply("200", REPLY), "paths /v1/a get responses 200 description"),
        (
            in_reply("200", {"content": {"application/json": {"example": 1}}}),
            "paths /v1/a get responses 200 content application/json",
        ),
        (in_reply("404", {"content": {}}), "paths /v1/a get responses 404 content"),
    ],
)
def test_additions_change_nothing_that_is_published(additions: dict[str, Any], place: str) -> None:
    with pytest.raises(DescriptionError, match=rf"additions\.yaml: {place} would change what is published"):
        add(published(), additions)


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"Chta": {"description": "A chat."}}, "action 3: no schema Chta"),
        ({"Chat": {"properties": {"modle": {"description": "A model."}}}}, r"action 3: no property Chat\.modle"),
    ],
)
def test_a_misspelt_schema_or_property_is_an_error(update: dict[str, Any], message: str) -> None:
    document = described(Chat={"properties": {"model": {"type": "string"}}})
    with pytest.raises(DescriptionError, match=message):
        apply(document, {"target": "$.components.schemas", "update": update}, 3)


def name(document: dict[str, Any]) -> None:
    document.setdefault("paths", {})
    hoist(document)
    rename(document)


def test_a_named_inline_schema_moves_to_the_components() -> None:
    inner = {"x-name": "Inner", "type": "string"}
    outer = {"x-name": "Outer", "type": "object", "properties": {"inner": inner}}
    document = described(A={"type": "array", "items": outer}, B={"oneOf": [{"type": "null"}, dict(inner)]})
    name(document)
    assert (
        document["components"]
        == described(
            A={"type": "array", "items": ref("Outer")},
            B={"oneOf": [{"type": "null"}, ref("Inner")]},
            Inner={"type": "string"},
            Outer={"type": "object", "properties": {"inner": ref("Inner")}},
        )["components"]
    )
    assert list(document["components"]["schemas"]) == ["A", "B", "Inner", "Outer"]


def test_a_name_renames_a_component_with_every_reference_and_mapping_to_it() -> None:
    union = {"oneOf": [ref("Old")], "discriminator": {"propertyName": "type", "mapping": {"old": PREFIX + "Old"}}}
    document = described(
        Old={"x-name": "New", "type": "object"}, Other={"x-name": "Old", "type": "string"}, Union=union
    )
    document["paths"] = {"/v1/a": {"get": {"parameters": [{"schema": ref("Other")}, {"schema": ref("Old")}]}}}
    name(document)
    schemas = document["components"]["schemas"]
    assert schemas["New"] == {"type": "object"}
    assert schemas["Old"] == {"type": "string"}
    assert schemas["Union"]["oneOf"] == [ref("New")]
    assert schemas["Union"]["discriminator"]["mapping"] == {"old": PREFIX + "New"}
    assert document["paths"]["/v1/a"]["get"]["parameters"] == [{"schema": ref("Old")}, {"schema": ref("New")}]


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"items": {"x-name": "Same", "type": "string"}}, "B": {"items": {"x-name": "Same", "type": "integer"}}},
        {"A": {"x-name": "Same", "type": "string"}, "B": {"x-name": "Same", "type": "integer"}},
        {"A": {"x-name": "Same", "type": "string"}, "Same": {"type": "integer"}},
    ],
    ids=["inline", "components", "name and component"],
)
def test_two_different_schemas_with_one_name_are_an_error(schemas: dict[str, Any]) -> None:
    with pytest.raises(DescriptionError, match="Same"):
        name(described(**schemas))


def test_a_named_inline_schema_of_a_body_moves_to_the_components() -> None:
    document = described()
    body = {"schema": {"x-name": "Ask", "type": "object", "properties": {"tone": {"x-name": "Tone", "type": "string"}}}}
    document["paths"] = {
        "/v1/ask": {"parameters": [], "post": {"requestBody": {"content": {"application/json": body}}}}
    }
    name(document)
    assert body == {"schema": ref("Ask")}
    assert document["components"]["schemas"] == {
        "Ask": {"type": "object", "properties": {"tone": ref("Tone")}},
        "Tone": {"type": "string"},
    }


def test_a_published_title_names_nothing_and_stays() -> None:
    schemas = {"A": {"title": "Other", "items": {"title": "Inner", "type": "string"}}, "B": {"title": "Other"}}
    document = described(**deepcopy(schemas))
    name(document)
    assert document["components"]["schemas"] == schemas


def test_titles_tell_no_two_schemas_of_one_name_apart() -> None:
    document = described(**{key: {"items": {"x-name": "Same", "title": key, "type": "string"}} for key in ("A", "B")})
    name(document)
    assert document["components"]["schemas"]["Same"] == {"title": "A", "type": "string"}


def test_a_name_beside_a_reference_is_an_error() -> None:
    with pytest.raises(DescriptionError, match=r"x-name B is beside a \$ref"):
        name(described(A={"items": {"x-name": "B", **ref("C")}}, C={"type": "string"}))


def test_a_discriminator_is_mapped_from_the_constants_and_enums_of_its_members() -> None:
    union = {"oneOf": [ref("A"), ref("B"), ref("C")], "discriminator": {"propertyName": "kind"}}
    document = described(
        A={"properties": {"kind": {"const": "a"}}},
        B={"properties": {"kind": {"type": "string", "enum": ["b", "bb"]}}},
        Base={"properties": {"kind": {"const": "c"}}},
        C={"allOf": [ref("Base"), {"properties": {"more": {"type": "string"}}}]},
        Holder={"properties": {"list": {"type": "array", "items": union}}},
    )
    map_discriminators(document)
    mapping = {"a": PREFIX + "A", "b": PREFIX + "B", "bb": PREFIX + "B", "c": PREFIX + "C"}
    assert union["discriminator"] == {"propertyName": "kind", "mapping": mapping}


@pytest.mark.parametrize(
    ("member", "message"),
    [({"type": "object"}, "U: a member .* has no name"), (ref("A"), "U: #/components/schemas/A has no constant kind")],
)
def test_a_member_without_a_name_or_a_constant_is_an_error(member: dict[str, Any], message: str) -> None:
    union = {"oneOf": [member], "discriminator": {"propertyName": "kind"}}
    with pytest.raises(DescriptionError, match=message):
        map_discriminators(described(U=union, A={"properties": {"kind": {"type": "string"}}}))


def test_a_composition_of_one_reference_becomes_that_reference() -> None:
    extended = {"allOf": [ref("A")], "required": ["x"]}
    several = {"allOf": [ref("A"), ref("C")]}
    fields = {"one": {"allOf": [ref("A")], "description": "An A."}, "list": {"items": {"oneOf": [ref("A")]}}}
    document = described(B={"properties": {**fields, "extended": extended, "several": several}})
    unwrap_single_refs(document)
    assert document["components"]["schemas"]["B"]["properties"] == {
        "one": {**ref("A"), "description": "An A."},
        "list": {"items": ref("A")},
        "extended": extended,
        "several": several,
    }


def test_compose_applies_additions_then_overlay_then_names(tmp_path: Path) -> None:
    published = {"openapi": "3.1.0", "info": {"title": "theirs", "contact": {"name": "them"}}, "paths": {}}
    published |= described(Old={"type": "object"})
    additions = described(Added={"properties": {"old": {"allOf": [ref("Old")]}}})
    actions = [
        {"target": "$.components.schemas", "update": {"Old": {"x-name": "New"}}},
        {"target": "$.components.schemas.Added", "update": {"x-from-overlay": True}},
    ]
    overlay = {"overlay": "1.0.0", "info": {"title": "ours", "version": "1"}, "actions": actions}
    (tmp_path / "published.json").write_text(json.dumps(published), encoding="utf-8")
    (tmp_path / "additions.yaml").write_text(yaml.safe_dump(additions), encoding="utf-8")
    (tmp_path / "overlay.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    document = compose(tmp_path)
    assert document["info"] == {"title": "ours", "version": "1", "contact": {"name": "them"}}
    assert document["components"]["schemas"] == {
        "Added": {"properties": {"old": ref("New")}, "x-from-overlay": True},
        "New": {"type": "object"},
    }
    assert json.loads(dump(document)) == document
    assert dump(document).endswith("}\n")
    (tmp_path / "additions.yaml").write_text(yaml.safe_dump(described(Old={"type": "string"})), encoding="utf-8")
    with pytest.raises(DescriptionError, match=r"additions\.yaml: components schemas Old"):
        compose(tmp_path)
