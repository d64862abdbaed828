"""A trained network to an int8 ONNX model: normalisation and softmax inside, ranges set by real pictures."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

Floats = np.ndarray[Any, np.dtype[np.float32]]


class _Whole(nn.Module):
    """Pictures N×3×S×S in [0, 1] to probabilities N×K."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean.reshape(1, 3, 1, 1))
        self.register_buffer("std", std.reshape(1, 3, 1, 1))

    def forward(self, picture: Tensor) -> Tensor:
        logits: Tensor = self.network((picture - self.mean) / self.std)
        return logits.softmax(-1)


def to_onnx(learn: Any, size: int, calibration: Sequence[Image.Image], levels: int) -> bytes:
    """The learner's network as an int8 ONNX model: `picture` N×3×S×S in [0, 1] to `probabilities` N×K.

    The weights of `learn` must already be whole numbers up to `levels` times a scale an output channel: the same
    numbers then stand in the model. Where int8 activations change too many answers, only the weights are int8. The last
    layer stays in float32, where rounding would cost most.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    mean, std = _normalisation(learn)
    whole = _Whole(learn.model.eval().cpu(), mean, std).eval()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter and onnxruntime warn of their own insides
        plain, ready, small = (Path(folder) / name for name in ("plain.onnx", "ready.onnx", "small.onnx"))
        torch.onnx.export(
            whole,
            (torch.zeros(2, 3, size, size),),
            str(plain),
            input_names=["picture"],
            output_names=["probabilities"],
            dynamic_shapes=({0: torch.export.Dim("pictures")},),
            external_data=False,
            dynamo=True,
            verbose=False,
        )
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        quantize_static(
            str(ready),
            str(small),
            _Ranges(pixels(learn, calibration)),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=levels == 64,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv", "Gemm", "MatMul", "Add", "MaxPool", "Clip", "Mul"],
            nodes_to_exclude=_float_nodes(ready),
            calibrate_method=CalibrationMethod.MinMax,
        )
        if _agree(ready.read_bytes(), small.read_bytes(), pixels(learn, calibration)):
            return small.read_bytes()
        return _weights_only(ready, levels)


def _float_nodes(model: Path) -> list[str]:
    """What rounding would cost most: normalisation, the last layer and the softmax."""
    import onnx

    nodes = list(onnx.load(str(model)).graph.node)
    convolutions = [i for i, node in enumerate(nodes) if node.op_type == "Conv"]
    last = [i for i, node in enumerate(nodes) if node.op_type in ("Gemm", "MatMul")][-1:]
    return [node.name for i, node in enumerate(nodes) if i < convolutions[0] or i in last or node.op_type == "Softmax"]


def _normalisation(learn: Any) -> tuple[Tensor, Tensor]:
    from fastai.data.transforms import Normalize

    for transform in learn.dls.after_batch:
        if isinstance(transform, Normalize):
            return torch.as_tensor(transform.mean).float().cpu(), torch.as_tensor(transform.std).float().cpu()
    return torch.zeros(3), torch.ones(3)


def pixels(learn: Any, pictures: Sequence[Image.Image], batch_size: int = 16) -> Iterator[Floats]:
    """Batches N×3×S×S in [0, 1] of pictures, prepared as the learner prepares what it is asked about."""
    from fastai.vision.core import PILImage

    mean, std = (values.reshape(1, -1, 1, 1) for values in _normalisation(learn))
    loader = learn.dls.test_dl([PILImage(picture.copy()) for picture in pictures], bs=batch_size, num_workers=0)
    for batch in loader:
        yield (torch.as_tensor(batch[0]).cpu() * std + mean).numpy()


def _agree(exact: bytes, rounded: bytes, batches: Iterator[Floats]) -> bool:
    """Whether two models give the same top class on 99 % of the pictures, and probabilities within 0.01 on average."""
    from onnxruntime import InferenceSession

    sessions = [InferenceSession(model, providers=["CPUExecutionProvider"]) for model in (exact, rounded)]
    answers = [[session.run(None, {"picture": batch})[0] for session in sessions] for batch in batches]
    first, second = (np.concatenate(rows) for rows in zip(*answers, strict=True))
    return bool((first.argmax(1) == second.argmax(1)).mean() >= 0.99 and np.abs(first - second).mean() <= 0.01)


def _weights_only(model: Path, levels: int) -> bytes:
    """The model with its convolutions kept as int8 and run in float32: as small, slower, and as exact as its weights.

    For networks that int8 activations lead astray, such as one whose new head has only just begun to learn.
    """
    import onnx
    from onnx import helper, numpy_helper

    whole = onnx.load(str(model))
    graph = whole.graph
    kernels = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    for kept in [value for value in graph.initializer if value.name in kernels]:
        name, weights = kept.name, numpy_helper.to_array(kept)
        scale = np.maximum(np.abs(weights).max(axis=(1, 2, 3)) / levels, 1e-12).astype(np.float32)
        rounded = np.round(weights / scale[:, None, None, None]).astype(np.int8)
        graph.initializer.remove(kept)
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
        batch = next(self._batches, None)
        return None if batch is None else {"picture": batch}
