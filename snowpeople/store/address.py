"""Addresses of remote files: what is one, and what of it may be shown."""

import os
import re
from os import PathLike
from pathlib import Path

# One letter before "://" is a Windows drive. "::" joins several addresses into one for fsspec.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.:-]+://", re.IGNORECASE)
_PINNED = re.compile(r"(.*)#sha256=(.*)", re.DOTALL)
# A secret may hold a "/". Digits after ":" are a port.
_CREDENTIALS = re.compile(r"(?<=://)(?:[^/]*|[^/@:]*:(?!\d+(?:/|$)).*)(?=@)", re.DOTALL)


class StoreError(ValueError):
    """A remote file or folder that can't be used. The message names it, without credentials, and the remedy."""


def is_address(place: str | PathLike[str]) -> bool:
    """Whether a place is an address, as `s3://bucket/export.pkl`, and no path on this disk."""
    return _ADDRESS.match(os.fspath(place)) is not None


def name_of(place: str | PathLike[str]) -> str:
    """The last part of a path or an address: the name of what is there."""
    text = os.fspath(place)
    if not is_address(text):
        return Path(text).name or text
    return shown(text).rstrip("/:").rpartition("/")[2]


def shown(place: str | PathLike[str]) -> str:
    """A place as messages may show it: on one line, and an address without credentials, query, or digest."""
    text = os.fspath(place)
    if is_address(text):
        text = _CREDENTIALS.sub("", _PINNED.sub(r"\1", text), count=1).replace("://@", "://", 1)
        if text.lower().startswith(("http:", "https:")):
            text = re.split("[?#]", text, maxsplit=1)[0]
    return "".join(character if character.isprintable() else "�" for character in text)


def credentials(address: str) -> list[str]:
    """What must not be shown of an address."""
    found = _CREDENTIALS.search(address)
    return [part for part in (found[0], *found[0].split(":", 1)[1:]) if part] if found else []


def unpinned(address: str) -> tuple[str, str | None]:
    """An address without the digest that it may end in, and that digest."""
    found = _PINNED.fullmatch(address)
    if found is None:
        return address, None
    if not re.fullmatch(r"[0-9a-fA-F]{64}", found[2]):
        raise StoreError(f"{shown(address)} should end in #sha256= and the 64 digits that sha256sum prints.")
    return found[1], found[2].lower()


def hexadecimal(text: bytes) -> str | None:
    """The digest at the beginning of a file as sha256sum writes it."""
    found = re.match(rb"[0-9a-fA-F]{64}(?=\s|$)", text)
    return found[0].decode().lower() if found else None
