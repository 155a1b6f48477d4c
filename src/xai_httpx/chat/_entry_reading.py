"""From what a caller may append to an entry of the conversation: messages, replies, text, and what the APIs speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from pydantic import BaseModel

from .._errors import RequestValidationError
from .._media import is_list
from ..types.chat import ChatCompletion
from ..types.responses import Response
from . import _completions_form, _responses_form
from ._entries import FORMS, ROLES, Answer, Compaction, Entry, Message, ToolResult
from ._messages import parts, user
from ._parts import File, Image, Text
from ._reply import Reply
from ._wire_entries import refused, wire_entry

if TYPE_CHECKING:
    from ..types.chat import ChatCompletionMessage
    from ..types.chat_params import ChatMessageParam
    from ..types.responses import InputItem, OutputItem
    from ..types.responses_params import InputItemParam

    ItemLike: TypeAlias = ChatMessageParam | InputItemParam | ChatCompletionMessage | OutputItem | InputItem
    Said: TypeAlias = Entry | Reply[Any] | str | ChatCompletion | Response | ItemLike


def entries_of(said: Sequence[object], before: Sequence[Entry]) -> list[Entry]:
    """The entries that something stands for; a reply that has just joined by itself stands for none.

    Args:
        said: What was appended.
        before: What was said before.

    Raises:
        RequestValidationError: One is no message. Behind it are no frames, for they hold what was said.
    """
    try:
        found = [entry_of(one, f"messages[{index}]") for index, one in enumerate(said, len(before))]
        known = bool(found) and isinstance(said[0], Reply) and bool(before) and before[-1] == found[0]
        return found[1:] if known else found
    except RequestValidationError as error:
        bare = error.with_traceback(None)
        bare.__cause__ = bare.__context__ = None
    finally:
        del said, before  # no locals of this frame, for tracebacks may be logged with them
    raise bare


def entry_of(said: object, place: str) -> Entry:
    """The entry that something stands for.

    Args:
        said: What was appended.
        place: Its place, for an error.

    Raises:
        RequestValidationError: It is no message.
    """
    if isinstance(said, Message | ToolResult):
        return _checked(said, place)
    if isinstance(said, Answer) and said.form not in FORMS:
        raise refused(place, f"an answer of the form {said.form!r:.60}")
    if isinstance(said, Answer | Compaction):
        return said
    if isinstance(said, Reply):
        return said.answer
    if isinstance(said, str):
        return user(said)
    if isinstance(said, ChatCompletion | Response):
        return _whole(said, place)
    if isinstance(said, BaseModel):
        said = said.model_dump(mode="json", exclude_unset=True)
    if isinstance(said, Mapping):
        return wire_entry(cast("Mapping[str, Any]", said), place)
    hint = "; a part goes into user(...)" if isinstance(said, Text | Image | File) else ""
    hint = "; give each by itself: append(*messages)" if is_list(said) else hint
    raise refused(place, f"a {type(said).__name__}{hint}")


def _checked(said: Message | ToolResult, place: str) -> Message | ToolResult:
    """One that was made without the helpers may hold anything."""
    if isinstance(said, Message):
        if said.role not in ROLES:
            raise refused(place, f"the role {said.role!r:.60}")
        return replace(said, parts=parts(said.parts, f"{place}.content"))
    return said if isinstance(said.output, str) else replace(said, output=parts(said.output, f"{place}.output"))


def _whole(said: ChatCompletion | Response, place: str) -> Entry:
    """The first answer of a reply, as `wait_deferred` and others return it."""
    replies = [_responses_form.read(said)] if isinstance(said, Response) else _completions_form.read(said)
    if not replies:
        raise refused(place, "a completion without answers")
    return replies[0].answer
