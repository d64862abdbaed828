"""Pictures are read once, and lie in memory as far as there is room."""

import gc
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from epochs import epoch, make_batches
from helpers import encode, scene
from PIL import Image

from snowpeople.loaders import pixels as module
from snowpeople.loaders.batches import Batches
from snowpeople.loaders.pixels import decode
from snowpeople.picture import PictureError


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


@pytest.fixture
def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As if there was memory for 200 kB of pictures; the folder is where temporary files go."""
    monkeypatch.setattr(module, "IN_MEMORY", 200_000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


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
