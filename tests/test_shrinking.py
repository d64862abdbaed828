"""Weights are made as small as costs next to nothing, measured on pictures not learnt from, and the table tells."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from helpers import encode, make_model, scene
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from snowpeople import ExportError, drawing, export
from snowpeople.export import shrinking
from snowpeople.export.shrinking import KeptApart, Shrunk

LABELS = ["abominable", "neither", "olaf"]
SIZE = 8


def plain(colour: tuple[int, int, int], seed: int) -> Image.Image:
    """A colour, not quite the same everywhere."""
    noise = np.random.default_rng(seed).integers(-20, 20, (SIZE, SIZE, 3))
    return Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8))


# ---- how far weights shrink


APART = KeptApart(
    [plain([(150, 40, 40), (40, 150, 40), (40, 40, 150)][n % 3], n) for n in range(12)],
    [LABELS[n % 3] for n in range(12)],
    [str(n) for n in range(12)],
)


@pytest.fixture
def make(fastai_vision: ModuleType, tmp_path: Path) -> Callable[..., Any]:
    """Make a learner that names the main colour: as make_model() does, or with weights of one's own."""
    vision = fastai_vision
    paths = [tmp_path / "data" / label / f"{n}.png" for n in range(2) for label in LABELS]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        scene((SIZE, SIZE)).save(path)

    def learner(weight: torch.Tensor | None = None) -> Any:
        block = vision.DataBlock(
            blocks=(vision.ImageBlock, vision.CategoryBlock(vocab=LABELS)),
            get_y=vision.parent_label,
            splitter=vision.IndexSplitter([0]),
            item_tfms=vision.Resize(SIZE, method="squish"),
        )
        layer = nn.Conv2d(3, 3, 1, bias=False)
        with torch.no_grad():
            layer.weight.copy_((10 * torch.eye(3) if weight is None else weight)[:, :, None, None])
        network = nn.Sequential(layer, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        loaders = block.dataloaders(paths, bs=2, num_workers=0)
        return vision.Learner(loaders, network, loss_func=vision.CrossEntropyLossFlat())

    return learner


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """The ONNX models that there are to choose from, best first; a test fills it."""
    models: list[tuple[str, bytes]] = []

    def variants(*arguments: Any) -> Iterator[tuple[str, bytes]]:
        yield from models

    monkeypatch.setattr(shrinking, "variants", variants)
    return models


RIGHT, WRONG, UNSURE = make_model(SIZE), make_model(SIZE, scale=-10), make_model(SIZE, scale=8)


def shrink(learn: Any, folder: Path, kept_apart: KeptApart | None = APART) -> Shrunk:
    return shrinking.shrink(learn, folder / "draft.pkl", SIZE, APART.pictures, kept_apart, None)


@pytest.mark.parametrize(
    ("models", "kept"),
    [
        ([RIGHT, RIGHT, RIGHT], "int8"),
        ([WRONG, RIGHT, RIGHT], "int8 weights"),
        ([UNSURE, RIGHT, RIGHT], "int8 weights"),  # the same answers, with other probabilities
        ([WRONG, UNSURE, RIGHT], "float16"),
        ([WRONG, WRONG, WRONG], "float16"),  # there is nothing more exact
    ],
)
@pytest.mark.parametrize("labelled", [True, False])
def test_the_smallest_model_that_answers_the_same_is_kept(
    models: list[bytes],
    kept: str,
    labelled: bool,
    make: Callable[..., Any],
    offered: list[tuple[str, bytes]],
    tmp_path: Path,
) -> None:
    offered.extend(zip(("int8", "int8 weights", "float16"), models, strict=True))
    found = shrink(make(), tmp_path, APART if labelled else None)
    assert (found.kind, found.model) == (kept, dict(offered)[kept])
    card = found.card()
    assert (card["kept"], card["rows"][-1]["name"].startswith(f"dashboard half, {kept}")) == (kept, True)
    right = models[list(dict(offered)).index(kept)] == RIGHT
    assert card["lost_points"] == ((0.0 if right else 100.0) if labelled else None)


def test_one_answer_in_a_hundred_is_told_from_all_pictures_and_accuracy_from_those_kept_apart() -> None:
    learn = SimpleNamespace(dls=SimpleNamespace(vocab=LABELS))
    more = [APART.pictures[0]] * 188

    def judged(changed: int, calibration: Sequence[Image.Image]) -> bool:
        """Where so many pictures that were named wrong are named wrong in another way."""
        truth = [LABELS.index(label) for label in APART.labels] + [0] * 188
        before = np.eye(3, dtype=np.float32)[[(number + 1) % 3 for number in truth]] * 0.02 + 0.49
        judge = shrinking._Judge(learn, lambda _, pictures: before[: len(pictures)], calibration, APART)
        answers = judge.before.copy()
        for row, number in zip(answers[:changed], truth, strict=False):
            row[(number + 2) % 3] += 0.04
        return judge.passes(answers)

    assert judged(0, APART.pictures)
    assert not judged(1, APART.pictures)
    assert judged(2, more)
    assert not judged(3, more)


def test_the_table_says_what_each_half_measures(
    make: Callable[..., Any], offered: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    offered.append(("int8", RIGHT))
    before, fastai, dashboard = shrink(make(), tmp_path).rows
    assert [row["name"] for row in (before, fastai)] == ["as trained, float32", "fastai half, int8 weights"]
    for row in (before, fastai, dashboard):
        assert row["accuracy"] == 1.0
        assert 0.7 < row["low"] < row["high"] <= 1.0
    assert fastai["megabytes"] == round((tmp_path / "draft.pkl").stat().st_size / 1e6, 2)
    assert dashboard["megabytes"] == round(len(RIGHT) / 1e6, 2)
    assert min(row["milliseconds"] for row in (before, dashboard)) >= 0
    # Without labels there is no accuracy to tell, and none is told.
    assert not any("accuracy" in row for row in shrink(make(), tmp_path, None).rows)


def test_the_fastai_half_answers_as_the_learner_did(
    make: Callable[..., Any], offered: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    offered.append(("int8", RIGHT))
    learn = make()
    before = export.probabilities(learn, APART.pictures)
    shrink(learn, tmp_path)
    assert export.probabilities(learn, APART.pictures) == pytest.approx(before)
    assert export.probabilities(export.load(tmp_path / "draft.pkl"), APART.pictures) == pytest.approx(before, abs=0.01)


def test_weights_that_whole_numbers_can_not_hold_are_kept_in_half_precision(
    make: Callable[..., Any], offered: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    # In each row one weight is so large that the others would be rounded to nothing; and it sees no colour.
    offered.append(("float16", RIGHT))
    learn = make(torch.tensor([[1000.0, 5.0, 0.0], [1000.0, 0.0, 5.0], [1000.0, 2.0, 2.0]]))
    pictures = [Image.new("RGB", (SIZE, SIZE), (0, 60 + 30 * n, 240 - 30 * n)) for n in range(6)]
    apart = KeptApart(pictures, ["abominable"] * 6, [str(n) for n in range(6)])
    before = export.probabilities(learn, pictures)
    assert len(set(before.argmax(1))) > 1
    found = shrinking.shrink(learn, tmp_path / "draft.pkl", SIZE, pictures, apart, None)
    assert found.rows[1]["name"] == "fastai half, float16 weights"
    assert export.probabilities(export.load(tmp_path / "draft.pkl"), pictures) == pytest.approx(before, abs=0.01)


# ---- where the known ends


def threshold(familiarities: Sequence[float | None], labels: Sequence[str], keep: float = 0.95) -> float:
    answers: list[Any] = [SimpleNamespace(familiarity=familiarity) for familiarity in familiarities]
    return shrinking.threshold(answers, labels, keep)


@given(
    familiarities=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60),
    keep=st.sampled_from([0.5, 0.9, 0.95, 1.0]),
)
def test_the_threshold_of_an_export_keeps_the_share_asked_for(familiarities: list[float], keep: float) -> None:
    found = threshold(familiarities, ["olaf"] * len(familiarities), keep)
    kept = sum(value >= found for value in familiarities)
    assert 0 <= found <= 1
    assert kept >= keep * len(familiarities) - 1e-9
    if len(set(familiarities)) == len(familiarities) and min(np.diff(sorted(familiarities)), default=1) > 1e-4:
        assert kept <= math.ceil(keep * len(familiarities))  # and no more than it takes


def test_what_is_neither_does_not_say_where_the_known_ends() -> None:
    assert threshold([0.8, 0.01, 0.9, 0.02], ["olaf", "neither", "olaf", "neither"]) == 0.8
    assert threshold([0.01, 0.02], ["neither", "neither"]) == 0
    assert threshold([None, None], ["olaf", "olaf"]) == 0  # an export without a sense of it


# ---- pictures to measure with


def fill(folder: Path, **counts: int) -> Path:
    for label, count in counts.items():
        (folder / label).mkdir(parents=True)
        for number in range(count):
            (folder / label / f"{number:03}.png").write_bytes(encode(scene((10 + number, 10)), "PNG"))
    return folder


def test_a_folder_for_each_label_says_which_is_which(tmp_path: Path) -> None:
    folder = fill(tmp_path, abominable=2, neither=3, olaf=4, others=5)
    (folder / "olaf" / "zzz.png").write_bytes(b"damaged")
    pictures, apart = shrinking.pictures(folder, LABELS)
    assert apart is not None
    assert list(apart.labels) == ["abominable"] * 2 + ["neither"] * 3 + ["olaf"] * 4
    assert list(apart.pictures) == pictures
    assert [picture.size for picture in pictures] == [(10 + n, 10) for count in (2, 3, 4) for n in range(count)]
    assert len(set(apart.groups)) == 9


def test_where_a_label_has_no_folder_nothing_is_known_of_any(tmp_path: Path) -> None:
    pictures, apart = shrinking.pictures(fill(tmp_path, abominable=2, olaf=4), LABELS)
    assert (len(pictures), apart) == (6, None)


def test_of_many_pictures_some_of_each_label_are_taken_from_all_over(tmp_path: Path) -> None:
    pictures, apart = shrinking.pictures(fill(tmp_path, abominable=40, neither=3, olaf=1), LABELS, most=15)
    assert apart is not None
    assert [apart.labels.count(label) for label in LABELS] == [5, 3, 1]
    assert [picture.width - 10 for picture in pictures[:5]] == [0, 8, 16, 24, 32]
    unlabelled, _ = shrinking.pictures(tmp_path / "abominable", LABELS, most=4)
    assert [picture.width - 10 for picture in unlabelled] == [0, 10, 20, 30]


def test_large_photos_do_not_fill_the_memory(tmp_path: Path) -> None:
    for label in LABELS:
        (tmp_path / label).mkdir()
        (tmp_path / label / "photo.jpg").write_bytes(encode(scene().resize((3200, 2400)), "JPEG"))
    pictures, _ = shrinking.pictures(tmp_path, LABELS, size=64)
    assert all(160 <= min(picture.size) < 700 for picture in pictures)


def test_without_pictures_of_ones_own_there_are_drawn_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "draw", lambda label, seed: plain((40, 40, 40), seed))
    pictures, apart = shrinking.pictures(None, LABELS)
    assert len(pictures) >= 50
    assert apart is None


@pytest.mark.parametrize("name", ["empty", "missing", "damaged"])
def test_no_picture_at_all_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "1.png").write_bytes(b"damaged")
    with pytest.raises(ExportError, match=rf"no picture in \S*{name} can be opened; name a folder of pictures"):
        shrinking.pictures(tmp_path / name, LABELS)
