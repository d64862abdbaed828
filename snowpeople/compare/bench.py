"""A place to try networks one after the other: what they share is made once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from PIL import Image

from .. import export, study
from .. import recipe as recipes
from ..backbone import ARCHITECTURES, Backbone, BackboneError, backbone
from ..callbacks import set_seed
from ..dataset import Dataset
from ..export import card
from ..export.shrinking import KeptApart
from ..loaders import Loaders, loaders
from ..picture import read
from ..recipe import Recipe
from ..store.cache import digest_of
from .compared import Compared
from .comparison import Row

Progress = Callable[[Sequence[Any]], Iterable[Any]]


class ComparisonError(ValueError):
    """A comparison that can't be made, or a network that can't be compared. The message says what to do."""


@dataclass
class Bench:
    """What all networks have in common: the pictures, read once, and the recipe."""

    data: Dataset
    train: Sequence[int]
    valid: Sequence[int]
    recipe: Recipe
    weights: Mapping[str, Path]
    home: Path
    kept: Compared
    say: Callable[[str], Any]
    progress: Progress
    served: dict[tuple[int, ...], Loaders] = field(default_factory=dict)

    def row(self, network: str) -> Row:
        """Train, measure and export one, or find what is known of it. Raises whatever can go wrong."""
        least = ARCHITECTURES[network].least
        recipe = replace(self.recipe, sizes=tuple(sorted({max(size, least) for size in self.recipe.sizes})))
        set_seed(recipe.seed)
        base = self._start(network)
        start = base.origin.partition(", as ImageNet")[0]  # why not ImageNet's differs from day to day
        file = self.weights.get(network)
        settings = {
            "recipe": recipe.plain(),
            "start": start,
            "weights": digest_of(file) if file else None,
            "pictures": self._pictures_digest,
        }
        if found := self.kept.find(network, settings):
            self.say(f"{network}: known already, from {self.kept.file}")
            return found
        self.say(f"{network}: starting from {base.origin}")
        data = self._served(recipe)
        learn = recipes.learner(self.data, self.train, self.valid, base, recipe, data=data)
        parameters = sum(parameter.numel() for parameter in learn.model.parameters())
        outcome, seconds, state = self._fit(learn, network, recipe, sha256(repr(settings).encode()).hexdigest())
        kept = self.data.subset(self.valid)
        measured = study.measure(learn, self.data, kept)
        told = {
            "title": "Which of these is it?",
            "trained": card.trained(self.data, self.train, self.valid, base, recipe, outcome),
            "limits": card.limits(self.data),
        }
        training, apart = self._opened
        kept_apart = KeptApart(apart, kept.labels, kept.groups)
        saved = export.save(learn, self.home / f"{network}.pkl", told, training, kept_apart, measured.familiarity)
        assert saved.report  # pictures were kept apart
        row = Row(
            network,
            recipe.sizes[-1],
            start,
            base.pretrained,
            saved.report.accuracy(),
            parameters,
            saved.size / 1e6,
            saved.shrunk["rows"][-1]["milliseconds"],
            seconds,
            saved.path,
        )
        self.kept.add(row, settings, saved.before)
        state.unlink(missing_ok=True)
        return row

    def _fit(self, learn: Any, network: str, recipe: Recipe, settings: str) -> tuple[recipes.Trained, float, Path]:
        """Train, and say for how long in all: earlier runs that were ended count up to their last epoch."""
        state = self.home / f"{network}.state"
        before = self.kept.seconds.get(network, 0.0) if state.exists() else 0.0
        begun = perf_counter()

        def after_epoch(line: str) -> None:
            self.say(f"{network}: {line}")
            self.kept.seconds[network] = before + perf_counter() - begun
            self.kept.save()

        learn.dls.loaders[0].progress = self.progress
        with learn.no_bar(), learn.no_logging():
            outcome = recipes.fit(learn, recipe, settings, state, after_epoch)
        if outcome.stopped:
            raise KeyboardInterrupt
        if not all(math.isfinite(epoch["valid_loss"]) for epoch in outcome.history):
            state.unlink(missing_ok=True)
            raise ComparisonError("its loss grew beyond all numbers; try a smaller learning rate (--rate)")
        return outcome, before + perf_counter() - begun, state

    def _start(self, network: str) -> Backbone:
        if network in self.weights:
            return backbone(self.weights[network], architecture=network)
        try:
            return backbone(architecture=network, untrained=network != "resnet18")
        except BackboneError as error:  # no shipped export either
            self.say(f"{network}: {error}")
            return backbone(architecture=network, untrained=True)

    def _served(self, recipe: Recipe) -> Loaders:
        if recipe.sizes not in self.served:
            first, last = recipe.sizes[0], recipe.sizes[-1]
            options = recipe.batch_size, recipe.augmentation, last, self.progress
            self.served[recipe.sizes] = loaders(self.data, self.train, self.valid, first, *options)
        return self.served[recipe.sizes]

    @cached_property
    def _opened(self) -> tuple[list[Image.Image], list[Image.Image]]:
        """Some of the training pictures, to set ranges by, and those kept apart; none much larger than is needed."""
        some = self.train[:: max(1, len(self.train) // 200)]
        enough = 4 * self.recipe.sizes[-1]
        opened = [[read(self.data.pictures[i], enough) for i in indices] for indices in (some, self.valid)]
        return opened[0], opened[1]

    @cached_property
    def _pictures_digest(self) -> str:
        sides = []
        for indices in (self.train, self.valid):
            files = [(self.data.pictures[i], self.data.labels[i], self.data.groups[i]) for i in indices]
            sides.append([(str(f.relative_to(self.data.folder)), f.stat().st_size, *rest) for f, *rest in files])
        return sha256(repr(sides).encode(errors="surrogateescape")).hexdigest()[:16]
