"""A bank of views is rendered once: a killed run goes on, and what does not belong together is refused."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snowpeople.dataset import Dataset
from snowpeople.distill import bank
from snowpeople.distill.bank import Bank, render
from snowpeople.distill.mixture import Mixture

COLOURS = {"blue": (0, 0, 220), "red": (220, 0, 0)}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "PART", 8)
    monkeypatch.setattr(bank, "cpu_count", lambda: 1)


@pytest.fixture
def mixture(tmp_path: Path) -> Mixture:
    paths = []
    for name, colour in COLOURS.items():
        path = tmp_path / "data" / name / "1.png"
        path.parent.mkdir(parents=True)
        Image.new("RGB", (32, 32), colour).save(path)
        paths.append(path)
    return Mixture(Dataset(tmp_path / "data", paths, list(COLOURS), ["a", "b"]))


class Colours:
    """A teacher that sees the mean colour, and counts its views."""

    def __init__(self) -> None:
        self.views = 0
        self.shape: tuple[int, ...] = ()

    def __call__(self, pictures: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        self.views += len(pictures)
        self.shape = pictures.shape[1:]
        assert pictures.dtype == np.float32
        assert 0 <= pictures.min() <= pictures.max() <= 1
        return np.asarray(pictures.mean((2, 3)), np.float32)


def same(first: Bank, second: Bank) -> bool:
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("views", "features", "targets"))


def test_views_features_and_targets_belong_together(mixture: Mixture, tmp_path: Path) -> None:
    teacher = Colours()
    parts: list[int] = []

    def progress(starts: Iterable[int]) -> Iterator[int]:
        for start in starts:
            parts.append(start)
            yield start

    full = render(mixture, teacher, 20, tmp_path / "bank", size=16, teacher_size=24, progress=progress)
    assert (teacher.views, teacher.shape, parts) == (20, (3, 24, 24), [0, 8, 16])
    assert full.views.shape == (20, 16, 16, 3)
    assert (full.features.shape, full.targets.shape) == ((20, 3), (20,))
    assert [array.dtype.name for array in (full.views, full.features, full.targets)] == ["uint8", "float32", "int64"]
    for seed in (0, 9, 19):
        picture, target = mixture.sample(seed, 24)
        assert full.targets[seed] == target
        assert full.features[seed] == pytest.approx(np.asarray(picture, np.float32).mean((0, 1)) / 255, abs=1e-4)
        small = picture.resize((16, 16), Image.Resampling.BILINEAR)
        assert np.array_equal(full.views[seed], np.asarray(small))

    # What is there is not rendered again; what a kill left out is, to the same pixels.
    again = Colours()
    assert same(render(mixture, again, 20, tmp_path / "bank", 16, 24), full)
    assert again.views == 0
    (tmp_path / "bank" / "00000008.npz").unlink()
    (tmp_path / "bank" / "00000008.part.npz").write_bytes(b"half a part")
    assert same(render(mixture, again, 20, tmp_path / "bank", 16, 24), full)
    assert again.views == 8

    # More views keep those before; fewer are the first of them.
    fewer = render(mixture, again, 10, tmp_path / "bank", 16, 24)
    assert again.views == 8
    assert same(fewer, Bank(full.views[:10], full.features[:10], full.targets[:10]))
    more = render(mixture, again, 24, tmp_path / "bank", 16, 24)
    assert again.views == 16
    assert same(Bank(more.views[:20], more.features[:20], more.targets[:20]), full)
    assert len(more.views) == len(more.features) == len(more.targets) == 24


def test_a_folder_of_other_views_is_refused(mixture: Mixture, tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    render(mixture, Colours(), 2, folder, size=16, teacher_size=24)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    data = mixture.dataset
    renamed = Mixture(Dataset(data.folder, data.pictures, ["x", "y"], data.groups))
    more = Mixture(Dataset(data.folder, data.pictures * 2, data.labels * 2, data.groups * 2))
    for subject, size, teacher_size in ((mixture, 8, 24), (mixture, 16, 32), (renamed, 16, 24), (more, 16, 24)):
        with pytest.raises(ValueError, match="bank holds views for other pictures or sizes; name an empty folder"):
            render(subject, Colours(), 2, folder, size, teacher_size)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("count", [0, -5])
def test_no_views(count: int, mixture: Mixture, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="number of views"):
        render(mixture, Colours(), count, tmp_path / "bank")
    assert not (tmp_path / "bank").exists()
