"""Pictures decoded and scaled once, then served from memory, batch after batch.

A plain fastai loop opens every file again in every epoch. Here an epoch begins with all pictures as small arrays, and
what is left for each batch is to vary them a little and to normalise them.
"""

from __future__ import annotations

import atexit
import copy
import math
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ._fastai import DataLoaders
from ._threads import in_threads
from .classifier import fit
from .dataset import Dataset
from .picture import read

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# How much larger than needed training pictures are kept, so that zooming in a little loses nothing.
MARGIN = 1.25
# Above this many bytes the arrays lie in a file, which the system keeps in memory as far as there is room.
IN_MEMORY = 2_000_000_000

# Above this many bytes, what the first layers see of the validation pictures is not kept from epoch to epoch.
SEEN = 500_000_000

# What varies from one look at a picture to the next, as fastai's aug_transforms takes it. None: nothing.
AUGMENTATIONS: dict[str, dict[str, float] | None] = {
    "none": None,
    "light": {"max_rotate": 5, "max_zoom": 1.1, "max_lighting": 0.2, "max_warp": 0},
    "normal": {"max_rotate": 15, "max_zoom": 1.3, "max_lighting": 0.4, "max_warp": 0.1},
    "strong": {"max_rotate": 30, "max_zoom": 1.7, "max_lighting": 0.6, "max_warp": 0.2},
}
IMAGENET = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


def decode(files: Sequence[Path], side: int, progress: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> Bytes:
    """The pictures of `files` as N×3×side×side bytes: upright, RGB, squished to a square.

    Raises PictureError or OSError for one that can't be opened: dataset.load leaves those out.
    """
    pixels = _room(len(files), side)

    def one(file: Path) -> Bytes:
        return np.asarray(fit(read(file, smallest=2 * side), side, "squish")).transpose(2, 0, 1)

    for index, (_, picture) in enumerate(zip(progress(files), in_threads(one, files), strict=True)):
        pixels[index] = picture
    return pixels


def _room(count: int, side: int) -> Bytes:
    """Room for N×3×side×side bytes: memory, or a file that goes when the array does."""
    shape = count, 3, side, side
    if math.prod(shape) <= IN_MEMORY:
        return np.empty(shape, np.uint8)
    home = TemporaryDirectory(prefix="snowpeople-", ignore_cleanup_errors=True)  # Windows keeps what is still mapped
    pixels: Bytes = np.memmap(Path(home.name) / "pixels", np.uint8, "w+", shape=shape)
    weakref.finalize(pixels, home.cleanup)
    return pixels


class Batches:
    """Batches of normalised pictures N×3×S×S and their targets N, from bytes in memory, at any size.

    One with an augmentation shuffles, and drops what is left of less than half a batch. Of several processes, each
    serves its own `share` (rank, count) of every epoch. `progress` wraps the iteration over an epoch.
    """

    num_workers = 0

    def __init__(
        self, pixels: Bytes, targets: Tensor, size: int, batch_size: int, augmentation: str | None = None
    ) -> None:
        self.pixels, self.targets, self.size, self.bs = pixels, targets, size, batch_size
        self.augmentation, self.share = augmentation, (0, 1)
        self.progress: Callable[[Sequence[Any]], Iterable[Any]] = iter
        self._front: nn.Module | None = None
        self._seen: list[Tensor] = []
        self.device = torch.device("cpu")
        self.dataset: Sequence[int] = range(len(targets))
        self.resize(size)

    def resize(self, size: int) -> None:
        """Serve pictures of `size` pixels from now on."""
        from fastai.vision.augment import aug_transforms

        self.size, self._seen = size, []
        side = round(size * MARGIN) if self.augmentation else size
        self._ready = self.pixels if side >= self.pixels.shape[-1] else _smaller(self.pixels, side)
        options = AUGMENTATIONS[self.augmentation] if self.augmentation else None
        self._transforms = aug_transforms(size=size, **options) if options else []

    def see_through(self, front: nn.Module | None) -> None:
        """Serve what the layers of `front` make of the pictures, from now on; the pictures themselves for None."""
        self._front, self._seen = front, []

    def to(self, device: torch.device | str) -> Batches:
        """Serve on this device."""
        self.device, self._seen = torch.device(device), []
        return self

    def new(self, **options: Any) -> Batches:
        """The same without variation, in order: what fastai asks for to make predictions."""
        still = copy.copy(self)
        still.augmentation, still.share, still.progress, still._front = None, (0, 1), iter, None
        still.resize(self.size)
        return still

    @property
    def n(self) -> int:
        """How many pictures an epoch has."""
        return len(self.targets)

    def __len__(self) -> int:
        """How many batches an epoch has, in this process."""
        if not self.augmentation:
            return math.ceil(self.n / self.bs)
        whole, left = divmod(self.n // self.share[1], self.bs)
        return max(1, whole + (2 * left >= self.bs and left > 1))  # BatchNorm can't learn from a single picture

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """One epoch. The order comes from torch's random numbers."""
        order = torch.randperm(self.n) if self.augmentation else torch.arange(self.n)
        rank, count = self.share
        if self.augmentation and count > 1:
            order = order[: self.n // count * count][rank::count]
            torch.manual_seed(int(torch.randint(2**31, ())) + rank)  # each process varies its pictures in its own way
        for index, chosen in enumerate(self.progress(order.split(self.bs)[: len(self)])):
            yield self._input(index, chosen), self.targets[chosen].to(self.device)

    def _input(self, index: int, chosen: Tensor) -> Tensor:
        """What the network is given: a batch of pictures, or what the first layers see in them."""
        if index < len(self._seen):
            return self._seen[index]
        bytes_ = torch.from_numpy(self._ready[chosen.numpy()]).to(self.device)
        pictures = self._normalise(self._vary(bytes_.float().div_(255)))
        if self._front is None:
            return pictures
        with torch.no_grad():
            seen: Tensor = self._front(pictures.contiguous(memory_format=torch.channels_last))
        if self.augmentation is None and seen.nbytes * len(self) < SEEN:
            self._seen.append(seen)  # the same in every epoch
        return seen

    def _vary(self, pictures: Tensor) -> Tensor:
        if not self._transforms:
            return pictures if pictures.shape[-1] == self.size else _resized(pictures, self.size)
        from fastai.vision.core import TensorImage

        varied = TensorImage(pictures)
        for transform in self._transforms:
            varied = transform(varied, split_idx=0)
        result: Tensor = varied.as_subclass(Tensor)
        return result

    def _normalise(self, pictures: Tensor) -> Tensor:
        mean, std = (values.to(self.device).view(1, 3, 1, 1) for values in IMAGENET)
        return (pictures - mean) / std


class Loaders(DataLoaders):  # type: ignore[misc]  # fastai ships no types
    """Batches to train and to validate with; whatever else fastai asks for comes from `exported`.

    `exported` is an ordinary fastai DataLoaders that prepares pictures in the same way: it alone goes into an export.
    """

    _default = "exported"

    def __init__(self, *loaders: Batches, exported: Any, path: Path) -> None:
        self.exported = exported
        super().__init__(*loaders, path=path)
        self.device = exported.device

    def new_empty(self) -> Any:
        """What an export keeps: how pictures are prepared, and no picture."""
        return self.exported.new_empty()

    def see_through(self, front: nn.Module | None) -> None:
        """Serve what the layers of `front` make of pictures; the pictures themselves for None."""
        quick = _fused(front) if front is not None else None
        for batches in self.loaders:
            batches.see_through(quick)

    def test_dl(self, *items: Any, **options: Any) -> Any:
        """How pictures that are asked about are prepared."""
        return self.exported.test_dl(*items, **options)

    def resize(self, size: int) -> None:
        """Train and validate on pictures of `size` pixels from now on."""
        for batches in self.loaders:
            batches.resize(size)

    def fingerprint(self) -> list[Any]:
        """What tells these labels, these pictures and this split from others."""
        served = [crc32(part) for batches in self.loaders for part in (batches.pixels, batches.targets.numpy())]
        return [list(map(str, self.exported.vocab)), *served]

    def show_batch(self, max_n: int = 9, figsize: tuple[float, float] = (6, 6)) -> Figure:
        """Draw pictures as the network is shown them while it trains."""
        import matplotlib.pyplot as plt

        pictures, targets = next(iter(self.loaders[0]))
        mean, std = (values.view(3, 1, 1) for values in IMAGENET)
        columns = math.ceil(math.sqrt(max_n))
        figure, axes = plt.subplots(math.ceil(max_n / columns), columns, figsize=figsize, squeeze=False)
        for ax in axes.flat:
            ax.axis("off")
        for ax, picture, target in zip(axes.flat, pictures[:max_n].cpu(), targets.cpu(), strict=False):
            ax.imshow((picture * std + mean).clamp(0, 1).permute(1, 2, 0).numpy())
            ax.set_title(str(self.exported.vocab[int(target)]), fontsize=10)
        figure.tight_layout()
        return figure


def loaders(
    dataset: Dataset,
    train: Sequence[int],
    valid: Sequence[int],
    size: int,
    batch_size: int = 32,
    augmentation: str = "normal",
    largest: int | None = None,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> Loaders:
    """Read the pictures of a data set, once, and serve them at `size` pixels; up to `largest` after a resize."""
    largest = max(size, largest or size)
    vocabulary = dataset.vocabulary
    numbers = {label: number for number, label in enumerate(vocabulary)}
    targets = torch.tensor([numbers[label] for label in dataset.labels])
    sides = [(train, round(largest * MARGIN), augmentation), (valid, largest, None)]
    batches = []
    for indices, side, varied in sides:
        pixels = decode([dataset.pictures[i] for i in indices], side, progress)
        full = min(batch_size, len(indices)) if varied else 2 * batch_size
        batches.append(Batches(pixels, targets[list(indices)], size, full, varied))
    return Loaders(*batches, exported=exported(vocabulary, largest), path=_home())


def _home() -> Path:
    """An empty folder, which goes when the process ends."""
    home = TemporaryDirectory(prefix="snowpeople-")
    atexit.register(home.cleanup)
    return Path(home.name)


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
    home = _home() / vocabulary[0]
    home.mkdir()
    examples = [home / f"{number}.png" for number in range(2)]
    for example in examples:
        Image.new("RGB", (size, size)).save(example)
    return block.dataloaders(examples, bs=1, num_workers=0)


def _fused(layers: nn.Module) -> nn.Module:
    """A copy of layers that do not learn, each normalisation folded into the convolution before it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's, of its own insides
        from torch.fx.experimental.optimization import fuse

    fused: nn.Module = fuse(layers.eval())
    return fused


def _smaller(pixels: Bytes, side: int) -> Bytes:
    """The same pictures, scaled down: N×3×side×side."""
    result = _room(len(pixels), side)
    for start in range(0, len(pixels), 256):
        part = torch.from_numpy(np.ascontiguousarray(pixels[start : start + 256])).float()
        result[start : start + 256] = _resized(part, side).round_().clamp_(0, 255).byte().numpy()
    return result


def _resized(pictures: Tensor, side: int) -> Tensor:
    return nn.functional.interpolate(pictures, size=(side, side), mode="bilinear", antialias=True)
