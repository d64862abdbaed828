"""A tree of files: one kind on this machine, one everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from .. import store
from ..store import StoreError
from .spec import BatchError, Item


class Tree(Protocol):
    """What `folder.Folder` and `remote.Remote` can do; see there."""

    place: str
    shown: str

    def check(self) -> None: ...  # noqa: D102
    def below(self, other: object) -> str | None: ...  # noqa: D102
    def walk(self, tell: Callable[[str], object]) -> Iterator[Item]: ...  # noqa: D102
    def read(self, name: str, size: int | None) -> bytes: ...  # noqa: D102
    def names(self) -> list[str]: ...  # noqa: D102
    def has(self, name: str) -> bool: ...  # noqa: D102
    def whole(self, name: str) -> bytes: ...  # noqa: D102
    def write(self, name: str, data: bytes) -> None: ...  # noqa: D102
    def set_aside(self, name: str) -> str: ...  # noqa: D102
    def claimed(self) -> AbstractContextManager[None]: ...  # noqa: D102


def tree(place: str) -> Tree:
    """The tree at a path or an address. Raises BatchError for an address that can't be one."""
    if not store.is_address(place):
        from .folder import Folder

        return Folder(place)
    if place.lower().startswith("file://"):
        raise BatchError(f"{store.shown(place)}: name the path alone.")
    try:
        store.check_listable(place)
    except StoreError as error:
        raise BatchError(str(error)) from None
    from .remote import Remote

    return Remote(place)
