"""A server on this machine that gives one file, and misbehaves on request."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

CONTENT = Random(0).randbytes(200_000)

Behaviour = Callable[["Handler"], None]


class Server(ThreadingHTTPServer):
    """Serves `content` under every path; each request takes the next behaviour of `script`, then `usual`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.etag = CONTENT, '"first"'
        self.script: list[Behaviour] = []
        self.usual: Behaviour = whole
        self.asked: list[tuple[str, str | None]] = []  # path and Range of every request
        self.sent = 0  # bytes of bodies
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up in these tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.asked.append((self.path, self.headers.get("Range")))
        behaviour = self.server.script.pop(0) if self.server.script else self.server.usual
        behaviour(self)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def head(self, status: int, **headers: str | int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def body(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()
        self.server.sent += len(content)

    def rest(self) -> bytes:
        """Send the right head of a whole or partial answer; return its body."""
        content, etag, span = self.server.content, self.server.etag, self.headers.get("Range")
        if span is None or self.headers.get("If-Range") != etag:
            self.head(200, Content_Length=len(content), ETag=etag)
            return content
        start = int(span.removeprefix("bytes=").removesuffix("-"))
        size = len(content)
        self.head(206, Content_Length=size - start, Content_Range=f"bytes {start}-{size - 1}/{size}", ETag=etag)
        return content[start:]


def whole(handler: Handler) -> None:
    handler.body(handler.rest())


def hang_up(after: int) -> Behaviour:
    """End the connection in order, too early."""
    return lambda handler: handler.body(handler.rest()[:after])


def reset(after: int) -> Behaviour:
    """Break the connection off."""

    def behaviour(handler: Handler) -> None:
        handler.body(handler.rest()[:after])
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.rfile.close()
        handler.connection.close()

    return behaviour


def stall(after: int) -> Behaviour:
    """Send no more, but keep the connection."""

    def behaviour(handler: Handler) -> None:
        handler.body(handler.rest()[:after])
        handler.server.over.wait(10)

    return behaviour


def silence(handler: Handler) -> None:
    handler.server.over.wait(10)


def status(code: int, **headers: str | int) -> Behaviour:
    return lambda handler: handler.head(code, Content_Length=0, **headers)


def redirect(location: str) -> Behaviour:
    return status(302, Location=location)


def garbage(handler: Handler) -> None:
    handler.wfile.write(b"this is no HTTP\r\n\r\n")


def answer(content: bytes, code: int = 200, **headers: str | int) -> Behaviour:
    """Send exactly these headers, whatever was asked."""

    def behaviour(handler: Handler) -> None:
        handler.head(code, **headers)
        handler.body(content)

    return behaviour
