"""Pictures and models made on the spot, for several test modules."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from snowpeople.dataset import Dataset


def make_model(size: int = 8, labels: int = 3, scale: float = 10.0) -> bytes:
    """Softmax of the mean colour, times ``scale``."""
    from onnx import TensorProto, helper  # half a second, for the few tests that need it

    weight = (np.eye(3, labels) * scale).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["picture"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["colour"]),
            helper.make_node("MatMul", ["colour", "weight"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        ],
        "tiny",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, size, size])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", labels])],
        [helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.tobytes(), raw=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def with_familiarity(model: bytes) -> bytes:
    """The same model, and a picture as familiar as its likeliest class is likely."""
    import onnx
    from onnx import TensorProto, helper

    made = onnx.load_from_string(model)
    made.graph.node.append(helper.make_node("ReduceMax", ["probabilities"], ["familiarity"], axes=[1], keepdims=0))
    made.graph.output.append(helper.make_tensor_value_info("familiarity", TensorProto.FLOAT, ["n"]))
    return bytes(made.SerializeToString())


def scene(size: tuple[int, int] = (48, 32)) -> Image.Image:
    """A photo-like RGB picture with no symmetry: smooth shades, and a red corner at the top left."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    pixels = np.stack([40 + 2 * x, 60 + 3 * y, 200 - x - y], axis=-1).clip(0, 255).astype(np.uint8)
    pixels[: size[1] // 3, : size[0] // 3] = (250, 10, 10)
    return Image.fromarray(pixels)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file of this kind, as Pillow's ``save`` names it; HEIF is written by pillow-heif."""
    file = BytesIO()
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, kind, **options)
    return file.getvalue()


def colours(folder: Path) -> "Dataset":
    """A data set of six blue and six red pictures, each a group of its own; every other one in a folder further down.

    The pictures of a label differ a little, and are not square.
    """
    from snowpeople.dataset import Dataset

    shades = {"blue": (30, 60, 200), "red": (200, 60, 30)}
    paths = []
    for label, colour in shades.items():
        (folder / label / "deeper").mkdir(parents=True)
        for number in range(6):
            path = folder / label / ("deeper" if number % 2 else "") / f"{number}.png"
            Image.new("RGB", (40, 32), tuple(level + 8 * number for level in colour)).save(path)
            paths.append(path)
    return Dataset(folder, paths, [label for label in shades for _ in range(6)], [str(number) for number in range(12)])
