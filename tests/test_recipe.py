"""Training starts from real weights or says why not, trains the right parts, repeats, and tells true probabilities."""

import copy
import pickle
import urllib.error
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn

from snowpeople import recipe
from snowpeople.dataset import Dataset
from snowpeople.recipe import BackboneError

COLOURS = {"blue": (30, 60, 200), "red": (200, 60, 30)}


@pytest.fixture(scope="module")
def network(fastai_vision: ModuleType) -> nn.Module:
    torch.manual_seed(1)
    whole: nn.Module = fastai_vision.resnet18(weights=None)
    return whole


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("data")
    paths = []
    for label, colour in COLOURS.items():
        (folder / label / "deeper").mkdir(parents=True)
        for number in range(6):
            path = folder / label / ("deeper" if number % 2 else "") / f"{number}.png"
            Image.new("RGB", (40, 32), tuple(level + 8 * number for level in colour)).save(path)
            paths.append(path)
    labels = [label for label in COLOURS for _ in range(6)]
    return Dataset(folder, paths, labels, [str(number) for number in range(12)])


@pytest.fixture
def make(data: Dataset, network: nn.Module) -> Callable[[], Any]:
    """Make a learner, the same at each call."""

    def learner() -> Any:
        recipe.set_seed(3)
        body = nn.Sequential(*list(copy.deepcopy(network).children())[:-2])
        return recipe.learner(data, [*range(4), *range(6, 10)], [4, 5, 10, 11], body, size=32, batch_size=4)

    return learner


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, fastai_vision: ModuleType) -> None:
    from torchvision.models import ResNet18_Weights

    def get_state_dict(self: Any, **options: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(ResNet18_Weights, "get_state_dict", get_state_dict)


def is_body_of(body: nn.Module, network: nn.Module) -> bool:
    theirs = list(network.state_dict().values())[:-2]
    pairs = zip(body.state_dict().values(), theirs, strict=True)
    return all(torch.equal(*pair) for pair in pairs)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_from_a_file(suffix: str, network: nn.Module, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / f"mine{suffix}"
    state = {**network.state_dict(), "fc.weight": torch.zeros(7, 512), "fc.bias": torch.zeros(7)}
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    body, origin = recipe.backbone(path)
    assert is_body_of(body, network)
    assert origin == f"weights of mine{suffix}"
    with torch.inference_mode():
        assert body.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 512, 2, 2)


def test_weights_of_half_precision(network: nn.Module, tmp_path: Path) -> None:
    state = {name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()}
    torch.save(state, tmp_path / "half.pth")
    body, _ = recipe.backbone(tmp_path / "half.pth")
    assert {parameter.dtype for parameter in body.parameters()} == {torch.float32}


def test_a_missing_weights_file(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"missing\.pth does not exist; name a ResNet18 weights file"):
        recipe.backbone(tmp_path / "missing.pth")


@pytest.mark.parametrize("name", ["text.pth", "text.safetensors"])
def test_a_file_that_is_no_weights(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("hello")
    with pytest.raises(BackboneError, match=f"{name} can't be read as weights"):
        recipe.backbone(tmp_path / name)


def test_weights_of_another_network(network: nn.Module, fastai_vision: ModuleType, tmp_path: Path) -> None:
    state = network.state_dict()
    others = {
        "resnet34": fastai_vision.resnet34(weights=None).state_dict(),
        "resnet50-ish": {**state, "layer1.0.conv1.weight": torch.zeros(64, 64, 1, 1)},
        "incomplete": {name: value for name, value in state.items() if name != "layer2.0.conv1.weight"},
        "checkpoint": {"state_dict": state},
        "tensor": torch.zeros(3),
    }
    for name, content in others.items():
        torch.save(content, tmp_path / f"{name}.pth")
        with pytest.raises(BackboneError, match=rf"{name}\.pth does not hold the weights of torchvision's ResNet18"):
            recipe.backbone(tmp_path / f"{name}.pth")


def test_imagenet_weights_where_there_is_a_network(network: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.models import ResNet18_Weights

    monkeypatch.setattr(ResNet18_Weights, "get_state_dict", lambda self, **options: network.state_dict())
    body, origin = recipe.backbone()
    assert is_body_of(body, network)
    assert origin == "ImageNet weights of torchvision"


@pytest.mark.usefixtures("no_network")
def test_the_body_of_the_shipped_export_without_network(make: Callable[[], Any], tmp_path: Path) -> None:
    learn = make()
    learn.path = tmp_path
    learn.export("export.pkl", pickle_module=pickle)
    body, origin = recipe.backbone(shipped=tmp_path / "export.pkl")
    pairs = zip(body.state_dict().values(), learn.model[0].state_dict().values(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)
    assert "the body of export.pkl" in origin
    assert "no route to host" in origin


@pytest.mark.usefixtures("no_network")
def test_never_random_weights(tmp_path: Path) -> None:
    (tmp_path / "damaged.pkl").write_bytes(b"damaged")
    for name in ("missing.pkl", "damaged.pkl"):
        with pytest.raises(BackboneError, match=rf"no route to host.*{name} can't be opened.*Give the path"):
            recipe.backbone(shipped=tmp_path / name)


def test_the_learner_has_the_labels_of_the_data_set(make: Callable[[], Any], data: Dataset) -> None:
    learn = make()
    assert list(learn.dls.vocab) == data.vocabulary
    assert (len(learn.dls.train_ds), len(learn.dls.valid_ds)) == (8, 4)
    # Pictures in folders further down have the label of the first folder.
    for part, indices in ((learn.dls.train_ds, [*range(4), *range(6, 10)]), (learn.dls.valid_ds, [4, 5, 10, 11])):
        assert [data.vocabulary[int(label)] for _, label in part] == [data.labels[i] for i in indices]
    x, y = learn.dls.one_batch()
    assert (x.shape, y.shape) == ((4, 3, 32, 32), (4,))


def test_first_the_head_then_all_of_it(make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    learn = make()
    start = copy.deepcopy(learn.model)
    changed: list[tuple[bool, bool]] = []
    rates: list[Any] = []
    fit_one_cycle = learn.fit_one_cycle

    def weights(part: nn.Module) -> list[torch.Tensor]:
        return [module.weight for module in part.modules() if isinstance(module, nn.Conv2d | nn.Linear)]

    def fit(epochs: int, rate: Any) -> None:
        with learn.no_bar(), learn.no_logging():
            fit_one_cycle(epochs, rate)
        rates.append((epochs, rate))
        pairs = [(weights(a), weights(b)) for a, b in zip(start, learn.model, strict=True)]
        moved = [any(not torch.equal(a, b) for a, b in zip(*pair, strict=True)) for pair in pairs]
        changed.append((moved[0], moved[1]))

    monkeypatch.setattr(learn, "fit_one_cycle", fit)
    recipe.fine_tune(learn, 1e-2, frozen_epochs=1, epochs=1)
    assert changed == [(False, True), (True, True)]
    assert rates[0] == (1, 1e-2)
    assert (rates[1][1].start, rates[1][1].stop) == (pytest.approx(5e-5), pytest.approx(5e-3))


def test_the_same_seed_gives_the_same_network(make: Callable[[], Any]) -> None:
    networks = []
    for _ in range(2):
        learn = make()
        with learn.no_bar(), learn.no_logging():
            recipe.fine_tune(learn, 1e-2, frozen_epochs=1, epochs=1)
        networks.append(learn.model.state_dict())
    assert all(torch.equal(networks[0][name], networks[1][name]) for name in networks[0])


def test_calibration_changes_no_answer_and_makes_probabilities_truer(make: Callable[[], Any]) -> None:
    learn = make()
    last = [module for module in learn.model.modules() if isinstance(module, nn.Linear)][-1]
    with torch.no_grad():
        last.weight.mul_(20)  # a network that boasts
    with learn.no_bar():
        before, targets = learn.get_preds()
        value = recipe.calibrate(learn)
        after, _ = learn.get_preds()
    assert value > 1
    assert torch.equal(before.argmax(1), after.argmax(1))
    losses = [nn.functional.nll_loss(part.clamp(min=1e-9).log(), targets) for part in (before, after)]
    assert losses[1] < losses[0]


@pytest.mark.parametrize("factor", [0.7, 1.0, 2.5])
def test_temperature_finds_the_factor(factor: float) -> None:
    generator = torch.Generator().manual_seed(0)
    honest = 2 * torch.randn(20_000, 3, generator=generator)
    targets = torch.multinomial(honest.softmax(1), 1, generator=generator).flatten()
    assert recipe.temperature(honest * factor, targets) == pytest.approx(factor, rel=0.06)


def test_temperature_keeps_within_reason() -> None:
    logits = torch.tensor([[3.0, 0.0], [0.0, 3.0]])
    assert recipe.temperature(logits, torch.tensor([0, 1])) == pytest.approx(0.2)
    assert recipe.temperature(logits, torch.tensor([1, 0])) == pytest.approx(5)


def test_the_card_tells_how_it_was_trained(data: Dataset) -> None:
    card = recipe.card(data, [0, 1, 2, 6, 7], [4, 10], "some weights", 32)
    assert card["counts"]["training"]["blue"] == {"pictures": 3, "groups": 3}
    assert card["counts"]["validation"] == {label: {"pictures": 1, "groups": 1} for label in COLOURS}
    assert (card["start"], card["size"], card["data"]) == ("some weights", 32, data.folder.name)
    assert str(data.folder.parent) not in str(card)
    assert {"fastai", "torch"} <= set(card["versions"])
