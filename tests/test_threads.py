"""Work in threads comes back in order, stops early, and never runs far ahead of its reader."""

import threading
import time
from collections.abc import Iterator

import pytest

from snowpeople._threads import AHEAD, in_threads


def test_results_are_in_order_whatever_takes_long() -> None:
    def slow(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number

    assert list(in_threads(slow, range(50), jobs=4)) == list(range(50))
    assert list(in_threads(str, [])) == []


def test_it_is_done_in_several_threads() -> None:
    meeting = threading.Barrier(2, timeout=10)  # each waits for another
    assert list(in_threads(lambda n: (meeting.wait(), n)[1], range(4), jobs=2)) == [0, 1, 2, 3]


def test_few_are_begun_before_they_are_asked_for() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = in_threads(str, items(), jobs=2)
    assert next(results) == "0"
    results.close()  # type: ignore[attr-defined]
    assert len(taken) <= 2 * AHEAD + 1


def test_an_error_reaches_the_reader() -> None:
    results = in_threads(lambda n: 1 // n, [1, 0, 1], jobs=2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
