"""What each of the three views makes of the same description."""

from __future__ import annotations

import re
from typing import Any

import pytest

from codegen.document import CONSTRAINTS, PREFIX, DescriptionError
from codegen.views import View, roots, view


def ref(name: str) -> dict[str, str]:
    return {"$ref": PREFIX + name}


def body(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": ref(name)}}}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "description": "Some fields.", "properties": properties}


TIER = {"type": ["string", "null"], "enum": ["auto"]}
MODE = {"type": "string", "enum": ["on", "off"], "x-closed": True}
HEAT = {"type": "number", "minimum": 0, "maximum": 2, "default": 1}
ITEM = {
    "oneOf": [ref("Text"), ref("Call")],
    "discriminator": {"propertyName": "type", "mapping": {"text": PREFIX + "Text", "c.all": PREFIX + "Call"}},
    "description": "An item.",
    "x-accepts": ["Answer"],
}
SCHEMAS = {
    "AskRequest": fields(
        tier=TIER,
        mode=MODE,
        heat=HEAT,
        item=ref("Item"),
        closed=ref("ClosedItem"),
        stream={"type": "boolean", "x-sdk-managed": "call stream()"},
    ),
    "EmbedRequest": fields(user={"type": "string"}),
    "Answer": fields(tier=TIER, mode=MODE, heat=HEAT, item=ref("Item"), closed=ref("ClosedItem"), usage=ref("Usage")),
    "Vectors": fields(usage=ref("Usage"), score={"type": ["number", "null"], "maxItems": 3}),
    "Usage": fields(tokens={"type": "integer", "minimum": 0}),
    "Item": ITEM,
    "ClosedItem": {**ITEM, "x-closed": True},
    "Text": fields(type={"const": "text"}, status={"const": "done"}),
    "Call": fields(type={"type": "string", "enum": ["c.all"]}),
    "Failure": fields(code={"type": "string"}),
}
PATHS = {
    "/v1/chat/completions": {
        "post": {"requestBody": body("AskRequest"), "responses": {"200": body("Answer"), "default": body("Failure")}}
    },
    "/v1/embeddings": {"post": {"requestBody": body("EmbedRequest"), "responses": {"200": body("Vectors")}}},
}
OPEN_TIER = {"anyOf": [{"type": "string", "enum": ["auto"]}, {"type": "string"}, {"type": "null"}]}


def seen(kind: View) -> dict[str, Any]:
    document = {"openapi": "3.1.0", "paths": PATHS, "components": {"schemas": SCHEMAS}}
    return view(document, kind)["components"]["schemas"]


def test_a_reply_may_hold_enum_values_that_are_not_known_yet() -> None:
    answer = seen("received")["chat.Answer"]["properties"]
    assert answer["tier"] == OPEN_TIER
    assert answer["mode"]["anyOf"] == [{"type": "string", "enum": ["on", "off"]}, {"type": "string"}]  # x-closed


def test_a_reply_is_held_to_no_range_and_gets_no_default() -> None:
    received = seen("received")
    assert received["chat.Answer"]["properties"]["heat"] == {"type": ["integer", "number"]}
    assert received["embeddings.Vectors"]["properties"]["score"] == {"type": ["integer", "number", "null"]}
    assert received["shared.Usage"]["properties"]["tokens"] == {"type": "integer"}


@pytest.mark.parametrize("kind", ["received", "checked"])
def test_a_union_has_known_members_and_one_for_the_types_of_tomorrow(kind: View) -> None:
    schemas = seen(kind)
    assert schemas["chat.Item"]["anyOf"] == [ref("chat.KnownItem"), ref("chat.UnknownItem")]
    assert schemas["chat.Item"]["x-left-to-right"] is True
    assert schemas["chat.KnownItem"]["oneOf"] == [ref("chat.Text"), ref("chat.Call")]
    mapping = {"text": PREFIX + "chat.Text", "c.all": PREFIX + "chat.Call"}
    assert schemas["chat.KnownItem"]["discriminator"] == {"propertyName": "type", "mapping": mapping}
    unknown = schemas["chat.UnknownItem"]
    assert unknown["required"] == ["type"]
    assert unknown["customBasePath"].startswith("xai_httpx.")
    pattern = unknown["properties"]["type"]["pattern"]
    assert [tag for tag in ("text", "c.all", "texts", "tex", "c-all", "new") if re.search(pattern, tag)] == [
        "texts",
        "tex",
        "c-all",
        "new",
    ]


def test_the_tag_of_a_member_is_closed_while_its_other_constants_are_open() -> None:
    text = seen("received")["chat.Text"]["properties"]
    assert (text["type"]["const"], text["type"]["type"]) == ("text", "string")
    assert text["status"] == {"anyOf": [{"type": "string", "enum": ["done"]}, {"type": "string"}]}
    assert "anyOf" not in seen("received")["chat.Call"]["properties"]["type"]
    assert seen("sent")["chat_params.TextParam"]["properties"]["type"]["enum"] == ["text"]  # a Literal of a TypedDict


def test_a_closed_union_has_an_unknown_member_in_replies_only() -> None:
    schemas = seen("checked")
    assert schemas["chat.ClosedItem"]["oneOf"] == [ref("chat.Text"), ref("chat.Call")]
    assert not {"chat.UnknownClosedItem", "chat.KnownClosedItem"} & set(schemas)
    assert "chat.UnknownClosedItem" in seen("received")


def test_what_is_sent_has_names_of_its_own() -> None:
    assert set(seen("sent")) == {
        "chat_params.AskParams",
        "chat_params.ItemParam",
        "chat_params.ClosedItemParam",
        "chat_params.TextParam",
        "chat_params.CallParam",
        "embeddings_params.EmbedParams",
    }


def test_a_request_that_holds_others_borrows_them_from_where_they_are() -> None:
    batch = {**fields(ask=ref("AskRequest"), one=ref("BatchRequest")), "description": "Many."}
    schemas = {**SCHEMAS, "MakeBatchRequest": batch, "BatchRequest": fields(id={"type": "string"})}
    paths = {**PATHS, "/v1/batches": {"post": {"requestBody": body("MakeBatchRequest"), "responses": {}}}}
    document = {"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}}
    sent = set(view(document, "sent")["components"]["schemas"])
    assert sent - set(seen("sent")) == {"batches_params.MakeBatchParams", "batches_params.BatchRequestParam"}
    assert set(seen("sent")) <= sent  # the others stay where they were, under their names


def test_a_parameter_that_a_method_sets_cannot_be_sent_but_is_checked() -> None:
    assert "stream" not in seen("sent")["chat_params.AskParams"]["properties"]
    assert seen("checked")["chat.AskRequest"]["properties"]["stream"]["x-sdk-managed"] == "call stream()"


def test_a_model_that_was_received_may_be_sent_back() -> None:
    sent = seen("sent")["chat_params.ItemParam"]
    members = [ref("chat_params.TextParam"), ref("chat_params.CallParam")]
    assert sent["oneOf"] == [*members, {"customTypePath": "xai_httpx.types.chat.Answer"}]
    assert "discriminator" not in sent
    assert "customTypePath" not in str(seen("checked")["chat.Item"])


def test_what_is_checked_keeps_ranges_and_closed_values() -> None:
    ask = seen("checked")["chat.AskRequest"]["properties"]
    assert {word: ask["heat"].get(word) for word in HEAT} == {**HEAT, "default": None}  # the server knows its defaults
    assert ask["mode"] == MODE
    assert ask["tier"] == OPEN_TIER


@pytest.mark.parametrize(("kind", "name"), [("sent", "chat_params.AskParams"), ("checked", "chat.AskRequest")])
def test_the_range_and_the_default_are_told_in_words(kind: View, name: str) -> None:
    told = seen(kind)[name]["properties"]["heat"]["description"]
    assert told == "Range: at least 0 and at most 2. Default: 1."


def test_schemas_of_two_resources_are_shared_and_those_of_errors_are_left_out() -> None:
    received = seen("received")
    assert {name for name in received if name.startswith("shared.")} == {"shared.Usage"}
    assert received["chat.Answer"]["properties"]["usage"] == ref("shared.Usage")
    assert received["embeddings.Vectors"]["properties"]["usage"] == ref("shared.Usage")
    assert not [name for name in received if name.endswith("Failure")]


def test_what_only_a_stream_is_made_of_has_a_module_of_its_own() -> None:
    event = fields(answer=ref("Answer"), change=ref("Change"))
    schemas = {"Answer": fields(usage=ref("Usage")), "Usage": fields(), "Event": event, "Change": fields()}
    content = body("Answer")["content"] | {"text/event-stream; charset=utf-8": {"schema": ref("Event")}}
    paths = {"/v1/chat/completions": {"post": {"responses": {"200": {"content": content}}}}}
    names = view({"paths": paths, "components": {"schemas": schemas}}, "received")["components"]["schemas"]
    assert set(names) == {"chat.Answer", "chat.Usage", "chat_events.Event", "chat_events.Change"}


def test_a_view_leaves_the_description_as_it_was() -> None:
    before = repr((SCHEMAS, PATHS))
    for kind in ("received", "sent", "checked"):
        seen(kind)
    assert repr((SCHEMAS, PATHS)) == before


def asked(fields_: dict[str, Any], kind: View) -> dict[str, Any]:
    """The view of a request and a reply with the same fields."""
    schemas = {"AskRequest": fields(**fields_), "Answer": fields(**fields_)}
    paths = {
        "/v1/chat/completions": {"post": {"requestBody": body("AskRequest"), "responses": {"200": body("Answer")}}}
    }
    document = {"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}}
    name = {"received": "chat.Answer", "sent": "chat_params.AskParams", "checked": "chat.AskRequest"}[kind]
    return view(document, kind)["components"]["schemas"][name]["properties"]


CLOSED = {
    "size": {"type": "integer", "enum": [1, 2]},
    "maybe": {"type": ["integer", "null"], "enum": [1, None]},
    "share": {"type": "number", "enum": [0.5, 1]},
    "always": {"type": "boolean", "const": True},
    "mixed": {"enum": ["auto", 1]},
}


def test_numbers_and_booleans_keep_their_type_and_any_may_be_received() -> None:
    assert asked(CLOSED, "received") == {
        "size": {"type": "integer"},
        "maybe": {"type": ["integer", "null"]},
        "share": {"type": ["integer", "number"]},
        "always": {"type": "boolean"},
        "mixed": {},
    }


@pytest.mark.parametrize("kind", ["sent", "checked"])
def test_numbers_and_booleans_that_are_sent_stay_closed(kind: View) -> None:
    assert asked(CLOSED, kind) == CLOSED


@pytest.mark.parametrize("kind", ["received", "sent", "checked"])
def test_null_among_the_values_is_no_string(kind: View) -> None:
    assert asked({"tier": {"type": ["string", "null"], "enum": ["auto", None]}}, kind) == {"tier": OPEN_TIER}


def test_where_media_are_marked_a_url_bytes_or_a_path_will_do_in_the_parameters() -> None:
    asking = fields(
        one={**ref("Text"), "x-media": "image"},
        some={"type": "array", "items": ref("Text"), "x-media": "image"},
        none={"oneOf": [{"type": "null"}, ref("Text")], "x-media": "image"},
        plain=ref("Text"),
    )
    document = {"openapi": "3.1.0", "paths": PATHS, "components": {"schemas": {**SCHEMAS, "AskRequest": asking}}}
    sent = view(document, "sent")["components"]["schemas"]["chat_params.AskParams"]["properties"]
    either = [ref("chat_params.TextParam"), {"customTypePath": "xai_httpx._media.MediaSource"}]
    assert sent["one"]["anyOf"] == sent["some"]["items"]["anyOf"] == sent["none"]["oneOf"][1]["anyOf"] == either
    assert sent["plain"] == ref("chat_params.TextParam")
    checked = view(document, "checked")["components"]["schemas"]["chat.AskRequest"]["properties"]
    assert checked["some"]["items"]["$ref"].endswith(".Text")


LIMITS = {
    "minimum": 0,
    "maximum": 9,
    "exclusiveMinimum": 0,
    "exclusiveMaximum": 9,
    "multipleOf": 2,
    "minLength": 1,
    "maxLength": 9,
    "pattern": "^a",
    "minItems": 1,
    "maxItems": 9,
    "uniqueItems": True,
    "minProperties": 1,
    "maxProperties": 9,
    "default": 4,
}


def test_a_reply_is_held_to_no_constraint_of_any_kind() -> None:
    assert set(LIMITS) == set(CONSTRAINTS)
    every = {word: {"type": "string", word: value} for word, value in LIMITS.items()}
    assert asked(every, "received") == {word: {"type": "string"} for word in LIMITS}
    checked = asked(every, "checked")
    assert [word for word in LIMITS if word not in checked[word]] == ["default"]
    assert all(not set(CONSTRAINTS) & set(field) for field in asked(every, "sent").values())


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"exclusiveMaximum": 3}, "Range: below 3."),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 3}, "Range: above 0 and below 3."),
        ({"exclusiveMinimum": 0, "maximum": 3}, "Range: above 0 and at most 3."),
    ],
)
def test_a_range_is_told_with_its_open_ends(limits: dict[str, int], told: str) -> None:
    heat = {"type": "number", **limits}
    assert asked({"heat": heat}, "sent")["heat"]["description"] == told


def rooted(operation: dict[str, Any], kind: View, **more: Any) -> list[tuple[str, str]]:
    components = {"requestBodies": {"Ask": body("AskRequest")}, "responses": {"Told": body("Answer")}}
    document = {"paths": {"/v1/chat/completions": {**more, "post": operation}}, "components": components}
    return list(roots(document, kind))


def test_bodies_by_reference_are_followed() -> None:
    operation = {
        "requestBody": {"$ref": "#/components/requestBodies/Ask"},
        "responses": {
            "200": {"$ref": "#/components/responses/Told"},
            "default": {"$ref": "#/components/responses/Told"},
        },
    }
    assert rooted(operation, "sent") == rooted(operation, "checked") == [("chat", "AskRequest")]
    assert rooted(operation, "received") == [("chat", "Answer")]


def test_what_a_path_says_of_all_its_operations_is_no_operation() -> None:
    operation = {"responses": {"200": body("Answer")}}
    more = {"parameters": [{"in": "query", "name": "limit"}], "summary": "Chat.", "servers": []}
    assert rooted(operation, "received", **more) == [("chat", "Answer")]


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "array", "items": ref("Answer")}, {}])
@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "text/event-stream"])
def test_a_body_without_a_name_is_an_error_that_says_where(schema: dict[str, Any], media: str) -> None:
    inline = {"content": {media: {"schema": schema}}}
    with pytest.raises(DescriptionError, match=r"POST /v1/chat/completions request: .* give it a name"):
        rooted({"requestBody": inline, "responses": {}}, "sent")
    with pytest.raises(DescriptionError, match=r"POST /v1/chat/completions reply 202: .* give it a name"):
        rooted({"responses": {"200": body("Answer"), "202": inline}}, "received")
    assert rooted({"responses": {"default": inline}}, "received") == []


def test_a_file_needs_no_name() -> None:
    file = {"content": {"application/zip": {"schema": {"type": "string"}}}}
    assert rooted({"responses": {"200": file}}, "received") == []
