"""Lets torchvision be imported where its compiled operators can't load. Import it before fastai.

That happens where torch is a CPU build and torchvision comes from another index: importing torchvision
then stops with "operator torchvision::nms does not exist". This project uses none of those operators,
so declaring the two that the import asks for is enough. Where they load, nothing is done.
"""

import importlib.util
from pathlib import Path

import torch


def _operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return True  # nothing to mend; the import of torchvision says what is missing
    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(library))
        except OSError:
            return False
    return hasattr(torch.ops.torchvision, "nms")


if not _operators_load():
    # Kept for as long as the process lives: a library's declarations go with it.
    _LIBRARY = torch.library.Library("torchvision", "DEF")
    _LIBRARY.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _LIBRARY.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
