"""A classifier that runs elsewhere: one service (``snowpeople serve``) for many dashboards."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import islice
from secrets import token_hex
from typing import Any, get_args

import httpcore
from PIL import Image, ImageOps

from . import classifier, picture
from .archive import ExportError
from .classifier import Prediction
from .picture import PictureError, Source

Headers = dict[bytes | str, bytes | str]

# Seconds until a service that is there takes a connection.
CONNECT_TIMEOUT = 5.0
# Bytes: an answer for a few dozen pictures with hundreds of labels is far smaller.
MAX_ANSWER = 20_000_000
# Bytes of pictures after which no more are sent with them: a service reads no body of more than 60 MB.
MAX_BATCH = 25_000_000

_ADDRESS = re.compile(r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[^?#\s]*)?", re.ASCII | re.IGNORECASE)


class RemoteClassifier:
    """What a dashboard uses of Classifier, answered by a service at an address. Threads may share it.

    The address is its host's own choice, so it may well be in a private network. Connections are kept and used again.
    """

    def __init__(self, url: str, api_key: str = "", timeout: float = 60.0) -> None:
        """Ask the service for its card.

        url: as ``http://models.internal:8000``. api_key: what the service asks for; by default SNOWPEOPLE_API_KEY.
        timeout: seconds for an answer, with the time for which a busy service asks to be left alone.
        Raises ExportError where no such service answers.
        """
        self._url = url.rstrip("/")
        self._timeout = timeout
        if not _ADDRESS.fullmatch(self._url):
            raise ExportError(f"{url} is no address of a service: give one like http://localhost:8000")
        self._headers: Headers = {"Accept": "application/json"}
        key = api_key or os.environ.get("SNOWPEOPLE_API_KEY", "")
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._pool = httpcore.ConnectionPool(max_keepalive_connections=8, keepalive_expiry=4.0)
        try:
            self.card: dict[str, Any] = self._ask("GET", "/card")["card"]
            self.labels: tuple[str, ...] = tuple(self.card["labels"])
            self.size: int = self.card["size"]
            self._resize: str = self.card.get("resize", "squish")
            self._smallest = max(picture.REDUCE_ABOVE, classifier.enough(self.size))
        except (KeyError, TypeError, ExportError) as error:
            self.close()
            raise error if isinstance(error, ExportError) else self._stranger() from error

    def classify(self, source: Source) -> Prediction:
        """Classify a path, the bytes of a picture file, or a PIL image.

        Raises PictureError as Classifier does, and ExportError where the service does not answer; for a path, errors
        of the file system pass through.
        """
        (outcome,) = self._predict([_encoded(source, self._smallest)])
        if isinstance(outcome, PictureError):
            raise outcome
        return outcome

    def classify_many(self, sources: Iterable[Source], batch_size: int = 16) -> Iterator[Prediction]:
        """Classify any number of pictures: an iterator of predictions in the order of ``sources``, of which
        ``batch_size`` are sent at a time. A bad one ends it, as in ``Classifier.classify_many``.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        return self._batches(enumerate(sources), batch_size)

    def read(self, source: Source) -> Image.Image:
        """Return the upright RGB picture of a source, as Classifier does."""
        return picture.read(source, smallest=classifier.enough(self.size))

    def fit(self, upright: Image.Image) -> Image.Image:
        """Return what the network is fed for a picture from ``read``, as Classifier does."""
        return classifier.fit(upright, self.size, self._resize)

    def seen(self, upright: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return which part of a picture the network is fed, as Classifier does."""
        return classifier.seen(upright, self.size, self._resize)

    def predict(self, prepared: Sequence[Image.Image], batch_size: int = 16) -> list[Prediction]:
        """Classify pictures as ``fit`` makes them, ``batch_size`` at a time."""
        # The service fits them once more: where that cuts off the edges, they get some.
        edges = (classifier.edge(self.size) if self._resize == "middle" else 0,) * 2
        framed = (ImageOps.expand(each, edges) for each in prepared)
        return list(self.classify_many(framed, batch_size))

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _batches(self, sources: Iterator[tuple[int, Source]], batch_size: int) -> Iterator[Prediction]:
        fault: Exception | None = None
        while fault is None:
            batch: list[bytes] = []
            first = size = 0
            for position, source in islice(sources, batch_size):
                first = position - len(batch)
                try:
                    batch.append(_encoded(source, self._smallest))
                except (PictureError, OSError) as error:
                    fault = _placed(error, position)
                    break
                size += len(batch[-1])
                if size > MAX_BATCH:
                    break
            if not batch and fault is None:
                return
            for number, outcome in enumerate(self._predict(batch) if batch else []):
                if isinstance(outcome, PictureError):
                    raise _placed(outcome, first + number)
                yield outcome
        raise fault

    def _predict(self, pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
        if len(pictures) == 1:
            body, kind = pictures[0], "application/octet-stream"
        else:
            body, kind = _form(pictures)
        answer = self._ask("POST", "/predict", body, kind)
        if "code" in answer and len(pictures) == 1:
            return [PictureError(answer["code"], answer["detail"])]
        try:
            outcomes = [_outcome(entry) for entry in answer["predictions"]]
        except (KeyError, TypeError) as error:
            raise self._stranger() from error
        if len(outcomes) != len(pictures):
            raise self._stranger()
        return outcomes

    def _ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Any:
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
                    raise self._stranger()
            return response.status, found, bytes(data)

    def _read(self, status: int, data: bytes) -> Any:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self._stranger() from error
        if not isinstance(document, dict):
            raise self._stranger()
        code = document.get("code")
        if status == 200 or (400 <= status < 500 and _of_picture(code)):
            return document
        if status == 401:
            raise ExportError(f"the service at {self._url} asks for a key: set SNOWPEOPLE_API_KEY to it")
        if code is None or status == 404:
            raise self._stranger()
        raise ExportError(f"the service at {self._url} answers with {status}: {document.get('detail', '')}")

    def _stranger(self) -> ExportError:
        return ExportError(
            f"what answers at {self._url} is no Snowpeople service of this version. Correct SNOWPEOPLE_SERVICE, or "
            "start one with snowpeople serve"
        )


def _encoded(source: Source, smallest: int) -> bytes:
    """A picture as bytes to send. Raises PictureError and OSError as picture.read does.

    An image is sent exactly, unless its shorter side has twice ``smallest`` pixels or more.
    """
    if isinstance(source, Image.Image):
        upright = picture.read(source)
        # As large JPEGs are decoded: this changes no probability by 0.01, and there is far less to send.
        factor = min(upright.size) // smallest
        file = BytesIO()
        (upright.reduce(factor) if factor > 1 else upright).save(file, "PNG", compress_level=1)
        return file.getvalue()
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    else:
        with open(source, "rb") as opened:
            data = opened.read(picture.MAX_BYTES + 1)
    if not data or len(data) > picture.MAX_BYTES:
        picture.decode(data)  # raises, with the words that it has for these
    return data


def _form(pictures: Sequence[bytes]) -> tuple[bytes, str]:
    """Pictures as a form, with its Content-Type."""
    boundary = token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="p"\r\n\r\n'.encode()
    parts = [part for data in pictures for part in (head, data, b"\r\n")]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _outcome(entry: dict[str, Any]) -> Prediction | PictureError:
    if "error" in entry:
        error = entry["error"]
        if not _of_picture(error["code"]):
            raise ExportError(str(error["detail"]))
        return PictureError(error["code"], error["detail"])
    names = ("label", "probability", "probabilities", "familiarity", "unfamiliar")
    return Prediction(**{name: entry[name] for name in names})


def _of_picture(code: object) -> bool:
    return code in get_args(picture.Code)


def _placed(error: Exception, position: int) -> Exception:
    if isinstance(error, PictureError):
        error.position = position
    return error


def _pause(headers: dict[bytes, bytes]) -> float:
    value = headers.get(b"retry-after", b"")
    return float(value) if re.fullmatch(rb"[0-9]{1,6}", value) else 0.0
