"""Batches vary only pictures that are learnt from, share an epoch out, and look but once at what stays the same."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from epochs import epoch, make_batches, shown
from helpers import scene
from torch import Tensor, nn

from snowpeople.callbacks import set_seed
from snowpeople.loaders import batches as module
from snowpeople.loaders.batches import AUGMENTATIONS, Batches

# ---- epochs


@pytest.mark.parametrize(
    ("count", "batch_size", "sizes"),
    [(8, 4, [4, 4]), (10, 4, [4, 4, 2]), (9, 4, [4, 4]), (3, 4, [3]), (5, 2, [2, 2]), (1, 4, [1])],
)
def test_what_is_left_of_less_than_half_a_batch_is_not_learnt_from(
    count: int, batch_size: int, sizes: list[int]
) -> None:
    batches = make_batches(count, batch_size=batch_size, augmentation="none")
    found = [targets.tolist() for _, targets in batches]
    assert [len(targets) for targets in found] == sizes
    assert len(batches) == len(sizes)
    assert len({target for targets in found for target in targets}) == sum(sizes)  # none twice
    # To validate, all count, and in order.
    still = batches.new()
    assert epoch(still)[1].tolist() == list(range(count))
    assert len(list(still)) == len(still)


def test_each_epoch_is_in_another_order_and_the_same_seed_in_the_same() -> None:
    batches = make_batches(32, augmentation="normal")
    set_seed(1)
    first, second = epoch(batches), epoch(batches)
    assert sorted(first[1].tolist()) == sorted(second[1].tolist()) == list(range(32))
    assert not torch.equal(first[1], second[1])
    set_seed(1)
    again = epoch(batches)
    assert torch.equal(first[1], again[1])
    assert torch.equal(first[0], again[0])


@pytest.mark.parametrize("count", [12, 13])
def test_several_processes_share_an_epoch(count: int) -> None:
    shares = []
    for rank in range(2):
        batches = make_batches(count, batch_size=3, augmentation="light")
        batches.share = (rank, 2)
        set_seed(5)
        shares.append([targets.tolist() for _, targets in batches])
        assert len(shares[-1]) == len(batches) == 2
        assert epoch(batches.new())[1].tolist() == list(range(count))  # what is measured is not shared
    seen = [target for share in shares for targets in share for target in targets]
    assert len(seen) == len(set(seen)) == 12


def test_several_processes_vary_their_pictures_in_ways_of_their_own() -> None:
    found = []
    for rank in range(2):
        batches = Batches(
            np.tile(np.asarray(scene((16, 16))).transpose(2, 0, 1), (8, 1, 1, 1)), torch.zeros(8), 16, 4, "strong"
        )
        batches.share = (rank, 2)
        set_seed(5)
        found.append(epoch(batches)[0])
    assert not torch.allclose(found[0], found[1])


def test_a_bar_of_progress_sees_every_batch() -> None:
    batches = make_batches(12, augmentation="none")
    told: list[int] = []

    def progress(steps: Sequence[Any]) -> Iterator[Any]:
        told.append(len(steps))
        yield from steps

    batches.progress = progress
    assert len(list(batches)) == 3
    list(batches.new())
    assert told == [3]


# ---- variation


def test_more_augmentation_changes_pictures_more_and_none_changes_nothing() -> None:
    picture = np.asarray(scene((40, 40)).resize((40, 40))).transpose(2, 0, 1)
    changes = {}
    for name in AUGMENTATIONS:
        batches = Batches(np.tile(picture, (64, 1, 1, 1)), torch.zeros(64), 32, 64, name)
        still = shown(epoch(batches.new())[0])[0]
        set_seed(0)
        varied = shown(epoch(batches)[0])
        assert varied.shape == (64, 3, 32, 32)
        assert (varied >= -1e-3).all()
        assert (varied <= 1 + 1e-3).all()
        mirrored = still.flip(-1)
        changes[name] = float(torch.minimum(*((varied - s).abs().mean((1, 2, 3)) for s in (still, mirrored))).mean())
        if name != "none":
            assert len({round(float(each.mean()), 5) for each in varied}) > 16  # each picture in its own way
    assert changes["none"] < 0.005
    assert changes["none"] < changes["light"] < changes["normal"] < changes["strong"]


# ---- layers that do not learn


class Front(nn.Module):
    """Counts the pictures that it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = 0

    def forward(self, pictures: Tensor) -> Tensor:
        self.shown += len(pictures)
        return pictures.mean((2, 3))


def test_what_does_not_learn_is_shown_validation_pictures_once() -> None:
    batches, front = make_batches(10), Front()
    pictures = epoch(batches)[0]
    batches.see_through(front)
    for _ in range(3):
        assert torch.allclose(epoch(batches)[0], pictures.mean((2, 3)), atol=1e-6)
    assert front.shown == 10
    # An epoch that was left in the middle does not disturb the next ones.
    batches.see_through(front)
    next(iter(batches))
    assert torch.allclose(epoch(batches)[0], pictures.mean((2, 3)), atol=1e-6)
    assert front.shown == 20
    batches.resize(8)
    assert epoch(batches)[0].shape == (10, 3)
    assert front.shown == 30
    assert torch.allclose(epoch(batches.new())[0].mean((2, 3)), epoch(batches)[0], atol=1e-6)
    batches.see_through(None)
    assert epoch(batches)[0].shape == (10, 3, 8, 8)


def test_what_does_not_learn_is_shown_training_pictures_in_every_epoch() -> None:
    batches, front = make_batches(10, batch_size=5, augmentation="strong"), Front()
    batches.see_through(front)
    first, second = (set(map(tuple, epoch(batches)[0].tolist())) for _ in range(2))
    assert front.shown == 20
    assert not first & second


def test_where_there_is_no_room_to_keep_what_is_seen_it_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEEN", 0)
    batches, front = make_batches(10), Front()
    pictures = epoch(batches)[0]
    batches.see_through(front)
    for _ in range(2):
        assert torch.allclose(epoch(batches)[0], pictures.mean((2, 3)), atol=1e-6)
    assert front.shown == 20


# ---- devices


def test_batches_come_on_the_device_that_was_asked_for_last() -> None:
    batches = make_batches(8)
    batches.see_through(nn.Identity())
    epoch(batches)
    pictures, targets = next(iter(batches.to("meta")))
    assert pictures.device == targets.device == torch.device("meta")
