"""A place of fsspec, as a source of pictures or a destination of parts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from ..picture import MAX_BYTES
from ..store import StoreError, shown
from ..store.remote import explained, is_object_store
from .spec import BatchError, Item, raw

PAGE = 1000  # names
Tell = Callable[[str], object]


class Remote:
    """A folder at an address. Every request that fails in passing is repeated by the package that makes it."""

    def __init__(self, address: str) -> None:
        self.place = address
        self.shown = shown(address)
        with self.explained():
            from fsspec.core import url_to_fs

            self._fs, path = url_to_fs(address)
            self._path = str(path).rstrip("/")
            self._fs.invalidate_cache()  # of listings, which may be old
            self._is_s3 = "s3" in self._fs.protocol and hasattr(self._fs, "_iterdir")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """A context that turns what goes wrong into a BatchError."""
        try:
            with explained(self.place):
                yield
        except StoreError as error:
            raise BatchError(str(error)) from error.__cause__

    def check(self) -> None:
        """Raise BatchError where it can't be looked into."""
        with self.explained():
            self._fs.invalidate_cache()
            if self._is_s3:
                list(islice(self._pages(1), 1))
            else:
                self._fs.ls(self._path, detail=False)

    def below(self, other: object) -> str | None:
        """The name of this place as seen from another, "" if they are one; None if it is not in it."""
        if not isinstance(other, Remote) or type(other._fs) is not type(self._fs):
            return None
        if self._path == other._path:
            return ""
        return self._path[len(other._path) + 1 :] if self._path.startswith(f"{other._path}/") else None

    # ---- as a source

    def walk(self, tell: Tell) -> Iterator[Item]:
        """All files, hidden ones aside, in the order of their names' bytes. Raises BatchError.

        On S3, names come a page at a time, however many a folder has; elsewhere a folder at a time.
        """
        with self.explained():
            if self._is_s3:
                start = len(self._path) + 1
                for page in self._pages():
                    for info in page:
                        name = info["name"][start:]
                        if name and not name.endswith("/") and not name.startswith(".") and "/." not in name:
                            yield name, info["size"]
            else:
                yield from self._walk("", tell)

    def _pages(self, most: int | None = None) -> Iterator[list[dict[str, Any]]]:
        """What `s3fs` lists below the path, without keeping it as its `find` does."""
        from fsspec.asyn import sync

        bucket, _, prefix = self._path.partition("/")
        found = self._fs._iterdir(bucket, max_items=most, delimiter="", prefix=f"{prefix}/" if prefix else "")

        async def page() -> list[dict[str, Any]]:
            infos = []
            async for info in found:
                infos.append(info)
                if len(infos) == PAGE:
                    break
            return infos

        while infos := sync(self._fs.loop, page):
            yield infos

    def _walk(self, prefix: str, tell: Tell) -> Iterator[Item]:
        start = len(self._path) + 1
        try:
            infos = self._fs.ls(f"{self._path}/{prefix}".rstrip("/"), detail=True)
        except (FileNotFoundError, PermissionError) as error:
            if not prefix:
                raise
            tell(f"{self.shown}/{shown(prefix)} can't be listed: {shown(str(error))}")
            return
        self._fs.invalidate_cache()  # or it would keep all of them
        found = {}
        for info in infos:
            name = info["name"].rstrip("/")[start:]
            if name and f"{name}/" != prefix and not name.rpartition("/")[2].startswith("."):
                found[f"{name}/" if info["type"] == "directory" else name] = info
        for name in sorted(found, key=raw):
            if name.endswith("/"):
                yield from self._walk(name, tell)
            else:
                yield name, found[name].get("size")

    def read(self, name: str, size: int | None) -> bytes:
        """A file, no more of it than a picture may have, and a byte. Raises what the packages do, all sorts."""
        path = f"{self._path}/{name}"
        if size is None:
            size = self._fs.info(path).get("size")
        # Stores answer a range of an empty object with an error.
        return self._fs.cat_file(path, start=0, end=MAX_BYTES + 1) if size != 0 else b""

    # ---- as a destination

    def names(self) -> list[str]:
        """The files in it, in order; none where it is not there yet. Raises BatchError."""
        with self.explained():
            self._fs.invalidate_cache()
            try:
                found = self._fs.ls(self._path, detail=False)
            except FileNotFoundError:
                return []
        return sorted(path.rpartition("/")[2] for path in found if path.rstrip("/") != self._path)

    def has(self, name: str) -> bool:
        """Whether there is a file of this name. Raises BatchError."""
        with self.explained():
            self._fs.invalidate_cache()
            return bool(self._fs.exists(f"{self._path}/{name}"))

    def whole(self, name: str) -> bytes:
        """All of a file. Raises BatchError."""
        with self.explained():
            return bytes(self._fs.cat_file(f"{self._path}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole, or not at all. Raises BatchError."""
        path = f"{self._path}/{name}"
        with self.explained():
            if is_object_store(self._fs):
                self._fs.pipe_file(path, data)
                return
            self._fs.makedirs(self._path, exist_ok=True)
            draft = f"{self._path}/.{name}.{secrets.token_hex(4)}.draft"
            try:
                self._fs.pipe_file(draft, data)
                self._fs.mv(draft, path)
            except BaseException:
                with suppress(Exception):
                    self._fs.rm_file(draft)
                raise

    def set_aside(self, name: str) -> str:
        """Move a file to where readers of the results pass it over; return its name there. Raises BatchError."""
        there = f"_set-aside/{secrets.token_hex(4)}-{name}"
        with self.explained():
            if not is_object_store(self._fs):
                self._fs.makedirs(f"{self._path}/_set-aside", exist_ok=True)
            self._fs.mv(f"{self._path}/{name}", f"{self._path}/{there}")
        return there

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """A context to write in. Stores have no locks: see the package's docstring for why none is needed."""
        yield
