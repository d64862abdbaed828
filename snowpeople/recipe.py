"""How a network learns: a new head first, then all of it, on pictures that grow; one recipe for any classes."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .backbone import Backbone, head
from .callbacks import Interrupt, Keeper, Progress, set_seed
from .dataset import Dataset, DatasetError
from .loaders import AUGMENTATIONS, Loaders, loaders
from .processes import Shared, any_of, first


def _silence(line: str) -> None:
    """For whom fastai's own table of epochs is enough."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    sizes: pixels a side; with several, training begins with the first and ends with the last (J. Howard, fast.ai's
        DAWNBench entry, 2018). frozen_epochs: with the head alone learning. epochs: with all of it, over all sizes.
    rate: the highest learning rate, of the head; None: looked for. body_rate: the body's, as a share of the head's.
    batch_size: pictures at a time.
    augmentation: one of loaders.AUGMENTATIONS. smoothing: label smoothing (C. Szegedy et al., CVPR 2016). mixup: its
        strength, 0 is none, of what the first layers see (V. Verma et al., Manifold mixup, ICML 2019). balance: rare
        classes weigh more.
    patience: epochs without a lower validation loss before it stops; 0: never. keep_best: end with the epoch of the
        lowest validation loss, not with the last. seed: the same gives the same network.
    """

    sizes: tuple[int, ...] = (64,)
    frozen_epochs: int = 3
    epochs: int = 9
    rate: float | None = None
    body_rate: float = 0.1
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
        smallest = [(self.sizes[0], True, self.frozen_epochs), (self.sizes[0], False, small)]
        return [phase for phase in [*smallest, *later] if phase[2] > 0]

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
    data: Loaders | None = None,
) -> Any:
    """A fastai Learner on `dataset`: every picture read, squished and kept in memory; a body with a new head.

    data: the same pictures, read before, for a learner of another network.
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
    if data is None:
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
    data.resize(recipe.sizes[0])
    weight = _weights([dataset.labels[i] for i in train], dataset.vocabulary) if recipe.balance else None
    set_seed(recipe.seed)  # the head, whatever was done before
    model = nn.Sequential(backbone.body, head(backbone.features, len(dataset.vocabulary)))
    early = backbone.architecture.early if backbone.pretrained else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learn = Learner(
            data,
            model,
            loss_func=CrossEntropyLossFlat(weight=weight, label_smoothing=recipe.smoothing),
            metrics=accuracy,
            splitter=_Early(early),
        )
    return learn


def find_rate(learn: Any, show_plot: bool = False) -> float:
    """A learning rate for the new head: where the loss falls steadily (L. Smith, arXiv 1506.01186; fastai's "valley").

    A short search on few pictures can mislead: the answer is kept to rates that work.
    """
    with _learning(learn, frozen=True), learn.no_bar(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fastai's use of NumPy
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
    """Train as `recipe` says: the head, then all but the body's first layers, these at a smaller rate; a cycle each.

    state: a file to keep the state in after each epoch. The same call after a kill goes on from there, with the same
    result. Ctrl-C ends it after the batch, with the best so far. shared: accelerate's PartialState, of several
    processes. say: gets a line after each epoch.
    """
    from fastai.callback.mixup import MixUp
    from fastai.torch_core import to_device

    main = shared is None or shared.is_main_process
    whole = learn.model
    shapes = [[name, list(value.shape)] for name, value in whole.state_dict().items()]
    settings = [recipe.plain(), backbone_origin, shapes, learn.dls.fingerprint()]
    found = state is not None and state.exists()
    progress = first(Progress.resume(state, settings) if main else None, shared)
    if progress["history"]:
        say(f"going on after epoch {len(progress['history'])}, from {state}")
        whole.load_state_dict(progress["model"])
    else:
        if found:
            say(f"{state} is of another training, or damaged: it was renamed, and this one begins anew")
        set_seed(recipe.seed)
        if recipe.rate is None:
            say("looking for a learning rate")
        progress["rate"] = first(recipe.rate or (find_rate(learn) if main else None), shared)
    phases = recipe.phases()
    with Interrupt(launched=shared is not None) as interrupt:

        def stop() -> bool:
            return any_of(interrupt(), shared)

        for phase, (size, frozen, epochs) in enumerate(phases):
            begun = progress["epoch"] if phase == progress["phase"] else 0
            if phase and size != phases[phase - 1][0] and not begun:
                progress["since"] = 0  # losses at another size don't compare
            if phase < progress["phase"] or begun >= epochs or progress.tired(recipe.patience) or stop():
                continue
            if size != learn.dls.loaders[0].size:
                learn.dls.resize(size)
            file, agree = state if main else None, partial(first, state=shared)
            keeper = Keeper(progress, whole, phase, recipe.seed, recipe.patience, file, stop, say, agree)
            extra = [MixUp(recipe.mixup)] if recipe.mixup else []
            extra += [Shared(shared)] if shared else []
            rate = progress["rate"] if size == phases[0][0] else progress["rate"] / 2
            rates = [rate, rate] if frozen else [recipe.body_rate * rate / 2, rate / 2]
            with _learning(learn, frozen):
                learn.create_opt()
                if begun:
                    learn.opt.load_state_dict(to_device(progress["optimizer"], learn.dls.device))
                learn.fit_one_cycle(epochs, rates, cbs=[keeper, *extra], start_epoch=begun)
        stopped = stop()
    best = progress["best"] if recipe.keep_best or stopped or progress.tired(recipe.patience) else None
    if best:
        whole.load_state_dict(best["model"])
    if recipe.sizes[-1] != learn.dls.loaders[0].size:
        learn.dls.resize(recipe.sizes[-1])  # the size that it is measured and exported at
    return Trained(progress["history"], (best["phase"], best["epoch"]) if best else None, stopped)


@contextmanager
def _learning(learn: Any, frozen: bool) -> Iterator[None]:
    """A learner of those layers alone that learn: the head, or all but the body's first ones.

    What the others see is as good for any pictures. They are part of how batches are made, without gradients and as
    quick as can be; their weights and statistics stay as they are.
    """
    from fastai.optimizer import OptimWrapper
    from fastai.vision.learner import default_split

    whole, splitter, optimizer = learn.model, learn.splitter, learn.opt_func
    # fastai's own Adam, with its numbers, in one pass over the weights instead of many: a third of the time.
    fused = partial(torch.optim.AdamW, betas=(0.9, 0.99), eps=1e-5, weight_decay=0.01, fused=True)
    body, top = whole[0], whole[1]
    early = len(body) if frozen else splitter.early
    device = learn.dls.device
    whole.to(device, memory_format=torch.channels_last)
    learn.model, learn.splitter, learn.opt = nn.Sequential(body[early:], top), default_split, None
    learn.opt_func = partial(OptimWrapper, opt=fused)
    learn.dls.see_through(body[:early] if early else None)
    try:
        yield
    finally:
        learn.model, learn.splitter, learn.opt = whole.to(memory_format=torch.contiguous_format), splitter, None
        learn.opt_func = optimizer
        learn.dls.see_through(None)


def predictions(learn: Any) -> tuple[Tensor, Tensor]:
    """What the network says of its validation pictures, at the size they are served: logits N×K and targets N."""
    device = next(learn.model.parameters()).device
    learn.model.eval()
    rows = []
    with torch.inference_mode():
        for pictures, targets in learn.dls.loaders[1]:
            rows.append((learn.model(pictures.to(device)).float().cpu(), targets.cpu()))
    return torch.cat([logits for logits, _ in rows]), torch.cat([targets for _, targets in rows])


class _Early:
    """fastai's splitter of a learner's layers, which also says how many of the body's first ones never learn."""

    def __init__(self, early: int) -> None:
        self.early = early

    def __call__(self, model: Any) -> Any:
        from fastai.vision.learner import default_split

        return default_split(model)


def _weights(labels: Sequence[str], vocabulary: Sequence[str]) -> Tensor:
    """What a picture of each label weighs, so that each label weighs the same; from 0.2 to 5."""
    counts = Counter(labels)
    return torch.tensor([len(labels) / (len(vocabulary) * counts[label]) for label in vocabulary]).clamp(0.2, 5)
