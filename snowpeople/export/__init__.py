"""A fastai Learner to `export.pkl`: one small file that `load_learner` and ONNX Runtime both read."""

from __future__ import annotations

import copy
import errno
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .. import (
    _torchvision,  # noqa: F401  lets torchvision be imported
    archive,
)
from ..archive import ExportError
from ..calibration import Familiarity
from ..classifier import Classifier
from ..report import Report
from ..report.measurement import report_of
from . import pickling, shrinking
from .preparation import compare, preparation
from .shrinking import KeptApart

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Saved:
    """What `save` wrote: `path`, its size in bytes and its halves', how it was shrunk, where the export that stood
    there before is now, if any, and how right the file itself is on pictures kept apart, None without any.
    """

    path: Path
    size: int
    fastai_size: int
    onnx_size: int
    shrunk: dict[str, Any]
    before: Path | None
    report: Report | None


def save(
    learn: Any,
    path: str | os.PathLike[str],
    card: Mapping[str, Any],
    calibration: Sequence[Image.Image],
    kept_apart: KeptApart | None = None,
    familiarity: Familiarity | None = None,
) -> Saved:
    """Write `learn` to `path`, keeping the export that is there under another name.

    card: see archive.py; `format`, `labels`, `size`, `resize` and `shrunk` are filled in here, and what is `measured`,
        on `kept_apart`, unless the card has that.
    calibration: upright RGB pictures like those to come, a few hundred at best; they set the ranges of the int8 model.
    kept_apart: labelled pictures to measure what shrinking costs; without them, answers that change are counted.
    familiarity: what the dashboard's half says how known a picture is by; its threshold keeps 95 % of `kept_apart`.

    Raises ExportError when the learner holds what only this machine could load, or prepares pictures in a way that
    the ONNX half can't repeat, or where the disk is full. Nothing is written then, and the learner is as it was.
    """
    path = Path(path)
    if not calibration:
        raise ExportError("the int8 model needs at least one picture to set its ranges by")
    prepared = preparation(learn)
    compare(learn, calibration[0], **prepared)
    full = {**card, "format": archive.FORMAT, "labels": [str(label) for label in learn.dls.vocab], **prepared}
    full.setdefault("thresholds", {"known": 0.0})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            draft = Path(folder) / path.name
            small = shrinking.shrink(learn, draft, prepared["size"], calibration, kept_apart, familiarity)
            fastai_size = draft.stat().st_size
            full["shrunk"] = small.card()
            archive.append(draft, small.model, full)
            report = None
            if kept_apart is not None:  # what is measured is what the file says, not the network that it was made of
                answers = list(Classifier.load(draft).classify_many(kept_apart.pictures))
                if familiarity is not None:
                    familiar = shrinking.threshold(answers, kept_apart.labels)
                    full["thresholds"] = {**full["thresholds"], "familiar": familiar}
                report = report_of(answers, kept_apart.labels, kept_apart.groups, full["thresholds"])
                full.setdefault("measured", report.measured())
                archive.append(draft, small.model, full)
            Classifier.load(draft).classify(calibration[0])
            before = _keep_before(path)
            os.replace(draft, path)
    except (OSError, RuntimeError) as error:
        # torch tells a write that failed by a RuntimeError of its archive's writer.
        torn = isinstance(error, RuntimeError) and "inline_container" in str(error)
        if torn or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ExportError(
                f"the disk is full: {path} was not written, and an export that was there is as it was. "
                "Make room, or name a place on another disk"
            ) from error
        raise
    return Saved(path, path.stat().st_size, fastai_size, len(small.model), full["shrunk"], before, report)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Make sure that an export can be written to `path`, and make its folder.

    Raises ExportError, with the remedy, where `path` is a folder or its own folder can't be written to.
    """
    path = Path(path)
    if path.is_dir():
        raise ExportError(f"{path} is a folder; name the export file in it, such as {path / 'export.pkl'}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise ExportError(
            f"{path} can't be written: {error.strerror or error}. Name a place in a folder that is yours"
        ) from error


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
    title: str | None = None,
) -> Saved:
    """Shrink a plain fastai export and give it its ONNX half, in place unless `out` is named; the file before is kept.

    pictures: a folder of pictures like those to come, to set the int8 ranges by; one folder a label, and what shrinking
    costs is measured in accuracy. Drawn pictures where there is none.
    Only for files you trust: opening a pickle runs its code. Raises ExportError for what is not such an export.
    """
    path = Path(path)
    try:
        learn = load(path)
        labels = [str(label) for label in learn.dls.vocab]
    except FileNotFoundError:
        raise ExportError(f"{path} does not exist; name an export made by learn.export()") from None
    except Exception as error:  # a pickle can raise anything
        raise ExportError(f"{path} can't be opened by fastai's load_learner: {error}") from error
    trained = {"data": "unknown: converted from a plain fastai export"}
    card = {"title": f"One of {len(labels)} kinds", "trained": trained, "measured": {}, "limits": []}
    if (path_card := _card(path)) is not None:
        card = path_card
    if title is not None:
        card["title"] = title
    calibration, kept_apart = shrinking.pictures(pictures, labels, size=preparation(learn)["size"])
    return save(learn, out or path, card, calibration, kept_apart)


def _card(path: Path) -> dict[str, Any] | None:
    """The card of an export that has one already, which it keeps."""
    try:
        return archive.read(path)[1]
    except ExportError:
        return None


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


def plain_size(learn: Any) -> int:
    """The size in bytes of what plain `learn.export()` would write, to compare with."""
    return pickling.plain_size(learn)


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
