"""Networks to start from: the architectures, their pretrained weights, and a head for one's own classes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from . import _torchvision  # noqa: F401  lets torchvision be imported
from .mobilenet import mobilenet_v1

SHIPPED = Path(__file__).resolve().parent.parent / "export.pkl"


class BackboneError(ValueError):
    """No pretrained weights to start from. The message says what was tried."""


@dataclass(frozen=True)
class Architecture:
    """A kind of network.

    name: as people write it. builder: makes the whole network of torchvision, untrained. body: what comes before its
    pooling, as a chain of layers. weights: torchvision's name for its ImageNet weights, None where there are none.
    least: the smallest picture it takes, in pixels. early: how many layers of the chain are as good for any pictures
    and stay as they are.
    """

    name: str
    builder: Callable[[], nn.Module]
    body: Callable[[nn.Module], nn.Sequential]
    weights: str | None
    early: int
    least: int = 32

    def build(self) -> tuple[nn.Module, nn.Sequential]:
        """The whole network, untrained, and its body, which shares the weights."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torchvision says how slowly it fills Inception with random numbers
            network = self.builder()
        return network, self.body(network)


@dataclass(frozen=True)
class Backbone:
    """A body to put a head on: N×3×H×W normalised pictures to N×`features`×h×w.

    origin: says where it comes from. shipped: whether that is this project's own export, and what it has learnt.
    """

    architecture: Architecture
    body: nn.Sequential
    features: int
    origin: str
    pretrained: bool
    shipped: bool = False


def _model(name: str) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        from torchvision import models

        network: nn.Module = getattr(models, name)(weights=None)
        return network

    return build


def _inception() -> nn.Module:
    from torchvision.models import inception_v3

    network: nn.Module = inception_v3(weights=None, aux_logits=True, init_weights=False)
    return network


def _small() -> nn.Module:
    """A small network for those who want to see how far one gets without pretraining."""
    layers: list[nn.Module] = []
    for before, after in ((3, 32), (32, 64), (64, 128), (128, 256)):
        stride = 2 if before == 3 else 1
        layers.append(
            nn.Sequential(
                nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            )
        )
    return nn.Sequential(*layers)


def _resnet_body(network: nn.Module) -> nn.Sequential:
    return nn.Sequential(*list(network.children())[:-2])


def _features(network: nn.Module) -> nn.Sequential:
    features = network.features
    assert isinstance(features, nn.Sequential)
    return features


def _whole(network: nn.Module) -> nn.Sequential:
    assert isinstance(network, nn.Sequential)
    return network


def _scaled_body(network: nn.Module) -> nn.Sequential:
    """The chain for weights that expect pictures from -1 to 1: a layer in front makes them of normalised ones."""
    scale = nn.Conv2d(3, 3, 1, groups=3)
    with torch.no_grad():
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        scale.weight.copy_((std / 0.5).view(3, 1, 1, 1))
        assert scale.bias is not None
        scale.bias.copy_((mean - 0.5) / 0.5)
    left_out = ("AuxLogits", "avgpool", "dropout", "fc")  # Inception's two heads
    return nn.Sequential(scale, *(layer for name, layer in network.named_children() if name not in left_out))


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture("small", _small, _whole, None, early=0),
        Architecture("resnet18", _model("resnet18"), _resnet_body, "ResNet18_Weights.IMAGENET1K_V1", early=6),
        Architecture("resnet34", _model("resnet34"), _resnet_body, "ResNet34_Weights.IMAGENET1K_V1", early=6),
        Architecture("resnet50", _model("resnet50"), _resnet_body, "ResNet50_Weights.IMAGENET1K_V2", early=6),
        Architecture("vgg16", _model("vgg16"), _features, "VGG16_Weights.IMAGENET1K_V1", early=10),
        Architecture("mobilenet_v1", mobilenet_v1, _scaled_body, None, early=4),
        Architecture("mobilenet_v2", _model("mobilenet_v2"), _features, "MobileNet_V2_Weights.IMAGENET1K_V2", early=4),
        Architecture(
            "mobilenet_v3", _model("mobilenet_v3_large"), _features, "MobileNet_V3_Large_Weights.IMAGENET1K_V2", early=4
        ),
        Architecture("inception_v3", _inception, _scaled_body, "Inception_V3_Weights.IMAGENET1K_V1", early=8, least=80),
        Architecture(
            "efficientnet_b1", _model("efficientnet_b1"), _features, "EfficientNet_B1_Weights.IMAGENET1K_V2", early=2
        ),
        Architecture(
            "efficientnet_b4", _model("efficientnet_b4"), _features, "EfficientNet_B4_Weights.IMAGENET1K_V1", early=2
        ),
    )
}


def backbone(
    weights: str | os.PathLike[str] | None = None,
    shipped: str | os.PathLike[str] = SHIPPED,
    architecture: str = "resnet18",
    untrained: bool = False,
) -> Backbone:
    """The body of a network with pretrained weights, and a sentence that says where they came from.

    weights: a file of the architecture's weights (.safetensors or .pth); without one, ImageNet weights by network,
    else, for a ResNet18, the body of the export at `shipped`. untrained: random weights where there are no others.

    Raises BackboneError when nothing can be loaded, for an unknown architecture, or for a file of another one.
    """
    if architecture not in ARCHITECTURES:
        raise BackboneError(f"no architecture {architecture!r}; choose one of {', '.join(ARCHITECTURES)}")
    kind = ARCHITECTURES[architecture]
    network, body = kind.build()
    pretrained, ours = True, False
    if weights is not None:
        _load(network, Path(weights), kind)
        origin = f"weights of {Path(weights).name}"
    else:
        try:
            network.load_state_dict(_imagenet(kind))
            origin = "ImageNet weights of torchvision"
        except (OSError, RuntimeError) as error:  # urllib's errors are OSErrors; a wrong checksum is a RuntimeError
            if architecture == "resnet18" and not untrained:
                (body, origin), ours = _shipped_body(Path(shipped), error), True
            elif untrained or kind.weights is None:
                origin, pretrained = "random weights", False
            else:
                raise BackboneError(
                    f"ImageNet weights of {architecture} can't be downloaded ({error}). Name a file of them with "
                    "--weights, or start from nothing with --untrained"
                ) from error
    return Backbone(kind, body, _width(kind, body), origin, pretrained, ours)


def head(features: int, classes: int, dropout: float = 0.3) -> nn.Sequential:
    """A new head as fastai makes it: average and maximum of each feature, then one layer to `classes` logits."""
    from fastai.vision.learner import create_head

    made: nn.Sequential = create_head(features, classes, lin_ftrs=[], ps=dropout)
    return made


def _imagenet(kind: Architecture) -> dict[str, Tensor]:
    from torchvision import models

    if kind.weights is None:
        raise OSError(f"torchvision has no ImageNet weights of {kind.name}")
    family, version = kind.weights.split(".")
    with redirect_stdout(sys.stderr):  # which is where torch's progress bar goes, but not the line before it
        state: dict[str, Tensor] = getattr(getattr(models, family), version).get_state_dict(check_hash=True)
    return state


def _shipped_body(shipped: Path, no_network: Exception) -> tuple[nn.Sequential, str]:
    from .export import load

    try:
        body = load(shipped).model[0]
    except Exception as error:  # a pickle can raise anything
        raise BackboneError(
            f"ImageNet weights can't be downloaded ({no_network}) and {shipped} can't be opened ({error}). "
            "Give the path of a ResNet18 weights file."
        ) from error
    return body, f"the body of {shipped.name}, as ImageNet weights could not be downloaded"


def _load(network: nn.Module, path: Path, kind: Architecture) -> None:
    """Put the weights of a file into a network, all but those of its last layers, whose classes are others."""
    if not path.is_file():
        raise BackboneError(f"{path} does not exist; name a {kind.name} weights file (.safetensors or .pth)")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each reader has errors of its own
        raise BackboneError(
            f"{path} can't be read as weights: give a file that holds a network's weights and nothing else "
            "(.safetensors or .pth); an export is none"
        ) from error
    other = BackboneError(f"{path} does not hold the weights of a {kind.name} as torchvision names them")
    try:
        wanted = {name: value.float() for name, value in state.items() if not name.startswith(_HEADS)}
        missing, unexpected = network.load_state_dict(wanted, strict=False)
    except (AttributeError, RuntimeError) as error:  # no table of tensors, or tensors of other shapes
        raise other from error
    # Older files do not count the batches that went into their statistics.
    lacking = [name for name in missing if not name.startswith(_HEADS) and not name.endswith("num_batches_tracked")]
    if unexpected or lacking:
        raise other


_HEADS = ("fc.", "classifier.", "AuxLogits.")


def _width(kind: Architecture, body: nn.Sequential) -> int:
    device = next(body.parameters()).device
    with torch.no_grad():
        return int(body.eval()(torch.zeros(1, 3, kind.least, kind.least, device=device)).shape[1])
