"""Distillation: a small student studies a bank of views until it sees in them what its teacher sees.

Method: L. Beyer et al., Knowledge distillation: a good teacher is patient and consistent, CVPR 2022,
arXiv 2106.05237; the student also imitates the teacher's features, as in A. Romero et al., FitNets, arXiv 1412.6550.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .bank import Bank
from .teacher import Heads, fit_heads


class Imitator(nn.Module):
    """A student, body and head as fastai builds them, with a layer more: from its pooled features to the teacher's."""

    def __init__(self, student: nn.Sequential, width: int, size: int) -> None:
        super().__init__()
        head = list(student[1].children())
        self.body, self.pool, self.head = student[0], nn.Sequential(*head[:2]), nn.Sequential(*head[2:])
        with torch.no_grad():
            pooled = self.eval().pool(self.body(torch.zeros(1, 3, size, size)))
        self.project = nn.Linear(pooled.shape[1], width)

    def student(self) -> nn.Sequential:
        """The student alone, sharing its weights."""
        return nn.Sequential(self.body, nn.Sequential(*self.pool, *self.head))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised pictures N×3×S×S to logits N×K and imitated features N×D."""
        pooled = self.pool(self.body(pictures))
        return self.head(pooled), self.project(pooled)


def distill(
    student: nn.Sequential,
    bank: Bank,
    classes: int,
    mean: Tensor,
    std: Tensor,
    epochs: int = 8,
    rate: float = 2e-3,
    batch_size: int = 64,
    imitation: float = 2.0,
    trust: float = 0.7,
    seed: int = 0,
    checkpoint: Path | None = None,
    after_epoch: Callable[[int, float, nn.Sequential], Any] = lambda epoch, loss, student: None,
    progress: Callable[[Sequence[Tensor]], Iterable[Tensor]] = iter,
) -> Heads:
    """Train `student` in place on `bank`; return the teacher's heads, to compare with.

    mean, std: 3 values each, the student's normalisation. rate: the highest learning rate of one cycle.
    imitation: the weight of the feature loss. trust: how much of a target is the teacher's word, the rest is the label.
    checkpoint: where to keep the state after each epoch, and go on from after a kill, also with other `epochs`.
        With the same, the result is that of a run that was not killed. Raises ValueError for another bank's checkpoint.
    after_epoch: called with the epoch, its mean loss and the averaged student.
    progress: wraps the iteration over an epoch's batches, as a progress bar does.
    """
    batch_size = min(batch_size, len(bank.views))
    torch.manual_seed(seed)
    heads = fit_heads(torch.from_numpy(bank.features), torch.from_numpy(bank.targets), classes, seed=seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.inference_mode():
        features = torch.from_numpy(bank.features)
        imitated = heads.standardise(features)
        soft = trust * heads(features) + (1 - trust) * F.one_hot(torch.from_numpy(bank.targets), classes)
    imitator = Imitator(student, features.shape[1], bank.views.shape[1])
    imitator.to(device)
    _lay_out(imitator, torch.channels_last)
    batches = len(bank.views) // batch_size
    # The pretrained body learns at a third of the rate of what is new.
    rates = (rate / 3, rate)
    new = [*imitator.head.parameters(), *imitator.project.parameters()]
    parts = [{"params": list(imitator.body.parameters())}, {"params": new}]
    optimizer = torch.optim.AdamW(parts, weight_decay=0.02, fused=True)
    average = AveragedModel(imitator, multi_avg_fn=_average, use_buffers=True)
    state = {"imitator": imitator, "optimizer": optimizer, "average": average}
    settings = [classes, features.shape[1], *bank.views.shape, seed]
    start = _resume(checkpoint, state, settings)
    averaged = cast(Imitator, average.module).student()
    middle, spread = (values.to(device).view(1, 3, 1, 1) for values in (mean, std))
    for epoch in range(start, epochs):
        # An epoch's random numbers are its own, so that it is the same after a kill; dropout draws from torch's.
        torch.manual_seed(seed * 1000 + epoch)
        generator = torch.Generator().manual_seed(seed * 1000 + epoch)
        imitator.train()
        total = 0.0
        order = torch.randperm(len(bank.views), generator=generator)[: batches * batch_size]
        for step, chosen in enumerate(progress(order.split(batch_size))):
            factor = _cycle((epoch + step / batches) / epochs)
            for group, highest in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = highest * factor
            x = torch.from_numpy(bank.views[chosen.numpy()]).to(device).permute(0, 3, 1, 2).float() / 255
            x = _shift(x if torch.rand((), generator=generator) < 0.5 else x.flip(3), generator)
            x = ((x - middle) / spread).contiguous(memory_format=torch.channels_last)
            goal, look = soft[chosen].to(device), imitated[chosen].to(device)
            if torch.rand((), generator=generator) < 0.5:
                share = max(0.05, 0.5 * float(torch.rand((), generator=generator)))
                x, goal, look = (torch.lerp(values, values.flip(0), share) for values in (x, goal, look))
            with torch.autocast(device.type, torch.bfloat16):
                logits, seen = imitator(x)
            loss = F.cross_entropy(logits.float(), goal) + imitation * F.smooth_l1_loss(seen.float(), look)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.update_parameters(imitator)
            total += loss.item()
        averaged.eval()
        _keep(checkpoint, epoch, state, settings)
        after_epoch(epoch, total / batches, averaged)
    student.load_state_dict(averaged.state_dict())
    _lay_out(student.cpu(), torch.contiguous_format)
    return heads


def _lay_out(network: nn.Module, layout: torch.memory_format) -> None:
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=layout)


def _cycle(done: float, rise: float = 0.15) -> float:
    """The share of the highest rate when the share `done` of the training is over: one cycle, up and down as cosines.

    L. N. Smith, N. Topin, Super-convergence, arXiv 1708.07120.
    """
    if done < rise:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * done / rise)) / 2
    return (1 + math.cos(math.pi * (done - rise) / (1 - rise))) / 2


def _shift(x: Tensor, generator: torch.Generator, most: int = 6) -> Tensor:
    """The batch moved by up to `most` pixels, its border repeated."""
    down, right = torch.randint(0, 2 * most + 1, (2,), generator=generator).tolist()
    size = x.shape[-1]
    return F.pad(x, (most,) * 4, mode="replicate")[..., down : down + size, right : right + size]


def _average(averaged: Any, current: Any, steps: Any) -> None:
    """An exponential moving average that forgets the untrained student: the memory grows to 500 steps with the run."""
    decay = min(0.998, (1 + float(steps)) / (10 + float(steps)))
    get_ema_multi_avg_fn(decay)(averaged, current, steps)


def _resume(checkpoint: Path | None, state: dict[str, Any], settings: list[int]) -> int:
    if checkpoint is None or not checkpoint.exists():
        return 0
    saved = torch.load(checkpoint, weights_only=True)
    if saved.get("settings", settings) != settings:
        raise ValueError(f"{checkpoint} is of another bank, student or seed; move it away or name another")
    for name, part in state.items():
        part.load_state_dict(saved[name])
    return int(saved["epoch"]) + 1


def _keep(checkpoint: Path | None, epoch: int, state: dict[str, Any], settings: list[int]) -> None:
    if checkpoint is None:
        return
    part = checkpoint.with_suffix(".part")
    parts = {name: value.state_dict() for name, value in state.items()}
    torch.save({"epoch": epoch, "settings": settings, **parts}, part)
    part.replace(checkpoint)
