"""Search engines give addresses, and say what to do where they don't."""

import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import ddgs
import pytest
from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

from snowpeople.gather import search
from snowpeople.gather.search import Ddgs, SearchError

Page = Callable[[int], Any]


@pytest.fixture
def engine() -> Ddgs:
    return Ddgs(pause=0)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Callable[[Page], list[dict[str, Any]]]:
    """Stands for the web: gives what a page of results holds, or raises; notes what was asked."""

    def answer(page: Page) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        class Stand:
            def __init__(self, **options: Any) -> None:
                assert options["timeout"] > 0

            def images(self, query: str, **options: Any) -> Any:
                asked.append({"query": query, **options})
                return page(options["page"])

        monkeypatch.setattr(ddgs, "DDGS", Stand)
        return asked

    return answer


def results(*names: object) -> list[dict[str, str]]:
    return [{"title": "An otter", "image": f"https://example.com/{name}.jpg"} for name in names]


def fail(error: Exception) -> Any:
    raise error


def test_addresses_page_by_page_each_once(engine: Ddgs, pages: Callable[[Page], list[dict[str, Any]]]) -> None:
    asked = pages(lambda page: results(*range(page * 3, page * 3 + 4)))
    found = list(engine.find("sea otter", 8))
    assert found == [f"https://example.com/{number}.jpg" for number in range(3, 11)]
    assert [(each["query"], each["page"]) for each in asked] == [("sea otter", 1), ("sea otter", 2), ("sea otter", 3)]


def test_pages_are_asked_for_only_when_needed(engine: Ddgs, pages: Callable[[Page], list[dict[str, Any]]]) -> None:
    asked = pages(lambda page: results(*range(page * 10, page * 10 + 10)))
    assert len(list(islice(engine.find("otter", 100), 10))) == 10
    assert len(asked) == 1


def test_a_search_ends_where_pages_bring_nothing_new(
    engine: Ddgs, pages: Callable[[Page], list[dict[str, Any]]]
) -> None:
    asked = pages(lambda page: results(1, 2))
    assert len(list(engine.find("otter", 100))) == 2
    assert len(asked) == 1 + search.PATIENCE
    pages(lambda page: results(1, 2) if page == 1 else fail(DDGSException("No results found.")))
    assert len(list(engine.find("otter", 100))) == 2


def test_what_is_no_address_is_left_out(engine: Ddgs, pages: Callable[[Page], list[dict[str, Any]]]) -> None:
    odd: list[dict[str, Any]] = [{}, {"image": None}, {"image": ""}, {"image": "data:image/png;base64,xx"}]
    pages(lambda page: [*odd, {"image": "file:///etc/passwd"}, *results("x")])
    assert list(engine.find("otter", 9)) == ["https://example.com/x.jpg"]


def test_there_is_a_pause_between_pages(
    pages: Callable[[Page], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    pages(lambda page: results(page))
    assert len(list(Ddgs().find("otter", 3))) == 3
    assert pauses == [1.0, 1.0]


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (RatelimitException("202"), r"wants a pause \(while searching “sea otter”\): wait some minutes"),
        (TimeoutException("timed out"), r"“sea otter” had no answer in time: run the same command again"),
        (
            DDGSException("DNSError: no\nrecords " + "x" * 999),
            r"“sea otter” failed \(DNSError: no records x+…\)\. Is this",
        ),
        (DDGSException("No results found."), r"“sea otter” found no picture\. Try other words"),
    ],
)
def test_faults_are_said_with_the_remedy(
    error: Exception, remedy: str, engine: Ddgs, pages: Callable[[Page], list[dict[str, Any]]]
) -> None:
    pages(lambda page: fail(error))
    with pytest.raises(SearchError, match=remedy) as caught:
        list(engine.find("sea otter", 9))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_what_was_found_before_a_fault_is_given(engine: Ddgs, pages: Callable[[Page], list[dict[str, Any]]]) -> None:
    pages(lambda page: results(1, 2) if page == 1 else fail(RatelimitException("202")))
    found = engine.find("otter", 9)
    assert list(islice(found, 2)) == ["https://example.com/1.jpg", "https://example.com/2.jpg"]
    with pytest.raises(SearchError, match="wants a pause"):
        next(found)


def test_the_installed_package_is_called_as_it_wants_to_be(engine: Ddgs, monkeypatch: pytest.MonkeyPatch) -> None:
    # The real DDGS, down to where it would ask the web.
    from ddgs.engines import ENGINES

    for kind in ENGINES["images"].values():
        monkeypatch.setattr(kind, "search", lambda self, query, **options: [self.result_type(**results(query)[0])])
    assert list(engine.find("otter", 5)) == ["https://example.com/otter.jpg"]


def test_engines_by_name() -> None:
    assert isinstance(search.engine("ddgs"), Ddgs)
    with pytest.raises(SearchError, match="no search engine “altavista” here; there is ddgs"):
        search.engine("altavista")
