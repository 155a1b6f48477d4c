"""Failures of the API: an exception for the handlers, and the error body on the wire."""

from http import HTTPStatus

from .._json import JsonObject

INVALID_ARGUMENT = "Client specified an invalid argument"

_CODES = {
    400: INVALID_ARGUMENT,
    401: "The request does not have valid authentication credentials",
    403: "The caller does not have permission to execute the specified operation",
    404: "Some requested entity was not found",
    429: "Some resource has been exhausted",
    503: "The service is currently unavailable",
}


class ApiError(Exception):
    """A refusal that a handler raises and that the client sees.

    Attributes:
        status: The HTTP status.
        message: What is wrong.
        code: The server's word for it.
        parameter: The parameter that is named in the form of OpenAI, which the refusal then has.
        plain: Whether the client sees the message alone, as text.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        parameter: str | None = None,
        plain: bool = False,
    ) -> None:
        """Keep what is to be told; without a code, it is the one that xAI uses for the status."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.parameter = parameter
        self.plain = plain


def default_code(status: int) -> str:
    """Return the sentence that xAI puts into `code` for a status, or the status phrase."""
    if status in _CODES:
        return _CODES[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def error_body(status: int, code: str | None = None, message: str | None = None) -> JsonObject:
    """Build the error body of a status.

    Args:
        status: The HTTP status; decides what is not given.
        code: The text of `code`.
        message: The text of `error`.

    Returns:
        The body, `{"code": ..., "error": ...}`.
    """
    code = default_code(status) if code is None else code
    return {"code": code, "error": f"{code} (simulated)." if message is None else message}


def nested_error_body(
    status: int, code: str | None = None, message: str | None = None, parameter: str | None = None
) -> JsonObject:
    """Build the error body of a status in the other form, that of OpenAI, with which xAI answers some requests."""
    kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
    code = default_code(status) if code is None else code
    told = f"{code} (simulated)." if message is None else message
    return {"error": {"message": told, "type": kind, "code": code, "param": parameter}}
