"""The network is the paper's, takes weights by the names it tells, sees as TensorFlow's does, and needs torch alone."""

import pickletools
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snowpeople.mobilenet import mobilenet_v1

# The paper's table 1: what comes out of the first layer and of each block, in channels, for a picture of 64 pixels.
TABLE = [
    *[(32, 32), (64, 32), (128, 16), (128, 16), (256, 8), (256, 8), (512, 4)],
    *[(512, 4), (512, 4), (512, 4), (512, 4), (512, 4), (1024, 2)],
]


@pytest.fixture(scope="module")
def network() -> nn.Sequential:
    """Random weights and statistics, as of a network that has learnt."""
    torch.manual_seed(0)
    made = mobilenet_v1()
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            assert module.running_mean is not None
            assert module.running_var is not None
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return made.eval()


def test_it_is_as_deep_and_as_wide_as_the_paper_says(network: nn.Sequential) -> None:
    seen = torch.zeros(1, 3, 64, 64)
    sizes = []
    with torch.inference_mode():
        for layer in network:
            seen = layer(seen)
            assert seen.shape[2] == seen.shape[3]
            sizes.append((seen.shape[1], seen.shape[2]))
    assert sizes == TABLE
    # 3,206,976 in all that learns, of which the thirteenth block has 1,061,888.
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_206_976 - 1_061_888


@pytest.mark.parametrize(("height", "width"), [(32, 32), (32, 96), (160, 64)])
def test_features_are_a_thirty_second_of_the_picture(height: int, width: int, network: nn.Sequential) -> None:
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, height, width)).shape == (2, 1024, height // 32, width // 32)


def same_padding(x: Tensor, weight: Tensor, stride: int, groups: int = 1) -> Tensor:
    """A convolution as TensorFlow does it with padding "same"."""
    sides = []
    for length in (x.shape[3], x.shape[2]):
        missing = max((-(-length // stride) - 1) * stride + weight.shape[-1] - length, 0)
        sides += [missing // 2, missing - missing // 2]
    return F.conv2d(F.pad(x, sides), weight, stride=stride, groups=groups)


def test_it_sees_what_a_network_of_tensorflow_with_its_weights_sees(network: nn.Sequential) -> None:
    state = network.state_dict()

    def unit(x: Tensor, name: str, stride: int = 1, groups: int = 1) -> Tensor:
        x = same_padding(x, state[f"{name}.conv.weight"], stride, groups)
        mean, variance, weight, bias = (
            state[f"{name}.bn.{part}"].view(1, -1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        normalised: Tensor = (x - mean) / (variance + 1e-3).sqrt() * weight + bias
        return normalised.clamp(0, 6)

    x = pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    x = unit(x, "stem", 2)
    for index in range(12):
        x = unit(x, f"block{index}.depthwise", 2 if index in (1, 3, 5, 11) else 1, x.shape[1])
        x = unit(x, f"block{index}.pointwise")
    with torch.inference_mode():
        found = network(pictures)
    assert found.std() > 0.1
    assert torch.allclose(found, x, atol=1e-4)


def test_it_loads_wherever_torch_is(network: nn.Sequential, tmp_path: Path) -> None:
    torch.save(network, tmp_path / "whole.pth")
    with zipfile.ZipFile(tmp_path / "whole.pth") as members:
        pickled = next(members.read(name) for name in members.namelist() if name.endswith("/data.pkl"))
    named = {str(argument).split(" ")[0] for code, argument, _ in pickletools.genops(pickled) if code.name == "GLOBAL"}
    assert {name.split(".")[0] for name in named} <= {"torch", "collections", "builtins", "__builtin__"}
