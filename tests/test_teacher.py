"""Teachers give one row of features a picture, whatever they are made of; heads tell labels apart by them."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

from snowpeople.distill.teacher import Heads, TeacherError, fit_heads, load_teacher

PICTURES = np.random.default_rng(0).random((4, 3, 32, 32), np.float32)


def onnx_teacher(path: Path, pooled: bool) -> Path:
    """Features that are the pixels' mean, or the pixels themselves: N×3 or N×3×h×w."""
    name = "GlobalAveragePool" if pooled else "Identity"
    nodes = [helper.make_node(name, ["picture"], ["seen"])]
    nodes += [helper.make_node("Flatten", ["seen"], ["features"])] if pooled else []
    shape: list[str | int | None] = ["n", 3] if pooled else ["n", 3, "h", "w"]
    graph = helper.make_graph(
        nodes,
        "teacher",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("features" if pooled else "seen", TensorProto.FLOAT, shape)],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    return path


@pytest.mark.parametrize("pooled", [True, False])
def test_an_onnx_file(pooled: bool, tmp_path: Path) -> None:
    teacher = load_teacher(str(onnx_teacher(tmp_path / "teacher.onnx", pooled)))
    features = teacher(PICTURES)
    assert features.shape == (4, 3)
    assert features == pytest.approx(PICTURES.mean((2, 3)), abs=1e-5)


def test_a_missing_onnx_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.onnx"):
        load_teacher(str(tmp_path / "missing.onnx"))


@pytest.mark.parametrize("name", ["", "resnet50", "timm:", "torchvision:", "hub:resnet50", "weights.pth"])
def test_a_bad_name(name: str) -> None:
    with pytest.raises(TeacherError, match=r"a teacher is FILE\.onnx, timm:MODEL or torchvision:MODEL"):
        load_teacher(name)


@pytest.mark.parametrize(("model", "width"), [("resnet18", 512), ("mobilenet_v3_small", 1024)])
def test_a_torchvision_model_without_its_classes(model: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision import models

    asked: list[tuple[str, Any]] = []
    get_model = models.get_model

    def offline(name: str, weights: Any) -> nn.Module:
        asked.append((name, weights))
        network: nn.Module = get_model(name, weights=None)
        return network

    monkeypatch.setattr(models, "get_model", offline)
    teacher = load_teacher(f"torchvision:{model}")
    features = teacher(PICTURES)
    assert asked == [(model, "DEFAULT")]
    assert (features.shape, features.dtype.name) == ((4, width), "float32")
    # It answers as in use, not as in training: a picture's features do not depend on the others.
    assert teacher(PICTURES[:1])[0] == pytest.approx(features[0], abs=1e-4)


def test_a_model_that_has_no_last_layer_to_take_away(monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision import models

    monkeypatch.setattr(models, "get_model", lambda name, weights: nn.Sequential(nn.Conv2d(3, 8, 1)))
    with pytest.raises(TeacherError, match="Sequential can't teach"):
        load_teacher("torchvision:squeezenet1_0")


def test_a_timm_model_gets_normalised_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mean(nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return pictures.mean((2, 3))

    def create_model(name: str, pretrained: bool, num_classes: int) -> nn.Module:
        assert (name, pretrained, num_classes) == ("vit_tiny", True, 0)
        return Mean()

    timm = ModuleType("timm")
    timm.__dict__.update(SimpleNamespace(create_model=create_model).__dict__)
    monkeypatch.setitem(sys.modules, "timm", timm)
    grey = np.broadcast_to(np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1), (2, 3, 8, 8)).copy()
    assert load_teacher("timm:vit_tiny")(grey) == pytest.approx(np.zeros((2, 3)), abs=1e-5)


def clusters(count: int, classes: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Features around one point a class, 20 wide, of very different scales."""
    generator = torch.Generator().manual_seed(seed)
    centres = 2 * torch.randn(classes, 20, generator=torch.Generator().manual_seed(99))
    targets = torch.randint(classes, (count,), generator=generator)
    noise = torch.randn(count, 20, generator=generator)
    return (centres[targets] + noise) * torch.logspace(-3, 3, 20), targets


def test_heads_tell_separable_features_apart() -> None:
    features, targets = clusters(800, 4)
    heads = fit_heads(features, targets, 4)
    new, truth = clusters(200, 4, seed=1)
    with torch.inference_mode():
        probabilities = heads(new)
    assert probabilities.shape == (200, 4)
    assert probabilities.sum(1) == pytest.approx(torch.ones(200).numpy(), abs=1e-5)
    assert (probabilities.argmax(1) == truth).float().mean() > 0.97


def test_heads_are_the_same_for_a_seed() -> None:
    features, targets = clusters(100, 3)
    answers = [fit_heads(features, targets, 3, epochs=1, seed=seed)(features) for seed in (5, 5, 6)]
    assert torch.equal(answers[0], answers[1])
    assert not torch.equal(answers[0], answers[2])


def test_a_feature_that_never_changes_is_no_trouble() -> None:
    features = clusters(100, 2)[0]
    features[:, 3] = 7
    heads = Heads(features, 2)
    assert torch.isfinite(heads.standardise(features)).all()
    assert heads.standardise(features * 1000).abs().max() <= 5
