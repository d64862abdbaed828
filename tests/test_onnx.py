"""The ONNX half is the learner's network, in whole numbers, with normalisation and softmax inside."""

from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from helpers import scene
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn

from snowpeople.export.onnx import _small_weights, pixels, variants
from snowpeople.export.pickling import LEVELS, quantize
from snowpeople.export.preparation import batch as prepared

PICTURES = [scene((40 + 9 * i, 60)).rotate(90 * i) for i in range(6)]


@pytest.fixture(scope="module", params=["normalised", "plain"])
def learn(request: pytest.FixtureRequest, fastai_vision: ModuleType) -> Any:
    """A small network of every kind of layer that matters, with weights that are whole numbers already."""
    vision = fastai_vision
    normalise = [vision.Normalize.from_stats(*vision.imagenet_stats)] if request.param == "normalised" else []
    block = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.CategoryBlock(vocab=["a", "b", "c"])),
        get_y=lambda picture: "a",
        splitter=vision.IndexSplitter([0]),
        item_tfms=vision.Resize(24, method="squish"),
        batch_tfms=normalise,
    )
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3)]
    head = [nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 3)]
    network = nn.Sequential(*layers, *head)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() >= 2:
                whole, scale = quantize(3 * parameter)
                parameter.copy_(whole * scale)
    arrays = [vision.PILImage(picture.copy()) for picture in PICTURES]
    loaders = block.dataloaders(arrays, bs=2, num_workers=0)
    return vision.Learner(loaders, network, loss_func=vision.CrossEntropyLossFlat())


def test_the_model_answers_as_the_network_does(learn: Any) -> None:
    kind, model = next(variants(learn, 24, PICTURES, LEVELS))
    assert kind == "int8"
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_inputs()] == ["picture"]
    assert [value.name for value in session.get_outputs()] == ["probabilities"]
    batch = np.concatenate(list(pixels(learn, PICTURES)))
    theirs = learn.get_preds(
        dl=learn.dls.test_dl(
            [type(learn.dls.train_ds.items[0])(picture.copy()) for picture in PICTURES], bs=6, num_workers=0
        )
    )[0].numpy()
    for count in (1, 6):  # any number of pictures
        ours = session.run(["probabilities"], {"picture": batch[:count]})[0]
        assert ours.shape == (count, 3)
        assert ours.sum(1) == pytest.approx(np.ones(count), abs=1e-5)
        assert abs(ours - theirs[:count]).max() < 0.02
    assert np.ptp(theirs, 0).max() > 0.05  # the pictures do differ for it

    graph = onnx.load_from_string(model).graph
    kinds = {value.name: onnx.TensorProto.DataType.Name(value.data_type) for value in graph.initializer}
    weights = {tuple(value.dims): kinds[value.name] for value in graph.initializer if len(value.dims) == 4}
    assert weights[16, 8, 3, 3] == "INT8"
    last = [kinds[value.name] for value in graph.initializer if sorted(value.dims) == [3, 16]]
    assert last == ["FLOAT"]


def test_what_a_convolution_finds_is_rounded_once(learn: Any) -> None:
    """Not before its activation and again after: that would cost half of the 8 bits, and time."""
    graph = onnx.load_from_string(next(variants(learn, 24, PICTURES, LEVELS))[1]).graph
    kinds = Counter(node.op_type for node in graph.node)
    assert kinds["Conv"] == 2
    assert kinds["Relu"] == 0  # a whole number from 0 to 255 is none below 0 already


def test_one_odd_picture_does_not_set_the_ranges(learn: Any) -> None:
    """They would be too wide for all others, and the steps in them too coarse."""
    grey = [Image.new("RGB", (24, 24), (110 + i, 118, 100)) for i in range(63)]
    odd = Image.effect_noise((24, 24), 250).convert("RGB")

    def widest(pictures: list[Image.Image]) -> float:
        graph = onnx.load_from_string(next(variants(learn, 24, pictures, LEVELS))[1]).graph
        values = {value.name: value for value in graph.initializer}
        return max(
            float(numpy_helper.to_array(values[node.input[1]]))
            for node in graph.node
            if node.op_type == "QuantizeLinear"
        )

    assert widest([*grey, odd]) < 0.5 * widest([odd])


def test_pixels_are_what_the_network_sees_before_it_is_normalised(learn: Any) -> None:
    batches = list(pixels(learn, PICTURES, batch_size=4))
    assert [batch.shape for batch in batches] == [(4, 3, 24, 24), (2, 3, 24, 24)]
    for batch, picture in zip(np.concatenate(batches), PICTURES, strict=True):
        small = np.asarray(picture.resize((24, 24), Image.Resampling.BILINEAR), np.float32).transpose(2, 0, 1) / 255
        assert batch == pytest.approx(small, abs=1e-5)


def test_weights_alone_in_int8_give_the_answers_of_the_exact_model(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = rng.integers(-64, 65, (4, 3, 3, 3)).astype(np.float32)
    whole[:, 0, 0, 0] = 64  # the largest sets the scale
    weights = whole * np.array([0.5, 0.1, 2.0, 0.01], np.float32)[:, None, None, None]
    node = helper.make_node("Conv", ["picture", "weights"], ["probabilities"])
    shapes = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("picture", "probabilities")]
    graph = helper.make_graph([node], "g", shapes[:1], shapes[1:], [numpy_helper.from_array(weights, "weights")])
    exact = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save_model(exact, str(tmp_path / "exact.onnx"))
    small = _small_weights(tmp_path / "exact.onnx", 64)
    batch = rng.random((2, 3, 8, 8), np.float32)
    answers = [
        onnxruntime.InferenceSession(m).run(None, {"picture": batch})[0] for m in (exact.SerializeToString(), small)
    ]
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-4, atol=1e-4)
    kept = {value.name: value.data_type for value in onnx.load_model_from_string(small).graph.initializer}
    assert kept["weights_whole"] == TensorProto.INT8
    assert "weights" not in kept


def test_half_precision_comes_last_and_is_nearly_exact(learn: Any) -> None:
    made = dict(variants(learn, 24, PICTURES, LEVELS))
    assert list(made) == ["int8", "int8 weights", "float16"]
    batch = np.concatenate(list(pixels(learn, PICTURES)))
    with torch.inference_mode():
        seen = prepared(learn, 24)(torch.from_numpy(batch))
        exact = learn.model.eval()(seen).softmax(1).numpy()
    session = onnxruntime.InferenceSession(made["float16"], providers=["CPUExecutionProvider"])
    assert abs(session.run(["probabilities"], {"picture": batch})[0] - exact).max() < 2e-3
