"""What a user of the simulator has go wrong: calls that fail, replies with faults, requests that are too large."""

from typing import Unpack

from ._api.state import SimulatorState
from ._contract.errors import error_body, nested_error_body
from ._faults.fault import Fault
from ._faults.rules import CannedReply, Target, rule_for
from ._json import compact


class Failing:
    """The part of the simulator that takes scripts of what goes wrong.

    For which calls, `fail`, `raw` and `fault` are told alike: by `route`, `times`, `calls`, `chance` and `seed` (see
    `Target`); without any of them, for the next call of any route. Of several for the same call, the oldest has it.
    """

    _state: SimulatorState

    def fail(
        self,
        status: int,
        code: str | None = None,
        message: str | None = None,
        retry_after: float | str | None = None,
        *,
        nested: bool = False,
        **target: Unpack[Target],
    ) -> None:
        """Let calls fail with an error body of the API.

        Args:
            status: The HTTP status.
            code: The text of `code`; if None, the one xAI uses for the status.
            message: The text of `error`.
            retry_after: The value of the `Retry-After` header: seconds or an HTTP date.
            nested: Whether the body has the form of OpenAI, `{"error": {"message", "type", "code", "param"}}`.
            target: Which calls.

        Raises:
            ValueError: An argument is out of its range, the status is not a final one, or there is no such route.
        """
        body = (nested_error_body if nested else error_body)(status, code, message)
        headers = {"content-type": "application/json"}
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        self._answer(CannedReply(status, compact(body).encode(), headers), target)

    def raw(self, status: int, body: bytes, content_type: str | None, **target: Unpack[Target]) -> None:
        """Let calls be answered with these bytes: an error page, an empty body, broken JSON.

        Args:
            status: The HTTP status.
            body: The bytes of the body.
            content_type: The `Content-Type`; None sends none.
            target: Which calls.

        Raises:
            ValueError: An argument is out of its range, the status is not a final one, or there is no such route.
        """
        headers = {} if content_type is None else {"content-type": content_type}
        self._answer(CannedReply(status, body, headers), target)

    def fault(self, *faults: Fault, **target: Unpack[Target]) -> None:
        """Let something go wrong with replies while they are sent.

        Args:
            faults: What, such as `Fault.cut_after(3)`; several of different kinds at once.
            target: Which calls.

        Raises:
            ValueError: There is no fault, or two of a kind; an argument is out of its range, or there is no such route.
        """
        kinds = [fault.kind for fault in faults]
        if not faults or len(set(kinds)) < len(kinds):
            raise ValueError(f"fault needs one or more faults, of different kinds, not {kinds}.")
        self._state.rules.add(rule_for(faults, target))

    def clear(self) -> None:
        """Forget the scripts that are left: answers, failures and faults. What is stored stays."""
        self._state.scripts.clear()
        self._state.rules.clear()

    def limit_bodies(self, max_bytes: int) -> None:
        """Let requests whose body is larger than this be refused with 413; without this, 100 MiB.

        Raises:
            ValueError: `max_bytes` is below 1.
        """
        self._state.limits.body = _checked_size(max_bytes)

    def limit_uploads(self, max_bytes: int) -> None:
        """Let files and skills that are larger than this be refused with 413; without this, 50 MiB.

        Raises:
            ValueError: `max_bytes` is below 1.
        """
        self._state.files.max_bytes = self._state.skills.max_bytes = _checked_size(max_bytes)

    def _answer(self, canned: CannedReply, target: Target) -> None:
        if not 200 <= canned.status <= 999:
            raise ValueError(f"status must be a final HTTP status, not {canned.status}.")
        self._state.rules.add(rule_for(canned, target))


def _checked_size(max_bytes: int) -> int:
    if max_bytes < 1:
        raise ValueError(f"max_bytes must be at least 1, not {max_bytes}.")
    return max_bytes
