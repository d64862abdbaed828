"""Figures show what the report counts, with few labels and with many, whatever the labels are called."""

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from test_report import LABELS, make_report

from snowpeople.report import Report, plots


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def random_report(labels: list[str], count: int = 60) -> Report:
    """Half right, half confused with the label that follows, each as sure as chance has it."""
    random = np.random.default_rng(0)
    truth = np.arange(count) % len(labels)
    probabilities = random.random((count, len(labels)))
    probabilities[np.arange(count), (truth + np.arange(count) // len(labels) % 2) % len(labels)] += 1
    probabilities /= probabilities.sum(1, keepdims=True)
    groups = [f"group {i // 2}" for i in range(count)]
    before = probabilities**3 / (probabilities**3).sum(1, keepdims=True)
    names = [labels[i] for i in truth]
    return Report(labels, names, probabilities, groups, before=before, familiarity=random.random(count), threshold=0.3)


def test_the_confusion_plot_shows_each_count() -> None:
    report = make_report()
    ax = report.plot_confusion()
    assert [text.get_text() for text in ax.texts] == [str(n) for n in report.confusion().ravel()]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == LABELS
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("answer", "truth")
    assert report.plot_confusion(ax) is ax


def test_a_matrix_of_many_labels_has_colours_alone_and_names_that_can_be_read() -> None:
    labels = [f"label {i}" for i in range(100)]
    ax = plots.plot_confusion(random_report(labels, 400))
    assert len(ax.texts) == 0
    shown = [tick.get_text() for tick in ax.get_yticklabels()]
    assert shown == labels[:: len(labels) // len(shown)]
    sizes = {float(tick.get_fontsize()) for tick in ax.get_yticklabels()}
    assert min(sizes) >= 5.5
    width, height = ax.get_figure().get_size_inches()  # type: ignore[union-attr]
    assert max(width, height) <= plots.WIDEST


def test_of_hundreds_of_labels_the_matrix_keeps_those_with_mistakes() -> None:
    labels = [f"label {i}" for i in range(plots.MOST_CELLS + 20)]
    answers = np.arange(len(labels))
    answers[-1] = 3
    report = Report(labels, labels, np.eye(len(labels))[answers], labels)
    ax = plots.plot_confusion(report)
    table = np.asarray(ax.get_images()[0].get_array())
    assert table.shape == (plots.MOST_CELLS, plots.MOST_CELLS)
    assert table[-1, 3] == 1.0
    assert ax.get_title() == f"the {plots.MOST_CELLS} of {len(labels)} labels with the most mistakes"


def test_accuracy_is_drawn_with_its_interval_the_least_first() -> None:
    ax = plots.plot_accuracy(make_report())
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names[0] == "olaf"
    share = make_report().accuracy("olaf")
    (segments,) = (lines.get_segments() for lines in ax.collections)  # type: ignore[attr-defined]
    assert segments[0][:, 0] == pytest.approx([100 * share.low, 100 * share.high])
    assert ax.lines[0].get_xdata()[0] == pytest.approx(100 * share.share)  # type: ignore[index]


def test_precision_and_recall_are_bars_and_what_is_unknown_is_said() -> None:
    ax = plots.plot_precision_recall(Report(LABELS, ["olaf"], np.array([[0.8, 0.1, 0.1]]), ["x"]))
    assert [bar.get_width() for bar in ax.patches] == [0, 0, 0, 0, 0, 0]  # type: ignore[attr-defined]
    assert [text.get_text() for text in ax.texts] == ["none"] * 4
    ax = plots.plot_precision_recall(make_report())
    widths = [bar.get_width() for bar in ax.patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([200 / 3, 50, 100, 100, 100, 400 / 6])


def test_the_reliability_diagram_shows_before_and_after() -> None:
    figure = plots.plot_reliability(random_report(["a", "b"]))
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]  # type: ignore[union-attr]
    assert [name.split(":")[0] for name in names] == ["what is promised", "before temperature", "as it answers"]
    counts = [bar.get_height() for bar in figure.axes[1].patches]  # type: ignore[attr-defined]
    assert sum(counts) == 2 * 60
    assert len(plots.plot_reliability(make_report()).axes[0].lines) == 2


def test_pairs_are_named_and_counted() -> None:
    ax = plots.plot_pairs(make_report())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["olaf → abominable", "olaf → neither"]
    assert [text.get_text() for text in ax.texts] == ["1 of 6", "1 of 6"]
    perfect = plots.plot_pairs(Report(["a", "b"], ["a", "b"], np.eye(2), ["x", "y"]))
    assert [text.get_text() for text in perfect.texts] == ["no mistakes"]


def test_familiarity_says_how_many_pass() -> None:
    ax = plots.plot_familiarity([1, 2, 3, 4], {"cats": [0, 0.5], "lorries": [3, 0.7]}, threshold=2)
    names = [text.get_text() for text in ax.get_legend().get_texts()]  # type: ignore[union-attr]
    assert names == [
        "known, 4 pictures",
        "strangers, 4 pictures",
        "threshold: 75 % of known and 25 % of strangers pass",
    ]


def test_the_coverage_curve_ends_at_the_accuracy_over_all() -> None:
    report = random_report(["a", "b", "c"])
    line = plots.plot_coverage(report).lines[0]
    assert np.asarray(line.get_xdata())[-1] == 100
    assert np.asarray(line.get_ydata())[-1] == pytest.approx(100 * report.right.mean())


def test_pictures_that_score_alike_get_an_answer_together() -> None:
    report = Report(["a", "b"], ["a", "a", "b"], np.array([[0.9, 0.1]] * 3), ["x", "y", "z"])
    line = plots.plot_coverage(report).lines[0]
    assert np.asarray(line.get_xdata()).tolist() == [100]


@pytest.mark.parametrize(
    "labels",
    [
        ["$x^2$ and $y$", "<b>bold</b>"],
        ["川獺", "🦦 otter", "عربى", "line\nbreak", "\udc80 from a disk", "cost: 5$", " "],
        [f"a name that is longer than any figure is wide, number {i}" for i in range(2)],
        [f"label {i}" for i in range(101)],
    ],
    ids=["markup", "scripts", "long", "many"],
)
def test_any_labels_can_be_drawn_without_a_warning(labels: list[str]) -> None:
    import matplotlib.pyplot as plt

    report = random_report(labels, max(60, len(labels)))
    for plot in (plots.plot_confusion, plots.plot_accuracy, plots.plot_precision_recall, plots.plot_pairs):
        plot(report)
        plt.gcf().set_dpi(30)
        plt.gcf().canvas.draw()  # what is wrong with a text is known only now; warnings are errors here
        plt.close("all")
