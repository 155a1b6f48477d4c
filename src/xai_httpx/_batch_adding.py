"""Adding requests to a batch, chunk by chunk, with an account of how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._batch_reading import Reader
from ._batch_requests import Entry
from ._call import Call, Replay, segment
from ._errors import APIError, RequestValidationError
from ._job_errors import BatchAddError
from ._prepare import JSON
from ._raw import RawReply

if TYPE_CHECKING:
    from ._calls import Calls
    from ._config import RequestOptions


class Adding:
    """Requests on their way into a batch.

    Args:
        client: The client that sends.
        reader: Where they come from.
        options: Transport options of each call.
    """

    def __init__(self, client: Calls, reader: Reader, options: RequestOptions | None) -> None:
        self._client = client
        self._reader = reader
        self._options = options
        self._chunk: list[Entry] = []
        self._accepted: list[str] = []
        self._under_way: list[str] = []

    async def prepare(self) -> bool:
        """Read the first chunk, and check all requests where that can be done ahead; whether there are any.

        Raises:
            RequestValidationError: A request is refused.
            Exception: What the caller's iterable raised.
        """
        await self._reader.check_ahead()
        self._chunk = await self._reader.chunk()
        return bool(self._chunk)

    async def into(self, batch_id: str, *, made: bool = False) -> list[str]:
        """Add all requests; return their ids in order.

        Args:
            batch_id: The batch.
            made: Whether the batch was made for them, so that every error has to name it.

        Raises:
            BatchAddError: It stopped half-way.
            Exception: It stopped before anything was done.
        """
        path = f"/batches/{segment(batch_id, 'batch_id')}/requests"
        try:
            while self._chunk:
                await self._send(path)
                self._chunk = await self._reader.chunk()
        except Exception as error:
            if isinstance(error, APIError):
                error.job_id = batch_id
            if not getattr(error, "may_have_been_processed", False):
                self._under_way = []
            if not (made or self._accepted or self._under_way):
                raise
            raise self._stopped(batch_id, error) from error
        except BaseException as error:  # a cancellation goes on as it is
            error.add_note(self._account(batch_id))
            raise
        return self._accepted

    async def _send(self, path: str) -> None:
        self._under_way = [entry.id for entry in self._chunk]
        body = {"batch_requests": [entry.wire() for entry in self._chunk]}
        call = Call("POST", path, RawReply, Replay.CREATE, body=body)
        await self._client._raw(call, self._options, JSON)  # what it returns says nothing
        self._accepted += self._under_way
        self._under_way = []

    def _account(self, batch_id: str) -> str:
        doubt = f", and {len(self._under_way)} that may have been added" if self._under_way else ""
        return f"adding requests to batch {batch_id} stopped after {len(self._accepted)}{doubt}"

    def _stopped(self, batch_id: str, error: Exception) -> BatchAddError:
        reason = str(error) if isinstance(error, APIError | RequestValidationError) else type(error).__name__
        return BatchAddError(
            f"{self._account(batch_id)}: {reason}",
            batch_id,
            accepted=tuple(self._accepted),
            uncertain=tuple(self._under_way),
            meta=getattr(error, "meta", None),
        )
