"""Promised and kept: probabilities beside how often they come true."""

from typing import Any

import numpy as np
import pytest

from snowpeople.report import Floats
from snowpeople.report.reliability import reliability

Whole = np.ndarray[Any, np.dtype[np.int64]]


def answers(sure: list[float], right: list[bool]) -> tuple[Floats, Whole]:
    """Two classes; the first is always answered, with these probabilities."""
    return np.array([[p, 1 - p] for p in sure]), np.array([0 if each else 1 for each in right])


def test_the_expected_calibration_error_by_hand() -> None:
    # Four at 0.9, of which three are right; two at 0.6, both right.
    found = reliability(*answers([0.9] * 4 + [0.6] * 2, [True, True, True, False, True, True]))
    assert found.error == pytest.approx(4 / 6 * abs(0.75 - 0.9) + 2 / 6 * abs(1 - 0.6))
    assert (found.sure, found.right) == pytest.approx((0.8, 5 / 6))
    low, high = found.bins
    assert (low.pictures, low.sure, low.right) == pytest.approx((2, 0.6, 1.0))
    assert (high.pictures, high.sure, high.right) == pytest.approx((4, 0.9, 0.75))


def test_bins_are_equally_wide_and_the_empty_ones_are_left_out() -> None:
    found = reliability(*answers([0.9, 0.6], [True, True]))
    assert found.of == 15
    assert len(found.bins) == 2
    assert [each.high - each.low for each in found.bins] == pytest.approx([1 / 15] * 2)
    assert all(each.low < each.sure <= each.high for each in found.bins)


def test_a_probability_on_an_edge_belongs_below_it() -> None:
    found = reliability(*answers([0.75, 1.0], [True, True]), bins=4)
    assert [(each.low, each.high) for each in found.bins] == [(0.5, 0.75), (0.75, 1.0)]


def test_more_than_one_by_rounding_is_one() -> None:
    (last,) = reliability(np.array([[1.0000001, 0]]), np.array([0])).bins
    assert (last.pictures, last.high) == (1, 1.0)


def test_honest_probabilities_have_no_error() -> None:
    sure = [0.75] * 4
    assert reliability(*answers(sure, [True, True, True, False])).error == 0


def test_the_loss_is_the_mean_negative_log_likelihood() -> None:
    found = reliability(np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([0, 0]))
    assert found.loss == pytest.approx(-(np.log(0.5) + np.log(0.2)) / 2)


def test_a_truth_that_was_given_nothing_costs_much_but_not_everything() -> None:
    found = reliability(np.array([[1.0, 0.0]]), np.array([1]))
    assert 10 < found.loss < 20
