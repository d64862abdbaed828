"""What comes between a trained network and its export: how right it is, how sure it may be, what it has never seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from . import recipe
from .calibration import Familiarity, fit_familiarity, pooled, soften, temperature
from .dataset import Dataset
from .prediction import NEITHER
from .report import Report

if TYPE_CHECKING:
    from .train import Plan

# With fewer pictures kept apart, no temperature and no threshold can be told.
FEW = 10

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Measured:
    """A network on its validation pictures: the temperature its logits were divided by, its sense of what it knows."""

    report: Report
    temperature: float
    familiarity: Familiarity | None

    def calibrated(self) -> str:
        """What the temperature changed, in a line."""
        before, after = self.report.reliability(before=True), self.report.reliability()
        line = f"temperature {self.temperature:.2f}"
        if before and after:
            line += f": expected calibration error {before.error:.1%} before, {after.error:.1%} after"
        return line

    def lines(self) -> list[str]:
        """The main figures, for a terminal."""
        return [self.calibrated(), *self.report.lines()]


def measure(learn: Any, data: Dataset, kept: Dataset) -> Measured:
    """Make the learner's probabilities true, on the pictures it did not learn from (`kept`), and report on those.

    The learner's logits are divided by the temperature for good. The sense of what is familiar is learnt from all
    classes but `neither`, and none with fewer than FEW such pictures kept apart.
    """
    logits, targets = recipe.predictions(learn)
    value = temperature(logits, targets) if len(targets) >= FEW else 1.0
    soften(learn.model, value)
    before, after = (part.softmax(1).numpy() for part in (logits, logits / value))
    sense, familiar = None, None
    known = torch.tensor([label != NEITHER for label in data.vocabulary])
    if int(known[targets].sum()) >= FEW:
        train, valid = learn.dls.loaders
        features, own = pooled(learn.model[0], train.new())
        apart, _ = pooled(learn.model[0], valid)
        sense = fit_familiarity(features[known[own]], own[known[own]], apart[known[targets]])
        with torch.inference_mode():
            familiar = sense(apart).numpy()
    report = Report(
        data.vocabulary,
        kept.labels,
        after,
        kept.groups,
        before=before,
        familiarity=familiar,
        threshold=None if familiar is None else 0.5,
    )
    return Measured(report, value, sense)


def under_teacher(
    learn: Any,
    data: Dataset,
    kept: Dataset,
    pictures: Sequence[Image.Image],
    plan: Plan,
    say: Callable[[str], Any],
    progress: Callable[[Sequence[Any]], Iterable[Any]],
) -> dict[str, Any]:
    """Train the learner's network on views of `data`, as a teacher sees them; return what the card says of it.

    pictures: those of `kept`, to say how good the teacher is.
    """
    from .distill import distill
    from .distill.bank import TEACHER_SIZE, render
    from .distill.mixture import Mixture
    from .distill.teacher import load_teacher
    from .loaders.batches import IMAGENET

    epochs = plan.recipe.epochs
    mixture = Mixture(data, plan.cutouts, plan.others, plan.drawn)
    teacher = load_teacher(str(plan.teacher))
    bank = render(mixture, teacher, plan.views, plan.work / "views", plan.recipe.sizes[-1], progress=progress)
    heads = distill(
        learn.model,
        bank,
        len(mixture.vocabulary),
        *IMAGENET,
        epochs=epochs,
        seed=plan.recipe.seed,
        checkpoint=plan.work / "student.ckpt",
        after_epoch=lambda epoch, loss, student: say(f"epoch {epoch + 1} of {epochs}: loss {loss:.3f}"),
        progress=progress,
    )
    squished = (picture.resize((TEACHER_SIZE,) * 2, Image.Resampling.BILINEAR) for picture in pictures)
    pixels = np.stack([np.asarray(picture, np.float32).transpose(2, 0, 1) for picture in squished]) / np.float32(255)
    with torch.inference_mode():
        features = np.concatenate([teacher(batch) for batch in np.array_split(pixels, -(-len(pixels) // 32))])
        taught = Report(mixture.vocabulary, kept.labels, heads(torch.from_numpy(features)).numpy(), kept.groups)
    for label in mixture.vocabulary:
        say(f"the teacher, {label}: {taught.accuracy(label)}")
    times = "once" if epochs == 1 else f"{epochs} times"
    return {
        "taught_by": f"{Path(str(plan.teacher)).name} on {plan.views} views, {times}",
        "epochs": epochs,
        "also_shown": [folder.name for folder in plan.others] + ["drawn snow people"] * plan.drawn,
    }
