"""From a folder of pictures to `export.pkl` in one call: what training.ipynb does cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from fastprogress.fastprogress import progress_bar
from PIL import Image

from . import dataset, export, recipe
from .dataset import Dataset, DatasetError
from .export import Floats
from .picture import read
from .report import Report


@dataclass(frozen=True)
class Plan:
    """What to train on and how.

    folder: one folder of pictures a label. out: the export to write; one that is there is kept under another name.
    size: pixels a side. weights: a ResNet18 weights file, else ImageNet's. valid: the share kept apart to measure on.
    teacher: see teacher.load_teacher; with one, the network is distilled from it on `views` views, for `epochs`
        times all of them; without one it is fine-tuned, `epochs` times over the pictures.
    cutouts, others, drawn: see mixture.Mixture; they need a teacher.
    work: where a distillation keeps its views and its state, to go on from after a kill.
    """

    folder: Path
    out: Path
    title: str = "Which of these is it?"
    size: int = 64
    weights: Path | None = None
    valid: float = 0.2
    epochs: int = 6
    seed: int = 0
    teacher: str | None = None
    cutouts: Path | None = None
    others: Sequence[Path] = ()
    drawn: bool = False
    views: int = 20_000
    work: Path = Path("build/training")


def train(plan: Plan, say: Callable[[str], Any] = print) -> export.Saved:
    """Train as `plan` says, measure on the validation pictures, and export. `say` gets a line now and then.

    Raises DatasetError, BackboneError, TeacherError or ExportError, each with what is wrong and what to do.
    """
    if (plan.cutouts or plan.others or plan.drawn) and not plan.teacher:
        raise DatasetError("cut-outs, other and drawn pictures are for learning from a teacher; name one as well")
    recipe.set_seed(plan.seed)
    data = dataset.load(plan.folder, progress_bar)
    for file, reason in data.unreadable.items():
        say(f"left out {file}: {reason}")
    training, validation = data.split(plan.valid, plan.seed)
    body, origin = recipe.backbone(plan.weights)
    say(f"{len(training)} pictures to train on, {len(validation)} kept apart; starting from {origin}")
    learn = recipe.learner(data, training, validation, body, plan.size)
    kept = data.subset(validation)
    pictures = [read(file) for file in kept.pictures]
    if plan.teacher:
        taught = _distill(learn, data.subset(training), pictures, plan, say)
        for label in data.vocabulary:
            answers = Report(data.vocabulary, kept.labels, taught, kept.groups)
            say(f"the teacher, {label}: {answers.accuracy(label)}")
    else:
        with learn.no_bar():
            rate = min(max(learn.lr_find(num_it=60, show_plot=False).valley, 3e-3), 1e-2)
        say(f"learning rate {rate:.1e}")
        recipe.fine_tune(learn, rate, epochs=plan.epochs)
    say(f"temperature {recipe.calibrate(learn):.2f}")
    report = Report(data.vocabulary, kept.labels, export.probabilities(learn, pictures), kept.groups)
    for label in data.vocabulary:
        say(f"{label}: {report.accuracy(label)}")
    trained = recipe.card(data, training, validation, origin, plan.size)
    if plan.teacher:
        trained["taught_by"] = f"{Path(plan.teacher).name} on {plan.views} views, {plan.epochs} times"
        trained["also_shown"] = [folder.name for folder in plan.others] + ["drawn snow people"] * plan.drawn
    card = {"title": plan.title, "trained": trained, "measured": report.measured(), "limits": _limits(data)}
    calibration = [read(data.pictures[i]) for i in training[:: max(1, len(training) // 200)]]
    return export.save(learn, plan.out, card, calibration)


def _distill(
    learn: Any, data: Dataset, pictures: Sequence[Image.Image], plan: Plan, say: Callable[[str], Any]
) -> Floats:
    """Train the learner's network on views of `data`; return what its teacher says of `pictures`, N×K."""
    from fastai.data.transforms import Normalize

    from .bank import TEACHER_SIZE, render
    from .distill import distill
    from .mixture import Mixture
    from .teacher import load_teacher

    mixture = Mixture(data, plan.cutouts, plan.others, plan.drawn)
    teacher = load_teacher(str(plan.teacher))
    bank = render(mixture, teacher, plan.views, plan.work / "views", plan.size, progress=progress_bar)
    normalize = next(transform for transform in learn.dls.after_batch if isinstance(transform, Normalize))
    mean, std = (torch.as_tensor(values).float().cpu().flatten() for values in (normalize.mean, normalize.std))
    checkpoint = plan.work / "student.ckpt"
    heads = distill(
        learn.model,
        bank,
        len(mixture.vocabulary),
        mean,
        std,
        epochs=plan.epochs,
        seed=plan.seed,
        checkpoint=checkpoint,
        after_epoch=lambda epoch, loss, student: say(f"epoch {epoch + 1} of {plan.epochs}: loss {loss:.3f}"),
        progress=progress_bar,
    )
    squished = (picture.resize((TEACHER_SIZE,) * 2, Image.Resampling.BILINEAR) for picture in pictures)
    pixels = np.stack([np.asarray(picture, np.float32).transpose(2, 0, 1) for picture in squished]) / np.float32(255)
    with torch.inference_mode():
        features = np.concatenate([teacher(batch) for batch in np.array_split(pixels, -(-len(pixels) // 32))])
        result: Floats = heads(torch.from_numpy(features)).numpy()
    return result


def _limits(data: Dataset) -> list[str]:
    limits = ["It knows only pictures like those it was trained on."]
    few = [label for label, (_, groups) in data.counts().items() if groups < 30]
    if few:
        limits.append(f"It has seen fewer than 30 distinct pictures of {', '.join(few)}.")
    return limits
