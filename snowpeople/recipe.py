"""How a network learns: a new head first, then all of it, on pictures that grow; one recipe for any classes."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .backbone import Backbone, head
from .callbacks import Interrupt, Keeper, Progress, Shared, set_seed
from .dataset import Dataset, DatasetError
from .loaders import AUGMENTATIONS, loaders


def _silence(line: str) -> None:
    """For whom fastai's own table of epochs is enough."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    sizes: pixels a side; with several, training begins with the first and ends with the last (J. Howard, fast.ai's
        DAWNBench entry, 2018). frozen_epochs: with the head alone learning. epochs: with all of it, over all sizes.
    rate: the highest learning rate, of the head; None: looked for. batch_size: pictures at a time.
    augmentation: one of loaders.AUGMENTATIONS. smoothing: label smoothing (C. Szegedy et al., CVPR 2016). mixup: its
        strength (H. Zhang et al., ICLR 2018), 0 is none. balance: rare classes weigh more.
    patience: epochs without a lower validation loss before it stops; 0: never. keep_best: end with the epoch of the
        lowest validation loss, not with the last. seed: the same gives the same network.
    """

    sizes: tuple[int, ...] = (64,)
    frozen_epochs: int = 3
    epochs: int = 9
    rate: float | None = None
    batch_size: int = 32
    augmentation: str = "normal"
    smoothing: float = 0.1
    mixup: float = 0.0
    balance: bool = True
    patience: int = 0
    keep_best: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for what makes no sense."""
        if not self.sizes or min(self.sizes) < 16 or list(self.sizes) != sorted(self.sizes):
            raise DatasetError("sizes must be one or more, from small to large, 16 pixels at least")
        if self.augmentation not in AUGMENTATIONS:
            raise DatasetError(f"no augmentation {self.augmentation!r}; choose one of {', '.join(AUGMENTATIONS)}")

    def phases(self) -> list[tuple[int, bool, int]]:
        """(size, with the body frozen, epochs), one after the other; most epochs go to the smallest size."""
        small = self.epochs - sum(self._later()) if len(self.sizes) > 1 else self.epochs
        later = [(size, False, epochs) for size, epochs in zip(self.sizes[1:], self._later(), strict=True)]
        first = [(self.sizes[0], True, self.frozen_epochs), (self.sizes[0], False, small)]
        return [phase for phase in [*first, *later] if phase[2] > 0]

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def _later(self) -> list[int]:
        return [max(1, self.epochs // (len(self.sizes) + 1))] * (len(self.sizes) - 1)


@dataclass(frozen=True)
class Trained:
    """How a training went: a row for each epoch, the epoch whose weights were kept (None: the last), how it ended."""

    history: list[dict[str, float]]
    kept: tuple[int, int] | None
    stopped: bool


def learner(
    dataset: Dataset,
    train: Sequence[int],
    valid: Sequence[int],
    backbone: Backbone,
    recipe: Recipe | None = None,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> Any:
    """A fastai Learner on `dataset`: every picture read, squished and kept in memory; the body frozen, a new head.

    All that its export needs is fastai's and torch's own, so that it loads without this package.
    Raises DatasetError where there is nothing to validate on.
    """
    import fastai.callback.progress
    import fastai.callback.schedule  # noqa: F401  gives a Learner lr_find and fit_one_cycle
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat
    from fastai.metrics import accuracy

    recipe = recipe or Recipe()
    if not valid:
        raise DatasetError(
            f"every label in {dataset.folder} has only one distinct picture, so none can be kept apart to measure on. "
            "Add pictures from other sources"
        )
    least = backbone.architecture.least
    if recipe.sizes[0] < least:
        raise DatasetError(f"{backbone.architecture.name} needs pictures of {least} pixels or more")
    data = loaders(
        dataset,
        train,
        valid,
        recipe.sizes[0],
        recipe.batch_size,
        recipe.augmentation,
        largest=recipe.sizes[-1],
        progress=progress,
    )
    weight = _weights([dataset.labels[i] for i in train], dataset.vocabulary) if recipe.balance else None
    model = nn.Sequential(backbone.body, head(backbone.features, len(dataset.vocabulary)))
    early = backbone.architecture.early if backbone.pretrained else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learn = Learner(
            data,
            model,
            loss_func=CrossEntropyLossFlat(weight=weight, label_smoothing=recipe.smoothing),
            metrics=accuracy,
            splitter=_Split(early),
            train_bn=False,
        )
    learn.freeze()
    return learn


def find_rate(learn: Any, show_plot: bool = False) -> float:
    """A learning rate for the new head: where the loss falls steadily (L. Smith, arXiv 1506.01186; fastai's "valley").

    A short search on few pictures can mislead: the answer is kept to rates that work.
    """
    with learn.no_bar():
        found = float(learn.lr_find(num_it=60, show_plot=show_plot).valley)
    return min(max(found, 3e-3), 1e-2)


def fit(
    learn: Any,
    recipe: Recipe,
    backbone_origin: str = "",
    state: Path | None = None,
    say: Callable[[str], Any] = _silence,
    shared: Any = None,
) -> Trained:
    """Train as `recipe` says: the head, then all of it, the body's layers at smaller rates; one cycle each phase.

    state: a file to keep the state in after each epoch. The same call after a kill goes on from there, with the same
    result. Ctrl-C ends it after the batch, with the best so far. shared: accelerate's PartialState, of several
    processes. say: gets a line after each epoch.
    """
    from fastai.callback.mixup import MixUp

    settings = [recipe.plain(), backbone_origin, learn.dls.loaders[0].n, list(map(str, learn.dls.vocab))]
    progress = Progress.resume(state, settings)
    if progress["rate"] is None:
        set_seed(recipe.seed)
        progress["rate"] = recipe.rate or find_rate(learn)
    elif progress["history"]:
        say(f"going on after epoch {len(progress['history'])}, from {state}")
    phases = recipe.phases()
    main = shared is None or shared.is_main_process
    stopped = False
    with Interrupt() as interrupt:
        for phase, (size, frozen, epochs) in enumerate(phases):
            if phase < progress["phase"] or (phase == progress["phase"] and progress["epoch"] >= epochs) or stopped:
                continue
            begun = progress["epoch"] if phase == progress["phase"] else 0
            if phase and size != phases[phase - 1][0]:
                learn.dls.resize(size)
                if not begun:  # losses of another size don't compare
                    progress.update(best=None, since=0)
            elif size != learn.dls.loaders[0].size:
                learn.dls.resize(size)
            _thaw(learn, frozen)
            if begun:
                learn.model.load_state_dict(progress["model"])
                learn.opt.load_state_dict(progress["optimizer"])
            elif phase and "model" in progress:
                learn.model.load_state_dict(progress["model"])
            keep_in = state if main else None
            keeper = Keeper(progress, phase, recipe.seed, recipe.patience, keep_in, interrupt, say)
            extra = [MixUp(recipe.mixup)] if recipe.mixup else []
            extra += [Shared(shared)] if shared else []
            rate = progress["rate"] if frozen or phase < 2 else progress["rate"] / 2
            rates = rate if frozen else slice(rate / 200, rate / 2)
            learn.fit_one_cycle(epochs, rates, cbs=[keeper, *extra], start_epoch=begun)
            stopped = interrupt() or keeper.ended_early
    best = progress["best"]
    if best and (recipe.keep_best or stopped):
        learn.model.load_state_dict(best["model"])
    kept = (best["phase"], best["epoch"]) if best and (recipe.keep_best or stopped) else None
    return Trained(progress["history"], kept, interrupt())


def predictions(learn: Any) -> tuple[Tensor, Tensor]:
    """What the network says of its validation pictures, at the size they are served: logits N×K and targets N."""
    device = next(learn.model.parameters()).device
    learn.model.eval()
    rows = []
    with torch.inference_mode():
        for pictures, targets in learn.dls.loaders[1]:
            rows.append((learn.model(pictures.to(device)).float().cpu(), targets.cpu()))
    return torch.cat([logits for logits, _ in rows]), torch.cat([targets for _, targets in rows])


def _thaw(learn: Any, frozen: bool) -> None:
    """Let the head alone learn, or all but the first layers: what those see is as good for any pictures."""
    learn.opt = None
    learn.create_opt()
    learn.freeze_to(-1 if frozen else 1)


class _Split:
    """Three parts that learn at rates of their own: the body's first layers, its others, and the head."""

    def __init__(self, early: int) -> None:
        self.early = early

    def __call__(self, model: Any) -> list[list[nn.Parameter]]:
        body, top = model[0], model[1]
        return [list(part.parameters()) for part in (body[: self.early], body[self.early :], top)]


def _weights(labels: Sequence[str], vocabulary: Sequence[str]) -> Tensor:
    """What a picture of each label weighs, so that each label weighs the same; from 0.2 to 5."""
    counts = Counter(labels)
    return torch.tensor([len(labels) / (len(vocabulary) * counts[label]) for label in vocabulary]).clamp(0.2, 5)
