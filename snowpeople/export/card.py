"""What an export says of itself: from what it learnt, how, and what it can't do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..backbone import Backbone
from ..dataset import Dataset
from ..recipe import Recipe, Trained

# Digests of more training pictures than this would fill the card.
MOST_DIGESTS = 20_000
DIGITS = 16


def trained(
    dataset: Dataset, train: Sequence[int], valid: Sequence[int], backbone: Backbone, recipe: Recipe, outcome: Trained
) -> dict[str, Any]:
    """How a classifier was trained: data, counts, split, start, recipe, date and versions.

    `learnt_from` are the first hexadecimal digits of the SHA-256 of each training picture, so that nobody measures on
    them by mistake; left out where there are more than MOST_DIGESTS.
    """
    counts = {
        side: {label: {"pictures": pictures, "groups": groups} for label, (pictures, groups) in part.counts().items()}
        for side, part in (("training", dataset.subset(train)), ("validation", dataset.subset(valid)))
    }
    found: dict[str, Any] = {
        "data": Path(os.path.abspath(dataset.folder)).name,  # `.` has none
        "counts": counts,
        "split": "whole groups (near copies, pictures of one source) on one side",
        "architecture": backbone.architecture.name,
        "start": backbone.origin,
        "size": recipe.sizes[-1],
        "recipe": recipe.plain(),
        "epochs": len(outcome.history),
        "date": date.today().isoformat(),
        "versions": {name: version(name) for name in ("fastai", "torch", "torchvision", "onnxruntime", "pillow")},
    }
    if outcome.kept:
        found["kept"] = "the epoch with the lowest loss on the validation pictures"
    if len(train) <= MOST_DIGESTS:
        found["learnt_from"] = [sha256(dataset.pictures[i].read_bytes()).hexdigest()[:DIGITS] for i in train]
    return found


def limits(dataset: Dataset) -> list[str]:
    """What to beware of, a sentence each."""
    said = ["It knows only pictures like those it was trained on."]
    few = [label for label, (_, groups) in dataset.counts().items() if groups < 30]
    if few:
        names = ", ".join(few[:10]) + (f" and {len(few) - 10} more" if len(few) > 10 else "")
        said.append(f"It has seen fewer than 30 distinct pictures of {names}.")
    return said
