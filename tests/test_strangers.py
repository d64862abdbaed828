"""Scores of known and of unknown pictures, told apart: the field's two figures, with ties."""

import numpy as np
import pytest

from snowpeople.prediction import Prediction
from snowpeople.report.strangers import (
    FAMILIARITY,
    SOFTMAX,
    Strangers,
    auroc,
    false_accept_rate,
    keeping_threshold,
    scores,
)


def test_auroc_is_the_chance_of_ranking_a_pair_right() -> None:
    random = np.random.default_rng(0)
    known, unknown = random.integers(2, 9, 40) / 10, random.integers(0, 7, 30) / 10  # many ties
    pairs = np.sign(known[:, None] - unknown[None])
    assert auroc(known, unknown) == pytest.approx((pairs.mean() + 1) / 2)


@pytest.mark.parametrize(
    ("known", "unknown", "area"),
    [([3, 4], [1, 2], 1.0), ([1, 2], [3, 4], 0.0), ([1, 1, 1], [1, 1], 0.5), ([2, 1], [1, 0], 0.875)],
)
def test_auroc_by_hand(known: list[float], unknown: list[float], area: float) -> None:
    assert auroc(known, unknown) == area


def test_the_threshold_keeps_enough_of_the_known_and_no_more_than_it_must() -> None:
    known = np.arange(1, 21)  # 95 % of 20 is 19 exactly
    assert keeping_threshold(known) == 2
    assert keeping_threshold(known, 1) == 1
    assert keeping_threshold(np.arange(1, 22)) == 2  # 19 of 21 are too few
    assert keeping_threshold([0.3]) == 0.3


@pytest.mark.parametrize("size", [1, 2, 7, 19, 20, 21, 100, 333])
def test_the_threshold_keeps_its_promise_whatever_the_number(size: int) -> None:
    known = np.random.default_rng(size).integers(0, 30, size)
    for keep in (0.5, 0.9, 0.95, 0.99, 1.0):
        threshold = keeping_threshold(known, keep)
        assert (known >= threshold).mean() >= keep - 1e-12
        assert (known > threshold).mean() < keep


def test_a_stranger_on_the_threshold_is_accepted() -> None:
    assert false_accept_rate([5] * 20, [5, 5, 4, 6]) == 0.75
    assert false_accept_rate(np.arange(1, 21), [2, 1, 0, 3]) == 0.5


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [[1.0]]])
def test_what_is_no_list_of_scores_is_refused(values: list[float]) -> None:
    for known, unknown in ((values, [1.0]), ([1.0], values)):
        with pytest.raises(ValueError, match="one number a picture"):
            auroc(known, unknown)
        with pytest.raises(ValueError, match="one number a picture"):
            false_accept_rate(known, unknown)


@pytest.mark.parametrize("keep", [0, -0.1, 1.01])
def test_a_share_to_keep_that_is_none_is_refused(keep: float) -> None:
    with pytest.raises(ValueError, match="keep"):
        keeping_threshold([1.0], keep)


def make_strangers() -> Strangers:
    known = {"good": np.arange(10, 30), "poor": np.arange(20)}
    unknown = {
        "cats": {"good": [1, 2, 3, 4], "poor": [1, 2, 3, 0]},
        "lorries": {"good": [1, 40], "poor": [40, 40]},
    }
    return Strangers(known, unknown, {"cats": [True, True, True, False], "lorries": [False, False]})


def test_measures_stand_side_by_side_for_each_kind() -> None:
    cats, lorries = make_strangers().kinds()
    assert (cats.name, cats.pictures, lorries.name, lorries.pictures) == ("cats", 4, "lorries", 2)
    assert cats.auroc["good"] == 1.0 > cats.auroc["poor"]
    assert cats.false_accepts == {"good": 0.0, "poor": 0.75}
    assert lorries.false_accepts == {"good": 0.5, "poor": 1.0}
    assert (cats.refused, lorries.refused) == (0.75, 0.0)
    assert cats.low is not None
    assert cats.high is not None
    assert 0 < cats.low < 0.75 < cats.high < 1


def test_over_all_each_picture_counts_once() -> None:
    total = make_strangers().total()
    assert total.pictures == 6
    assert total.refused == 0.5
    assert total.false_accepts["good"] == pytest.approx(1 / 6)


def test_the_card_gets_plain_numbers() -> None:
    measured = make_strangers().measured()
    assert list(measured["by_kind"]) == ["cats", "lorries"]
    assert measured["by_kind"]["cats"]["poor"]["false_accepts"] == 0.75
    assert measured["all"]["said_neither"]["share"] == 0.5
    assert (measured["known_pictures"], measured["keep"]) == (20, 0.95)


def test_without_a_classifier_nobody_says_neither() -> None:
    strangers = Strangers({"s": [1.0, 2.0]}, {"x": {"s": [0.0]}})
    assert strangers.total().refused is None
    assert "said_neither" not in strangers.measured()["all"]


def test_a_picture_that_is_surely_neither_is_not_familiar() -> None:
    sure = Prediction("neither", 0.9, {"cat": 0.06, "dog": 0.04, "neither": 0.9})
    assert scores([sure])[SOFTMAX].tolist() == [0.06]


def test_familiarity_is_a_measure_where_every_prediction_has_it() -> None:
    plain, familiar = (Prediction("cat", 0.8, {"cat": 0.8, "dog": 0.2}, value) for value in (None, 0.7))
    assert list(scores([familiar])) == [FAMILIARITY, SOFTMAX]
    assert list(scores([familiar, plain])) == [SOFTMAX]
