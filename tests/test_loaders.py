"""Pictures are read once, served as an export will see them, varied only where they are learnt from, at any size."""

import gc
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from helpers import encode, scene
from PIL import Image
from torch import Tensor, nn

from snowpeople import loaders as module
from snowpeople.callbacks import set_seed
from snowpeople.dataset import Dataset
from snowpeople.loaders import AUGMENTATIONS, IMAGENET, Batches, Loaders, decode, loaders
from snowpeople.picture import PictureError

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


def make_batches(count: int, size: int = 16, batch_size: int = 4, augmentation: str | None = None) -> Batches:
    """Noise, each picture with a number of its own as its target."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, 3, size, size), np.uint8)
    return Batches(pixels, torch.arange(count), size, batch_size, augmentation)


def epoch(batches: Batches) -> tuple[Tensor, Tensor]:
    pictures, targets = zip(*batches, strict=True)
    return torch.cat(pictures), torch.cat(targets)


def shown(pictures: Tensor) -> Tensor:
    """Normalised pictures as levels from 0 to 1."""
    mean, std = (values.view(1, 3, 1, 1) for values in IMAGENET)
    return pictures * std + mean


# ---- reading


def test_pictures_are_read_upright_in_colour_and_whole(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by a quarter
    kinds = {
        "plain.png": encode(scene(), "PNG"),
        "turned.png": encode(scene().rotate(90, expand=True), "PNG", exif=turned),
        "grey.png": encode(scene().convert("L"), "PNG"),
    }
    for name, content in kinds.items():
        (tmp_path / name).write_bytes(content)
    asked: list[Path] = []

    def progress(files: Sequence[Path]) -> Iterator[Path]:
        for file in files:
            asked.append(file)
            yield file

    files = [tmp_path / name for name in kinds]
    plain, turned_back, grey = decode(files, 16, progress)
    assert asked == files
    small = np.asarray(scene().resize((16, 16), Image.Resampling.BILINEAR), int).transpose(2, 0, 1)
    assert abs(plain.astype(int) - small).max() <= 1
    assert abs(plain.astype(int) - turned_back).max() <= 1
    assert np.array_equal(grey[0], grey[2])


def test_a_picture_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"hello")
    with pytest.raises(PictureError):
        decode([tmp_path / "bad.png"], 16)
    with pytest.raises(FileNotFoundError):
        decode([tmp_path / "missing.png"], 16)


def test_no_more_pictures_are_read_ahead_than_threads_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []

    def read(file: Path, **options: Any) -> Image.Image:
        begun.append(file)
        return Image.new("RGB", (16, 16))

    def progress(files: Sequence[Path]) -> Iterator[Path]:
        for taken, file in enumerate(files):
            assert len(begun) <= taken + 100  # large photos, each of them whole
            yield file

    monkeypatch.setattr(module, "read", read)
    assert len(decode([tmp_path / str(number) for number in range(1000)], 16, progress)) == len(begun) == 1000


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


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As if there was memory for 200 kB of pictures; the folder is where temporary files go."""
    monkeypatch.setattr(module, "IN_MEMORY", 200_000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_more_pictures_than_memory_has_room_for_are_served_all_the_same(data: Dataset, crowded: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "IN_MEMORY", 0)
        crowd = loaders(data, TRAIN, VALID, 24, 4, largest=64)
    plain = loaders(data, TRAIN, VALID, 24, 4, largest=64)
    for ours, theirs in zip(crowd.loaders, plain.loaders, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(epoch(ours.new()), epoch(theirs.new()), strict=True))
    assert crowd.fingerprint() == plain.fingerprint()


def test_smaller_pictures_of_more_than_memory_has_room_for_take_none_either(crowded: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (100, 3, 64, 64), np.uint8)
    batches = Batches(pixels, torch.arange(100), 16, 4, "none")
    tracemalloc.start()
    try:
        batches.resize(40)  # kept at 50: 750 kB
        still = batches.new()
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()
    assert epoch(batches)[0].shape == epoch(still)[0].shape == (100, 3, 40, 40)


def test_what_is_not_served_any_more_leaves_the_disk(crowded: Path) -> None:
    batches = make_batches(100, 64, augmentation="none")
    for size in (40, 36, 32) * 2:
        batches.resize(size)
    assert len([path for path in crowded.rglob("*") if path.is_file()]) == 1
    del batches
    gc.collect()
    assert not list(crowded.iterdir())


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


# ---- epochs


@pytest.mark.parametrize(
    ("count", "batch_size", "sizes"),
    [(8, 4, [4, 4]), (10, 4, [4, 4, 2]), (9, 4, [4, 4]), (3, 4, [3]), (5, 2, [2, 2]), (1, 4, [1])],
)
def test_what_is_left_of_less_than_half_a_batch_is_not_learnt_from(
    count: int, batch_size: int, sizes: list[int]
) -> None:
    batches = make_batches(count, batch_size=batch_size, augmentation="none")
    found = [targets.tolist() for _, targets in batches]
    assert [len(targets) for targets in found] == sizes
    assert len(batches) == len(sizes)
    assert len({target for targets in found for target in targets}) == sum(sizes)  # none twice
    # To validate, all count, and in order.
    still = batches.new()
    assert epoch(still)[1].tolist() == list(range(count))
    assert len(list(still)) == len(still)


def test_each_epoch_is_in_another_order_and_the_same_seed_in_the_same() -> None:
    batches = make_batches(32, augmentation="normal")
    set_seed(1)
    first, second = epoch(batches), epoch(batches)
    assert sorted(first[1].tolist()) == sorted(second[1].tolist()) == list(range(32))
    assert not torch.equal(first[1], second[1])
    set_seed(1)
    again = epoch(batches)
    assert torch.equal(first[1], again[1])
    assert torch.equal(first[0], again[0])


@pytest.mark.parametrize("count", [12, 13])
def test_several_processes_share_an_epoch(count: int) -> None:
    shares = []
    for rank in range(2):
        batches = make_batches(count, batch_size=3, augmentation="light")
        batches.share = (rank, 2)
        set_seed(5)
        shares.append([targets.tolist() for _, targets in batches])
        assert len(shares[-1]) == len(batches) == 2
        assert epoch(batches.new())[1].tolist() == list(range(count))  # what is measured is not shared
    seen = [target for share in shares for targets in share for target in targets]
    assert len(seen) == len(set(seen)) == 12


def test_several_processes_vary_their_pictures_in_ways_of_their_own() -> None:
    found = []
    for rank in range(2):
        batches = Batches(
            np.tile(np.asarray(scene((16, 16))).transpose(2, 0, 1), (8, 1, 1, 1)), torch.zeros(8), 16, 4, "strong"
        )
        batches.share = (rank, 2)
        set_seed(5)
        found.append(epoch(batches)[0])
    assert not torch.allclose(found[0], found[1])


def test_a_bar_of_progress_sees_every_batch() -> None:
    batches = make_batches(12, augmentation="none")
    told: list[int] = []

    def progress(steps: Sequence[Any]) -> Iterator[Any]:
        told.append(len(steps))
        yield from steps

    batches.progress = progress
    assert len(list(batches)) == 3
    list(batches.new())
    assert told == [3]


# ---- variation


def test_more_augmentation_changes_pictures_more_and_none_changes_nothing() -> None:
    picture = np.asarray(scene((40, 40)).resize((40, 40))).transpose(2, 0, 1)
    changes = {}
    for name in AUGMENTATIONS:
        batches = Batches(np.tile(picture, (64, 1, 1, 1)), torch.zeros(64), 32, 64, name)
        still = shown(epoch(batches.new())[0])[0]
        set_seed(0)
        varied = shown(epoch(batches)[0])
        assert varied.shape == (64, 3, 32, 32)
        assert (varied >= -1e-3).all()
        assert (varied <= 1 + 1e-3).all()
        mirrored = still.flip(-1)
        changes[name] = float(torch.minimum(*((varied - s).abs().mean((1, 2, 3)) for s in (still, mirrored))).mean())
        if name != "none":
            assert len({round(float(each.mean()), 5) for each in varied}) > 16  # each picture in its own way
    assert changes["none"] < 0.005
    assert changes["none"] < changes["light"] < changes["normal"] < changes["strong"]


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


class Front(nn.Module):
    """Counts the pictures that it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = 0

    def forward(self, pictures: Tensor) -> Tensor:
        self.shown += len(pictures)
        return pictures.mean((2, 3))


def test_what_does_not_learn_is_shown_validation_pictures_once() -> None:
    batches, front = make_batches(10), Front()
    pictures = epoch(batches)[0]
    batches.see_through(front)
    for _ in range(3):
        assert torch.allclose(epoch(batches)[0], pictures.mean((2, 3)), atol=1e-6)
    assert front.shown == 10
    # An epoch that was left in the middle does not disturb the next ones.
    batches.see_through(front)
    next(iter(batches))
    assert torch.allclose(epoch(batches)[0], pictures.mean((2, 3)), atol=1e-6)
    assert front.shown == 20
    batches.resize(8)
    assert epoch(batches)[0].shape == (10, 3)
    assert front.shown == 30
    assert torch.allclose(epoch(batches.new())[0].mean((2, 3)), epoch(batches)[0], atol=1e-6)
    batches.see_through(None)
    assert epoch(batches)[0].shape == (10, 3, 8, 8)


def test_what_does_not_learn_is_shown_training_pictures_in_every_epoch() -> None:
    batches, front = make_batches(10, batch_size=5, augmentation="strong"), Front()
    batches.see_through(front)
    first, second = (set(map(tuple, epoch(batches)[0].tolist())) for _ in range(2))
    assert front.shown == 20
    assert not first & second


def test_where_there_is_no_room_to_keep_what_is_seen_it_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEEN", 0)
    batches, front = make_batches(10), Front()
    pictures = epoch(batches)[0]
    batches.see_through(front)
    for _ in range(2):
        assert torch.allclose(epoch(batches)[0], pictures.mean((2, 3)), atol=1e-6)
    assert front.shown == 20


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


def test_batches_come_on_the_device_that_was_asked_for_last() -> None:
    batches = make_batches(8)
    batches.see_through(nn.Identity())
    epoch(batches)
    pictures, targets = next(iter(batches.to("meta")))
    assert pictures.device == targets.device == torch.device("meta")


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
