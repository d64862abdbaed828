"""A bigger model whose knowledge a small one takes over: pictures to features, from torch Hub collections or ONNX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import _torchvision  # noqa: F401  lets torchvision be imported, by timm as well

Floats = np.ndarray[Any, np.dtype[np.float32]]
# N×3×H×W pictures, RGB in [0, 1], to N×D features.
Teacher = Callable[[Floats], Floats]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class TeacherError(ValueError):
    """No such teacher. The message says which there are."""


def load_teacher(name: str) -> Teacher:
    """Load a teacher: `FILE.onnx`, `timm:MODEL` or `torchvision:MODEL`; the last two download ImageNet weights.

    An ONNX teacher takes `picture` (N×3×H×W in [0, 1]) and gives features N×D or N×D×h×w, which are averaged over
    h and w. Raises TeacherError for any other name; what a download raises passes through.
    """
    kind, _, model = name.partition(":")
    if name.endswith(".onnx"):
        return _onnx(Path(name))
    if kind == "timm" and model:
        import timm

        return _torch(timm.create_model(model, pretrained=True, num_classes=0))
    if kind == "torchvision" and model:
        from torchvision import models

        network = models.get_model(model, weights="DEFAULT")
        return _torch(_without_classes(network))
    raise TeacherError(f"a teacher is FILE.onnx, timm:MODEL or torchvision:MODEL, not {name!r}")


def _onnx(path: Path) -> Teacher:
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def features(pictures: Floats) -> Floats:
        result: Floats = session.run(None, {name: pictures})[0]
        return result.mean((2, 3)) if result.ndim == 4 else result

    return features


def _torch(network: nn.Module) -> Teacher:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = network.eval().to(device)
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))

    @torch.inference_mode()
    def features(pictures: Floats) -> Floats:
        result: Floats = network((torch.from_numpy(pictures).to(device) - mean) / std).flatten(1).float().cpu().numpy()
        return result

    return features


def _without_classes(network: nn.Module) -> nn.Module:
    """`network` with its last linear layer, the one that names ImageNet's classes, replaced by nothing."""
    linear = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise TeacherError(f"{type(network).__name__} can't teach: it ends in no linear layer. Name another model")
    name = linear[-1]
    parent = network.get_submodule(name.rpartition(".")[0])
    setattr(parent, name.rpartition(".")[2], nn.Identity())
    return network


class Heads(nn.Module):
    """Small classifiers on a teacher's features, averaged: features N×D to probabilities N×K."""

    mean: Tensor
    std: Tensor

    def __init__(self, features: Tensor, classes: int, hidden: tuple[int, ...] = (0, 256, 256)) -> None:
        """Standardise as `features` (N×D) ask; one head an entry of `hidden`, linear where it is 0."""
        super().__init__()
        self.register_buffer("mean", features.mean(0))
        self.register_buffer("std", features.std(0) + 1e-3)
        width = features.shape[1]
        self.heads = nn.ModuleList(
            _two_layers(width, units, classes) if units else nn.Linear(width, classes) for units in hidden
        )

    def standardise(self, features: Tensor) -> Tensor:
        """Features with mean 0 and deviation 1 over the pictures the heads learnt from, cut at 5 deviations."""
        return ((features - self.mean) / self.std).clamp(-5, 5)

    def forward(self, features: Tensor) -> Tensor:
        """The heads' mean probabilities, N×K."""
        x = self.standardise(features)
        return torch.stack([head(x).softmax(-1) for head in self.heads]).mean(0)


def _two_layers(width: int, units: int, classes: int) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.3), nn.Linear(width, units), nn.ReLU(), nn.Dropout(0.4), nn.Linear(units, classes)
    )


def fit_heads(features: Tensor, targets: Tensor, classes: int, epochs: int = 8, seed: int = 0) -> Heads:
    """Train heads on features N×D and label indices N: AdamW, one cycle, mixup, a little label smoothing."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    heads = Heads(features, classes)
    one_hot = F.one_hot(targets, classes).float() * 0.95 + 0.05 / classes
    batches = max(1, len(features) // 256)
    optimizer = torch.optim.AdamW(heads.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=epochs * batches)
    for _ in range(epochs):
        for chosen in torch.randperm(len(features), generator=generator).chunk(batches):
            x, y = heads.standardise(features[chosen]), one_hot[chosen]
            share, partner = torch.rand(1, generator=generator).pow(3) / 2, torch.randperm(len(x), generator=generator)
            x, y = torch.lerp(x, x[partner], share), torch.lerp(y, y[partner], share)
            loss = torch.stack([F.cross_entropy(head(x), y) for head in heads.heads]).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return heads.eval()
