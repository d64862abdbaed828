"""How an export prepares pictures: as fastai does, with loaders of its own."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image


def exported(vocabulary: Sequence[str], size: int) -> Any:
    """fastai's own DataLoaders for these labels: squish to `size` pixels, ImageNet's normalisation."""
    from fastai.data.block import CategoryBlock, DataBlock
    from fastai.data.transforms import IndexSplitter, Normalize, parent_label
    from fastai.vision.augment import Resize
    from fastai.vision.core import imagenet_stats
    from fastai.vision.data import ImageBlock

    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock(vocab=list(vocabulary))),
        get_y=parent_label,
        splitter=IndexSplitter([1]),
        item_tfms=Resize(size, method="squish"),
        batch_tfms=Normalize.from_stats(*imagenet_stats),
    )
    # fastai learns the kinds of things from a first example.
    folder = temporary_folder() / vocabulary[0]
    folder.mkdir()
    examples = [folder / f"{number}.png" for number in range(2)]
    for example in examples:
        Image.new("RGB", (size, size)).save(example)
    return block.dataloaders(examples, bs=1, num_workers=0)


def temporary_folder() -> Path:
    """An empty folder, which goes when the process ends."""
    folder = TemporaryDirectory(prefix="snowpeople-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
