"""Pictures in memory → the batches of an epoch, varied a little and normalised."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .pixels import Bytes, resized, smaller

# How much larger than needed training pictures are kept, so that zooming in a little loses nothing.
MARGIN = 1.25
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
        self._ready = self.pixels if side >= self.pixels.shape[-1] else smaller(self.pixels, side)
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
            return pictures if pictures.shape[-1] == self.size else resized(pictures, self.size)
        from fastai.vision.core import TensorImage

        varied = TensorImage(pictures)
        for transform in self._transforms:
            varied = transform(varied, split_idx=0)
        result: Tensor = varied.as_subclass(Tensor)
        return result

    def _normalise(self, pictures: Tensor) -> Tensor:
        mean, std = (values.to(self.device).view(1, 3, 1, 1) for values in IMAGENET)
        return (pictures - mean) / std
