"""A trained network to small ONNX models: normalisation and softmax inside, ranges set by real pictures."""

from __future__ import annotations

import copy
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from .preparation import batch

Floats = np.ndarray[Any, np.dtype[np.float32]]
BATCH = 16


class _Whole(nn.Module):
    """Pictures N×3×S×S in [0, 1] to probabilities N×K and, where there is a sense of it, familiarity N."""

    def __init__(self, prepare: nn.Module, network: nn.Module, familiarity: nn.Module | None = None) -> None:
        super().__init__()
        self.prepare = prepare
        self.network = network
        self.familiarity = familiarity

    def forward(self, picture: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        normalised = self.prepare(picture)
        if self.familiarity is None:
            logits: Tensor = self.network(normalised)
            return logits.softmax(-1)
        assert isinstance(self.network, nn.Sequential)
        features = self.network[0](normalised)
        return self.network[1](features).softmax(-1), self.familiarity(features.mean((2, 3)))


def variants(
    learn: Any, size: int, calibration: Sequence[Image.Image], levels: int, familiarity: nn.Module | None = None
) -> Iterator[tuple[str, bytes]]:
    """The learner's network as ONNX models, from the smallest and quickest to the most exact, each made when asked for.

    `picture` N×3×S×S in [0, 1] to `probabilities` N×K and, with a sense of it, `familiarity` N. "int8": weights and
    activations; the weights of `learn` should already be whole numbers up to `levels` times a scale an output channel:
    the same numbers then stand in the model. "int8 weights" and "float16": kept so, and run in float32. The last layer
    stays in float32, where rounding would cost most.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    whole = _Whole(batch(learn, size), _plainer(learn.model.eval().cpu()), familiarity).eval()
    with tempfile.TemporaryDirectory() as folder:
        plain, ready, small = (Path(folder) / name for name in ("plain.onnx", "ready.onnx", "small.onnx"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's exporter and onnxruntime warn of their own insides
            torch.onnx.export(
                whole,
                (torch.zeros(2, 3, size, size),),
                str(plain),
                input_names=["picture"],
                output_names=["probabilities", "familiarity"] if familiarity else ["probabilities"],
                dynamic_shapes=({0: torch.export.Dim("pictures")},),
                external_data=False,
                dynamo=True,
                verbose=False,
            )
            quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
            quantize_static(
                str(ready),
                str(small),
                _Ranges(pixels(learn, _mixed(calibration))),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=levels == 64,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["Conv", "Gemm", "MatMul", "Add", "MaxPool", "Relu", "Clip", "Mul"],
                nodes_to_exclude=_float_nodes(ready),
                calibrate_method=CalibrationMethod.MinMax,
                # The mean of the batches' ranges: one odd picture must not coarsen the steps for all others.
                extra_options={"CalibMovingAverage": True},
            )
        yield "int8", small.read_bytes()
        yield "int8 weights", _small_weights(ready, levels)
        yield "float16", _small_weights(ready, None)


def run(model: bytes, learn: Any, pictures: Sequence[Image.Image]) -> tuple[Floats, float]:
    """What a model says of pictures, prepared as the learner does it: N×K; and milliseconds for one, a median."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.log_severity_level = 4
    session = InferenceSession(model, options, providers=["CPUExecutionProvider"])
    rows = [session.run(["probabilities"], {"picture": some})[0] for some in pixels(learn, pictures)]
    one = {"picture": next(iter(pixels(learn, pictures[:1])))}
    times = []
    for _ in range(9):
        start = perf_counter()
        session.run(["probabilities"], one)
        times.append(1000 * (perf_counter() - start))
    return np.concatenate(rows), median(times[2:])


class _LargestOfAll(nn.Module):
    """AdaptiveMaxPool2d(1), in an operation that the exporters of all torch releases know (2.11's lacks the other)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.amax((2, 3), keepdim=True)


def _plainer(network: nn.Module) -> nn.Module:
    """A copy that answers the same, and can be exported."""
    network = copy.deepcopy(network)
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.AdaptiveMaxPool2d) and child.output_size in (1, (1, 1)):
                setattr(module, name, _LargestOfAll())
    return network


def _float_nodes(model: Path) -> list[str]:
    """What rounding would cost most: all before the first real convolution, and all from the last pooling on."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(model)).graph
    nodes = list(graph.node)
    weights = {value.name: value for value in graph.initializer}
    convolutions = [i for i, node in enumerate(nodes) if node.op_type == "Conv"]
    first = convolutions[0]
    if numpy_helper.to_array(weights[nodes[first].input[1]]).shape == (3, 1, 1, 1):
        first = convolutions[1]  # a layer that only scales the picture
    end = next((i for i in range(convolutions[-1], len(nodes)) if nodes[i].op_type in _POOLINGS), convolutions[-1] + 1)
    return [node.name for i, node in enumerate(nodes) if i < first or i >= end]


_POOLINGS = ("GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax", "AveragePool")


def _mixed(pictures: Sequence[Image.Image]) -> list[Image.Image]:
    """The same pictures in an order in which each batch holds some of all, where one label came after another."""
    batches = -(-len(pictures) // BATCH)
    return [picture for first in range(batches) for picture in pictures[first::batches]]


def pixels(learn: Any, pictures: Sequence[Image.Image], batch_size: int = BATCH) -> Iterator[Floats]:
    """Batches N×3×S×S in [0, 1] of pictures, as the learner's item transforms make them of what it is asked about."""
    from fastai.vision.core import PILImage

    loader = learn.dls.test_dl([PILImage(picture.copy()) for picture in pictures], bs=batch_size, num_workers=0)
    loader.after_batch = type(loader.after_batch)([])
    for items in loader:
        yield items[0].cpu().numpy().astype(np.float32) / np.float32(255)


def _small_weights(model: Path, levels: int | None) -> bytes:
    """The model with its convolutions kept as int8, or as float16 without `levels`, and run in float32.

    For networks that int8 activations lead astray, such as one whose new head has only just begun to learn: as exact as
    its weights, and slower.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    whole = onnx.load(str(model))
    graph = whole.graph
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    for kept in [value for value in graph.initializer if value.name in kernels]:
        name, weights = kept.name, numpy_helper.to_array(kept)
        graph.initializer.remove(kept)
        if levels is None:
            graph.initializer.append(numpy_helper.from_array(weights.astype(np.float16), f"{name}_half"))
            restore = helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT)
        else:
            scale = np.maximum(np.abs(weights).max(axis=(1, 2, 3)) / levels, 1e-12).astype(np.float32)
            rounded = np.round(weights / scale[:, None, None, None]).astype(np.int8)
            graph.initializer.append(numpy_helper.from_array(rounded, f"{name}_whole"))
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))
            restore = helper.make_node("DequantizeLinear", [f"{name}_whole", f"{name}_scale"], [name], axis=0)
        graph.node.insert(0, restore)
    content: bytes = whole.SerializeToString()
    return content


class _Ranges:
    """Pictures as onnxruntime wants them to set the ranges by: one batch after another."""

    def __init__(self, batches: Iterator[Floats]) -> None:
        self._batches = batches

    def get_next(self) -> dict[str, Floats] | None:
        some = next(self._batches, None)
        return None if some is None else {"picture": some}
