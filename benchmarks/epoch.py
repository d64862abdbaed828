"""An epoch of ours beside a plain fastai loop: `python -m benchmarks.epoch FOLDER --weights FILE`.

Both train the same ResNet18 from the same weights on the same files of FOLDER/LABEL, at the same size and batch size,
with fastai's standard augmentation, and validate on the same pictures after each epoch. They take turns, so that
whatever else the machine does meets both. The first epoch of each is not counted. Writes epoch.json and epoch.md.
"""

import argparse
import json
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

# isort: off
from snowpeople import _torchvision  # noqa: F401  lets torchvision be imported

# isort: on
import fastai.callback.progress
import fastai.callback.schedule  # noqa: F401  gives a Learner no_bar and fit_one_cycle
from fastai.callback.core import Callback
from fastai.data.block import CategoryBlock, DataBlock
from fastai.data.transforms import IndexSplitter, Normalize, parent_label
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from fastai.vision.augment import Resize, aug_transforms
from fastai.vision.core import imagenet_stats
from fastai.vision.data import ImageBlock
from fastai.vision.learner import model_meta
from torch import nn
from torchvision.models import resnet18

from snowpeople import dataset, recipe
from snowpeople.backbone import backbone, head
from snowpeople.dataset import Dataset
from snowpeople.recipe import Recipe

from .about import machine, versions

FOLDER = Path(__file__).parent
GOAL = 2.0


class Timer(Callback):  # type: ignore[misc]  # fastai ships no types
    """Seconds of each epoch, training and validation: by the clock, and of the processor."""

    def __init__(self) -> None:
        self.clock: list[float] = []
        self.processor: list[float] = []

    def before_epoch(self) -> None:
        self._start = perf_counter(), process_time()

    def after_epoch(self) -> None:
        self.clock.append(perf_counter() - self._start[0])
        self.processor.append(process_time() - self._start[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.epoch", description=__doc__)
    parser.add_argument("folder", type=Path, help="one folder of pictures a label")
    parser.add_argument("--weights", type=Path, help="ResNet18 weights to start from")
    parser.add_argument("--size", type=int, default=64, help="default: 64")
    parser.add_argument("--turns", type=int, default=3, help="how often each side is run (default: 3)")
    parser.add_argument("--epochs", type=int, default=3, help="epochs of each kind in a turn (default: 3)")
    options = parser.parse_args()
    data = dataset.load(options.folder)
    train, valid = data.split()
    plan = Recipe(sizes=(options.size,), rate=3e-3, frozen_epochs=options.epochs, epochs=options.epochs)
    runs: dict[str, dict[str, list[float]]] = {}
    for turn in range(options.turns):
        for side, run in (("stock", _stock), ("ours", _ours)):
            print(f"turn {turn + 1} of {options.turns}: {side}", flush=True)
            for kind, timer in run(data, train, valid, plan, options.weights).items():
                for clock, values in (("clock", timer.clock), ("processor", timer.processor)):
                    runs.setdefault(f"{kind}, {clock}", {"stock": [], "ours": []})[side] += values[1:]
    results = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "data": options.folder.name,
        "pictures": [len(train), len(valid)],
        "size": options.size,
        "batch": plan.batch_size,
        "runs": runs,
    }
    (FOLDER / "epoch.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "epoch.md").write_text(table(results), encoding="utf-8")
    print(table(results))


def _stock(data: Dataset, train: list[int], valid: list[int], plan: Recipe, weights: Path | None) -> dict[str, Timer]:
    """The plain way: fastai's own loaders open, resize and vary every file in every epoch."""
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_y=parent_label,
        splitter=IndexSplitter(range(len(train), len(train) + len(valid))),
        item_tfms=Resize(plan.sizes[0]),
        batch_tfms=[*aug_transforms(), Normalize.from_stats(*imagenet_stats)],
    )
    files = [data.pictures[i] for i in [*train, *valid]]
    loaders = block.dataloaders(files, bs=plan.batch_size, num_workers=0)
    base = backbone(weights)
    network = nn.Sequential(base.body, head(base.features, len(data.vocabulary)))
    learn = Learner(
        loaders,
        network,
        loss_func=CrossEntropyLossFlat(),
        metrics=accuracy,
        splitter=model_meta[resnet18]["split"],
    )
    timers = {"the head alone": Timer(), "all of it": Timer()}
    with learn.no_bar(), learn.no_logging():
        learn.freeze()
        learn.fit_one_cycle(plan.frozen_epochs, plan.rate, cbs=timers["the head alone"])
        learn.unfreeze()
        learn.fit_one_cycle(plan.epochs, slice(1e-5, 1e-3), cbs=timers["all of it"])
    return timers


def _ours(data: Dataset, train: list[int], valid: list[int], plan: Recipe, weights: Path | None) -> dict[str, Timer]:
    learn = recipe.learner(data, train, valid, backbone(weights), plan)
    timer = Timer()
    learn.add_cb(timer)
    with learn.no_bar(), learn.no_logging():
        recipe.fit(learn, plan)
    split: dict[str, Timer] = {"the head alone": Timer(), "all of it": Timer()}
    for name in ("clock", "processor"):
        values: list[float] = getattr(timer, name)
        setattr(split["the head alone"], name, values[: plan.frozen_epochs])
        setattr(split["all of it"], name, values[plan.frozen_epochs :])
    return split


def table(results: dict[str, Any]) -> str:
    lines = [
        "| an epoch after the first | plain fastai | Snowpeople | ratio | goal |",
        "|---|--:|--:|--:|---|",
    ]
    for name, sides in results["runs"].items():
        stock, ours = (median(sides[side]) for side in ("stock", "ours"))
        reached = "reached" if stock / ours >= GOAL else "not reached"
        lines.append(f"| {name} | {stock:.2f} s | {ours:.2f} s | {stock / ours:.1f} × | {GOAL:g} ×, {reached} |")
    known, versions_, (train, valid) = results["machine"], results["versions"], results["pictures"]
    lines += [
        "",
        f"Medians. ResNet18 on {results['data']} ({train} pictures to train on, {valid} to validate on), "
        f"{results['size']} px, batches of {results['batch']}, on {known['cores']} cores of {known['cpu']}, "
        f"Python {versions_['python']}, fastai {versions_['fastai']}, torch {versions_['torch']}, {results['date']}. "
        "*Processor*: seconds of both cores together, which other work on the machine disturbs less. "
        "Made by `python -m benchmarks.epoch`.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
