"""A file from a web address, safely: within limits of size and time, and never from a private network."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import IO, TYPE_CHECKING, Literal

from .. import picture
from . import headers
from .address import Place
from .public import Address as Address
from .public import is_public as is_public

if TYPE_CHECKING:
    import httpcore

USER_AGENT = "snowpeople/0.1 (collects pictures for a classifier)"
MAX_REDIRECTS = 5
# Seconds. A server that asks for a longer pause gets it from whoever called, or not at all.
LONGEST_PAUSE = 30.0

Code = Literal["address", "private", "status", "too_large", "timeout", "unreachable"]


class DownloadError(ValueError):
    """A file that can't be had. The message is one sentence for a user; ``code`` tells programs the kind of fault.

    ``status`` is the server's, where it answered; ``retry_after`` the seconds that it asks to be left alone;
    ``temporary`` says that another try may go well.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        temporary: bool = False,
    ) -> None:
        super().__init__(message)
        self.code: Code = code
        self.status = status
        self.retry_after = retry_after
        self.temporary = temporary

    def __reduce__(self) -> tuple[type[DownloadError], tuple[Code, str], dict[str, object]]:
        # Errors cross process borders by their arguments, and this one's are not its message alone.
        return type(self), (self.code, str(self)), dict(self.__dict__)


@dataclass(frozen=True)
class Download:
    """A file. ``url`` is where it was at last, after redirects; ``content_type`` is what the server says of it, in
    lower case and without parameters, "" where it says nothing; ``version`` is its mark of just this content, if any.
    """

    data: bytes
    url: str
    content_type: str
    version: str = ""


class Downloader:
    """Fetches files from http and https addresses, over connections that it keeps. Threads may share it.

    max_bytes: of a file. timeout: seconds for one try, with its redirects, however slowly the server answers; one that
    says nothing for half a minute is left sooner.
    retries: how often to try again after a temporary fault, with growing pauses or that which the server asks for.
    allow: says which addresses may be connected to. It is asked about the very addresses that are then connected to,
    so neither a redirect nor a name server that changes its mind leads elsewhere. Of a name's several addresses, only
    those allowed are tried: refusing the name for one bad address would protect nothing more.

    Proxies that the environment names are not used: they would resolve names again, by themselves.
    """

    def __init__(
        self,
        *,
        max_bytes: int = picture.MAX_BYTES,
        timeout: float = 20.0,
        retries: int = 0,
        allow: Callable[[Address], bool] = is_public,
        user_agent: str = USER_AGENT,
    ) -> None:
        import httpcore

        from .connect import Backend, trusted

        self._max_bytes = max_bytes
        self._timeout = timeout
        self._retries = retries
        # Nothing is ever unpacked, so that no small answer grows large.
        self._sent: headers.Sent = {
            "User-Agent": user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._busy = 0  # threads that are fetching
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted(),
            max_connections=None,  # there are as many as threads
            max_keepalive_connections=32,
            keepalive_expiry=10.0,
            network_backend=Backend(allow),
        )

    def fetch(self, url: str, into: IO[bytes] | None = None, known: str = "") -> Download:
        """Return the file at an address. Raises DownloadError, and nothing else, whatever the server does.

        into: an empty file that gets the bytes in place of ``data``, where they may be too many for the memory.
        known: the version of a copy at hand. If it is still the same, that is a DownloadError with the status 304.
        """
        with self._fetching():
            tries = 0
            while True:
                try:
                    return self._follow(url, into, headers.condition(known))
                except DownloadError as error:
                    # Half of a pause that doubles, and half by chance, so that many threads don't return at once.
                    pause = error.retry_after or min(2**tries, LONGEST_PAUSE) * random.uniform(0.5, 1.0)
                    if not error.temporary or tries == self._retries or pause > LONGEST_PAUSE:
                        raise
                tries += 1
                self._stopped.wait(pause)

    def close(self) -> None:
        """Close all connections. What threads are still fetching ends in a DownloadError, soon."""
        with self._lock:
            self._stopped.set()
            if not self._busy:
                self._pool.close()

    @contextmanager
    def _fetching(self) -> Iterator[None]:
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1
                # A connection that is in use can't be closed under its thread: the last to leave closes them all.
                if self._stopped.is_set() and not self._busy:
                    self._pool.close()

    def __enter__(self) -> Downloader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _follow(self, url: str, into: IO[bytes] | None, more: headers.Sent) -> Download:
        from .connect import until

        place = _place(Place.parse, url)
        with until(time.monotonic() + self._timeout, self._stopped):
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._get(place, into, more)
                if isinstance(answer, Download):
                    return answer
                if (place.scheme, answer.scheme) == ("https", "http"):
                    raise DownloadError(
                        "address", f"{place.host} redirects from https to plain http, which is not safe."
                    )
                place = answer
        raise DownloadError("status", f"{place.host} redirects more than {MAX_REDIRECTS} times: it may be a circle.")

    def _get(self, place: Place, into: IO[bytes] | None, more: headers.Sent) -> Download | Place:
        """The file at a place, or the place that it redirects to."""
        import httpcore

        url = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target)
        try:
            with self._pool.stream("GET", url, headers={"Host": place.authority, **self._sent, **more}) as response:
                said = headers.read(response.headers)
                if response.status in (301, 302, 303, 307, 308) and said.get("location"):
                    return _place(place.joined, said["location"])
                if response.status != 200:
                    raise _refused(place.host, response.status, headers.retry_after(said))
                data = self._body(response, headers.size(said), into)
        except httpcore.TimeoutException as error:
            raise DownloadError(
                "timeout", f"{place.host} takes too long: please try again later.", temporary=True
            ) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise DownloadError(
                "unreachable", f"{place.host} can't be reached, or breaks off: please try again later.", temporary=True
            ) from error
        return Download(data, str(place), headers.content_type(said), headers.version(said))

    def _body(self, response: httpcore.Response, promised: int, into: IO[bytes] | None) -> bytes:
        memory = BytesIO()
        file, size = (memory if into is None else into), 0
        file.seek(0)
        file.truncate()  # a try that broke off may have left something
        if promised <= self._max_bytes:
            for piece in response.iter_stream():
                size += len(piece)
                if size > self._max_bytes:
                    break
                file.write(piece)
            else:
                return memory.getvalue()
        raise DownloadError(
            "too_large", f"This file has more than {self._max_bytes / 10**6:g} MB: please choose a smaller one."
        )


def _place(parse: Callable[[str], Place], address: str) -> Place:
    try:
        return parse(address)
    except ValueError:
        raise DownloadError(
            "address", "This is no web address that can be opened: please give one like https://example.com/otter.jpg."
        ) from None


def _refused(host: str, status: int, retry_after: float | None) -> DownloadError:
    temporary = status in (408, 425, 429) or status >= 500
    if status in (404, 410):
        text = f"{host} has no such file ({status}): please check the address."
    elif status in (401, 403):
        text = f"{host} does not give this file to programs ({status}): please save it with a browser."
    elif temporary:
        text = f"{host} can't give this file now ({status}): please try again later."
    else:
        text = f"{host} answers with {status} and no file: please check the address."
    return DownloadError("status", text, status=status, retry_after=retry_after, temporary=temporary)
