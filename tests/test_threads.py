"""Work in threads comes back in order, stops early, and never runs far ahead of its reader."""

import threading
import time
from collections.abc import Iterator

import pytest

from snowpeople._threads import AHEAD, as_done, in_threads


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


def test_as_many_as_are_done_come_together_and_in_order() -> None:
    gate = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            gate.wait(10)
        elif item == 2 * AHEAD - 1:  # the last that is begun before the first is taken
            gate.set()
        return item

    batches = list(as_done(work, range(20), 4, jobs=2))
    assert [item for batch in batches for item in batch] == list(range(20))
    assert batches[0] == [0, 1, 2, 3]  # the others were done while the first was waited for
    assert max(map(len, batches)) == 4


def test_what_hangs_is_left_behind_where_there_is_a_way_to_stop() -> None:
    gate, stopped = threading.Event(), threading.Event()
    found = as_done(lambda item: item == 0 or gate.wait(30), [0, 1, 2, 3], 1, 2, stop=stopped.set)
    assert next(found) == [True]
    begun = time.monotonic()
    found.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 5
    assert stopped.is_set()
    gate.set()


def test_a_fault_comes_out_whichever_threads_do_the_work() -> None:
    for stop in (None, lambda: None):
        with pytest.raises(ZeroDivisionError):
            list(as_done(lambda item: 1 // item, [1, 0], 8, stop=stop))
