"""Files at an address: over fsspec, or from the web."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .. import download
from ..download import Downloader, DownloadError
from .address import StoreError, credentials, hexadecimal, name_of, shown

BLOCK = 8_000_000  # bytes
MAX_WEB_BYTES = 20_000_000_000
MAX_WEB_SECONDS = 6 * 3600.0

Steps = Callable[[Sequence[Any]], Iterable[Any]]

# Stores whose objects appear whole or not at all, and that can't rename.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci"}
# What file systems say of a file that changes with its content: entity tags and the like, and dates.
_TAGS = ("ETag", "etag", "md5Hash", "generation", "VersionId")
_DATES = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


@dataclass(frozen=True)
class Object:
    """A remote file: its path as fsspec knows it, the mark of its version ("" if it has none), its size in bytes."""

    path: str
    version: str
    size: int


@contextmanager
def explained(address: str) -> Iterator[None]:
    """A context that turns whatever goes wrong with an address into a StoreError, without its credentials."""
    secret, place = credentials(address), shown(address)
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise
        if isinstance(error, ImportError):
            more = " gcsfs" if address.startswith(("gs:", "gcs:")) else ""
            text = f"{place} needs packages for such addresses: pip install -e '.[cloud]'{more}"
        elif isinstance(error, FileNotFoundError):
            text = f"{place} does not exist. Check the name."
        elif isinstance(error, PermissionError) or "Credentials" in type(error).__name__:
            text = (
                f"{place} is not open to you. Set the credentials of somebody who may use it; "
                "for s3:// addresses, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        else:
            said = " ".join(str(error).split()) or type(error).__name__
            for part in secret:
                said = said.replace(part, "…")
            text = f"{place} can't be reached: {shown(said)}. Check the address and the network."
        raise StoreError(text) from (None if secret else error)


class Bucket:
    """What is at an address of fsspec: one file, or a tree of them."""

    def __init__(self, address: str) -> None:
        self.address = address
        with explained(address):
            from fsspec.core import url_to_fs

            self._fs, self._path = url_to_fs(address)
            self._fs.invalidate_cache()  # of listings, which may be old

    def files(self) -> dict[str, Object]:
        """The files of the tree, by their keys below the address."""
        with explained(self.address):
            found = self._fs.find(self._path, detail=True)
        root = self._path.rstrip("/")
        objects = {path[len(root) :].removeprefix("/"): info for path, info in found.items()}
        if "" in objects:
            raise StoreError(f"{shown(self.address)} is a file. Name the folder that it is in.")
        # A key that ends in "/" stands for an empty folder.
        return {key: _object(info) for key, info in objects.items() if info["type"] == "file" and key[-1] != "/"}

    def get(self, file: Object, draft: Path) -> None:
        """Copy one of the files. Threads may do so at once."""
        with explained(self.address):
            self._fs.get_file(file.path, str(draft))

    def fetch(self, draft: Path, known: str, progress: Steps) -> str | None:
        """Copy the one file and return its version, or None where that is the known one."""
        with explained(self.address):
            info = self._fs.info(self._path)
            if info["type"] != "file":
                raise StoreError(f"{shown(self.address)} is a folder. Name a file in it.")
            file = _object(info)
            if known and file.version == known:
                return None
            with self._fs.open(self._path, "rb", block_size=BLOCK) as source, draft.open("wb") as target:
                for _ in progress(range(math.ceil(file.size / BLOCK))):
                    target.write(source.read(BLOCK))
                shutil.copyfileobj(source, target)  # where no size was said
        return file.version

    def digest(self) -> str | None:
        """The SHA-256 that lies beside the file, if any."""
        with explained(self.address):
            try:
                return hexadecimal(self._fs.cat_file(f"{self._path}.sha256", start=0, end=200))
            except (FileNotFoundError, PermissionError):
                return None

    def set_aside(self) -> str | None:
        """Copy the file that is there to NAME-DATE-TIME, never over another; return the address of the copy."""
        with explained(self.address):
            try:
                info = self._fs.info(self._path)
            except FileNotFoundError:
                return None
            folder, slash, name = str(self._path).rpartition("/")
            stem, suffix = os.path.splitext(name)
            changed = next((info[mark] for mark in _DATES if isinstance(info.get(mark), datetime)), None)
            stamp = f"{stem}-{changed or datetime.now(timezone.utc):%Y%m%d-%H%M%S}"
            number, kept = 1, stamp + suffix
            while self._fs.exists(folder + slash + kept):
                number += 1
                kept = f"{stamp}-{number}{suffix}"
            self._fs.cp_file(self._path, folder + slash + kept)
            if digest := self.digest():
                self._fs.pipe_file(f"{folder}{slash}{kept}.sha256", f"{digest}  {kept}\n".encode())
        return self.address.removesuffix(name) + kept

    def put(self, path: Path, sha256: str) -> None:
        """Write the file and its digest, and read it again to be sure."""
        beside = f"{self._path}.sha256"
        with explained(self.address):
            # Without the old digest nobody takes the new file for damaged before its own digest is there.
            with suppress(FileNotFoundError, PermissionError):
                self._fs.rm_file(beside)
            if not is_object_store(self._fs):
                self._fs.makedirs(self._fs._parent(self._path), exist_ok=True)
                part = f"{self._path}.{secrets.token_hex(4)}.part"
                try:
                    self._fs.put_file(str(path), part)
                    self._fs.mv(part, self._path)
                except BaseException:
                    with suppress(Exception):
                        self._fs.rm_file(part)
                    raise
            else:
                self._fs.put_file(str(path), self._path)
            digest = hashlib.sha256()
            with self._fs.open(self._path, "rb", block_size=BLOCK) as file:
                while block := file.read(BLOCK):
                    digest.update(block)
            if digest.hexdigest() != sha256:
                raise StoreError(f"{shown(self.address)} did not arrive whole. Try again.")
            self._fs.pipe_file(beside, f"{sha256}  {name_of(self.address)}\n".encode())


class Web:
    """The file at an http or https address."""

    def __init__(self, address: str) -> None:
        self.address = address

    def fetch(self, draft: Path, known: str, progress: Steps) -> str | None:
        """Copy the file and return its version, or None where that is the known one."""
        version: str | None = None
        with self._downloader(MAX_WEB_BYTES, MAX_WEB_SECONDS) as downloader, draft.open("wb") as file:
            for _ in progress([self.address]):
                try:
                    version = downloader.fetch(self.address, into=file, known=known).version
                except DownloadError as error:
                    if error.status != 304:
                        raise StoreError(f"{shown(self.address)}: {error}") from None
        return version

    def digest(self) -> str | None:
        """The SHA-256 that lies beside the file, if any."""
        if "?" in self.address:
            return None  # what is asked for with a query has nothing beside it
        with self._downloader(1000, 60.0) as downloader:
            try:
                return hexadecimal(downloader.fetch(f"{self.address}.sha256").data)
            except DownloadError as error:
                if error.code in ("status", "too_large") and not error.temporary:
                    return None
                raise StoreError(f"{shown(self.address)}: {error}") from None

    def _downloader(self, max_bytes: int, timeout: float) -> Downloader:
        return Downloader(max_bytes=max_bytes, timeout=timeout, retries=2, allow=download.is_public)


def _object(info: Mapping[str, Any]) -> Object:
    marks = [f"{mark}={info[mark]}" for mark in (*_TAGS, *_DATES) if info.get(mark)]
    size = int(info.get("size") or 0)
    return Object(info["name"], " ".join([*marks, f"size={size}"]) if marks else "", size)


def is_object_store(fs: Any) -> bool:
    """Whether a file system of fsspec shows a file whole or not at all, however it is written."""
    return not _OBJECT_STORES.isdisjoint({fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol))
