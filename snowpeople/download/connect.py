"""Connections for ``httpcore`` to allowed addresses only, with one time limit for all that is done on them."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpcore

from . import DownloadError
from .public import Address

# A name may have any number of addresses.
MOST_ADDRESSES = 4
# Seconds without a byte after which a server has left, however much time there is in all.
LONGEST_SILENCE = 30.0

_limits: ContextVar[tuple[float, threading.Event]] = ContextVar("limits")


@cache
def trusted() -> ssl.SSLContext:
    """The authorities that are trusted to certify names, read once: certifi's, the system's, or SSL_CERT_FILE's."""
    return httpcore.default_ssl_context()


@contextmanager
def until(deadline: float, stopped: threading.Event) -> Iterator[None]:
    """A context in which this thread's connections end at a moment of ``time.monotonic``, or when it is said."""
    token = _limits.set((deadline, stopped))
    try:
        yield
    finally:
        _limits.reset(token)


def _left(late: type[Exception]) -> float:
    """The seconds to wait now. httpcore's own limits are for single reads: a byte a second never meets them."""
    deadline, stopped = _limits.get()
    seconds = deadline - time.monotonic()
    if stopped.is_set():
        raise DownloadError("unreachable", "The download was stopped.")
    if seconds <= 0:
        raise late("out of time")
    return min(seconds, LONGEST_SILENCE)


class Backend(httpcore.NetworkBackend):
    """Connects to the addresses of a name that ``allow`` allows: the ones looked at, never the name again."""

    def __init__(self, allow: Callable[[Address], bool]) -> None:
        self._allow = allow
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers, within the time that is left. Raises DownloadError."""
        allowed = [address for address in _resolve(host) if self._allow(address)][:MOST_ADDRESSES]
        if not allowed:
            raise DownloadError(
                "private", f"{host} is in a private network, from which nothing is opened: please use a public address."
            )
        while True:
            address = allowed.pop(0)
            # One that does not answer leaves time for the others.
            share = _left(httpcore.ConnectTimeout) / (len(allowed) + 1)
            try:
                return _Stream(
                    self._sockets.connect_tcp(str(address), port, share, local_address, socket_options), host
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not allowed:
                    raise


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, host: str) -> None:
        self._stream = stream
        self._host = host

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, _left(httpcore.ConnectTimeout))
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise DownloadError(
                    "unreachable", f"{self._host} can't prove that it is what it says: its certificate is not valid."
                ) from error
            raise
        return _Stream(stream, self._host)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolve(host: str) -> list[Address]:
    """The addresses of a name, waited for no longer than there is time: a resolver can't be interrupted."""
    answers: list[Any] = []
    faults: list[Exception] = []

    def ask() -> None:
        try:
            answers.extend(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            faults.append(error)

    try:
        return [ip_address(host)]
    except ValueError:
        pass
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_left(httpcore.ConnectTimeout))
    if thread.is_alive():
        raise httpcore.ConnectTimeout(f"no answer about {host}")
    if faults:
        again = isinstance(faults[0], socket.gaierror) and faults[0].errno == socket.EAI_AGAIN
        raise DownloadError(
            "unreachable", f"No server is named {host}: please check the address.", temporary=again
        ) from faults[0]
    # The part after "%" names a network card: such addresses are never public.
    return list(dict.fromkeys(ip_address(answer[4][0].partition("%")[0]) for answer in answers))
