"""From pictures to `export.pkl` in one call: what training.ipynb does cell by cell."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import dataset, export, place, recipe, store, study
from .backbone import backbone
from .callbacks import set_seed
from .dataset import DatasetError
from .dataset.concerns import concerns
from .export import Saved, card
from .export.shrinking import KeptApart
from .picture import read
from .recipe import Recipe, Trained
from .report import Report

Progress = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Plan:
    """What to train on and how.

    place: a folder with one folder of pictures a label, an archive of such a folder, or the address of either.
    out: the export to write, a path or an address; one that is there is kept under another name.
    architecture, weights, untrained: see backbone.backbone. recipe: see recipe.Recipe. valid: the share kept apart.
    teacher: see teacher.load_teacher; with one, the network is distilled from it on `views` views, for the recipe's
        epochs times all of them; without one it is fine-tuned.
    cutouts, others, drawn: see mixture.Mixture; they need a teacher.
    work: where the state is kept, to go on from after a kill.
    """

    place: str
    out: str = "my-export.pkl"
    title: str = "Which of these is it?"
    architecture: str = "resnet18"
    weights: Path | None = None
    untrained: bool = False
    recipe: Recipe = field(default_factory=Recipe)
    valid: float = 0.2
    teacher: str | None = None
    cutouts: Path | None = None
    others: Sequence[Path] = ()
    drawn: bool = False
    views: int = 20_000
    work: Path = Path("build/training")


def train(plan: Plan, say: Callable[[str], Any] = print, progress: Progress = iter) -> tuple[Saved, Report] | None:
    """Train as `plan` says, measure on the validation pictures, and export. `say` gets a line now and then.

    Started by `accelerate launch` in several processes, all train together and the first one exports; the others
    return None. Raises DatasetError, BackboneError, TeacherError, StoreError or ExportError, each with what to do.
    """
    if (plan.cutouts or plan.others or plan.drawn) and not plan.teacher:
        raise DatasetError("cut-outs, other and drawn pictures are for learning from a teacher; name one as well")
    shared = _shared()
    if shared is not None and not shared.is_main_process:
        say = _silence
    set_seed(plan.recipe.seed)
    data = dataset.load(place.folder(plan.place, plan.work, progress), progress)
    for file, reason in data.unreadable.items():
        say(f"left out {file}: {reason}")
    for concern in concerns(data):
        say(f"note: {concern}")
    training, validation = data.split(plan.valid, plan.recipe.seed)
    base = backbone(plan.weights, architecture=plan.architecture, untrained=plan.untrained)
    say(f"{len(training)} pictures to train on, {len(validation)} kept apart; starting from {base.origin}")
    learn = recipe.learner(data, training, validation, base, plan.recipe, progress)
    kept = data.subset(validation)
    pictures = [read(file) for file in kept.pictures]
    taught: dict[str, Any] = {}
    if plan.teacher:
        taught = study.under_teacher(learn, data.subset(training), kept, pictures, plan, say, progress)
        outcome = Trained([], None, False)
    else:
        state = plan.work / f"{Path(store.name_of(plan.out)).stem}.state"
        learn.dls.loaders[0].progress = progress
        with learn.no_bar(), learn.no_logging():
            outcome = recipe.fit(learn, plan.recipe, base.origin, state, say, shared)
        if outcome.stopped:
            say("stopped; the best so far is measured and saved. The same command goes on from here")
    if shared is not None and not shared.is_main_process:
        return None
    measured = study.measure(learn, data, kept)
    for line in measured.lines():
        say(line)
    full = {
        "title": plan.title,
        "trained": {**card.trained(data, training, validation, base, plan.recipe, outcome), **taught},
        "measured": measured.report.measured(),
        "limits": card.limits(data),
    }
    calibration = [read(data.pictures[i]) for i in training[:: max(1, len(training) // 200)]]
    apart = KeptApart(pictures, kept.labels, kept.groups)
    saved = _save(learn, plan.out, full, calibration, apart, measured)
    if not plan.teacher and not outcome.stopped:
        state.unlink(missing_ok=True)
    return saved, measured.report


def _save(
    learn: Any, out: str, full: dict[str, Any], calibration: list[Any], apart: KeptApart, measured: study.Measured
) -> Saved:
    if not store.is_address(out):
        return export.save(learn, out, full, calibration, apart, measured.familiarity)
    with tempfile.TemporaryDirectory() as folder:
        saved = export.save(learn, Path(folder) / store.name_of(out), full, calibration, apart, measured.familiarity)
        store.upload(saved.path, out, keep=True)
        return saved


def _shared() -> Any:
    """Accelerate's state, where several processes train together; else None."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return None
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())


def _silence(line: str) -> None:
    """In all processes but the first."""
