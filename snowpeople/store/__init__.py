"""Files and folders that are not on this disk: at https:// addresses, and at any that fsspec knows, as s3://."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from .address import StoreError as StoreError
from .address import credentials, hexadecimal, unpinned
from .address import is_address as is_address
from .address import name_of as name_of
from .address import shown as shown
from .cache import Entry, Mirror, digest_of, root
from .keys import file_name, file_names
from .remote import Bucket, Object, Web

Steps = Callable[[Sequence[Any]], Iterable[Any]]

THREADS = 8


def local_file(place: str | PathLike[str], progress: Steps = iter) -> Path:
    """The file at a place, as a path on this disk: a path as it is, an address as its copy in the cache.

    The copy is fetched again when the file has changed, or the copy was damaged. Where a file NAME.sha256 lies beside
    the remote one, or the address ends in `#sha256=HEXADECIMAL`, the file must have that digest. With the digest in
    the address, a copy that has it is used without asking anybody. progress: wraps the steps, as a progress bar does.

    Raises StoreError for what can't be fetched, or has another digest.
    """
    if not is_address(place):
        return Path(place)
    address, pinned = unpinned(os.fspath(place))
    with _disk():
        mirror, name = Mirror(f"file {address}"), file_name(name_of(address))
        entry = mirror.whole(name)
        if entry is None or pinned is None or entry.sha256 != pinned:
            source = _source(address)
            expected = pinned or source.digest()
            known = entry.version if entry and expected in (None, entry.sha256) else ""
            with mirror.draft() as draft:
                version = source.fetch(draft, known, progress)
                if version is not None:
                    found = digest_of(draft)
                    # The digest beside it is read once more, for the file may just have been replaced.
                    if expected not in (None, found) and (pinned or source.digest() not in (None, found)):
                        raise _mismatch(address)
                    mirror.keep(draft, name, Entry(version, found))
    return mirror.folder / name


def local_folder(
    place: str | PathLike[str],
    progress: Steps = iter,
    *,
    max_files: int = 1_000_000,
    max_bytes: int = 200_000_000_000,
) -> Path:
    """The folder at a place, as a path on this disk: a path as it is, an address as its mirror in the cache.

    Only files that are new, changed or damaged are fetched; what is gone there goes here. If it is stopped, the next
    call goes on from there. A name that could lead out of the mirror, or that this system can't have, is changed.
    Digests in files NAME.sha256 are checked. progress: wraps the list of files, as a progress bar does.

    Raises StoreError for what can't be fetched, has another digest, or is more than the limits allow.
    """
    if not is_address(place):
        return Path(place)
    address, pinned = unpinned(os.fspath(place))
    source = _source(address)
    if isinstance(source, Web) or pinned:
        raise StoreError(f"{shown(address)} is the address of one file. For a folder name an archive, or s3://.")
    files = source.files()
    size = sum(file.size for file in files.values())
    if not files:
        raise StoreError(f"{shown(address)} holds no file. Check the name.")
    if len(files) > max_files or size > max_bytes:
        raise StoreError(
            f"{shown(address)} holds {len(files):,} files of {size / 10**9:,.1f} GB together; at most {max_files:,} "
            f"of {max_bytes / 10**9:,.1f} GB are copied. Name a folder further down."
        )
    with _disk():
        mirror, top = Mirror(f"folder {address.rstrip('/')}"), file_name(name_of(address))
        names = {key: f"{top}/{name}" for key, name in file_names(files).items()}
        mirror.keep_only(names.values())
        threads = ThreadPoolExecutor(THREADS)
        try:
            done = threads.map(lambda key: _update(mirror, names[key], source, files[key]), files)
            digests = {key: next(done) for key in progress(list(files))}
        finally:
            threads.shutdown(cancel_futures=True)
        for key, digest in digests.items():
            beside = names.get(f"{key}.sha256")
            if beside and hexadecimal((mirror.folder / beside).read_bytes()[:200]) not in (None, digest):
                raise _mismatch(f"{address.rstrip('/')}/{key}")
    return mirror.folder / top


def upload(path: Path, place: str, *, keep: bool = False) -> str | None:
    """Write a file to an address, and its SHA-256 beside it as NAME.sha256; then read it again to be sure.

    Nobody sees the file half written. keep: first copy what is there to NAME-DATE-TIME, whose address is returned.

    Raises StoreError for what can't be written; errors of this disk pass through.
    """
    source = check_writable(place, path.name)
    digest = digest_of(path)
    before = source.set_aside() if keep else None
    source.put(path, digest)
    return before


def check_writable(place: str, name: str = "file") -> Bucket:
    """What a file can be written to at an address, as far as can be told without asking there.

    Raises StoreError for an address that can only be read, or that names no file; `name` is one it could add.
    """
    source = _source(place)
    if isinstance(source, Web):
        raise StoreError(f"{shown(place)} can't be written to, only read. Name an s3:// address, or a path.")
    if place.endswith("/"):
        raise StoreError(f"{shown(place)} names no file. Add its name, as in {shown(place)}{name}")
    return source


def check_listable(place: str) -> None:
    """Raise StoreError for an address whose files can't be listed, as far as can be told without asking there."""
    if isinstance(_source(place), Web):
        raise StoreError(f"{shown(place)} can't be listed. Name an s3:// address, or a folder.")


def _source(address: str) -> Bucket | Web:
    if "::" in address.partition("://")[0] or re.search(r"::[a-z0-9+.-]+://", address, re.IGNORECASE):
        raise StoreError(f"{shown(address)} is a chain of addresses. Name the last of them alone.")
    if re.match("(s3a?|gc?s):", address, re.IGNORECASE) and credentials(address):
        raise StoreError(
            f"{shown(address)}: keys in such an address are not read. For s3:// set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, for gs:// GOOGLE_APPLICATION_CREDENTIALS."
        )
    return Web(address) if address.lower().startswith(("http:", "https:")) else Bucket(address)


def _update(mirror: Mirror, name: str, source: Bucket, file: Object) -> str:
    """Fetch a file of a mirror if need be; return its SHA-256."""
    entry = mirror.whole(name)
    if entry is None or not entry.version or entry.version != file.version:
        with mirror.draft() as draft:
            source.get(file, draft)
            entry = Entry(file.version, digest_of(draft))
            mirror.keep(draft, name, entry)
    return entry.sha256


def _mismatch(address: str) -> StoreError:
    return StoreError(
        f"{shown(address)} has another SHA-256 than it should: it was damaged, or replaced by somebody. "
        "Ask for it where you got the address."
    )


@contextmanager
def _disk() -> Iterator[None]:
    """A context in which an OSError is one of this disk: those of remote files are told as such already."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{shown(root())}, the cache, can't be written: {error.strerror or error}. Free some room there, or name "
            "another folder in SNOWPEOPLE_CACHE."
        ) from error
