"""Training changes the right layers, repeats, goes on after a kill with the same result, and ends when asked to."""

import copy
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from helpers import colours
from torch import Tensor, nn

from snowpeople import recipe
from snowpeople.backbone import ARCHITECTURES, Backbone
from snowpeople.dataset import Dataset, DatasetError
from snowpeople.recipe import Recipe, Trained

TRAIN, VALID = [*range(4), *range(6, 10)], [4, 5, 10, 11]
QUICK = Recipe(sizes=(32,), frozen_epochs=1, epochs=2, rate=3e-3, batch_size=4)


@pytest.fixture(scope="module")
def network(fastai_vision: ModuleType) -> nn.Module:
    torch.manual_seed(1)
    whole: nn.Module = fastai_vision.resnet18(weights=None)
    return whole


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return colours(tmp_path_factory.mktemp("data") / "pictures")


@pytest.fixture
def make(data: Dataset, network: nn.Module) -> Callable[..., Any]:
    """Make a learner: of the same recipe, the same at each call."""

    def learner(how: Recipe = QUICK) -> Any:
        body = nn.Sequential(*list(copy.deepcopy(network).children())[:-2])
        base = Backbone(ARCHITECTURES["resnet18"], body, 512, "a test", pretrained=True)
        return recipe.learner(data, TRAIN, VALID, base, how)

    return learner


def fit(learn: Any, how: Recipe = QUICK, state: Path | None = None, say: Callable[[str], Any] = str) -> Trained:
    with learn.no_bar(), learn.no_logging():
        return recipe.fit(learn, how, "a test", state, say)


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


class KilledError(Exception):
    """Stands for whatever ends a process between two epochs."""


def kill_after(epochs: int) -> Callable[[str], None]:
    def say(line: str) -> None:
        if line.startswith(f"epoch {epochs}:"):
            raise KilledError("killed")  # fastai wants words

    return say


def test_the_learner_has_the_labels_of_the_data_set(make: Callable[..., Any], data: Dataset) -> None:
    learn = make()
    assert list(learn.dls.vocab) == data.vocabulary
    train, valid = learn.dls.loaders
    # Pictures in folders further down have the label of the first folder.
    for part, indices in ((train.new(), TRAIN), (valid, VALID)):
        targets = torch.cat([targets for _, targets in part])
        assert [data.vocabulary[int(label)] for label in targets] == [data.labels[i] for i in indices]
    x, y = next(iter(train))
    assert (x.shape, y.shape) == ((4, 3, 32, 32), (4,))


def test_the_head_alone_learns_first(make: Callable[..., Any]) -> None:
    how = Recipe(sizes=(32,), frozen_epochs=2, epochs=0, rate=3e-3, batch_size=4)
    learn = make(how)
    body, head = (copy.deepcopy(part.state_dict()) for part in learn.model)
    fit(learn, how)
    assert same(body, learn.model[0].state_dict())  # its statistics too
    assert not same(head, learn.model[1].state_dict())


def test_the_first_layers_never_change_and_all_others_do(make: Callable[..., Any]) -> None:
    learn = make()
    early = learn.splitter.early
    assert 0 < early < len(learn.model[0])
    layers = [*learn.model[0], learn.model[1]]
    before = [copy.deepcopy(layer.state_dict()) for layer in layers]
    fit(learn)
    layers = [*learn.model[0], learn.model[1]]
    kept = [same(old, new.state_dict()) for old, new in zip(before, layers, strict=True)]
    assert kept == [number < early for number in range(len(layers))]
    changed = dict(layers[early].named_parameters())
    assert any(not torch.equal(before[early][name], value) for name, value in changed.items())


def test_all_layers_of_an_untrained_network_learn(data: Dataset, network: nn.Module) -> None:
    body = nn.Sequential(*list(copy.deepcopy(network).children())[:-2])
    base = Backbone(ARCHITECTURES["resnet18"], body, 512, "random weights", pretrained=False)
    how = replace(QUICK, keep_best=False)
    learn = recipe.learner(data, TRAIN, VALID, base, how)
    first = learn.model[0][0].weight.detach().clone()
    fit(learn, how)
    assert not torch.equal(first, learn.model[0][0].weight)


def test_the_same_seed_gives_the_same_network(make: Callable[..., Any]) -> None:
    networks = []
    for _ in range(2):
        learn = make()
        fit(learn)
        networks.append(learn.model.state_dict())
    assert same(*networks)


@pytest.mark.parametrize("sizes", [(32,), (32, 40)])
@pytest.mark.parametrize("killed", [1, 2, 3])
def test_going_on_after_a_kill_gives_the_same_network(
    sizes: tuple[int, ...], killed: int, make: Callable[..., Any], tmp_path: Path
) -> None:
    how = Recipe(sizes=sizes, frozen_epochs=1, epochs=3, rate=3e-3, batch_size=4, mixup=0.2)
    whole = make(how)
    expected = fit(whole, how)
    state = tmp_path / "work" / "my.state"
    with pytest.raises(KilledError):
        fit(make(how), how, state, kill_after(killed))
    said: list[str] = []
    again = make(how)
    found = fit(again, how, state, said.append)
    assert said[0] == f"going on after epoch {killed}, from {state}"
    assert len(said) == 1 + 4 - killed
    assert found == expected
    assert same(whole.model.state_dict(), again.model.state_dict())
    assert [path.name for path in state.parent.iterdir()] == ["my.state"]


def test_pictures_grow_and_the_last_size_is_measured(make: Callable[..., Any]) -> None:
    how = Recipe(sizes=(32, 40), frozen_epochs=1, epochs=3, rate=3e-3, batch_size=4)
    assert how.phases() == [(32, True, 1), (32, False, 2), (40, False, 1)]
    learn = make(how)
    assert next(iter(learn.dls.valid))[0].shape[-1] == 32
    outcome = fit(learn, how)
    assert [row["phase"] for row in outcome.history] == [0, 1, 1, 2]
    assert outcome.kept == (2, 0)  # losses at another size don't compare
    assert next(iter(learn.dls.valid))[0].shape[-1] == 40


def test_a_damaged_state_is_set_aside(make: Callable[..., Any], tmp_path: Path) -> None:
    learn = make()
    fit(learn)
    state = tmp_path / "my.state"
    state.write_bytes(b"PK half of a state")
    again = make()
    fit(again, state=state)
    assert same(learn.model.state_dict(), again.model.state_dict())
    assert (tmp_path / "my.state.damaged").read_bytes() == b"PK half of a state"


def test_a_state_of_another_training_is_not_gone_on_from(make: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "my.state"
    with pytest.raises(KilledError):
        fit(make(), state=state, say=kill_after(2))
    killed = state.read_bytes()
    other = Recipe(sizes=(32,), frozen_epochs=1, epochs=2, rate=4e-3, batch_size=4)
    said: list[str] = []
    fit(make(other), other, state, said.append)
    assert said[0] == f"{state} is of another training, or damaged: it was renamed, and this one begins anew"
    assert [line.partition(":")[0] for line in said[1:]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert (tmp_path / "my.state.before").read_bytes() == killed


def test_ctrl_c_ends_it_with_the_best_so_far(make: Callable[..., Any], tmp_path: Path) -> None:
    state = tmp_path / "my.state"

    def interrupt(line: str) -> None:
        if line.startswith("epoch 2:"):
            os.kill(os.getpid(), signal.SIGINT)

    learn = make()
    before = signal.getsignal(signal.SIGINT)
    outcome = fit(learn, state=state, say=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    assert outcome.stopped
    assert len(outcome.history) == 2
    best = torch.load(state, weights_only=True)["best"]
    assert outcome.kept == (best["phase"], best["epoch"])
    losses = {(row["phase"], row["epoch"]): row["valid_loss"] for row in outcome.history}
    assert best["loss"] == losses[outcome.kept] == min(losses.values())
    assert same(learn.model.state_dict(), best["model"])
    # The same call goes on from there.
    whole, again = make(), make()
    assert fit(again, state=state) == fit(whole)
    assert same(whole.model.state_dict(), again.model.state_dict())


def test_it_stops_when_nothing_improves(make: Callable[..., Any]) -> None:
    # A rate at which it can only get worse after the first epochs.
    how = Recipe(sizes=(32,), frozen_epochs=8, epochs=8, rate=30.0, batch_size=4, patience=2)
    outcome = fit(make(how), how)
    losses = [row["valid_loss"] for row in outcome.history]
    assert len(losses) < 16
    assert not outcome.stopped
    best = min(range(len(losses)), key=losses.__getitem__)
    assert len(losses) == best + 1 + 2
    assert outcome.kept == (outcome.history[best]["phase"], outcome.history[best]["epoch"])


def test_the_last_epoch_where_the_best_is_not_wanted(make: Callable[..., Any]) -> None:
    how = Recipe(sizes=(32,), frozen_epochs=1, epochs=1, rate=3e-3, batch_size=4, keep_best=False)
    assert fit(make(how), how).kept is None


def test_rare_labels_weigh_more(make: Callable[..., Any]) -> None:
    labels = ["a"] * 8 + ["b"] * 2
    assert recipe._weights(labels, ["a", "b"]).tolist() == pytest.approx([0.625, 2.5])
    assert recipe._weights(["a"] * 999 + ["b"], ["a", "b"]).tolist() == pytest.approx([0.5005, 5])
    assert make().loss_func.func.weight.tolist() == [1, 1]
    assert make(Recipe(sizes=(32,), balance=False)).loss_func.func.weight is None


def test_nothing_to_validate_on(data: Dataset, network: nn.Module) -> None:
    body = nn.Sequential(*list(network.children())[:-2])
    base = Backbone(ARCHITECTURES["resnet18"], body, 512, "a test", pretrained=True)
    with pytest.raises(DatasetError, match="only one distinct picture, so none can be kept apart"):
        recipe.learner(data, range(12), [], base, QUICK)


@pytest.mark.parametrize("sizes", [(), (8,), (64, 32)])
def test_sizes_that_make_no_sense(sizes: tuple[int, ...]) -> None:
    with pytest.raises(DatasetError, match="sizes must be one or more, from small to large"):
        Recipe(sizes=sizes)


def test_an_unknown_augmentation() -> None:
    with pytest.raises(DatasetError, match="no augmentation 'wild'; choose one of none, light, normal, strong"):
        Recipe(augmentation="wild")


def test_the_rate_it_looks_for_is_a_sane_one(make: Callable[..., Any]) -> None:
    learn = make()
    before = copy.deepcopy(learn.model.state_dict())
    assert 3e-3 <= recipe.find_rate(learn) <= 1e-2
    assert same(before, learn.model.state_dict())
