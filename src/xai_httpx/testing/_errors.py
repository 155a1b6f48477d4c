"""Failures of the API: an exception for the handlers, and the error body on the wire."""

from http import HTTPStatus

from ._json import JsonObject

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
    """A refusal that a handler raises and that the client sees as `{"code", "error"}`."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        """Keep the status and the texts of the refusal; without a code, it is the one that xAI uses for the status."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


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
