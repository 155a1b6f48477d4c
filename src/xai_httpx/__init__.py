"""xAI for async Python: chat, responses, embeddings, models and more, on asyncio and Trio.

    async with AsyncXAI() as client:
        completion = await client.chat.completions.create(
            model="grok-4.6", messages=[{"role": "user", "content": "Hello"}]
        )
        print(completion.text)

Every name loads when it is first used; importing the package loads no generated model.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from ._breaker import CircuitBreaker as CircuitBreaker
    from ._budget import Budget as Budget
    from ._catalogue import Catalogue as Catalogue
    from ._catalogue import ModelInfo as ModelInfo
    from ._client import AsyncXAI as AsyncXAI
    from ._config import ClientConfig as ClientConfig
    from ._config import RequestOptions as RequestOptions
    from ._config import Timeout as Timeout
    from ._download import Download as Download
    from ._errors import APIConnectionError as APIConnectionError
    from ._errors import APIError as APIError
    from ._errors import APIStatusError as APIStatusError
    from ._errors import APITimeoutError as APITimeoutError
    from ._errors import AuthenticationError as AuthenticationError
    from ._errors import BadRequestError as BadRequestError
    from ._errors import BudgetExceededError as BudgetExceededError
    from ._errors import CircuitOpenError as CircuitOpenError
    from ._errors import ConcurrencyTimeoutError as ConcurrencyTimeoutError
    from ._errors import ConfigurationError as ConfigurationError
    from ._errors import ConflictError as ConflictError
    from ._errors import DeadlineExceededError as DeadlineExceededError
    from ._errors import InternalServerError as InternalServerError
    from ._errors import NotFoundError as NotFoundError
    from ._errors import OutputError as OutputError
    from ._errors import OutputRefusedError as OutputRefusedError
    from ._errors import OutputTruncatedError as OutputTruncatedError
    from ._errors import OutputValidationError as OutputValidationError
    from ._errors import OverloadedError as OverloadedError
    from ._errors import PermissionDeniedError as PermissionDeniedError
    from ._errors import QuotaExceededError as QuotaExceededError
    from ._errors import RateLimitError as RateLimitError
    from ._errors import RequestBodyError as RequestBodyError
    from ._errors import RequestTooLargeError as RequestTooLargeError
    from ._errors import RequestValidationError as RequestValidationError
    from ._errors import ResponseTooLargeError as ResponseTooLargeError
    from ._errors import ResponseValidationError as ResponseValidationError
    from ._errors import ServiceUnavailableError as ServiceUnavailableError
    from ._errors import StreamError as StreamError
    from ._errors import StreamIdleTimeoutError as StreamIdleTimeoutError
    from ._errors import StreamProtocolError as StreamProtocolError
    from ._errors import StreamTruncatedError as StreamTruncatedError
    from ._errors import UnexpectedResponseWarning as UnexpectedResponseWarning
    from ._errors import UnknownParameterWarning as UnknownParameterWarning
    from ._errors import UnprocessableEntityError as UnprocessableEntityError
    from ._errors import XAIError as XAIError
    from ._job_errors import BatchAddError as BatchAddError
    from ._job_errors import JobError as JobError
    from ._job_errors import JobExpiredError as JobExpiredError
    from ._job_errors import JobFailedError as JobFailedError
    from ._job_errors import JobTimeoutError as JobTimeoutError
    from ._jobs import JobState as JobState
    from ._logging import set_log_level as set_log_level
    from ._meta import Meta as Meta
    from ._meta import RateLimits as RateLimits
    from ._meter import Meter as Meter
    from ._models import Unknown as Unknown
    from ._models import XAIModel as XAIModel
    from ._output import Parsed as Parsed
    from ._pages import Page as Page
    from ._prices import Prices as Prices
    from ._raw import RawReply as RawReply
    from ._retry import RetryPolicy as RetryPolicy
    from ._slots import Concurrency as Concurrency
    from ._streams import Stream as Stream
    from ._sync import SyncPage as SyncPage
    from ._sync import SyncStream as SyncStream
    from ._sync_client import XAI as XAI
    from ._tool_errors import ToolArgumentsError as ToolArgumentsError
    from ._tool_errors import ToolDeniedError as ToolDeniedError
    from ._tool_errors import ToolError as ToolError
    from ._tool_errors import ToolRepeatedFailureError as ToolRepeatedFailureError
    from ._tool_errors import ToolRunError as ToolRunError
    from ._tool_errors import ToolTimeoutError as ToolTimeoutError
    from ._tool_errors import ToolTurnsExceededError as ToolTurnsExceededError
    from ._tool_errors import UnknownToolError as UnknownToolError
    from ._upload_many import UploadResult as UploadResult
    from ._usage import Usage as Usage

_HOMES = {
    "_breaker": ["CircuitBreaker"],
    "_budget": ["Budget"],
    "_catalogue": ["Catalogue", "ModelInfo"],
    "_client": ["AsyncXAI"],
    "_config": ["ClientConfig", "RequestOptions", "Timeout"],
    "_download": ["Download"],
    "_errors": [
        "APIConnectionError",
        "APIError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "BudgetExceededError",
        "CircuitOpenError",
        "ConcurrencyTimeoutError",
        "ConfigurationError",
        "ConflictError",
        "DeadlineExceededError",
        "InternalServerError",
        "NotFoundError",
        "OutputError",
        "OutputRefusedError",
        "OutputTruncatedError",
        "OutputValidationError",
        "OverloadedError",
        "PermissionDeniedError",
        "QuotaExceededError",
        "RateLimitError",
        "RequestBodyError",
        "RequestTooLargeError",
        "RequestValidationError",
        "ResponseTooLargeError",
        "ResponseValidationError",
        "ServiceUnavailableError",
        "StreamError",
        "StreamIdleTimeoutError",
        "StreamProtocolError",
        "StreamTruncatedError",
        "UnexpectedResponseWarning",
        "UnknownParameterWarning",
        "UnprocessableEntityError",
        "XAIError",
    ],
    "_job_errors": ["BatchAddError", "JobError", "JobExpiredError", "JobFailedError", "JobTimeoutError"],
    "_jobs": ["JobState"],
    "_logging": ["set_log_level"],
    "_meta": ["Meta", "RateLimits"],
    "_meter": ["Meter"],
    "_models": ["Unknown", "XAIModel"],
    "_output": ["Parsed"],
    "_pages": ["Page"],
    "_prices": ["Prices"],
    "_raw": ["RawReply"],
    "_retry": ["RetryPolicy"],
    "_slots": ["Concurrency"],
    "_streams": ["Stream"],
    "_sync": ["SyncPage", "SyncStream"],
    "_sync_client": ["XAI"],
    "_tool_errors": [
        "ToolArgumentsError",
        "ToolDeniedError",
        "ToolError",
        "ToolRepeatedFailureError",
        "ToolRunError",
        "ToolTimeoutError",
        "ToolTurnsExceededError",
        "UnknownToolError",
    ],
    "_upload_many": ["UploadResult"],
    "_usage": ["Usage"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # to a type checker it would mean that any name exists

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*_HOME_OF, "__version__"])
