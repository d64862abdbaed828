"""Pictures at web addresses that visitors give, fetched apart from the thread that answers: one may take long."""

import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..download import Downloader

AT_ONCE = 4  # as many as a page asks for
TIMEOUT = 20.0  # seconds for one address, with its redirects
USER_AGENT = "snowpeople/0.1 (shows a picture to a classifier, for a visitor)"
WEB_PAGE = "This is a web page, not a picture: please open its picture by itself, and use that address."


class Fetcher:
    """Fetches what is at an address, a few at once, and hands each to ``fetched`` or says why not to ``failed``.

    Both are called in threads of the fetcher's, with the id given to ``fetch``; ``failed`` also with a code and a
    sentence. Nothing is fetched from private networks, wherever an address or a redirect leads, unless
    ``allow_private``; nothing larger than a picture may be; and nothing heavy is imported before the first address.
    """

    def __init__(
        self,
        fetched: Callable[[str, bytes], None],
        failed: Callable[[str, str, str], None],
        allow_private: bool = False,
    ) -> None:
        self._fetched = fetched
        self._failed = failed
        self._allow_private = allow_private
        self._jobs: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._downloader: Downloader | None = None
        self._closed = False

    def fetch(self, id: str, address: str) -> None:
        """Begin to fetch, or queue it. Returns at once."""
        if len(self._threads) < AT_ONCE:
            self._threads.append(threading.Thread(target=self._work, name="snowpeople fetcher", daemon=True))
            self._threads[-1].start()
        self._jobs.put((id, address))

    def close(self) -> None:
        """End the threads; what they are fetching fails."""
        for _ in self._threads:
            self._jobs.put(None)
        with self._lock:
            self._closed = True
            if self._downloader:
                self._downloader.close()

    def _work(self) -> None:
        while job := self._jobs.get():
            self._get(*job)

    def _get(self, id: str, address: str) -> None:
        from ..download import DownloadError
        from ..picture.signatures import picture_kind

        try:
            download = self._open().fetch(address)
        except DownloadError as error:
            # A server that can't give it now is as good as one that can't be reached: another try may go well.
            code = "unreachable" if error.code == "status" and error.temporary else error.code
            return self._failed(id, code, str(error))
        except Exception:
            traceback.print_exc(file=sys.__stderr__)
            return self._failed(id, "fault", "")
        if "html" in download.content_type and picture_kind(download.data) is None:
            return self._failed(id, "web_page", WEB_PAGE)
        self._fetched(id, download.data)

    def _open(self) -> "Downloader":
        from ..download import Downloader, is_public

        with self._lock:
            if self._downloader is None:
                allow = (lambda _: True) if self._allow_private else is_public
                self._downloader = Downloader(timeout=TIMEOUT, allow=allow, user_agent=USER_AGENT)
                if self._closed:
                    self._downloader.close()
            return self._downloader
