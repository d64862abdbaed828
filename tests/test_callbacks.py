"""What a training keeps, when it stops, and how it is shared: each part alone. test_recipe.py has them together."""

import copy
import math
import os
import random
import resource
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from snowpeople.callbacks import Interrupt, Keeper, Progress, set_seed

SETTINGS = {"sizes": (16, 32), "rate": 0.003, "pictures": [["blue", "red"], 123]}

# ---- random numbers


def drawn() -> list[float]:
    return [random.random(), float(np.random.random()), float(torch.rand(()))]


@pytest.mark.parametrize("seed", [0, 1, 4295, 20_261_125, 2**31, 2**32 + 1, 2**64 + 5])
def test_a_seed_makes_all_random_numbers_repeat_however_large_it_is(seed: int) -> None:
    set_seed(seed)
    numbers = drawn()
    assert drawn() != numbers
    set_seed(seed)
    assert drawn() == numbers
    set_seed(seed + 1)
    assert drawn()[0] != numbers[0]


# ---- progress


def test_what_was_saved_is_gone_on_from(tmp_path: Path) -> None:
    file = tmp_path / "deeper" / "my.state"
    before = Progress.start(SETTINGS)
    before.update(phase=1, epoch=2, since=3, rate=0.01, model={"weight": torch.arange(4.0)})
    before["history"].append({"phase": 0, "epoch": 0, "valid_loss": 0.5})
    before.save(file)
    found = Progress.resume(file, SETTINGS)
    assert torch.equal(found.pop("model")["weight"], before.pop("model")["weight"])
    assert found == before


@pytest.mark.parametrize("name", ["missing.state", None])
def test_without_a_state_it_begins(name: str | None, tmp_path: Path) -> None:
    assert Progress.resume(tmp_path / name if name else None, SETTINGS) == Progress.start(SETTINGS)
    Progress.start(SETTINGS).save(None)  # nowhere
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "other",
    [{**SETTINGS, "rate": 0.004}, {**SETTINGS, "pictures": [["blue", "red"], 124]}, {}, None],
)
def test_the_state_of_another_training_is_not_taken(other: Any, tmp_path: Path) -> None:
    file = tmp_path / "my.state"
    done = Progress.start(other)
    done["epoch"] = 5
    done.save(file)
    content = file.read_bytes()
    assert Progress.resume(file, SETTINGS) == Progress.start(SETTINGS)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"my.state.before": content}


class Trap:
    """Pickles as a call that leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_a_state_runs_no_code_and_what_is_none_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "my.state"
    torch.save({**Progress.start(SETTINGS), "best": Trap(tmp_path / "ran")}, file)
    content = file.read_bytes()
    for bad in (content, content[: len(content) // 2], b"", b"hello"):
        file.write_bytes(bad)
        assert Progress.resume(file, SETTINGS) == Progress.start(SETTINGS)
        assert (tmp_path / "my.state.damaged").read_bytes() == bad
        assert [path.name for path in tmp_path.iterdir()] == ["my.state.damaged"]


def test_a_state_that_can_not_be_written_costs_nothing_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "my.state"
    progress = Progress.start(SETTINGS)
    progress.save(file)
    progress["model"] = {"weight": torch.zeros(1_000_000)}
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))  # as if there was no more room
    try:
        with pytest.raises((OSError, RuntimeError)):
            progress.save(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert Progress.resume(file, SETTINGS) == Progress.start(SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["my.state"]


@pytest.mark.parametrize(("patience", "since", "tired"), [(0, 0, False), (0, 99, False), (3, 2, False), (3, 3, True)])
def test_patience_ends_after_so_many_epochs(patience: int, since: int, tired: bool) -> None:
    progress = Progress.start(SETTINGS)
    progress["since"] = since
    assert progress.tired(patience) is tired


# ---- the keeper


class Lines:
    """A training of one weight, whose validation losses are those that a test gives."""

    def __init__(self, vision: ModuleType, losses: list[float]) -> None:
        self.losses = iter(losses)
        data = [(x, 2 * x) for x in torch.linspace(0, 1, 8)[:, None]]
        dls = vision.DataLoaders(*(vision.DataLoader(data, bs=4) for _ in range(2)))
        self.size = 16
        for loader in dls.loaders:
            loader.size = self.size
        self.model = nn.Linear(1, 1)
        self.learn = vision.Learner(dls, self.model, loss_func=self.loss, metrics=self.accuracy)

    def loss(self, found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        if self.learn.training:
            return (found - wanted).square().mean()
        if self.learn.iter == 0:
            self.now = next(self.losses)
        return torch.tensor(self.now)

    def accuracy(self, found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return torch.tensor(0.75)

    def fit(self, epochs: int, progress: Progress, **options: Any) -> None:
        given = {"phase": 0, "seed": 1, "patience": 0, "file": None, "stop": lambda: False, "say": str, **options}
        with self.learn.no_bar(), self.learn.no_logging():
            self.learn.fit(epochs, 0.1, cbs=[Keeper(progress, self.model, **given)])


@pytest.fixture
def lines(fastai_vision: ModuleType) -> Callable[[list[float]], Lines]:
    torch.manual_seed(0)
    return lambda losses: Lines(fastai_vision, losses)


def test_the_weights_of_the_epoch_with_the_lowest_loss_are_kept(lines: Callable[[list[float]], Lines]) -> None:
    training, progress = lines([3.0, 1.0, 2.0, 1.0]), Progress.start(SETTINGS)
    weights: list[Any] = []
    training.fit(4, progress, say=lambda line: weights.append(copy.deepcopy(training.model.state_dict())))
    best = progress["best"]
    assert (best["loss"], best["epoch"], best["size"]) == (1.0, 1, 16)  # the first of equals
    assert all(torch.equal(value, weights[1][name]) for name, value in best["model"].items())
    assert not torch.equal(best["model"]["weight"], progress["model"]["weight"])
    assert torch.equal(progress["model"]["weight"], weights[3]["weight"])
    assert (progress["since"], progress["phase"], progress["epoch"]) == (2, 0, 4)
    assert [row["valid_loss"] for row in progress["history"]] == [3.0, 1.0, 2.0, 1.0]
    assert {row["accuracy"] for row in progress["history"]} == {0.75}


def test_a_loss_at_another_size_does_not_compare(lines: Callable[[list[float]], Lines]) -> None:
    training, progress = lines([1.0, 2.0]), Progress.start(SETTINGS)
    training.fit(1, progress)
    for loader in training.learn.dls.loaders:
        loader.size = 32
    training.fit(1, progress, phase=1)
    assert (progress["best"]["loss"], progress["best"]["size"], progress["best"]["phase"]) == (2.0, 32, 1)


def test_a_loss_that_is_no_number_is_better_than_none_and_worse_than_any(
    lines: Callable[[list[float]], Lines],
) -> None:
    training, progress = lines([math.nan, 5.0, math.nan, 6.0]), Progress.start(SETTINGS)
    losses: list[float] = []
    training.fit(4, progress, say=lambda line: losses.append(progress["best"]["loss"]))
    assert math.isnan(losses[0])
    assert losses[1:] == [5.0, 5.0, 5.0]


def test_it_stops_where_nothing_improves_and_says_each_epoch(lines: Callable[[list[float]], Lines]) -> None:
    training, progress = lines([3.0, 1.0, 2.0, 1.5, 0.5]), Progress.start(SETTINGS)
    said: list[str] = []
    training.fit(5, progress, patience=2, say=said.append)
    assert said == [
        f"epoch {n}: loss {loss}, 75.0% right" for n, loss in enumerate(("3.000", "1.000", "2.000", "1.500"), 1)
    ]
    assert progress["best"]["loss"] == 1.0


def test_a_training_that_is_lost_from_the_start_stops_too(lines: Callable[[list[float]], Lines]) -> None:
    training, progress = lines([math.nan] * 9), Progress.start(SETTINGS)
    training.fit(9, progress, patience=2)
    assert len(progress["history"]) == 3


def test_whoever_asks_to_stop_is_heard_after_the_batch(lines: Callable[[list[float]], Lines]) -> None:
    training, progress = lines([1.0, 1.0, 1.0]), Progress.start(SETTINGS)
    training.fit(3, progress, stop=lambda: bool(progress["history"]))
    assert len(progress["history"]) == 1
    # The state is that after the last whole epoch, not that after the batch.
    assert progress["epoch"] == 1


def test_an_epoch_draws_the_same_numbers_whatever_was_before(lines: Callable[[list[float]], Lines]) -> None:
    drawn_at: list[list[float]] = []
    for skipped in (0, 2):
        training, progress = lines([1.0] * 3), Progress.start(SETTINGS)
        random.seed(skipped)
        keeper = Keeper(
            progress, training.model, 1, 20_261_125, 0, None, lambda: False, lambda line: drawn_at.append(drawn())
        )
        with training.learn.no_bar(), training.learn.no_logging():
            training.learn.fit(3, 0.1, cbs=[keeper], start_epoch=skipped)
    assert len(drawn_at) == 4
    assert drawn_at[3] == drawn_at[2]
    assert len({numbers[0] for numbers in drawn_at[:3]}) == 3


# ---- Ctrl-C


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_ctrl_c_is_noted_and_the_second_is_as_always() -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupt = Interrupt()
    with interrupt as stop:
        assert not stop()
        press()
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is before
    assert interrupt()
    with pytest.raises(KeyboardInterrupt):
        press()


def test_another_thread_has_no_ctrl_c_and_can_train_all_the_same() -> None:
    before, told = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with Interrupt() as stop:
            told.append(stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert told == [False]
    assert signal.getsignal(signal.SIGINT) is before
