"""The headers of HTTP: what a server says of a file, in whatever state it says it."""

import re
import time
from collections.abc import Iterable

Sent = dict[bytes | str, bytes | str]
Received = dict[str, str]


def read(raw: Iterable[tuple[bytes, bytes]]) -> Received:
    """Headers by their names in lower case."""
    return {name.decode("latin-1").lower(): _text(value) for name, value in raw}


def size(headers: Received) -> int:
    """The number of bytes to come, 0 where it is not said."""
    value = headers.get("content-length", "")
    return int(value) if re.fullmatch(r"[0-9]{1,18}", value) else 0


def content_type(headers: Received) -> str:
    """The kind of file, in lower case and without parameters; "" where it is not said."""
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    return kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind, re.ASCII) else ""


def version(headers: Received) -> str:
    """The mark of just this content: an entity tag, else the date of its last change."""
    return headers.get("etag") or headers.get("last-modified", "")


def condition(known: str) -> Sent:
    """The header that asks for a file only if it is of another version."""
    if not known or not known.isascii() or not known.isprintable():
        return {}
    return {"If-None-Match" if known.endswith('"') else "If-Modified-Since": known}


def retry_after(headers: Received) -> float | None:
    """The seconds that the server asks to be left alone, which it gives as such or as a date."""
    from email.utils import parsedate_to_datetime

    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
