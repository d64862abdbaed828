"""From pictures to `export.pkl` in one call: what training.ipynb does cell by cell."""

from __future__ import annotations

import errno
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from . import archive, dataset, export, place, processes, recipe, store, study
from .archive import ExportError
from .backbone import SHIPPED, Backbone, backbone
from .callbacks import set_seed
from .dataset import Dataset, DatasetError
from .dataset.concerns import concerns
from .export import card
from .export.shrinking import KeptApart
from .picture import read
from .preprocessing import enough
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


class TrainingError(ValueError):
    """A training that came to nothing. The message says why, and what to do."""


@dataclass(frozen=True)
class Done:
    """What `train` made.

    out: the place of the export, a path or an address. size: its bytes. before: where the export that stood there is
    now, if any. report: of the export itself, on the validation pictures. stopped: whether Ctrl-C ended it before its
    last epoch.
    """

    out: str
    size: int
    before: str | None
    report: Report
    stopped: bool


def train(plan: Plan, say: Callable[[str], Any] = print, progress: Progress = iter) -> Done | None:
    """Train as `plan` says, measure on the validation pictures, and export. `say` gets a line now and then.

    Started by torchrun or `accelerate launch` in several processes, all train together and the first one exports; the
    others return None. Ctrl-C ends it with the best so far; before the first epoch is over, with nothing.
    Raises DatasetError, BackboneError, TeacherError, StoreError, ExportError or TrainingError, each with what to do.
    """
    if (plan.cutouts or plan.others or plan.drawn) and not plan.teacher:
        raise DatasetError("cut-outs, other and drawn pictures are for learning from a teacher; name one as well")
    if plan.teacher and processes.count() > 1:
        raise TrainingError("learning from a teacher is the work of one process: start it without a launcher")
    _check_out(plan.out)
    _check_work(plan.work)
    with processes.several() as shared:
        if shared is None:
            if processes.alone_in_spite():
                say(
                    "note: accelerate started one process, not several: without GPUs it needs MPI for that. "
                    "This does it: torchrun --nproc-per-node 2 -m snowpeople train ..."
                )
        elif shared.is_main_process:
            say(f"training in {shared.num_processes} processes")
        else:
            say, progress = _silence, iter
        return _train(plan, say, progress, shared)


def _train(plan: Plan, say: Callable[[str], Any], progress: Progress, shared: Any) -> Done | None:
    main = shared is None or shared.is_main_process
    set_seed(plan.recipe.seed)
    folder = _folder(plan, progress, shared)
    if folder is None:
        return None
    data = dataset.load(folder, progress)
    for file, reason in data.unreadable.items():
        say(f"left out {file}: {reason}")
    for concern in concerns(data):
        say(f"note: {concern}")
    training, validation = data.split(plan.valid, plan.recipe.seed)
    base = backbone(plan.weights, architecture=plan.architecture, untrained=plan.untrained)
    _check_start(base, data)
    say(f"{len(training)} pictures to train on, {len(validation)} kept apart; starting from {base.origin}")
    learn = recipe.learner(data, training, validation, base, plan.recipe, progress)
    kept = data.subset(validation)
    # Large photos as the classifier reads them: no more of them than it needs. A teacher sees more.
    smallest = None if plan.teacher else enough(plan.recipe.sizes[-1])
    pictures = [read(file, smallest=smallest) for file in kept.pictures]
    taught: dict[str, Any] = {}
    if plan.teacher:
        taught = study.under_teacher(learn, data.subset(training), kept, pictures, plan, say, progress)
        outcome = Trained([], None, False)
    else:
        state = plan.work / f"{Path(store.name_of(plan.out)).stem}.state"
        learn.dls.loaders[0].progress = progress
        with learn.no_bar(), learn.no_logging(), _room(state):
            outcome = recipe.fit(learn, plan.recipe, base.origin, state, say, shared)
        if outcome.stopped and not outcome.history:
            say("stopped before the first epoch was over: nothing was written")
            raise KeyboardInterrupt
        if outcome.stopped:
            say("stopped; the best so far is measured and saved. The same command goes on from here")
        _check_loss(outcome)
    if shared is not None:
        processes.part(shared)
    if not main:
        return None
    say("setting how sure it may be, on the pictures kept apart")
    measured = study.measure(learn, data, kept)
    say(measured.calibrated())
    full = {
        "title": plan.title,
        "trained": {**card.trained(data, training, validation, base, plan.recipe, outcome), **taught},
        "limits": card.limits(data.subset(training)),
    }
    calibration = [read(data.pictures[i], smallest=smallest) for i in training[:: max(1, len(training) // 200)]]
    apart = KeptApart(pictures, kept.labels, kept.groups)
    say("making it small, and measuring what comes out on the pictures kept apart")
    try:
        saved, before = _save(learn, plan.out, full, calibration, apart, measured)
    except (ValueError, OSError):
        if not plan.teacher:
            say(f"what was learnt is kept in {state}: the same command, for an export of the same name, only writes it")
        raise
    if not plan.teacher and not outcome.stopped:
        state.unlink(missing_ok=True)
    assert saved.report  # pictures were kept apart
    for line in saved.report.lines():
        say(line)
    return Done(plan.out, saved.size, before, saved.report, outcome.stopped)


def _check_start(base: Backbone, data: Dataset) -> None:
    """Refuse a start that has learnt from these very pictures: what was measured then would flatter."""
    if not base.shipped:
        return
    try:
        learnt = set(archive.read(SHIPPED)[1].get("trained", {}).get("learnt_from", ()))
    except ExportError:  # a plain export says nothing of what it learnt from
        return
    known = sum(sha256(file.read_bytes()).hexdigest()[: card.DIGITS] in learnt for file in data.pictures)
    if known:
        raise TrainingError(
            f"{SHIPPED.name} has learnt from {known} of these pictures, and no other weights are within reach to start "
            "from: what comes out would look better than it is. Name a file of weights with --weights, start from "
            f"nothing with --untrained, or put the project's own {SHIPPED.name} back"
        )


def _save(
    learn: Any, out: str, full: dict[str, Any], calibration: list[Any], apart: KeptApart, measured: study.Measured
) -> tuple[export.Saved, str | None]:
    """What was written, and where the one that was there is now."""
    if not store.is_address(out):
        saved = export.save(learn, out, full, calibration, apart, measured.familiarity)
        return saved, str(saved.before) if saved.before else None
    with tempfile.TemporaryDirectory() as folder:
        saved = export.save(learn, Path(folder) / store.name_of(out), full, calibration, apart, measured.familiarity)
        return saved, store.upload(saved.path, out, keep=True)


def _check_out(out: str) -> None:
    """Find out before hours of training whether an export can be written there."""
    if store.is_address(out):
        store.check_writable(out, "export.pkl")
    else:
        export.check_writable(out)


def _check_work(work: Path) -> None:
    try:
        work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=work):
            pass
    except OSError as error:
        raise TrainingError(
            f"{work}, where the state is kept, can't be written to: {error.strerror or error}. "
            "Name another folder with --work"
        ) from error


def _check_loss(outcome: Trained) -> None:
    rows = [row for row in outcome.history if outcome.kept in (None, (row["phase"], row["epoch"]))]
    if not math.isfinite(rows[-1]["valid_loss"]):
        raise TrainingError(
            "the loss grew beyond all numbers, so nothing was written. Try a smaller learning rate: --rate"
        )


@contextmanager
def _room(state: Path) -> Iterator[None]:
    """Say what to do where there is no room for the state."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise TrainingError(
            f"{state} could not be written ({error.strerror}); what was there is as it was. Make room, or name a "
            "folder on another disk with --work. The same command goes on from the last epoch that was kept"
        ) from error


def _folder(plan: Plan, progress: Progress, shared: Any) -> Path | None:
    """The folder of the data set. The first process unpacks or fetches it; None in the others where it failed."""
    failure: Exception | None = None
    if shared is None or shared.is_main_process:
        try:
            found = place.folder(plan.place, plan.work, progress)
        except (ValueError, OSError) as error:
            failure = error
    if processes.first(failure is not None, shared):
        if failure is None:
            return None
        raise failure
    return found if shared is None or shared.is_main_process else place.folder(plan.place, plan.work, progress)


def _silence(line: str) -> None:
    """In all processes but the first."""
