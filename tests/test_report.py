"""A report counts sources, not files, and says how sure it is."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from snowpeople.report import Report, plot_pictures, wilson

LABELS = ["abominable", "neither", "olaf"]


@pytest.fixture
def _figures() -> Iterator[None]:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def make_report() -> Report:
    """Four near copies of one olaf, all right; two other olafs, wrong; a neither and two abominables, right."""
    truth = ["olaf"] * 6 + ["neither"] + ["abominable"] * 2
    answers = ["olaf"] * 4 + ["neither", "abominable", "neither", "abominable", "abominable"]
    sure = [0.9, 0.8, 0.7, 0.6, 0.5, 0.95, 0.99, 0.85, 0.75]
    rows = []
    for answer, share in zip(answers, sure, strict=True):
        row = [(1 - share) / 2] * 3
        row[LABELS.index(answer)] = share
        rows.append(row)
    return Report(LABELS, truth, np.array(rows), ["film"] * 4 + ["b", "c", "d", "e", "f"])


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    # R: prop.test(right, count, correct = FALSE)
    [(9, 10, 0.5958, 0.9821), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_interval(right: int, count: int, low: float, high: float) -> None:
    assert wilson(right / count, count) == pytest.approx((low, high), abs=1e-4)


def test_nothing_seen_nothing_known() -> None:
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_a_source_with_many_copies_counts_once() -> None:
    share = make_report().accuracy("olaf")
    assert (share.pictures, share.groups) == (6, 3)
    assert share.share == pytest.approx(1 / 3)
    assert (share.low, share.high) == pytest.approx(wilson(1 / 3, 3))
    assert str(share) == "33 % (6 to 79 %; 6 pictures from 3 groups)"


def test_accuracy_over_all() -> None:
    share = make_report().accuracy()
    assert (share.pictures, share.groups) == (9, 6)
    assert share.share == pytest.approx(4 / 6)


def test_a_group_that_is_half_right_counts_half() -> None:
    report = Report(["a", "b"], ["a", "a", "a"], np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]), ["x", "x", "y"])
    assert report.accuracy("a").share == pytest.approx(0.75)


def test_a_label_without_pictures() -> None:
    report = Report(LABELS, ["olaf"], np.array([[0.1, 0.1, 0.8]]), ["x"])
    share = report.accuracy("neither")
    assert (share.pictures, share.groups, share.share, share.low, share.high) == (0, 0, 0.0, 0.0, 1.0)


def test_confusion_counts_pictures_by_truth_and_answer() -> None:
    assert make_report().confusion().tolist() == [[2, 0, 0], [0, 1, 0], [1, 1, 4]]


def test_the_worst_are_those_whose_truth_got_least() -> None:
    report = make_report()
    assert report.worst(3) == [5, 4, 3]
    assert len(report.worst(100)) == 9


def test_what_goes_on_the_card_is_plain_numbers() -> None:
    measured = make_report().measured()
    assert measured["accuracy"] == {"share": 0.6667, "low": 0.3, "high": 0.9032, "pictures": 9, "groups": 6}
    assert list(measured["by_label"]) == LABELS
    numbers = [value for part in measured["by_label"].values() for value in part.values()]
    assert {type(value) for value in numbers} == {int, float}


@pytest.mark.parametrize(("truth", "groups", "answers"), [(2, 2, 1), (1, 2, 1), (2, 1, 2), (0, 0, 0)])
def test_what_does_not_match_is_refused(truth: int, groups: int, answers: int) -> None:
    with pytest.raises(ValueError, match="do not match"):
        Report(["a", "b"], ["a"] * truth, np.full((answers, 2), 0.5), ["x"] * groups)


@pytest.mark.usefixtures("_figures")
def test_the_confusion_plot_shows_each_count() -> None:
    report = make_report()
    ax = report.plot_confusion()
    assert [text.get_text() for text in ax.texts] == [str(n) for n in report.confusion().ravel()]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == LABELS
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("answer", "truth")
    assert report.plot_confusion(ax) is ax


@pytest.mark.usefixtures("_figures")
def test_the_worst_plot_says_truth_and_answer() -> None:
    pictures = [Image.new("RGB", (8, 6), (20 * i, 0, 0)) for i in range(9)]
    figure = make_report().plot_worst(pictures, 4)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[:2] == ["is olaf\nanswer abominable, 95%", "is olaf\nanswer neither, 50%"]
    assert titles[4:] == ["", ""]
    assert [len(ax.get_images()) for ax in figure.axes] == [1, 1, 1, 1, 0, 0]


@pytest.mark.usefixtures("_figures")
def test_the_pictures_plot_has_a_row_for_each_label(tmp_path: Path) -> None:
    files, labels = [], []
    for label, count in (("olaf", 7), ("yeti", 2)):
        for number in range(count):
            files.append(tmp_path / f"{label}{number}.png")
            labels.append(label)
            Image.new("RGB", (9, 9), (30 * number, 0, 0)).save(files[-1])
    figure = plot_pictures(files, labels, columns=4)
    rows = [figure.axes[:4], figure.axes[4:]]
    assert [row[0].get_title(loc="left") for row in rows] == ["olaf", "yeti"]
    assert [[len(ax.get_images()) for ax in row] for row in rows] == [[1, 1, 1, 1], [1, 1, 0, 0]]
    shown = [int(np.asarray(ax.get_images()[0].get_array())[0, 0, 0]) for ax in rows[0]]
    assert shown == [0, 60, 120, 180]
