"""Archives read in small pieces, within limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from functools import partial

PIECE = 1 << 18
# zipfile reads the directory of an archive at once: that of 200,000 members has about so much.
LARGEST_READ = 1 << 25
# tarfile does so with names and attributes.
LARGEST_HEADER = 1 << 20
# xz -9 needs 65 MB to unpack. A file may ask for 4 GB.
XZ_MEMORY = 1 << 27


class TooMuchError(Exception):
    """More than the limits allow. The message goes on from the archive's name."""


class Careful(io.BufferedReader):
    """A file that is never read whole."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most 32 MB. Raises TooMuchError where more is asked for."""
        if size is not None and size > LARGEST_READ:
            raise TooMuchError("has a directory too large to be honest")
        return super().read(LARGEST_READ if size is None or size < 0 else size)


class TarStream:
    """The unpacked bytes of a tar, compressed or not, as `tarfile` wants to read them: only ever forward.

    spend: told of the number of bytes that come out, also of those that are passed over. It may raise.
    """

    def __init__(self, file: io.BufferedReader, spend: Callable[[int], None]) -> None:
        self._pieces = _unpacked(file)
        self._spend = spend
        self._left = b""
        self._at = 0

    def tell(self) -> int:
        """The place in the unpacked bytes."""
        return self._at

    def seek(self, place: int) -> None:
        """Go forward to a place; stay where the archive ends before it. Raises tarfile.ReadError for a place behind."""
        if place < self._at:
            raise tarfile.ReadError("a member lies before its header")
        while self._at < place and self._take(min(place - self._at, PIECE)):
            pass

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end. Raises TooMuchError where that is a lot at once."""
        if size > LARGEST_HEADER:
            raise TooMuchError("has a header too large to be honest")
        parts = []
        while size > 0 and (part := self._take(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _take(self, most: int) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._spend(len(piece))
            self._left = piece
        part, self._left = self._left[:most], self._left[most:]
        self._at += len(part)
        return part


def is_tar(file: io.BufferedReader) -> bool:
    """Whether a file begins as a tar of our time, or a compressed one, does. A zip in its last member is no matter."""
    file.seek(0)
    start = file.read(512)
    return start.startswith((b"\xfd7zXZ\x00", b"\x1f\x8b", b"BZh")) or start[257:262] == b"ustar"


def _unpacked(file: io.BufferedReader) -> Iterator[bytes]:
    file.seek(0)
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\xfd7zXZ\x00"):
        return _unpacked_xz(file)
    opened: io.BufferedReader | gzip.GzipFile | bz2.BZ2File = file
    if start.startswith(b"\x1f\x8b"):
        opened = gzip.GzipFile(fileobj=file)
    elif start.startswith(b"BZh"):
        opened = bz2.BZ2File(file)
    # read1: what comes before damage is not lost with it.
    return iter(partial(opened.read1, PIECE), b"")


def _unpacked_xz(file: io.BufferedReader) -> Iterator[bytes]:
    # lzma.LZMAFile has no limit for memory.
    packed = file.read(PIECE)
    while packed:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY)
        while not decoder.eof:
            if not packed and decoder.needs_input:
                raise EOFError("cut off")
            if piece := decoder.decompress(packed, PIECE):
                yield piece
            packed = file.read(PIECE) if decoder.needs_input and not decoder.eof else b""
        packed = (decoder.unused_data or file.read(PIECE)).lstrip(b"\0")  # streams may follow each other, padded
