"""A server that takes and gives bodies of any size without holding them.

python -m tests.pains.bulk     serves until its input ends, and prints its base URL first
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from typing import BinaryIO, Self

PIECE = bytes(1024 * 1024)


class BulkServer:
    """`POST` anything: how many bytes came, as a file. `GET .../SIZE` or `GET .../SIZE/content`: so many zeros."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
                    while self._serve(connection, stream):
                        pass

    def _serve(self, connection: socket.socket, stream: BinaryIO) -> bool:
        method, _, rest = stream.readline().decode().partition(" ")
        length = 0
        while line := stream.readline().decode().strip():
            name, _, value = line.partition(":")
            length = int(value) if name.lower() == "content-length" else length
        left = length
        while left and (piece := stream.read(min(left, len(PIECE)))):
            left -= len(piece)
        file = {"id": "file_1", "object": "file", "bytes": length - left, "created_at": 0, "filename": "a"}
        body = json.dumps({"received": length - left, **file}).encode()
        path = rest.split(" ")[0].removesuffix("/content")
        size = int(path.rpartition("/")[2]) if method == "GET" else len(body)
        if method:
            connection.sendall(f"HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n".encode())
            if method == "POST":
                connection.sendall(body)
            for start in range(0, size if method == "GET" else 0, len(PIECE)):
                connection.sendall(PIECE[: size - start])
        return bool(method)


if __name__ == "__main__":
    with BulkServer() as serving:
        print(serving.base_url, flush=True)
        sys.stdin.read()
