"""Pictures are read once, and served as an export will see them, at any size."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from epochs import epoch, shown
from helpers import scene
from torch import Tensor, nn

from snowpeople.callbacks import set_seed
from snowpeople.dataset import Dataset
from snowpeople.loaders import Loaders, loaders, pixels

TRAIN, VALID = [0, 1, 2, 4, 5, 6], [3, 7]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Four pictures of each of two labels, all different, none square."""
    folder = tmp_path_factory.mktemp("data") / "pictures"
    paths = [folder / label / f"{number}.png" for label in ("blue", "red") for number in range(4)]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        scene((90 + 6 * number, 70)).rotate(90 * number, expand=True).save(path)
    return Dataset(folder, paths, [path.parent.name for path in paths], [path.stem for path in paths])


@pytest.fixture(scope="module")
def served(data: Dataset) -> Loaders:
    """Only to look at: a test that changes it makes its own."""
    return loaders(data, TRAIN, VALID, 32, 4)


def test_files_are_not_needed_once_they_were_read(data: Dataset, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(8)]
    for path, original in zip(paths, data.pictures, strict=True):
        path.write_bytes(original.read_bytes())
    copy = Dataset(tmp_path, paths, data.labels, data.groups)
    made = loaders(copy, TRAIN, VALID, 16, 4, largest=32)
    for path in paths:
        path.unlink()
    for size in (16, 32, 24):
        made.resize(size)
        for batches in made.loaders:
            assert epoch(batches)[0].shape[1:] == (3, size, size)


def test_more_pictures_than_memory_has_room_for_are_served_all_the_same(data: Dataset, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pixels, "IN_MEMORY", 0)
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        crowd = loaders(data, TRAIN, VALID, 24, 4, largest=64)
    plain = loaders(data, TRAIN, VALID, 24, 4, largest=64)
    for ours, theirs in zip(crowd.loaders, plain.loaders, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(epoch(ours.new()), epoch(theirs.new()), strict=True))
    assert crowd.fingerprint() == plain.fingerprint()


# ---- as an export sees them


def test_validation_pictures_are_just_as_an_export_prepares_them(data: Dataset, served: Loaders) -> None:
    files = [data.pictures[i] for i in VALID]
    (theirs,) = served.test_dl(files, bs=len(files), num_workers=0)
    pictures, targets = epoch(served.loaders[1])
    assert torch.allclose(pictures, theirs[0].as_subclass(Tensor).cpu(), atol=0.01)
    assert [served.vocab[int(target)] for target in targets] == [data.labels[i] for i in VALID]


def test_training_pictures_without_variation_are_nearly_so(data: Dataset, served: Loaders) -> None:
    files = [data.pictures[i] for i in TRAIN]
    (theirs,) = served.test_dl(files, bs=len(files), num_workers=0)
    still = served.loaders[0].new()
    pictures, targets = epoch(still)
    assert (shown(pictures) - shown(theirs[0].as_subclass(Tensor).cpu())).abs().mean() < 0.02
    assert [served.vocab[int(target)] for target in targets] == [data.labels[i] for i in TRAIN]
    assert torch.equal(epoch(still)[0], pictures)


def test_an_export_keeps_no_picture(served: Loaders) -> None:
    kept = served.new_empty()
    assert not len(kept.train_ds)
    assert list(kept.vocab) == ["blue", "red"]


# ---- sizes


@pytest.mark.parametrize("augmentation", ["none", "normal"])
def test_pictures_that_grow_are_as_good_as_those_that_began_large(augmentation: str, data: Dataset) -> None:
    grown = loaders(data, TRAIN, VALID, 16, 4, augmentation, largest=40)
    large = loaders(data, TRAIN, VALID, 40, 4, augmentation)
    for batches in grown.loaders:
        assert epoch(batches)[0].shape[1:] == (3, 16, 16)
    grown.resize(40)
    for ours, theirs in zip(grown.loaders, large.loaders, strict=True):
        set_seed(2)
        first = epoch(ours)
        set_seed(2)
        assert all(torch.equal(a, b) for a, b in zip(first, epoch(theirs), strict=True))
    assert grown.new_empty().after_item[0].size == large.new_empty().after_item[0].size


# ---- layers that do not learn


def test_the_layers_are_seen_through_as_they_are_and_stay_so(data: Dataset) -> None:
    torch.manual_seed(0)
    front = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 4, 3, 2))
    with torch.no_grad():
        for _ in range(9):
            front(2 * torch.randn(8, 3, 16, 16) + 1)  # statistics of something else
    before = {name: value.clone() for name, value in front.state_dict().items()}
    made = loaders(data, TRAIN, VALID, 32, 4)
    pictures = epoch(made.loaders[1])[0]
    made.see_through(front.train())
    found = epoch(made.loaders[1])[0]
    assert epoch(made.loaders[0])[0].shape[1:] == found.shape[1:]
    with torch.no_grad():
        assert torch.allclose(found, front.eval()(pictures), atol=1e-4)
    assert not found.requires_grad
    assert all(torch.equal(value, before[name]) for name, value in front.state_dict().items())
    made.see_through(None)
    assert torch.equal(epoch(made.loaders[1])[0], pictures)


# ---- telling trainings apart


def test_the_fingerprint_is_that_of_the_pictures_the_labels_and_the_split(data: Dataset, tmp_path: Path) -> None:
    def fingerprint(of: Dataset = data, train: Sequence[int] = TRAIN, valid: Sequence[int] = VALID) -> list[Any]:
        return loaders(of, train, valid, 16, 4).fingerprint()

    ours = loaders(data, TRAIN, VALID, 16, 4)
    expected = ours.fingerprint()
    epoch(ours.loaders[0])
    ours.resize(12)
    assert ours.fingerprint() == fingerprint() == expected  # whatever is served of them meanwhile
    scene().rotate(10).save(tmp_path / "other.png")
    names = {"blue": "bleu", "red": "rouge"}
    others = [
        fingerprint(train=[*TRAIN, 7], valid=[3]),
        fingerprint(train=[3, *TRAIN[1:]], valid=[0, 7]),
        fingerprint(Dataset(data.folder, [tmp_path / "other.png", *data.pictures[1:]], data.labels, data.groups)),
        fingerprint(Dataset(data.folder, data.pictures, ["red", *data.labels[1:]], data.groups)),
        fingerprint(Dataset(data.folder, data.pictures, [names[label] for label in data.labels], data.groups)),
    ]
    assert all(other != expected for other in others)


# ---- looking at them


@pytest.mark.parametrize(("most", "drawn"), [(3, 3), (9, 4)])
def test_a_batch_is_drawn_with_its_labels(most: int, drawn: int, served: Loaders) -> None:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure = served.show_batch(max_n=most)
    pictures = [ax for ax in figure.axes if ax.get_images()]
    assert len(pictures) == drawn
    assert {ax.get_title() for ax in pictures} <= {"blue", "red"}
    assert np.ptp(np.asarray(pictures[0].get_images()[0].get_array())) > 0.2
    plt.close(figure)
