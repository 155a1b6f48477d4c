"""What a conversation is told once, apart from how either API writes it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Required, TypeAlias, TypedDict, TypeVar, cast

from pydantic import BaseModel

from .._errors import RequestValidationError
from .._output_type import output_type
from ._entries import FORMS, Form
from ._local_tool import LocalTool
from ._tool_list import GivenTool, as_tool, check_names

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from ..types.chat_params import ChatResponseFormatParam, ChatToolParam
    from ..types.responses_params import JsonSchemaFormatParam, TextFormatParam, ToolChoiceParam
    from ..types.responses_params import ToolParam as ServerToolParam
    from ..types.shared_params import SearchParametersParam
    from ._entry_reading import Said

    ToolLike: TypeAlias = GivenTool | ServerToolParam | ChatToolParam | Mapping[str, object]

T = TypeVar("T")
API_NAMES = {"responses": "the Responses API", "completions": "Chat Completions"}


class ChatSettings(TypedDict, total=False):
    """Settings of a conversation, in one form for both APIs; what one of them lacks is refused by name.

    Attributes:
        temperature: 0 to 2; higher is more random. Default: 1.
        top_p: Above 0 to 1: the most likely tokens that add up to it. Default: 1.
        max_output_tokens: Most tokens of an answer, reasoning not counted. Default: 128,000.
        reasoning_effort: How much the model thinks; which words there are depends on the model.
        tools: Functions, tools made with `tool`, and tools that the server runs, such as `web_search()`.
        tool_choice: `auto`, `none`, `required`, or the name of the function to call.
        parallel_tool_calls: Whether the model may call several tools in one turn. Default: True.
        response_format: What answers have to be; see `answering`.
        search_parameters: Live search in its older form; see `search_parameters`.
        service_tier: Priority that is asked for: `default`, `priority`, ...
        prompt_cache_key: What leads requests to the same prompt cache. Default: an id of the conversation's own.
        user: Your id of the end user.
        safety_identifier: The same, hashed, for checks of abuse.
        logprobs: Whether to tell how likely tokens were; newer models ignore it.
        top_logprobs: How many of the likely tokens to tell, 0 to 8.
        previous_response_id: Responses API: the stored response that the conversation goes on from.
        include: Responses API: what else the output is to hold. Default: encrypted reasoning, unless stored.
        max_turns: Responses API: most rounds of server-side tools in an answer, 1 or more.
        top_k: Responses API: so many of the most likely tokens, 1 or more.
        min_p: Responses API: least likelihood of a token, as a share of the most likely one's; 0 to 1.
        seed: Chat Completions: number that makes answers alike.
        stop: Chat Completions: up to 4 texts that end an answer; reasoning models take none.
        frequency_penalty: Chat Completions: -2 to 2; reasoning models take none.
        presence_penalty: Chat Completions: -2 to 2; reasoning models take none.
    """

    temperature: float | None
    top_p: float | None
    max_output_tokens: int | None
    reasoning_effort: str | None
    tools: Sequence[ToolLike]
    tool_choice: Literal["auto", "none", "required"] | str | ToolChoiceParam | None
    parallel_tool_calls: bool | None
    response_format: TextFormatParam | ChatResponseFormatParam | None
    search_parameters: SearchParametersParam | None
    service_tier: str | None
    prompt_cache_key: str | None
    user: str | None
    safety_identifier: str | None
    logprobs: bool | None
    top_logprobs: int | None
    previous_response_id: str | None
    include: Sequence[str] | None
    max_turns: int | None
    top_k: int | None
    min_p: float | None
    seed: int | None
    stop: Sequence[str] | None
    frequency_penalty: float | None
    presence_penalty: float | None


class ChatParams(ChatSettings, total=False):
    """What a conversation begins with: what a function that makes a template of one returns.

    Attributes:
        model: The model; needed.
        messages: What is in the history from the start.
        api: `responses`, the default, or `completions`: the API that answers. Several answers at once and deferred
            ones exist in Chat Completions alone, which is used for them whatever this says.
        store: Whether xAI keeps the conversation for 30 days, so that each turn sends what is new alone; it can be
            told by `responses` only. Default: False, and the history is sent whole.
    """

    model: Required[str]
    messages: Sequence[Said]
    api: Form
    store: bool


ONLY = {
    "responses": {"previous_response_id", "include", "max_turns", "top_k", "min_p"},
    "completions": {"seed", "stop", "frequency_penalty", "presence_penalty"},
}
NAMES = frozenset(ChatSettings.__annotations__)


def answering(answer: TypeForm[T]) -> JsonSchemaFormatParam:
    """The `response_format` that asks for answers of a type, for `create`, `fork`, and templates.

        def extractor(language: str) -> ChatParams:
            told = system(f"Answer in {language}.")
            return {"model": "grok-4.6", "messages": [told], "response_format": answering(City)}

    `parse` asks by itself; this is for conversations whose every answer is read elsewhere.

    Args:
        answer: As for `parse`.

    Raises:
        RequestValidationError: The type cannot be asked for; the path leads to what is to blame.
    """
    asked = output_type(answer)
    return {"type": "json_schema", "name": asked.name, "schema": asked.schema, "strict": True}


def lacking(settings: Mapping[str, Any], form: Form) -> None:
    """Refuse a setting that an API does not have.

    Raises:
        RequestValidationError: It has one.
    """
    for other, names in ONLY.items():
        found = next((name for name in settings if name in names and settings[name] is not None), None)
        if other != form and found is not None:
            expected = f"left out: {API_NAMES[form]} has no such setting, {API_NAMES[other]} has it"
            raise RequestValidationError(f"{found} must be {expected}", found, "left out", settings[found])


def checked(settings: Mapping[str, Any], api: object, *, store: bool) -> dict[str, Any]:
    """The settings of a conversation, with its tools as tools.

    Raises:
        RequestValidationError: One is unknown, or its API does not have it; or `api` is none.
    """
    if api not in FORMS:
        expected = " or ".join(FORMS)
        raise RequestValidationError(f"api must be {expected}, got {api!r}", "api", expected, api)
    for name in settings:
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(NAMES))}"
            raise RequestValidationError(f"{name} is no setting of a conversation{hint}", name)
    lacking(settings, api)
    if store and api == "completions":
        raise RequestValidationError("store is for the Responses API: Chat Completions keeps none", "store", "False")
    made = {name: value for name, value in settings.items() if value is not None}
    if "tools" in made:
        made["tools"] = tools_of(made["tools"])
    return made


def tools_of(given: Iterable[ToolLike]) -> list[LocalTool | Mapping[str, Any]]:
    """Tools that run here as such, and others as either API writes them.

    Raises:
        RequestValidationError: Something is no tool; or two have the same name.
    """
    tools_given: object = given
    if not isinstance(tools_given, Iterable) or isinstance(tools_given, Mapping | str):
        raise RequestValidationError(f"tools must be a list of tools, got a {type(given).__name__}", "tools", "a list")
    tools = [_tool_of(tool) for tool in given]
    check_names(tools)
    return tools


def _tool_of(given: ToolLike) -> LocalTool | Mapping[str, Any]:
    if isinstance(given, BaseModel):
        return given.model_dump(mode="json", exclude_unset=True)
    return cast("Mapping[str, Any]", given) if isinstance(given, Mapping) else as_tool(given)
