"""The likeliest label is the answer, unless it does not reach a threshold: then it is "neither"."""

import pytest

from snowpeople.prediction import Prediction, decide

LIKELY_OLAF = {"abominable": 0.1, "neither": 0.2, "olaf": 0.7}


def test_the_likeliest() -> None:
    assert decide(LIKELY_OLAF, None, known=0, familiar=0) == Prediction("olaf", 0.7, LIKELY_OLAF)
    assert decide(LIKELY_OLAF, 0.5, known=0.7, familiar=0.5) == Prediction("olaf", 0.7, LIKELY_OLAF, 0.5)


def test_below_the_threshold_it_is_neither() -> None:
    assert decide(LIKELY_OLAF, None, known=0.9, familiar=0) == Prediction("neither", 0.2, LIKELY_OLAF)


def test_the_threshold_is_not_for_neither_itself() -> None:
    surely = {"abominable": 0.1, "neither": 0.8, "olaf": 0.1}
    assert decide(surely, 0.1, known=1, familiar=0.5) == Prediction("neither", 0.8, surely, 0.1)


def test_neither_without_such_a_label() -> None:
    cats = {"cat": 0.75, "dog": 0.25}
    assert decide(cats, None, known=0.9, familiar=0) == Prediction("neither", 0.25, cats)


@pytest.mark.parametrize(("familiarity", "sure"), [(0.4, 0.5), (0.2, 0.75), (0.0, 1.0)])
def test_what_is_unlike_all_that_was_learnt_is_neither_and_the_more_surely(familiarity: float, sure: float) -> None:
    found = decide(LIKELY_OLAF, familiarity, known=0, familiar=0.4 + 1e-9)
    assert (found.label, found.unfamiliar, found.familiarity) == ("neither", True, familiarity)
    assert found.probability == pytest.approx(sure)
    assert found.probabilities == LIKELY_OLAF


def test_a_prediction_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Prediction("olaf", 0.7, LIKELY_OLAF).label = "neither"  # type: ignore[misc]
