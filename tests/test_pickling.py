"""The fastai half is small, nearly the same and loads by fastai's means; the learner itself stays as it was."""

import copy
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from helpers import colours
from torch import Tensor, nn

from snowpeople import ExportError, export, recipe
from snowpeople.backbone import ARCHITECTURES, Backbone
from snowpeople.callbacks import set_seed
from snowpeople.dataset import Dataset
from snowpeople.export import pickling
from snowpeople.recipe import Recipe


def network() -> nn.Sequential:
    """Layers of many kinds, one without gradients, with statistics."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 24, 3), nn.BatchNorm2d(24), nn.ReLU(), nn.Conv2d(24, 48, 3, groups=2), nn.PReLU()]
    made = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 256), nn.Linear(256, 2))
    made[0].requires_grad_(False)
    with torch.no_grad():
        made.train()(torch.randn(8, 3, 16, 16))  # statistics of something
    return made


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return colours(tmp_path_factory.mktemp("data") / "colours")


@pytest.fixture
def make(data: Dataset, fastai_vision: ModuleType) -> Callable[..., Any]:
    """Make an ordinary learner of a network."""
    vision = fastai_vision

    def learner(model: nn.Module | None = None) -> Any:
        block = vision.DataBlock(
            blocks=(vision.ImageBlock, vision.CategoryBlock(vocab=["blue", "red"])),
            get_y=vision.parent_label,
            splitter=vision.IndexSplitter([0, 3]),
            item_tfms=vision.Resize(16, method="squish"),
        )
        paths = [path for path in data.pictures if path.parent.name != "deeper"]
        loaders = block.dataloaders(paths, bs=2, num_workers=0)
        return vision.Learner(loaders, model or network(), loss_func=vision.CrossEntropyLossFlat())

    return learner


def kept(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in state.items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# ---- what comes out


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_weights_are_nearly_the_same_and_all_else_is_just_the_same(
    whole: bool, layout: torch.memory_format, make: Callable[..., Any], tmp_path: Path
) -> None:
    learn = make()
    learn.model.to(memory_format=layout)
    pickling.dump(learn, tmp_path / "small.pkl", whole)
    found = export.load(tmp_path / "small.pkl").model
    exact = learn.model.state_dict()
    assert found.state_dict().keys() == exact.keys()
    for name, value in found.state_dict().items():
        if value.dim() < 2:
            assert torch.equal(value, exact[name])
            continue
        assert value.dtype == torch.float32
        largest = exact[name].abs().flatten(1).amax(1).view(-1, *[1] * (value.dim() - 1))
        step = largest / 64 if whole else largest / 1024
        assert ((value - exact[name]).abs() <= 0.501 * step).all()
        levels = {len(channel.unique()) for channel in value}
        assert max(levels) <= 129 or not whole
    assert [p.requires_grad for p in found.parameters()] == [p.requires_grad for p in learn.model.parameters()]
    x = torch.randn(4, 3, 16, 16)
    with torch.inference_mode():
        assert torch.allclose(found.eval()(x), learn.model.eval()(x), atol=0.05)


def test_whole_numbers_are_smaller_than_half_precision_and_that_than_plain(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    learn = make()
    sizes = []
    for whole in (True, False):
        pickling.dump(learn, tmp_path / "small.pkl", whole)
        sizes.append((tmp_path / "small.pkl").stat().st_size)
    weights = sum(parameter.numel() for parameter in learn.model.parameters())
    plain = pickling.plain_size(learn)
    assert sizes[0] < sizes[1] - 0.8 * weights
    assert sizes[1] < plain - 1.8 * weights


def test_an_export_of_an_export_loses_nothing_more(make: Callable[..., Any], tmp_path: Path) -> None:
    for name, whole in (("first.pkl", True), ("half.pkl", False)):
        pickling.dump(make(), tmp_path / name, whole)
        first = export.load(tmp_path / name)
        again = make(first.model)
        pickling.dump(again, tmp_path / "again.pkl", whole)
        # To the last bit but one: scales are rounded.
        for one, other in zip(
            first.model.parameters(), export.load(tmp_path / "again.pkl").model.parameters(), strict=True
        ):
            assert torch.allclose(one, other, rtol=1e-6, atol=1e-9)


def test_layers_that_share_their_weights_go_on_sharing_them(make: Callable[..., Any], tmp_path: Path) -> None:
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), first, second, nn.Linear(3, 2))
    pickling.dump(make(model), tmp_path / "small.pkl")
    found = export.load(tmp_path / "small.pkl").model
    assert found[2].weight is found[3].weight


def test_what_is_small_already_stays_as_it_is(make: Callable[..., Any], tmp_path: Path) -> None:
    learn = make()
    learn.model[7].to(torch.bfloat16)
    learn.model.register_buffer("numbers", torch.arange(12).view(3, 4))
    pickling.dump(learn, tmp_path / "small.pkl")
    found = export.load(tmp_path / "small.pkl").model
    assert torch.equal(found[7].weight, learn.model[7].weight)
    assert torch.equal(found.numbers, learn.model.numbers)


def test_labels_and_preparation_come_along_and_no_picture(
    make: Callable[..., Any], data: Dataset, tmp_path: Path
) -> None:
    learn = make()
    pickling.dump(learn, tmp_path / "small.pkl")
    found = export.load(tmp_path / "small.pkl")
    assert list(found.dls.vocab) == ["blue", "red"]
    assert not len(found.dls.train_ds)
    with found.no_bar():
        assert found.predict(data.pictures[0])[0] in ("blue", "red")


# ---- what stays


def test_the_learner_goes_on_as_if_nothing_had_been(make: Callable[..., Any], tmp_path: Path) -> None:
    def steps(between: Callable[[Any], object]) -> dict[str, Tensor]:
        set_seed(1)
        learn = make()
        with learn.no_bar(), learn.no_logging():
            learn.fit(1, 0.01)
            before = (learn.dls, learn.opt, learn.path, learn.loss_func, learn.splitter, learn.model)
            weights = kept(learn.model.state_dict())
            between(learn)
            assert (learn.dls, learn.opt, learn.path, learn.loss_func, learn.splitter, learn.model) == before
            assert same(weights, learn.model.state_dict())
            set_seed(2)
            learn.fit(1, 0.01, reset_opt=False)
        return kept(learn.model.state_dict())

    plain = steps(lambda learn: None)
    assert same(steps(lambda learn: pickling.dump(learn, tmp_path / "small.pkl")), plain)
    assert same(steps(lambda learn: pickling.dump(learn, tmp_path / "small.pkl", whole=False)), plain)
    assert same(steps(pickling.plain_size), plain)


def test_the_plain_size_is_that_of_fastais_own_export(make: Callable[..., Any], tmp_path: Path) -> None:
    learn = make()
    learn.path = tmp_path
    learn.export("plain.pkl")
    assert pickling.plain_size(learn) == pytest.approx((tmp_path / "plain.pkl").stat().st_size, rel=0.02)


# ---- what served our training alone


def test_how_it_was_trained_by_us_is_not_needed_to_load_it(data: Dataset, tmp_path: Path) -> None:
    body = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU())
    base = Backbone(ARCHITECTURES["small"], body, 8, "nothing", pretrained=False)
    learn = recipe.learner(data, [0, 1, 2, 6, 7, 8, 9], [5, 11], base, Recipe(sizes=(32,), batch_size=4, smoothing=0.2))
    assert learn.loss_func.func.weight is not None
    pickling.dump(learn, tmp_path / "small.pkl")  # it names nothing but fastai's own, or would be refused
    found = export.load(tmp_path / "small.pkl")
    assert found.loss_func.func.weight is None
    assert type(learn.splitter).__module__.startswith("snowpeople.")
    assert learn.loss_func.func.weight is not None
    assert len(learn.dls.loaders[0]) == 2


class OwnLayer(nn.Module):
    """A layer that only this module has."""

    def forward(self, x: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize("model", [OwnLayer(), nn.Sequential(nn.ReLU(), OwnLayer())])
def test_a_network_of_ones_own_code_is_refused_by_name(
    model: nn.Module, make: Callable[..., Any], tmp_path: Path
) -> None:
    whole = nn.Sequential(network(), copy.deepcopy(model))
    with pytest.raises(ExportError, match="uses code of test_pickling, so its export would load only where that is"):
        pickling.dump(make(whole), tmp_path / "small.pkl")
