"""What is probably mislabelled comes first, and what is merely hard is not accused."""

from pathlib import Path

import numpy as np
import pytest

from snowpeople.cleaner.doubts import DoubtError, rank
from snowpeople.dataset import Dataset

LABELS = ["cat", "dog", "eel"]


def pictures(*labels: str) -> Dataset:
    files = [Path(f"pets/{label}/{number}.png") for number, label in enumerate(labels)]
    return Dataset(Path("pets"), files, list(labels), [str(file) for file in files])


def order(*rows: tuple[str, float, float, float]) -> list[tuple[str, bool]]:
    """The file names in order of doubt, each with whether it is suspicious; a row is a label and its probabilities."""
    data = pictures(*(row[0] for row in rows))
    doubts = rank(data, range(len(rows)), np.array([row[1:] for row in rows]), LABELS)
    return [(doubt.picture.name, doubt.suspicious) for doubt in doubts]


def test_sure_of_another_label_is_suspicious_and_comes_first() -> None:
    rows = [("cat", 0.9, 0.1, 0.0), ("cat", 0.05, 0.93, 0.02), ("cat", 0.8, 0.1, 0.1), ("dog", 0.1, 0.9, 0.0)]
    assert order(*rows) == [("1.png", True), ("2.png", False), ("0.png", False), ("3.png", False)]


def test_the_least_self_confidence_comes_first() -> None:
    rows = [("cat", 0.2, 0.8, 0.0), ("cat", 0.1, 0.9, 0.0), ("dog", 0.0, 0.7, 0.3), ("dog", 0.4, 0.6, 0.0)]
    assert order(*rows) == [("1.png", True), ("0.png", True), ("3.png", False), ("2.png", False)]


def test_an_answer_that_is_less_sure_than_usual_for_its_label_is_no_accusation() -> None:
    # Dogs are told with 0.9 on average: 0.6 is a hard picture, not a dog.
    assert order(("cat", 0.4, 0.6, 0.0), ("cat", 0.9, 0.1, 0.0), ("dog", 0.1, 0.9, 0.0))[0] == ("0.png", False)


def test_a_label_that_is_always_told_weakly_can_be_accused_of_too() -> None:
    # Eels get 0.4 on average. The first picture is as much an eel as eels are.
    rows = [("cat", 0.3, 0.2, 0.5), ("cat", 0.9, 0.1, 0.0), ("eel", 0.3, 0.3, 0.4), ("dog", 0.1, 0.8, 0.1)]
    assert order(*rows)[0] == ("0.png", True)


def test_an_answer_that_is_right_is_never_suspicious() -> None:
    # Of the labels that reach their threshold eel is the only one, but the answer is cat.
    rows = [("cat", 0.55, 0.0, 0.45), ("cat", 0.9, 0.1, 0.0), ("eel", 0.3, 0.3, 0.4)]
    assert ("0.png", False) in order(*rows)


def test_a_label_without_pictures_can_be_the_right_one() -> None:
    assert order(("cat", 0.02, 0.0, 0.98), ("cat", 0.9, 0.1, 0.0), ("dog", 0.1, 0.9, 0.0))[0] == ("0.png", True)


def test_most_of_the_labels_that_were_changed_are_found_among_thousands() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 5000)
    logits = rng.normal(0, 1, (5000, 3))
    logits[np.arange(5000), truth] += 4
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    changed = rng.random(5000) < 0.05
    given = np.where(changed, (truth + 1) % 3, truth)
    doubts = rank(pictures(*(LABELS[i] for i in given)), range(5000), probabilities, LABELS)
    found = [changed[int(doubt.picture.stem)] for doubt in doubts if doubt.suspicious]
    assert sum(found) > 0.7 * changed.sum()
    assert np.mean(found) > 0.9


def test_a_doubt_in_words() -> None:
    data = pictures("cat", "cat", "dog")
    first, second, _ = rank(data, [0, 1, 2], np.array([[0.02, 0.97, 0.01], [0.9, 0.06, 0.04], [0, 1, 0]]), LABELS)
    assert str(first) == "named cat (2 %), looks like dog (97 %)"
    assert str(second) == "named cat (90 %), next would be dog (6 %)"


def test_rows_belong_to_the_indices() -> None:
    data = pictures("cat", "cat", "dog")
    doubts = rank(data, [2, 0], np.array([[0.1, 0.9, 0.0], [0.2, 0.8, 0.0]]), LABELS)
    assert [doubt.picture for doubt in doubts] == [data.pictures[0], data.pictures[2]]


@pytest.mark.parametrize(
    ("indices", "shape", "labels"), [([0], (2, 3), LABELS), ([0, 1], (2, 2), LABELS), ([], (0, 3), LABELS)]
)
def test_what_does_not_match_is_refused(indices: list[int], shape: tuple[int, int], labels: list[str]) -> None:
    with pytest.raises(DoubtError, match="do not match: give at least one picture"):
        rank(pictures("cat", "dog"), indices, np.full(shape, 0.5), labels)


def test_one_label_is_no_choice() -> None:
    with pytest.raises(DoubtError, match="and two labels"):
        rank(pictures("cat"), [0], np.ones((1, 1)), ["cat"])


def test_a_label_that_the_classifier_lacks_is_named() -> None:
    with pytest.raises(DoubtError, match="no label newt"):
        rank(pictures("cat", "newt"), [0, 1], np.full((2, 3), 0.3), LABELS)


def test_answers_that_are_no_numbers() -> None:
    with pytest.raises(DoubtError, match="nan or inf"):
        rank(pictures("cat"), [0], np.array([[np.nan, 0.5, 0.5]]), LABELS)
