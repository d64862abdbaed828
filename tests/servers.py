"""Servers on this machine that stand for those of the world."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest


class Handler(BaseHTTPRequestHandler):
    """Answers each path as the test says."""

    protocol_version = "HTTP/1.1"
    server: "Server"
    body = b""

    def do_GET(self) -> None:
        self.server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        try:
            self.server.answers[self.path](self)
        except OSError:
            self.close_connection = True  # the other side has had enough

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def answer(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class _Host(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # which says that the other side has hung up
            super().handle_error(request, client_address)


class Server(_Host):
    """Counts the connections that it gets."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.connections = 0
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Callable[[Handler], None]] = {}
        self.stopped = threading.Event()
        super().__init__((host, 0), Handler)
        self.host = f"[{host}]" if ":" in host else host
        self.url = f"http://{self.host}:{self.server_port}"

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        connection: tuple[socket.socket, Any] = super().get_request()
        return connection


AnyServer = TypeVar("AnyServer", bound=Server)


@contextmanager
def served(server: AnyServer) -> Iterator[AnyServer]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


class StaticHandler(SimpleHTTPRequestHandler):
    """Hands out the files of a folder, as any static host does."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def static_host(folder: Path, handler: type[StaticHandler] = StaticHandler) -> Iterator[str]:
    """The address of a host of `folder`."""
    with _Host(("127.0.0.1", 0), partial(handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def s3_server() -> Iterator[Any]:
    """A server of S3 on this machine, which s3:// addresses lead to meanwhile; with no key of anybody's.

    Gives a file system of fsspec that sees it as another user would. Nothing that fsspec keeps of it outlives it.
    """
    import fsspec
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")  # for tests without a network: it takes seconds to give up
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "http_proxy", "HTTP_PROXY"):
            patch.delenv(name, raising=False)
        kind = fsspec.get_filesystem_class("s3")
        kind.clear_instance_cache()
        try:
            yield kind(skip_instance_cache=True, use_listings_cache=False)
        finally:
            kind.clear_instance_cache()
            server.stop()
