"""How a learner makes a batch of a picture, and whether that can be repeated without fastai."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image

from . import archive
from .archive import ExportError
from .classifier import fit
from .onnx import pixels


def preparation(learn: Any) -> dict[str, Any]:
    """How the learner makes a batch of a picture, as the card says it: size and resize. Raises ExportError."""
    from fastai.vision.augment import Resize

    if getattr(learn.dls, "n_inp", 1) != 1 or not hasattr(learn.dls, "vocab"):
        raise ExportError("only classifiers of single pictures can be exported")
    logits = torch.linspace(-3, 5, len(learn.dls.vocab))[None]
    activation = getattr(learn.loss_func, "activation", None)
    if activation is None or not torch.allclose(activation(logits), logits.softmax(-1)):
        loss = type(learn.loss_func).__name__
        raise ExportError(f"only classifiers that choose one label a picture can be exported (the loss is {loss})")
    resizes = [transform for transform in learn.dls.after_item if isinstance(transform, Resize)]
    if len(resizes) != 1 or resizes[0].size[0] != resizes[0].size[1]:
        raise ExportError("the learner's item transforms must hold one Resize(size, method=...) to a square")
    method = resizes[0].method
    if method not in archive.RESIZES:
        raise ExportError(f"Resize(method={method!r}) can't be repeated outside fastai; use 'squish' or 'crop'")
    return {"size": int(resizes[0].size[0]), "resize": str(method)}


def compare(learn: Any, picture: Image.Image, size: int, resize: str) -> None:
    """Make sure that nothing else in the learner changes a picture: a second resize, a crop of the batch, ...

    Raises ExportError where something does.
    """
    odd = picture.convert("RGB").resize((2 * size + 41, size + 13))
    theirs = pixels(learn, [odd], batch_size=1)
    ours = np.asarray(fit(odd, size, resize), np.float32).transpose(2, 0, 1)[None] / np.float32(255)
    batch = next(iter(theirs))
    if batch.shape != ours.shape or not np.allclose(batch, ours, atol=0.002):
        raise ExportError(
            f"the learner does more to a picture that it is asked about than Resize({size}, method={resize!r}) and "
            "Normalize; leave out its other transforms that act on validation pictures"
        )
