"""Runs an ASGI application on loopback, in a thread and an event loop of its own."""

import asyncio
import errno
import os
import socket
import threading

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from .._faults.disturbance import CONNECTION
from .complaints import Complaints

HOST = "127.0.0.1"
_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 10.0
_LINGER = 1.0


class LoopbackServer:
    """One run of a server: started when made, until it is closed."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        """Bind the port, start the thread, and wait until requests are served.

        Args:
            app: What to serve.
            port: The port; 0 takes a free one.

        Raises:
            OSError: The port cannot be bound.
        """
        self._socket = _listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            server_header=False,
            proxy_headers=False,
            log_config=None,
            log_level="warning",
            access_log=False,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name=f"xai-simulator-{self.port}", daemon=True)
        self._thread.start()
        self._server.ready.wait(_START_TIMEOUT)
        if not self._server.started:
            self.close()
            raise RuntimeError("The simulator did not start; see the traceback of its thread.")

    def close(self) -> None:
        """Cut what is still open, end the thread and close the socket."""
        self._server.request_stop()
        self._thread.join(_STOP_TIMEOUT)
        self._socket.close()

    def _run(self) -> None:
        # The policy and the debug mode of the process are meant for the user's loop, not for this one.
        with asyncio.Runner(debug=False, loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.get_loop().set_exception_handler(Complaints())
            try:
                runner.run(self._server.serve(sockets=[self._socket]))
            finally:
                self._server.ready.set()  # a failed start must not keep its caller waiting


class _Server(uvicorn.Server):
    """Uvicorn, but waiting for an event instead of polling, and cutting connections instead of waiting for them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def request_stop(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        tick = 0
        await self.on_tick(tick)  # writes the Date header
        self.ready.set()
        while not self._stop.is_set():
            try:
                await asyncio.wait_for(self._stop.wait(), timeout=1)
            except TimeoutError:
                tick += 10  # uvicorn counts tenths of a second
                await self.on_tick(tick)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # The handlers see the disconnect and end by themselves; cancelled ones would be logged as errors.
        if tasks := list(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=_LINGER)


class _Protocol(H11Protocol):
    """HTTP whose requests know their connection, so that it can be broken."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, CONNECTION: transport}


def _listening_socket(port: int) -> socket.socket:
    # asyncio sends small pieces at once (TCP_NODELAY) only on sockets that name the protocol; else a reply takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise OSError(error.errno, f"Port {port} on {HOST} is in use; port=0 takes a free one.") from error
        raise OSError(error.errno, f"Cannot bind port {port} on {HOST}: {error.strerror}.") from error
    return listener
