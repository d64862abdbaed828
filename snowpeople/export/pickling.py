"""A Learner as a small pickle that loads wherever fastai is installed, and names nothing of this machine."""

from __future__ import annotations

import pickle
import pickletools
import sys
import tempfile
import types
import zipfile
from _compat_pickle import IMPORT_MAPPING
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PosixPath, PurePath, WindowsPath
from typing import Any

import torch
from torch import Tensor, nn

from ..archive import ExportError

# Weights are kept as whole numbers from -64 to 64: 7 bits, so that ONNX Runtime's int8 kernels can't
# saturate on processors without VNNI and the answers are the same on all.
LEVELS = 64
# What a pickle may name, so that it loads wherever fastai is installed: the standard library (under Python 2's
# names too, as pickle's protocol 2 writes them), fastai, and what fastai itself installs.
ALLOWED_MODULES = sys.stdlib_module_names | {
    *(name.split(".")[0] for name in IMPORT_MAPPING),
    *("fastai", "fastcore", "fasttransform", "plum"),
    *("torch", "torchvision", "numpy", "PIL", "pandas"),
}


def dump(learn: Any, path: Path, whole: bool = True) -> None:
    """`learn.export` to `path`, with small weights and no path of this machine, all named by torch and fastai alone.

    whole: weights as whole numbers from -LEVELS to LEVELS and a scale; else in half precision. The learner stays as it
    was. Raises ExportError for what can't be pickled, or would load only where this process's own code is.
    """
    pickler = _WholePickler if whole else _HalfPickler
    module = types.SimpleNamespace(Pickler=pickler, Unpickler=pickle.Unpickler, __name__="pickle")
    device = next(learn.model.parameters()).device
    learn.model.cpu()
    try:
        with _bare(learn, path.parent.resolve()):
            learn.export(path.name, pickle_module=module, pickle_protocol=2)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ExportError(
            f"the learner holds something that can't be saved: {error}. Use named functions of fastai for labels and "
            "transforms, no lambda"
        ) from error
    finally:
        learn.model.to(device)
    strangers = sorted(_modules(path) - ALLOWED_MODULES)
    if strangers:
        raise ExportError(
            f"the learner uses code of {', '.join(strangers)}, so its export would load only where that is installed. "
            "Use functions of fastai for labels and transforms"
        )


class _Call:
    """Pickles as `function(*arguments)`."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.reduced


class _SmallPickler(pickle.Pickler):
    """Leaves out what belongs to this machine; `_small` says how a weight is stored."""

    def _small(self, weight: Tensor) -> _Call:
        raise NotImplementedError

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, nn.Parameter) and obj.dtype == torch.float32 and obj.dim() >= 2:
            return nn.Parameter, (self._small(obj.detach()), obj.requires_grad)
        if isinstance(obj, PurePath):
            # A PosixPath can't be made on Windows, nor the reverse; and this machine's folders mean nothing there.
            return Path, (".",)
        if obj is PosixPath or obj is WindowsPath:
            return type, (Path("."),)
        return NotImplemented


class _WholePickler(_SmallPickler):
    def _small(self, weight: Tensor) -> _Call:
        return _Call(torch.mul, *quantize(weight))


class _HalfPickler(_SmallPickler):
    def _small(self, weight: Tensor) -> _Call:
        return _Call(torch.Tensor.float, weight.half())


@contextmanager
def _bare(learn: Any, folder: Path) -> Iterator[None]:
    """The learner as it is exported to `folder`: without what served its training alone.

    That is the optimizer and, where training was ours, the weights of classes in the loss and the rates of layers.
    `learn.export` itself puts things back only when all goes well.
    """
    from fastai.losses import CrossEntropyLossFlat
    from fastai.vision.learner import default_split

    names = ("path", "dls", "opt", "loss_func", "splitter")
    before = {name: getattr(learn, name) for name in names}
    learn.path, learn.opt = folder, None
    if type(learn.splitter).__module__.startswith("snowpeople."):
        learn.splitter, learn.loss_func = default_split, CrossEntropyLossFlat()
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(learn, name, value)


def quantize(weight: Tensor, levels: int = LEVELS) -> tuple[Tensor, Tensor]:
    """`weight` (O×...) as int8 from -levels to levels and one float32 scale an output channel (O×1×...)."""
    scale = weight.abs().amax(dim=tuple(range(1, weight.dim())), keepdim=True).clamp(min=1e-12) / levels
    return (weight / scale).round().to(torch.int8), scale


def _modules(path: Path) -> set[str]:
    """The top names of the modules that the pickle in a torch archive asks for."""
    with zipfile.ZipFile(path) as members:
        name = next(name for name in members.namelist() if name.endswith("/data.pkl"))
        operations = pickletools.genops(members.read(name))
    return {str(argument).split(" ")[0].split(".")[0] for code, argument, _ in operations if code.name == "GLOBAL"}


def plain_size(learn: Any) -> int:
    """The size in bytes of what plain `learn.export()` would write, to compare with."""
    with tempfile.TemporaryDirectory() as folder, _bare(learn, Path(folder)):
        learn.export()
        return (Path(folder) / "export.pkl").stat().st_size
