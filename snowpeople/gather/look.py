"""A candidate fetched, and a look whether it is a picture."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from hashlib import sha256

from ..download import Downloader, DownloadError
from ..picture import MAX_BYTES, PictureError, decode
from .manifest import Entry, Manifest, Status, now
from .sources import Candidate, Lane

# Pixels: a JPEG is opened at a reduced scale, which reads all of it in a fraction of the time.
SMALLEST = 32


@dataclass(frozen=True)
class Found:
    """What became of a candidate: its bytes and their digest, or a code and a reason."""

    lane: Lane
    candidate: Candidate
    data: bytes = b""
    digest: str = ""
    code: str = ""
    reason: str = ""
    temporary: bool = False

    def entry(self) -> Entry:
        """The manifest's entry for a failure, or for a picture that has no name yet."""
        status: Status = "unreached" if self.temporary else "failed"
        return Entry("", self.lane.label, self.candidate.source, now(), self.digest, status, self.code, self.reason)


class Look:
    """Fetches and looks, in any thread."""

    def __init__(self, downloader: Downloader, manifest: Manifest) -> None:
        self._downloader = downloader
        self._manifest = manifest
        self._decoding = threading.Semaphore(min(4, os.cpu_count() or 1))  # a large picture takes hundreds of MB

    def at(self, task: tuple[Lane, Candidate]) -> Found:
        """Look at a candidate. What is wrong with it is in the result, never raised."""
        lane, candidate = task
        try:
            data = self._bytes(candidate)
            digest = sha256(data).hexdigest()
            if self._manifest.picture(lane.label, digest) is None:
                with self._decoding:
                    decode(data, SMALLEST)
            return Found(lane, candidate, data, digest)
        except DownloadError as error:
            code = str(error.status) if error.code == "status" and error.status else error.code
            return Found(lane, candidate, code=code, reason=str(error), temporary=error.temporary)
        except PictureError as error:
            return Found(lane, candidate, code=error.code, reason=str(error))
        except OSError as error:
            return Found(lane, candidate, code="unreadable", reason=error.strerror or str(error), temporary=True)

    def _bytes(self, candidate: Candidate) -> bytes:
        if candidate.path is None:
            return self._downloader.fetch(candidate.source).data
        with candidate.path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
