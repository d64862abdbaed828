"""From labelled pictures to a trained fastai Learner: a pretrained ResNet18, fine-tuned or taught by a bigger model."""

from __future__ import annotations

import math
import os
import random
import warnings
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from . import _torchvision  # noqa: F401  lets fastai import torchvision
from .dataset import Dataset
from .picture import read

SHIPPED = Path(__file__).resolve().parent.parent / "export.pkl"


class BackboneError(ValueError):
    """No pretrained weights to start from. The message says what was tried."""


def set_seed(seed: int) -> None:
    """Make what follows repeat: Python's, NumPy's and torch's random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def backbone(
    weights: str | os.PathLike[str] | None = None, shipped: str | os.PathLike[str] = SHIPPED
) -> tuple[nn.Module, str]:
    """The body of a ResNet18 with pretrained weights, and a sentence that says where they came from.

    weights: a file of torchvision's ResNet18 weights (.safetensors or .pth); without one, ImageNet weights by network,
    else the body of the export at `shipped`. Never random: raises BackboneError when nothing can be loaded.
    """
    from torchvision.models import ResNet18_Weights, resnet18

    network = resnet18(weights=None)
    if weights is not None:
        _load(network, Path(weights))
        return _body(network), f"weights of {Path(weights).name}"
    try:
        state = ResNet18_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as no_network:  # urllib's errors are OSErrors; a wrong checksum is a RuntimeError
        try:
            from .export import load

            body = load(shipped).model[0]
        except Exception as error:  # a pickle can raise anything
            raise BackboneError(
                f"ImageNet weights can't be downloaded ({no_network}) and {shipped} can't be opened ({error}). "
                "Give the path of a ResNet18 weights file."
            ) from error
        return body, f"the body of {Path(shipped).name}, as ImageNet weights could not be downloaded ({no_network})"
    network.load_state_dict(state)
    return _body(network), "ImageNet weights of torchvision"


def learner(
    dataset: Dataset,
    train: Sequence[int],
    valid: Sequence[int],
    body: nn.Module,
    size: int = 64,
    batch_size: int = 32,
    augment: bool = True,
) -> Any:
    """A fastai Learner on `dataset`: pictures squished to `size` pixels, the body frozen, a new head.

    Everything in it is fastai's and torch's own, so that its export loads without this package.
    """
    import fastai.callback.progress
    import fastai.callback.schedule  # noqa: F401  gives a Learner lr_find and fit_one_cycle
    from fastai.data.block import CategoryBlock, DataBlock
    from fastai.data.transforms import IndexSplitter, Normalize, parent_label
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat
    from fastai.metrics import accuracy
    from fastai.vision.augment import Resize, aug_transforms
    from fastai.vision.core import imagenet_stats
    from fastai.vision.data import ImageBlock
    from fastai.vision.learner import create_head, model_meta
    from torchvision.models import resnet18

    chosen = dataset.subset([*train, *valid])
    augmentation = aug_transforms(max_rotate=15, max_zoom=1.3, max_lighting=0.4, max_warp=0.1) if augment else []
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock(vocab=dataset.vocabulary)),
        get_y=parent_label,
        splitter=IndexSplitter(range(len(train), len(chosen))),
        item_tfms=Resize(size, method="squish"),
        batch_tfms=[*augmentation, Normalize.from_stats(*imagenet_stats)],
    )
    # Workers cost more than they save on small pictures, and can't start from a notebook everywhere.
    loaders = block.dataloaders(_copies(chosen, 4 * size), bs=min(batch_size, len(train)), num_workers=0)
    head = create_head(512, len(dataset.vocabulary), lin_ftrs=[], ps=0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learn = Learner(
            loaders,
            nn.Sequential(body, head),
            loss_func=CrossEntropyLossFlat(),
            metrics=accuracy,
            splitter=model_meta[resnet18]["split"],
        )
    learn.freeze()
    return learn


def fine_tune(learn: Any, rate: float, frozen_epochs: int = 2, epochs: int = 6) -> None:
    """Train the head alone, then all of it: one cycle each, the body's first layers at a hundredth of the rate."""
    learn.freeze()
    learn.fit_one_cycle(frozen_epochs, rate)
    learn.unfreeze()
    learn.fit_one_cycle(epochs, slice(rate / 200, rate / 2))


def calibrate(learn: Any) -> float:
    """Make the learner's probabilities as true as one number can, on its validation pictures; return that number.

    Logits are divided by it for good, in the weights of the last layer; no answer changes. Temperature scaling:
    C. Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    with learn.no_bar(), learn.no_logging():
        probabilities, targets = learn.get_preds()
    value = temperature(probabilities.clamp(min=1e-9).log(), targets)
    last = [module for module in learn.model.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        for parameter in last.parameters():
            parameter.div_(value)
    return value


def temperature(logits: Tensor, targets: Tensor) -> float:
    """What to divide logits (N×K) by so that their probabilities fit `targets` (N) best, from 0.2 to 5."""
    candidates = torch.logspace(math.log10(0.2), math.log10(5), 141)
    losses = [nn.functional.cross_entropy(logits / value, targets) for value in candidates]
    return float(candidates[int(torch.stack(losses).argmin())])


def card(dataset: Dataset, train: Sequence[int], valid: Sequence[int], origin: str, size: int) -> dict[str, Any]:
    """How a classifier was trained, for its card: data, counts, split, start, date and versions."""
    counts = {
        side: {label: {"pictures": pictures, "groups": groups} for label, (pictures, groups) in part.counts().items()}
        for side, part in (("training", dataset.subset(train)), ("validation", dataset.subset(valid)))
    }
    return {
        "data": dataset.folder.name,
        "counts": counts,
        "split": "whole groups (near copies, pictures of one source) on one side",
        "start": origin,
        "size": size,
        "date": date.today().isoformat(),
        "versions": {name: version(name) for name in ("fastai", "torch", "torchvision", "onnxruntime", "pillow")},
    }


def _copies(dataset: Dataset, longest: int) -> list[Path]:
    """The pictures as fastai can read them: upright, RGB, at most `longest` pixels, in a folder of this process.

    fastai itself ignores EXIF's orientation, knows no HEIC and makes transparency black. Small copies are also read
    faster, epoch after epoch.
    """
    home = TemporaryDirectory(prefix="snowpeople-")
    _HOMES.append(home)
    copies = []
    for number, (file, label) in enumerate(zip(dataset.pictures, dataset.labels, strict=True)):
        picture = read(file)
        picture.thumbnail((longest, longest), Image.Resampling.BILINEAR)
        copy = Path(home.name) / label / f"{number:06}.png"
        copy.parent.mkdir(exist_ok=True)
        picture.save(copy, compress_level=1)
        copies.append(copy)
    return copies


# Removed when the process ends.
_HOMES: list[TemporaryDirectory[str]] = []


def _load(network: nn.Module, path: Path) -> None:
    """Put the weights of a file into a ResNet18, all but those of its last layer, whose classes are others."""
    if not path.is_file():
        raise BackboneError(f"{path} does not exist; name a ResNet18 weights file (.safetensors or .pth)")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each reader has errors of its own
        raise BackboneError(f"{path} can't be read as weights: {error}") from error
    try:
        body = {name: value.float() for name, value in state.items() if not name.startswith("fc.")}
        missing, unexpected = network.load_state_dict(body, strict=False)
    except (AttributeError, RuntimeError) as error:  # no table of tensors, or tensors of other shapes
        raise BackboneError(f"{path} does not hold the weights of torchvision's ResNet18") from error
    # Older files do not count the batches that went into their statistics.
    if unexpected or any(not name.startswith("fc.") and not name.endswith("num_batches_tracked") for name in missing):
        raise BackboneError(f"{path} does not hold the weights of torchvision's ResNet18")


def _body(network: Any) -> nn.Module:
    """All of a ResNet but its pooling and its last layer, in the order fastai keeps them."""
    return nn.Sequential(*list(network.children())[:-2])
