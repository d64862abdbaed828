"""The pictures that a body asks about: raw bytes, the parts of a form, or JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .problem import ProblemError
from .settings import Settings

# Neither Base64 nor an address needs many of these, but millions would make a small body a large heap of objects.
MAX_MARKS = 10_000


@dataclass(frozen=True)
class Url:
    """A picture at an address."""

    address: str


Asked = bytes | Url | ProblemError


def read(content_type: str, body: bytes, settings: Settings) -> list[Asked]:
    """What a body asks about, one or more; in place of a picture that can't be one, what is wrong with it.

    Raises ProblemError for a body that makes no sense as a whole.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("image/") or kind == "application/octet-stream":
        asked: list[Asked] = [body]
    elif kind == "multipart/form-data":
        asked = list(_parts(content_type, body, settings.max_pictures))
    elif kind == "application/json":
        asked = [_entry(entry, settings) for entry in _entries(_parse(body), settings.max_pictures)]
    else:
        raise ProblemError(
            "media_type",
            "The Content-Type must be image/*, application/octet-stream, multipart/form-data or application/json.",
        )
    if not asked:
        raise ProblemError("body", "There is no picture in this body.")
    return [_checked(picture, settings) for picture in asked]


def _checked(asked: Asked, settings: Settings) -> Asked:
    if isinstance(asked, bytes) and len(asked) > settings.max_picture:
        return _too_large(settings)
    return asked


def _too_large(settings: Settings) -> ProblemError:
    return ProblemError(
        "too_large", f"This file has more than {settings.max_picture / 10**6:g} MB: please make it smaller."
    )


def too_many(most: int, which: str = "") -> ProblemError:
    """What a request with more pictures than ``most`` gets."""
    return ProblemError(
        "too_many", f"At most {most} pictures{which} are answered at once: please send them in several requests."
    )


# ---- JSON


def _parse(body: bytes) -> Any:
    if sum(body.count(mark) for mark in (b"[", b"{", b",")) > MAX_MARKS:
        raise ProblemError("body", "This JSON has too many members.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ProblemError("body", "This body is no JSON.") from None


def _entries(document: Any, most: int) -> list[Any]:
    if not isinstance(document, dict) or ("pictures" in document and len(document) > 1):
        raise _shape()
    entries = document.get("pictures", [document])
    if not isinstance(entries, list):
        raise _shape()
    if len(entries) > most:
        raise too_many(most)
    return entries


def _entry(entry: Any, settings: Settings) -> Asked:
    match entry:
        case {"data": str(text), **more} if not more:
            return _decoded(text, settings)
        case {"url": str(address), **more} if not more:
            if not settings.urls:
                return ProblemError(
                    "url_off", "This service fetches no pictures from addresses: please send the picture."
                )
            return Url(address)
    raise _shape()


def _decoded(text: str, settings: Settings) -> Asked:
    text = text.partition(",")[2] if text.startswith("data:") else text
    if len(text) > settings.max_picture * 3 // 2:  # Base64 takes a third more, and its line ends
        return _too_large(settings)
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return ProblemError("base64", "The data of this picture is no Base64.")


def _shape() -> ProblemError:
    return ProblemError("body", 'The JSON must be {"data": BASE64}, {"url": ADDRESS} or {"pictures": [such, such, …]}.')


# ---- forms


def _parts(content_type: str, body: bytes, most: int) -> Iterator[bytes]:
    """The content of each part, whatever its name; each must be a file."""
    # Starlette's own reader writes what is large to a temporary file. Here nothing touches the disk.
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    parts: list[bytearray] = []
    head = bytearray()  # of the part that is being read
    ended = False

    def begin() -> None:
        if len(parts) == most:
            raise too_many(most)
        parts.append(bytearray())
        head.clear()

    def header(piece: bytes, start: int, end: int) -> None:
        head.extend(memoryview(piece)[start:end])

    def begun() -> None:
        if b"filename" not in head.lower():
            raise ProblemError("body", "Each part of a form must be a file, with a file name.")

    def data(piece: bytes, start: int, end: int) -> None:
        parts[-1] += memoryview(piece)[start:end]

    def finish() -> None:
        nonlocal ended
        ended = True

    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": begin,
                "on_header_value": header,
                "on_headers_finished": begun,
                "on_part_data": data,
                "on_end": finish,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError:
        ended = False
    if not boundary or not ended:
        raise ProblemError("body", "This form is cut off or damaged.")
    return map(bytes, parts)
