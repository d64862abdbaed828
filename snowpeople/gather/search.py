"""Addresses of pictures from search terms, through engines that can be exchanged.

Searching itself was tried against a stand-in only: no search engine could be reached from where this was written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

# Pages that bring nothing new, one after the other, before a search counts as exhausted.
PATIENCE = 2


class SearchError(ValueError):
    """A search that found nothing or could not be made. The message names the term and the remedy."""


class ImageSearch(Protocol):
    """A search engine. `name` is what --engine calls it."""

    name: str

    def find(self, term: str, count: int) -> Iterator[str]:
        """Up to `count` different addresses of pictures, best first, asked for no faster than they are used.

        Raises SearchError, also half-way: what was found before stays good.
        """
        ...


class Ddgs:
    """Bing and DuckDuckGo through the `ddgs` package, which needs no account. https://github.com/deedy5/ddgs

    pause: seconds between pages, out of politeness. timeout: seconds for each.
    """

    name = "ddgs"

    def __init__(self, pause: float = 1.0, timeout: int = 20) -> None:
        self._pause = pause
        self._timeout = timeout

    def find(self, term: str, count: int) -> Iterator[str]:
        """See `ImageSearch.find`."""
        import ddgs

        engine = ddgs.DDGS(timeout=self._timeout)
        seen: set[str] = set()
        page = stale = 0
        while stale < PATIENCE:
            if page:
                time.sleep(self._pause)
            page += 1
            before = len(seen)
            for url in _page(engine.images, term, page):
                if url not in seen:
                    seen.add(url)
                    yield url
                    if len(seen) == count:
                        return
            stale = 0 if len(seen) > before else stale + 1
            if not seen:
                raise SearchError(
                    f"the search for “{term}” found no picture. Try other words; engines answer like that to who asks "
                    "too often, too: then wait some minutes and run the same command again"
                )


ENGINES: dict[str, Callable[[], ImageSearch]] = {Ddgs.name: Ddgs}


def engine(name: str) -> ImageSearch:
    """The engine of this name. Raises SearchError for an unknown one."""
    if name not in ENGINES:
        raise SearchError(f"there is no search engine “{name}” here; there is {', '.join(sorted(ENGINES))}")
    return ENGINES[name]()


def _page(images: Callable[..., list[dict[str, str]]], term: str, page: int) -> list[str]:
    """The addresses on one page of results; none where there are no more."""
    from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

    try:
        results = images(term, page=page, max_results=None)
    except RatelimitException as error:
        raise SearchError(
            f"the search engine wants a pause (while searching “{term}”): wait some minutes, then run the same "
            "command again; it goes on where this one stopped"
        ) from error
    except TimeoutException as error:
        raise SearchError(f"the search for “{term}” had no answer in time: run the same command again") from error
    except DDGSException as error:
        if "No results" in str(error):
            return []
        raise SearchError(
            f"the search for “{term}” failed ({_brief(error)}). Is this computer online? Run the same command again, "
            "or gather from a list of addresses: urls_otter.txt"
        ) from error
    return [url for result in results if (url := result.get("image") or "").startswith(("http://", "https://"))]


def _brief(error: Exception) -> str:
    """The beginning of an error that may quote whole pages."""
    text = " ".join(str(error).split())
    return text if len(text) <= 100 else text[:99] + "…"
