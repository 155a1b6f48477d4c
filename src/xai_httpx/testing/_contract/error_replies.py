"""Failures of the API as replies, in the forms in which it gives them."""

from starlette.responses import JSONResponse, PlainTextResponse, Response

from .errors import ApiError, error_body, nested_error_body

_PLAIN_422 = "/v1/chat/completions"


def error_reply(error: ApiError, path: str) -> Response:
    """Make the reply that tells of a refusal.

    Args:
        error: The refusal.
        path: The path of the request: chat completions alone tell of a wrong shape in plain text.
    """
    if error.plain or (error.status == 422 and path == _PLAIN_422):
        return PlainTextResponse(error.message, error.status)
    if error.parameter is not None:
        return JSONResponse(nested_error_body(error.status, error.code, error.message, error.parameter), error.status)
    return JSONResponse(error_body(error.status, error.code, error.message), error.status)
