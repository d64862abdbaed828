"""Probabilities as true as one number can make them, and a sense of what the classifier has never seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

KEEP = 0.95  # the share of known pictures that the threshold keeps, at least


def temperature(logits: Tensor, targets: Tensor) -> float:
    """What to divide logits (N×K) by so that their probabilities fit `targets` (N) best, from 0.2 to 5.

    C. Guo et al., On calibration of modern neural networks, ICML 2017. Ten right of ten don't make an answer certain:
    as in Laplace's rule of succession, one more is held to be wrong.
    """
    number, labels = logits.shape
    doubt = 1 / (number + 2) * labels / max(labels - 1, 1)
    candidates = torch.logspace(math.log10(0.2), math.log10(5), 141)
    losses = [nn.functional.cross_entropy(logits / value, targets, label_smoothing=doubt) for value in candidates]
    return float(candidates[int(torch.stack(losses).argmin())])


def soften(model: nn.Module, value: float) -> None:
    """Divide the logits of a network by `value` for good, in the weights of its last layer; no answer changes."""
    last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        for parameter in last.parameters():
            parameter.div_(value)


class Familiarity(nn.Module):
    """How much a picture is like those that were learnt from: features N×D to N numbers from 0 to 1.

    A Mahalanobis distance to the nearest class (K. Lee et al., A simple unified framework for detecting
    out-of-distribution samples, NeurIPS 2018), of pooled features made comparable (square root, length 1), with one
    covariance for all classes, shrunk (Ledoit and Wolf 2004). 0.5 is where KEEP of the known pictures are kept.
    """

    means: Tensor
    directions: Tensor
    floor: Tensor
    threshold: Tensor
    scale: Tensor

    def __init__(self, means: Tensor, directions: Tensor, floor: float) -> None:
        """means: K×D. directions: D×R, the covariance's main ones, scaled. floor: its precision in all others."""
        super().__init__()
        self.register_buffer("means", means)
        self.register_buffer("directions", directions)
        for name, value in (("floor", floor), ("threshold", 0.0), ("scale", 1.0)):
            self.register_buffer(name, torch.tensor(float(value)))

    def distance(self, features: Tensor) -> Tensor:
        """To the nearest class: N."""
        x = _comparable(features)[:, None] - self.means[None]
        squares = self.floor * x.square().sum(-1) - (x @ self.directions).square().sum(-1)
        return squares.clamp(min=0).amin(1).sqrt()

    def forward(self, features: Tensor) -> Tensor:
        """Features N×D to familiarity N."""
        return torch.sigmoid((self.threshold - self.distance(features)) / self.scale)


def fit_familiarity(
    features: Tensor, targets: Tensor, kept_apart: Tensor, keep: float = KEEP, rank: int = 64
) -> Familiarity:
    """Learn what is known from training features (N×D) and their classes (N), and set the threshold on others (M×D).

    At least the share `keep` of `kept_apart` gets 0.5 or more.
    """
    from sklearn.covariance import LedoitWolf

    x = _comparable(features)
    classes = targets.unique()
    means = torch.stack([x[targets == label].mean(0) for label in classes])
    own = torch.searchsorted(classes, targets)
    covariance = LedoitWolf(assume_centered=True).fit((x - means[own]).double().numpy()).covariance_
    values, vectors = np.linalg.eigh(covariance)  # from small to large
    rank = min(rank, len(values) - 1)
    floor = 1 / max(float(np.mean(values[:-rank])), 1e-12)
    gain = np.sqrt(np.maximum(floor - 1 / np.maximum(values[-rank:], 1e-12), 0))
    made = Familiarity(means.float(), torch.from_numpy(vectors[:, -rank:] * gain).float(), floor)
    distances = made.distance(kept_apart).sort().values
    at = min(len(distances) - 1, math.ceil(keep * len(distances)) - 1)
    beyond = distances[at + 1] if at + 1 < len(distances) else distances[at] * 1.02
    made.threshold.copy_((distances[at] + beyond) / 2)
    made.scale.copy_(distances.std(correction=0).clamp(min=1e-3 * float(distances.mean()) + 1e-9))
    return made


def pooled(body: nn.Module, batches: Sequence[tuple[Tensor, Tensor]] | Any) -> tuple[Tensor, Tensor]:
    """The body's features of all pictures of some batches, averaged over each picture: N×D, and the targets N."""
    device = next(body.parameters()).device
    body.eval()
    rows = []
    with torch.inference_mode():
        for pictures, targets in batches:
            rows.append((body(pictures.to(device)).mean((2, 3)).float().cpu(), targets.cpu()))
    return torch.cat([features for features, _ in rows]), torch.cat([targets for _, targets in rows])


def _comparable(features: Tensor) -> Tensor:
    return nn.functional.normalize(features.clamp(min=0).sqrt(), dim=-1, eps=1e-6)
