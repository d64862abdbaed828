"""A network starts from real weights, or the error says why not; random ones only where somebody asked for them."""

import pickle
import urllib.error
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from helpers import colours
from torch import nn

from snowpeople import recipe
from snowpeople.backbone import ARCHITECTURES, Backbone, BackboneError, backbone, head


@pytest.fixture(scope="module")
def network(fastai_vision: ModuleType) -> nn.Module:
    torch.manual_seed(1)
    whole: nn.Module = fastai_vision.resnet18(weights=None)
    return whole


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, fastai_vision: ModuleType) -> None:
    from torchvision.models import WeightsEnum

    def get_state_dict(self: Any, **options: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(WeightsEnum, "get_state_dict", get_state_dict)


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
    base = backbone(path)
    assert is_body_of(base.body, network)
    assert (base.origin, base.pretrained) == (f"weights of mine{suffix}", True)
    assert (base.architecture, base.features) == (ARCHITECTURES["resnet18"], 512)
    with torch.inference_mode():
        assert base.body.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 512, 2, 2)


def test_weights_of_half_precision(network: nn.Module, tmp_path: Path) -> None:
    state = {name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()}
    torch.save(state, tmp_path / "half.pth")
    assert {parameter.dtype for parameter in backbone(tmp_path / "half.pth").body.parameters()} == {torch.float32}


def test_weights_of_a_file_that_counts_no_batches(network: nn.Module, tmp_path: Path) -> None:
    state = {name: value for name, value in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    torch.save(state, tmp_path / "old.pth")
    assert is_body_of(backbone(tmp_path / "old.pth").body, network)


def test_a_missing_weights_file(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"missing\.pth does not exist; name a resnet18 weights file"):
        backbone(tmp_path / "missing.pth")


@pytest.mark.parametrize("name", ["text.pth", "text.safetensors"])
def test_a_file_that_is_no_weights(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("hello")
    with pytest.raises(BackboneError, match=f"{name} can't be read as weights"):
        backbone(tmp_path / name)


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
        with pytest.raises(BackboneError, match=rf"{name}\.pth does not hold the weights of a resnet18 as torchvision"):
            backbone(tmp_path / f"{name}.pth")


def test_imagenet_weights_where_there_is_a_network(network: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.models import ResNet18_Weights

    monkeypatch.setattr(ResNet18_Weights, "get_state_dict", lambda self, **options: network.state_dict())
    for untrained in (False, True):  # it asks for random weights only where there are no others
        base = backbone(untrained=untrained)
        assert is_body_of(base.body, network)
        assert (base.origin, base.pretrained) == ("ImageNet weights of torchvision", True)


@pytest.mark.usefixtures("no_network")
def test_the_body_of_the_shipped_export_without_network(network: nn.Module, tmp_path: Path) -> None:
    body = nn.Sequential(*list(network.children())[:-2])
    base = Backbone(ARCHITECTURES["resnet18"], body, 512, "a test", True)
    data = colours(tmp_path / "data")
    learn = recipe.learner(data, [*range(4), *range(6, 10)], [4, 10], base, recipe.Recipe(sizes=(32,)))
    learn.path = tmp_path
    learn.export("export.pkl", pickle_module=pickle)
    found = backbone(shipped=tmp_path / "export.pkl")
    assert is_body_of(found.body, network)
    assert (found.features, found.pretrained) == (512, True)
    assert "the body of export.pkl" in found.origin


@pytest.mark.usefixtures("no_network")
def test_never_random_weights(tmp_path: Path) -> None:
    (tmp_path / "damaged.pkl").write_bytes(b"damaged")
    for name in ("missing.pkl", "damaged.pkl"):
        with pytest.raises(BackboneError, match=rf"no route to host.*{name} can't be opened.*Give the path"):
            backbone(shipped=tmp_path / name)
    # An export's body is a ResNet18's, and of no use to another network.
    with pytest.raises(BackboneError, match=r"resnet34 can't be downloaded .*no route to host.*--weights.*--untrained"):
        backbone(architecture="resnet34")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("architecture", ["resnet18", "mobilenet_v2"])
def test_random_weights_where_asked_for(architecture: str, tmp_path: Path) -> None:
    base = backbone(shipped=tmp_path / "missing.pkl", architecture=architecture, untrained=True)
    assert (base.origin, base.pretrained) == ("random weights", False)


def test_an_unknown_architecture() -> None:
    with pytest.raises(BackboneError, match=r"no architecture 'resnet19'; choose one of small, resnet18, "):
        backbone(architecture="resnet19")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("architecture", ["small", "mobilenet_v1", "mobilenet_v3", "inception_v3", "efficientnet_b1"])
def test_a_head_goes_on_any_body(architecture: str) -> None:
    base = backbone(architecture=architecture, untrained=True)
    whole = nn.Sequential(base.body, head(base.features, 4)).eval()
    with torch.inference_mode():
        assert whole(torch.zeros(2, 3, base.architecture.least, base.architecture.least)).shape == (2, 4)
    assert 0 <= base.architecture.early < len(base.body)
