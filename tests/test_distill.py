"""A student learns what its teacher sees; killed, it goes on to the same end."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from snowpeople.distill import distill
from snowpeople.distill.bank import Bank

MEAN, STD = torch.full((3,), 0.45), torch.full((3,), 0.25)


def make_bank(count: int, seed: int = 0) -> Bank:
    """Noise with a bright bar, lying or standing; the teacher's features hold the label among others."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, count)
    views = rng.integers(0, 120, (count, 32, 32, 3), np.uint8)
    for view, target in zip(views, targets, strict=True):
        place = int(rng.integers(8, 20))
        bar = np.s_[place : place + 4] if target else np.s_[:, place : place + 4]
        view[bar] = 230
    features = rng.normal(size=(count, 6)).astype(np.float32)
    features[:, 2] += 4 * targets
    return Bank(views, features, targets)


def make_student(seed: int = 0) -> nn.Sequential:
    """A small network built as fastai's are: a body, and a head that begins with pooling."""
    from fastai.layers import AdaptiveConcatPool2d

    torch.manual_seed(seed)
    body = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU()
    )
    head = nn.Sequential(AdaptiveConcatPool2d(), nn.Flatten(), nn.BatchNorm1d(32), nn.Dropout(0.3), nn.Linear(32, 2))
    return nn.Sequential(body, head)


def accuracy(student: nn.Module, bank: Bank) -> float:
    x = torch.from_numpy(bank.views).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        answers = student.eval()((x - MEAN.view(1, 3, 1, 1)) / STD.view(1, 3, 1, 1)).argmax(1)
    return float((answers == torch.from_numpy(bank.targets)).float().mean())


def study(student: nn.Sequential, bank: Bank, **options: Any) -> nn.Sequential:
    distill(student, bank, 2, MEAN, STD, **{"epochs": 2, "batch_size": 32, "rate": 1e-2, **options})
    return student


def same(first: nn.Module, second: nn.Module) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


@pytest.mark.usefixtures("fastai_vision")
def test_the_student_learns_the_labels() -> None:
    student = make_student()
    before = copy.deepcopy(student)
    told: list[tuple[int, float]] = []

    def after_epoch(epoch: int, loss: float, averaged: nn.Sequential) -> None:
        told.append((epoch, loss))
        assert not averaged.training
        assert list(averaged.state_dict()) == list(student.state_dict())

    bank = make_bank(600)
    heads = distill(student, bank, 2, MEAN, STD, epochs=6, batch_size=32, rate=1e-2, after_epoch=after_epoch)
    assert accuracy(student, make_bank(200, seed=1)) > 0.9
    assert accuracy(before, make_bank(200, seed=1)) < 0.75
    assert [epoch for epoch, _ in told] == list(range(6))
    assert told[-1][1] < told[0][1]
    with torch.inference_mode():
        right = heads(torch.from_numpy(bank.features)).argmax(1).numpy() == bank.targets
    assert right.mean() > 0.9
    assert all(value.device.type == "cpu" and value.is_contiguous() for value in student.state_dict().values())


@pytest.mark.usefixtures("fastai_vision")
def test_killed_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    bank = make_bank(96)
    whole = study(make_student(), bank, epochs=3)
    again = study(make_student(), bank, epochs=3)
    assert same(whole, again)

    class Killed(BaseException):
        pass

    def kill(epoch: int, loss: float, student: nn.Sequential) -> None:
        if epoch == 1:
            raise Killed

    checkpoint = tmp_path / "student.ckpt"
    with pytest.raises(Killed):
        study(make_student(), bank, epochs=3, checkpoint=checkpoint, after_epoch=kill)
    epochs: list[int] = []
    # The start does not matter any more: all is in the checkpoint.
    resumed = study(
        make_student(seed=7), bank, epochs=3, checkpoint=checkpoint, after_epoch=lambda *told: epochs.append(told[0])
    )
    assert epochs == [2]
    assert same(whole, resumed)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["student.ckpt"]
    with pytest.raises(ValueError, match=r"student\.ckpt is of another bank, student or seed"):
        study(make_student(), make_bank(64), checkpoint=checkpoint)


@pytest.mark.usefixtures("fastai_vision")
def test_a_bank_smaller_than_a_batch() -> None:
    losses: list[float] = []
    study(make_student(), make_bank(10), batch_size=64, after_epoch=lambda *told: losses.append(told[1]))
    assert np.isfinite(losses).all()
    assert len(losses) == 2
