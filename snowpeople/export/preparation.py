"""How a learner makes a batch of a picture, and whether that can be repeated without fastai."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from .. import archive
from ..archive import ExportError
from ..preprocessing import fit


def preparation(learn: Any) -> dict[str, Any]:
    """How the learner makes an item of a picture, as the card says it: size and resize. Raises ExportError."""
    from fastai.vision.augment import RandomResizedCrop, Resize

    if getattr(learn.dls, "n_inp", 1) != 1 or not hasattr(learn.dls, "vocab"):
        raise ExportError("only classifiers of single pictures can be exported")
    logits = torch.linspace(-3, 5, len(learn.dls.vocab))[None]
    activation = getattr(learn.loss_func, "activation", None)
    if activation is None or not torch.allclose(activation(logits), logits.softmax(-1)):
        loss = type(learn.loss_func).__name__
        raise ExportError(f"only classifiers that choose one label a picture can be exported (the loss is {loss})")
    resizes = [each for each in learn.dls.after_item if isinstance(each, Resize | RandomResizedCrop)]
    if len(resizes) != 1 or resizes[0].size[0] != resizes[0].size[1]:
        raise ExportError(
            "the learner's item transforms must hold one Resize(size, method=...) or RandomResizedCrop(size), "
            "to a square"
        )
    # What RandomResizedCrop does to pictures that are asked about is always the same.
    method = resizes[0].method if isinstance(resizes[0], Resize) else "middle"
    if method not in archive.RESIZES:
        raise ExportError(f"Resize(method={method!r}) can't be repeated outside fastai; use 'squish' or 'crop'")
    return {"size": int(resizes[0].size[0]), "resize": str(method)}


class Batch(nn.Module):
    """What a learner's batch transforms do to pictures it is asked about: N×3×S×S in [0, 1] to what its network sees.

    Those of fastai that change the size (`aug_transforms(size=...)`) make each pixel a mean of pixels near it, rows and
    columns apart: two matrices say all of it.
    """

    mean: Tensor
    std: Tensor
    rows: Tensor
    columns: Tensor

    def __init__(self, mean: Tensor, std: Tensor, rows: Tensor | None = None, columns: Tensor | None = None) -> None:
        """mean, std: of three channels. rows: T×S. columns: S×T. Without them pictures keep their size."""
        super().__init__()
        self.register_buffer("mean", mean.reshape(1, 3, 1, 1))
        self.register_buffer("std", std.reshape(1, 3, 1, 1))
        self.resizes = rows is not None and columns is not None
        if rows is not None and columns is not None:
            self.register_buffer("rows", rows)
            self.register_buffer("columns", columns)

    def forward(self, pictures: Tensor) -> Tensor:
        """N×3×S×S in [0, 1] to N×3×T×T, normalised."""
        if self.resizes:
            pictures = self.rows @ pictures @ self.columns
        return (pictures - self.mean) / self.std


def batch(learn: Any, size: int) -> Batch:
    """The learner's batch transforms, found by showing them single bright rows and columns of pixels."""
    from fastai.data.transforms import IntToFloatTensor, Normalize
    from fastai.vision.core import TensorImage

    mean, std = torch.zeros(3), torch.ones(3)
    others = []
    for transform in learn.dls.after_batch:
        if isinstance(transform, Normalize):
            mean, std = (torch.as_tensor(value).float().cpu().flatten() for value in (transform.mean, transform.std))
        elif not isinstance(transform, IntToFloatTensor):
            others.append(transform)

    def change(pictures: Tensor) -> Tensor:
        made: Any = TensorImage(pictures)
        for transform in others:
            made = transform(made, split_idx=1)
        result: Tensor = made.as_subclass(Tensor)
        return result

    columns = _shares(change, size)
    rows = _shares(lambda pictures: change(pictures.mT).mT, size).T
    same = rows.shape == columns.shape and all(torch.allclose(each, torch.eye(size)) for each in (rows, columns))
    return Batch(mean, std) if same else Batch(mean, std, rows.contiguous(), columns)


def _shares(change: Callable[[Tensor], Tensor], size: int) -> Tensor:
    """What each column of pictures S pixels wide gives to each column that `change` makes of them: S×T."""
    found = []
    for some in torch.arange(size).split(8):  # all at once would be gigabytes
        pictures = torch.zeros(len(some), 3, size, size)
        for picture, column in zip(pictures, some, strict=True):
            picture[:, :, column] = 1
        made = change(pictures)
        found.append(made[:, 0, made.shape[2] // 2])
    return torch.cat(found)


def compare(learn: Any, picture: Image.Image, size: int, resize: str) -> None:
    """Make sure that nothing else in the learner changes a picture: a second resize, an odd augmentation, ...

    Raises ExportError where something does.
    """
    from fastai.vision.core import PILImage

    odd = picture.convert("RGB").resize((2 * size + 41, size + 13))
    # Colours of all kinds besides: a black picture, or a grey one, would hide much.
    patches = Image.fromarray(np.random.default_rng(0).integers(0, 256, (5, 8, 3), np.uint8))
    odd = Image.blend(odd, patches.resize(odd.size, Image.Resampling.BILINEAR), 0.6)
    theirs = next(iter(learn.dls.test_dl([PILImage(odd.copy())], bs=1, num_workers=0)))[0].cpu().as_subclass(Tensor)
    item = np.asarray(fit(odd, size, resize), np.float32).transpose(2, 0, 1)[None] / np.float32(255)
    ours = batch(learn, size)(torch.from_numpy(item))
    if theirs.shape != ours.shape or not torch.allclose(theirs, ours, rtol=0, atol=0.01):
        raise ExportError(
            f"the learner does more to a picture that it is asked about than resizing ({resize}, {size} pixels) and "
            "Normalize; leave out its other transforms that act on validation pictures"
        )
