"""Pictures side by side: which, in what order, and what stands above them."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from test_report import make_report

from snowpeople.report.contact_sheet import ROWS, plot_pictures, plot_worst


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_the_worst_plot_says_truth_and_answer() -> None:
    pictures = [Image.new("RGB", (8, 6), (20 * i, 0, 0)) for i in range(9)]
    figure = make_report().plot_worst(pictures, 4)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[:2] == ["is olaf\nanswer abominable, 95%", "is olaf\nanswer neither, 50%"]
    assert titles[4:] == ["", ""]
    assert [len(ax.get_images()) for ax in figure.axes] == [1, 1, 1, 1, 0, 0]


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


def test_a_camera_s_picture_is_drawn_small_and_left_as_it_is() -> None:
    pictures = [Image.new("RGB", (3000, 2000), "red")] * 9
    figure = plot_worst(make_report(), pictures, 1)
    assert max(figure.axes[0].get_images()[0].get_array().shape) == 320  # type: ignore[union-attr]
    assert pictures[0].size == (3000, 2000)


def test_of_very_many_labels_the_first_are_drawn_and_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (9, 9)).save(file)
    labels = [f"label {i:03}" for i in range(ROWS + 5)]
    figure = plot_pictures([file] * len(labels), labels, columns=1)
    assert len(figure.axes) == ROWS
    assert figure.get_suptitle() == f"the first {ROWS} of {ROWS + 5} labels"
