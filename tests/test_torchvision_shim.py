"""torchvision can be imported whether or not its compiled operators load, and is left alone where they do."""

from collections.abc import Callable


def test_fastai_can_be_imported_after_it(run_python: Callable[[str], str]) -> None:
    program = """
import warnings
warnings.simplefilter("ignore")
import snowpeople._torchvision
import torch, torchvision
from torchvision.models import resnet18
print(tuple(resnet18(weights=None).eval()(torch.zeros(1, 3, 32, 32)).shape))
print(all(hasattr(torch.ops.torchvision, name) for name in ("nms",)))
"""
    assert run_python(program).splitlines() == ["(1, 1000)", "True"]


def test_nothing_is_declared_where_the_operators_load(run_python: Callable[[str], str]) -> None:
    program = """
import warnings
warnings.simplefilter("ignore")
import torch
torch.ops.load_library = lambda path: None  # as if it had loaded, and brought the operators
library = torch.library.Library("torchvision", "DEF")
library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import snowpeople._torchvision
print(hasattr(snowpeople._torchvision, "_LIBRARY"))
"""
    assert run_python(program).strip() == "False"


def test_without_torchvision_its_own_import_says_so(run_python: Callable[[str], str]) -> None:
    program = """
import warnings
warnings.simplefilter("ignore")
import importlib.util, sys
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "torchvision" else find_spec(name, package)
import snowpeople._torchvision
print(hasattr(snowpeople._torchvision, "_LIBRARY"))
"""
    assert run_python(program).strip() == "False"
