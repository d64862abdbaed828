"""A fastai Learner to `export.pkl`: one small file that `load_learner` and ONNX Runtime both read."""

from __future__ import annotations

import copy
import os
import pickle
import pickletools
import shutil
import sys
import tempfile
import types
import warnings
import zipfile
from _compat_pickle import IMPORT_MAPPING
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PosixPath, PurePath, WindowsPath
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from . import (
    _torchvision,  # noqa: F401  lets fastai import torchvision
    archive,
)
from .archive import ExportError
from .classifier import Classifier, fit
from .onnx import pixels, to_onnx

Floats = np.ndarray[Any, np.dtype[np.float32]]

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


@dataclass(frozen=True)
class Saved:
    """What `save` wrote: `path`, its size in bytes, and where the export that stood there before is now, if any."""

    path: Path
    size: int
    fastai_size: int
    onnx_size: int
    before: Path | None


def save(
    learn: Any, path: str | os.PathLike[str], card: Mapping[str, Any], calibration: Sequence[Image.Image]
) -> Saved:
    """Write `learn` to `path`, keeping the export that is there under another name.

    card: see archive.py; `format`, `labels`, `size` and `resize` are filled in from the learner.
    calibration: upright RGB pictures like those to come, a few hundred at best; they set the ranges of the int8 model.

    Raises ExportError when the learner holds what only this machine could load, or prepares pictures in a way that
    the ONNX half can't repeat. Nothing is written then, and the learner is as it was.
    """
    path = Path(path)
    if not calibration:
        raise ExportError("the int8 model needs at least one picture to set its ranges by")
    preparation = _preparation(learn)
    _compare_preparation(learn, calibration[0], **preparation)
    full = {**card, "format": archive.FORMAT, "labels": [str(label) for label in learn.dls.vocab], **preparation}
    full.setdefault("thresholds", {"known": 0.0})
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        draft = Path(folder) / path.name
        _pickle(learn, draft)
        fastai_size = draft.stat().st_size
        model = to_onnx(load(draft), preparation["size"], calibration, LEVELS)
        archive.append(draft, model, full)
        Classifier.load(draft).classify(calibration[0])
        before = _keep_before(path)
        os.replace(draft, path)
    return Saved(path, path.stat().st_size, fastai_size, len(model), before)


def load(path: str | os.PathLike[str]) -> Any:
    """`load_learner` without its warning about pickles. Only for files you trust: it runs their code."""
    from fastai.learner import load_learner

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_learner(path)


def convert(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    pictures: str | os.PathLike[str] | None = None,
) -> Path:
    """Give a plain fastai export its ONNX half, in place unless `out` is named; the file before is kept.

    pictures: a folder of pictures like those to come, to set the int8 ranges by; drawn ones where there is none.
    Only for files you trust: opening a pickle runs its code. Raises ExportError for what is not such an export.
    """
    path = Path(path)
    try:
        learn = load(path)
        title = f"One of {len(learn.dls.vocab)} kinds"
    except FileNotFoundError:
        raise ExportError(f"{path} does not exist; name an export made by learn.export()") from None
    except Exception as error:  # a pickle can raise anything
        raise ExportError(f"{path} can't be opened by fastai's load_learner: {error}") from error
    trained = {"data": "unknown: converted from a plain fastai export"}
    card = {"title": title, "trained": trained, "measured": {}, "limits": []}
    return save(learn, out or path, card, list(_calibration(pictures))).path


def _calibration(folder: str | os.PathLike[str] | None, most: int = 200) -> Iterator[Image.Image]:
    from . import drawing
    from .dataset import picture_files
    from .picture import PictureError, read

    found = 0
    for file in picture_files(Path(folder)) if folder else ():
        if found == most:
            break
        try:
            yield read(file)
        except (PictureError, OSError):
            continue  # `snowpeople shrink` needs some pictures, not all
        found += 1
    if folder and not found:
        raise ExportError(f"no picture in {folder} can be opened; name a folder of pictures like those to classify")
    if not folder:
        yield from (drawing.draw(label, seed) for label in drawing.LABELS for seed in range(30))


def _keep_before(path: Path) -> Path | None:
    """Set the export that stands at `path` aside as NAME-DATE-TIME.pkl; never over another file."""
    if not path.exists():
        return None
    stamp = datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y%m%d-%H%M%S")
    kept, number = path.with_name(f"{path.stem}-{stamp}{path.suffix}"), 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.stem}-{stamp}-{number}{path.suffix}")
    shutil.copy2(path, kept)
    return kept


def _preparation(learn: Any) -> dict[str, Any]:
    """How the learner makes a batch of a picture, as the card says it: size and resize."""
    from fastai.vision.augment import Resize

    if getattr(learn.dls, "n_inp", 1) != 1 or not hasattr(learn.dls, "vocab"):
        raise ExportError("only classifiers of single pictures can be exported")
    logits = torch.linspace(-3, 5, len(learn.dls.vocab))[None]
    activation = getattr(learn.loss_func, "activation", None)
    if activation is None or not torch.allclose(activation(logits), logits.softmax(-1)):
        loss = type(learn.loss_func).__name__
        raise ExportError(f"only classifiers that choose one label a picture can be exported (the loss is {loss})")
    resizes = [transform for transform in learn.dls.after_item if isinstance(transform, Resize)]
    if len(resizes) != 1 or resizes[0].size[0] != resizes[0].size[1]:
        raise ExportError("the learner's item transforms must hold one Resize(size, method=...) to a square")
    method = resizes[0].method
    if method not in archive.RESIZES:
        raise ExportError(f"Resize(method={method!r}) can't be repeated outside fastai; use 'squish' or 'crop'")
    return {"size": int(resizes[0].size[0]), "resize": str(method)}


def _compare_preparation(learn: Any, picture: Image.Image, size: int, resize: str) -> None:
    """Make sure that nothing else in the learner changes a picture: a second resize, a crop of the batch, ..."""
    odd = picture.convert("RGB").resize((2 * size + 41, size + 13))
    theirs = pixels(learn, [odd], batch_size=1)
    ours = np.asarray(fit(odd, size, resize), np.float32).transpose(2, 0, 1)[None] / np.float32(255)
    batch = next(iter(theirs))
    if batch.shape != ours.shape or not np.allclose(batch, ours, atol=0.002):
        raise ExportError(
            f"the learner does more to a picture that it is asked about than Resize({size}, method={resize!r}) and "
            "Normalize; leave out its other transforms that act on validation pictures"
        )


def _pickle(learn: Any, path: Path) -> None:
    """`learn.export` with weights as whole numbers and no path of this machine, all named by torch and fastai alone."""
    module = types.SimpleNamespace(Pickler=_SmallPickler, Unpickler=pickle.Unpickler, __name__="pickle")
    home, loaders, optimizer = learn.path, learn.dls, learn.opt
    device = next(learn.model.parameters()).device
    learn.model.cpu()
    learn.path = path.parent.resolve()
    try:
        learn.export(path.name, pickle_module=module, pickle_protocol=2)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ExportError(
            f"the learner holds something that can't be saved: {error}. Use named functions of fastai for labels and "
            "transforms, no lambda"
        ) from error
    finally:
        # `learn.export` itself puts them back only when all went well.
        learn.path, learn.dls, learn.opt = home, loaders, optimizer
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
    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, nn.Parameter) and obj.dtype == torch.float32 and obj.dim() >= 2:
            whole, scale = quantize(obj.detach())
            return nn.Parameter, (_Call(torch.mul, whole, scale), obj.requires_grad)
        if isinstance(obj, PurePath):
            # A PosixPath can't be made on Windows, nor the reverse; and this machine's folders mean nothing there.
            return Path, (".",)
        if obj is PosixPath or obj is WindowsPath:
            return type, (Path("."),)
        return NotImplemented


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
    home = learn.path
    with tempfile.TemporaryDirectory() as folder:
        learn.path = Path(folder)
        try:
            learn.export()
            return (Path(folder) / "export.pkl").stat().st_size
        finally:
            learn.path = home


def agreement(
    path: str | os.PathLike[str], pictures: Sequence[Image.Image], batch_size: int = 64
) -> tuple[float, float]:
    """How far the two halves of an export agree on upright RGB pictures.

    Returns the share with the same top class, and the mean absolute difference of the probabilities.
    """
    learn, classifier = load(path), Classifier.load(path)
    ours = np.array([list(p.probabilities.values()) for p in classifier.classify_many(pictures)])
    theirs = probabilities(learn, pictures, batch_size)
    return float((ours.argmax(1) == theirs.argmax(1)).mean()), float(np.abs(ours - theirs).mean())


def probabilities(learn: Any, pictures: Sequence[Image.Image], batch_size: int = 64) -> Floats:
    """What a learner says of upright RGB pictures: N×K."""
    from fastai.vision.core import PILImage

    items = [PILImage(copy.copy(picture)) for picture in pictures]
    loader = learn.dls.test_dl(items, bs=batch_size, num_workers=0)
    with learn.no_bar(), learn.no_logging():
        result: Floats = learn.get_preds(dl=loader)[0].numpy()
    return result
