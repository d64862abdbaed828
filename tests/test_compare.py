"""Networks are compared on the same pictures; what fails is said, what is done is kept, and what is unfair is told."""

import json
import re
import urllib.error
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Annotation, Text

from snowpeople import compare, drawing
from snowpeople.backbone import ARCHITECTURES, BackboneError
from snowpeople.classifier import Classifier
from snowpeople.cli import main
from snowpeople.compare import comparison
from snowpeople.compare.compared import Compared
from snowpeople.compare.comparison import Row
from snowpeople.dataset import Dataset
from snowpeople.picture import read
from snowpeople.recipe import Recipe
from snowpeople.report.share import Share, wilson

SHORT = Recipe(sizes=(32,), frozen_epochs=0, epochs=1, rate=5e-3, batch_size=8)
LABELS = ("abominable", "olaf")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if torchvision's server could not be reached."""
    from torchvision.models import WeightsEnum

    def get_state_dict(self: Any, **options: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(WeightsEnum, "get_state_dict", get_state_dict)


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten drawings of each of two labels."""
    folder = tmp_path_factory.mktemp("compare") / "snow people"
    for label in LABELS:
        (folder / label).mkdir(parents=True)
        for seed in range(10):
            drawing.draw(label, seed).resize((48, 48)).save(folder / label / f"{seed}.png")
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> Dataset:
    pictures = [folder / label / f"{seed}.png" for label in LABELS for seed in range(10)]
    return Dataset(folder, pictures, [path.parent.name for path in pictures], [str(path) for path in pictures])


Compare = Callable[..., tuple[list[Row], list[str]]]


@pytest.fixture
def run(data: Dataset) -> Compare:
    """Compare networks on `data`; return the rows and what was said."""

    def run(networks: Sequence[str], recipe: Recipe = SHORT, **options: Any) -> tuple[list[Row], list[str]]:
        said: list[str] = []
        train, valid = [*range(7), *range(10, 17)], [7, 8, 9, 17, 18, 19]
        rows = compare.compare(data, train, valid, networks, recipe, say=said.append, **options)
        return rows, said

    return run


def make_rows() -> list[Row]:
    """One of each network, many about as large and as right."""
    sizes = (1, 23.1, 43.2, 48.5, 30.2, 7.2, 6.0, 8.1, 45.0, 15.1, 39.5)
    shares = (0.7, 0.93, 0.71, 0.66, 0.73, 0.91, 0.66, 0.64, 0.69, 0.65, 0.67)
    return [
        Row(name, 64, "weights", share > 0.9, Share(50, 45, share, *wilson(share, 45)), 11_000_000, size, 3.2, 60.0)
        for name, size, share in zip(ARCHITECTURES, sizes, shares, strict=True)
    ]


# ---- training


def test_each_network_is_measured_and_exported_and_a_failure_stops_no_other(run: Compare, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pth"
    bad.write_bytes(b"no weights")
    out = tmp_path / "out"
    rows, said = run(["small", "resnet34", "mobilenet_v3"], weights={"resnet34": bad}, out=out)
    assert [row.network for row in rows] == ["small", "resnet34", "mobilenet_v3"]
    small, failed, large = rows
    assert "bad.pth can't be read as weights" in failed.failure
    assert (failed.accuracy, failed.export) == (None, None)
    for row in (small, large):
        assert row.accuracy
        assert (row.accuracy.pictures, row.accuracy.groups, row.failure) == (6, 6, "")
        assert (row.start, row.pretrained, row.pixels) == ("random weights", False, 32)
        assert row.export == out / f"{row.network}.pkl"
        assert row.megabytes == pytest.approx(row.export.stat().st_size / 1e6)
        classifier = Classifier.load(row.export)
        assert tuple(classifier.labels) == LABELS
        assert classifier.card["trained"]["architecture"] == row.network
        assert classifier.card["measured"]["accuracy"] == row.accuracy.numbers()
        assert min(row.milliseconds, row.seconds) > 0
    # 0.39 million weights in convolutions, and MobileNetV3's own 2.97 million without its head; then ours.
    assert 0.38e6 < small.parameters < 0.5e6
    assert 2.9e6 < large.parameters < 3.1e6
    assert large.megabytes > small.megabytes
    assert "small: starting from random weights" in said
    notes = "\n".join(compare.notes(rows))
    assert "resnet34 failed" in notes
    assert "Started from random weights: small, mobilenet_v3." in notes
    assert "--weights NAME=FILE" in notes

    # Once more: what is known is not trained again, what failed is.
    again, said = run(["small", "resnet34", "mobilenet_v3"], weights={"resnet34": bad}, out=out)
    assert [row.network for row in again if "known already" in "\n".join(said)] == [row.network for row in rows]
    assert not [line for line in said if "epoch" in line]
    assert [again[0].export, again[2].export] == [small.export, large.export]
    assert again[0].accuracy is not None
    assert again[0].accuracy.numbers() == small.accuracy.numbers() if small.accuracy else False


def test_another_recipe_is_another_row_and_no_export_is_lost(run: Compare, tmp_path: Path) -> None:
    first = run(["small"], out=tmp_path)[0][0]
    assert first.export
    before = first.export.read_bytes()
    second = run(["small"], replace(SHORT, seed=1), out=tmp_path)[0][0]
    assert second.export == first.export
    assert second.export.read_bytes() != before
    rows, said = run(["small"], out=tmp_path)
    assert rows[0].export != second.export
    assert rows[0].export
    assert rows[0].export.read_bytes() == before
    assert any("known already" in line for line in said)


def test_an_interrupt_keeps_rows_and_epochs(run: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from snowpeople import callbacks

    two = replace(SHORT, epochs=2)
    after_epoch = callbacks.Keeper.after_epoch
    networks = ["small", "mobilenet_v3"]

    def interrupt(self: Any) -> None:
        after_epoch(self)
        if len(self.progress["history"]) == 1:
            raise KeyboardInterrupt

    whole = run(["small"], two, out=tmp_path / "whole")[0][0]
    monkeypatch.setattr(callbacks.Keeper, "after_epoch", interrupt)
    rows, said = run(networks, two, out=tmp_path / "cut")
    assert rows == []
    assert "small: stopped. The same again goes on from here" in said
    monkeypatch.setattr(callbacks.Keeper, "after_epoch", after_epoch)
    rows, said = run(["small"], two, out=tmp_path / "cut")
    assert [line.split(":")[1] for line in said if line.startswith("small: epoch")] == [" epoch 2"]
    assert rows[0].accuracy == whole.accuracy
    assert not list((tmp_path / "cut").glob("*.state"))


def test_a_network_that_needs_larger_pictures_gets_them(run: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, "small", replace(ARCHITECTURES["small"], least=48))
    rows, _ = run(["small"])
    assert (rows[0].pixels, rows[0].export) == (48, None)
    other = replace(rows[0], network="mobilenet_v3", pixels=32)
    assert "small was trained at 48 px, the least it takes." in compare.notes([*rows, other])


def test_pictures_are_read_once_for_all_networks(run: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from snowpeople.loaders import pixels

    opened: list[str] = []

    def counted(path: Path, smallest: int | None = None) -> Any:
        opened.append(str(path))
        return read(path, smallest)

    monkeypatch.setattr(pixels, "read", counted)
    kinds = {name: replace(ARCHITECTURES["small"], name=name) for name in ("small", "vgg16")}
    for name, kind in kinds.items():
        monkeypatch.setitem(ARCHITECTURES, name, kind)
    rows, _ = run(list(kinds))
    assert all(row.accuracy for row in rows)
    assert len(opened) == len(set(opened)) == 20


def test_out_of_memory_is_a_row_with_the_remedy(run: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    def build() -> Any:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory\nand a long story")

    monkeypatch.setitem(ARCHITECTURES, "vgg16", replace(ARCHITECTURES["vgg16"], builder=build))
    rows, _ = run(["vgg16"])
    assert re.fullmatch(r"not enough memory; try .*--batch.*\(DefaultCPUAllocator: can't .*memory\)", rows[0].failure)


def test_a_loss_beyond_all_numbers_is_a_failure(run: Compare) -> None:
    rows, _ = run(["small"], replace(SHORT, rate=1e30))
    assert "its loss grew beyond all numbers; try a smaller learning rate" in rows[0].failure


def test_what_can_not_be_asked_for(run: Compare, tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"no network 'resnet19'; choose some of small, resnet18"):
        run(["small", "resnet19"])
    with pytest.raises(BackboneError, match="weights for resnet50, but it is not compared"):
        run(["small"], weights={"resnet50": tmp_path / "x.pth"})
    assert compare.asked(None, {"mobilenet_v1": tmp_path}) == [*compare.NETWORKS, "mobilenet_v1"]
    assert "mobilenet_v1" not in compare.asked(None)


# ---- what is kept


def test_rows_come_back_as_they_were_and_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "compare.json"
    row = replace(make_rows()[0], export=tmp_path / "small.pkl")
    (tmp_path / "small.pkl").touch()
    Compared(file).add(row, {"recipe": 1}, None)
    assert Compared(file).find("small", {"recipe": 2}) is None
    found = Compared(file).find("small", {"recipe": 1})
    assert found
    assert found.plain() == row.plain()
    assert str(tmp_path) not in file.read_text()  # the folder can be moved
    (tmp_path / "small.pkl").unlink()
    assert Compared(file).find("small", {"recipe": 1}) is None  # nothing to show any more
    file.write_text('{"found": [{"settings": {}, "row": {"network": 3}}], "seconds": {}}')
    assert Compared(file).found == []
    assert (tmp_path / "compare.json.damaged").exists()


# ---- table and plot


def test_the_table_is_aligned_and_says_what_is_not_fair() -> None:
    rows = [*make_rows()[:3], Row("vgg16", 64, failure="not enough memory")]
    lines = compare.table(rows)
    assert len({len(line) for line in lines[: lines.index("")]}) == 1
    assert re.search(
        r"\| resnet18 +\| +64 \| weights +\| +93 % \| +82 to 98 % \| +11.0 M \| 23.1 \| 3.2 \| +60 \|", lines[3]
    )
    assert re.match(r"\| vgg16 +\| +64 \| +\| +failed \|", lines[5])
    told = "\n".join(lines)
    assert "vgg16 failed: not enough memory" in told
    assert "small, resnet34, the others did not: this is no fair comparison" in told
    assert "50 pictures in 45 groups" in told


def test_no_name_in_the_plot_lies_over_another_or_over_a_point() -> None:
    rows = make_rows()
    ax = compare.plot(rows)
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    names = [text for text in ax.texts if isinstance(text, Annotation)]
    assert [name.get_text() for name in names] == [row.network for row in rows]
    boxes = np.array([Text.get_window_extent(name).extents for name in names])
    inside = ax.bbox.extents
    assert (boxes[:, :2] >= inside[:2]).all()
    assert (boxes[:, 2:] <= inside[2:]).all()
    points = ax.transData.transform([(row.megabytes, 100 * row.accuracy.share) for row in rows if row.accuracy])
    for i, box in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert (np.minimum(box[2:], other[2:]) <= np.maximum(box[:2], other[:2])).any()
        assert not ((points > box[:2]) & (points < box[2:])).all(1).any()
    shapes = {line.get_marker(): line.get_color() for line in ax.lines if line.get_marker() in ("o", "s")}
    assert len(set(shapes.values())) == len(shapes) == 2  # told apart by shape, too


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_plot_of_few(count: int, tmp_path: Path) -> None:
    failed = Row("vgg16", 64, failure="not enough memory")
    paths = comparison.save_plot([*make_rows()[:count], failed], tmp_path)
    assert [path.name for path in paths] == ["compare.png", "compare.svg"]
    assert all(path.stat().st_size > 1000 for path in paths)
    assert "not drawn, as training failed: vgg16" in compare.plot([failed]).get_title(loc="left")


# ---- the command


def test_the_command_shows_the_table_and_how_to_show_a_network(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "my out"
    words = ["compare", str(folder), "--out", str(out), "--size", "32", "--frozen-epochs", "0", "--epochs", "1"]
    words += ["--rate", "0.005", "--batch", "8", "--network", "small"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^\| small +\| +32 \| random weights \|", shown, re.MULTILINE)
    assert f"snowpeople classify PICTURE --export '{out / 'small.pkl'}'" in shown
    assert f"mv -n export.pkl export-before.pkl; cp -n '{out / 'small.pkl'}' export.pkl" in shown
    assert {path.name for path in out.iterdir()} == {"small.pkl", "compare.json", "compare.png", "compare.svg"}

    assert main([*words, "vgg16", "--weights", f"vgg16={tmp_path / 'none.pth'}", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    small, failed = document["networks"]
    assert small["export"] == str(out / "small.pkl")
    assert small["accuracy"].keys() == {"share", "low", "high", "pictures", "groups"}
    assert "none.pth does not exist" in failed["failure"]
    assert failed["accuracy"] is None
    assert any("vgg16 failed" in note for note in document["notes"])


def test_the_command_says_what_it_can_not_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(folder), "--out", "s3://bucket/comparison"]) == 1
    assert "a comparison is kept in a folder of this computer" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["compare", str(folder), "--weights", "resnet50.pth"])
    assert "is not NAME=FILE, such as" in capsys.readouterr().err


def test_the_help_names_every_network(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["compare", "--help"])
    told = capsys.readouterr().out
    assert [name for name in ARCHITECTURES if not re.search(rf"\b{name}\b", told)] == []
