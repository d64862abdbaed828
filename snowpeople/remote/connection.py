"""Questions to a service by HTTP, and what is said where no service of ours answers."""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any, get_args

import httpcore

from ..archive import ExportError
from ..picture import Code

Headers = dict[bytes | str, bytes | str]

# Seconds until a service that is there takes a connection.
CONNECT_TIMEOUT = 5.0
# Bytes: an answer for a few dozen pictures with hundreds of labels is far smaller.
MAX_ANSWER = 20_000_000

_ADDRESS = re.compile(r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[^?#\s]*)?", re.ASCII | re.IGNORECASE)


class Connection:
    """A service at an address. Connections are kept and used again; threads may share it."""

    def __init__(self, url: str, api_key: str = "", timeout: float = 60.0) -> None:
        """See RemoteClassifier. Raises ExportError for what is no address; nothing is asked yet."""
        self._url = url.rstrip("/")
        self._timeout = timeout
        if not _ADDRESS.fullmatch(self._url):
            raise ExportError(f"{url} is no address of a service: give one like http://localhost:8000")
        self._headers: Headers = {"Accept": "application/json"}
        key = api_key or os.environ.get("SNOWPEOPLE_API_KEY", "")
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._pool = httpcore.ConnectionPool(max_keepalive_connections=8, keepalive_expiry=4.0)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Any:
        """The document that answers; that of a problem where it is one of the picture's. Raises ExportError."""
        headers: Headers = {**self._headers, "Content-Length": str(len(body))} | (
            {"Content-Type": kind} if kind else {}
        )
        until = time.monotonic() + self._timeout
        tries = 0
        while True:
            try:
                status, found, data = self._send(method, path, body, headers, until - time.monotonic())
            except httpcore.TimeoutException as error:
                raise ExportError(f"the service at {self._url} takes too long. Try again later") from error
            except (httpcore.NetworkError, httpcore.ProtocolError) as error:
                # A kept connection may have ended meanwhile. One new one tells whether the service has.
                tries += 1
                if tries > 1:
                    raise ExportError(
                        f"no service answers at {self._url}: {error}. Start it with snowpeople serve, or correct "
                        "SNOWPEOPLE_SERVICE"
                    ) from error
                continue
            pause = min(_pause(found), 5.0)
            if status not in (429, 503) or pause <= 0 or time.monotonic() + pause > until:
                return self._read(status, data)
            time.sleep(pause)

    def stranger(self) -> ExportError:
        """The error for an answer that no service of ours gives."""
        return ExportError(
            f"what answers at {self._url} is no Snowpeople service of this version. Correct SNOWPEOPLE_SERVICE, or "
            "start one with snowpeople serve"
        )

    def _send(
        self, method: str, path: str, body: bytes, headers: Headers, seconds: float
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        limits = {"connect": CONNECT_TIMEOUT, "read": seconds, "write": seconds, "pool": seconds}
        with self._pool.stream(
            method, self._url + path, headers=headers, content=body, extensions={"timeout": limits}
        ) as response:
            found = {name.lower(): value for name, value in response.headers}
            data = bytearray()
            for piece in response.iter_stream():
                data += piece
                if len(data) > MAX_ANSWER:
                    raise self.stranger()
            return response.status, found, bytes(data)

    def _read(self, status: int, data: bytes) -> Any:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self.stranger() from error
        if not isinstance(document, dict):
            raise self.stranger()
        code = document.get("code")
        if status == 200 or (400 <= status < 500 and of_picture(code)):
            return document
        if status == 401:
            raise ExportError(f"the service at {self._url} asks for a key: set SNOWPEOPLE_API_KEY to it")
        if code is None or status == 404:
            raise self.stranger()
        raise ExportError(f"the service at {self._url} answers with {status}: {document.get('detail', '')}")


def of_picture(code: object) -> bool:
    """Whether this is the code of a PictureError: a fault of the picture, not of the service."""
    return code in get_args(Code)


def _pause(headers: dict[bytes, bytes]) -> float:
    value = headers.get(b"retry-after", b"")
    return float(value) if re.fullmatch(rb"[0-9]{1,6}", value) else 0.0
