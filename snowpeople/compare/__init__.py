"""Several networks trained on the same pictures by the same recipe, measured on the same others, and exported."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .. import dataset, place
from ..backbone import ARCHITECTURES, BackboneError
from ..dataset import Dataset
from ..dataset.concerns import concerns
from ..recipe import Recipe
from ..store import is_address
from .bench import Bench
from .bench import ComparisonError as ComparisonError
from .compared import Compared
from .comparison import Row as Row
from .comparison import notes as notes
from .comparison import plot as plot
from .comparison import save_plot as save_plot
from .comparison import table as table

# Those that torchvision has ImageNet weights of, and one without any.
NETWORKS = tuple(kind.name for kind in ARCHITECTURES.values() if kind.weights or kind.name == "small")
NO_WEIGHTS: Mapping[str, Path] = MappingProxyType({})

Progress = Callable[[Sequence[Any]], Iterable[Any]]


def compare(
    data: Dataset,
    train: Sequence[int],
    valid: Sequence[int],
    networks: Sequence[str],
    recipe: Recipe,
    weights: Mapping[str, Path] = NO_WEIGHTS,
    out: Path | None = None,
    say: Callable[[str], Any] = print,
    progress: Progress = iter,
) -> list[Row]:
    """Train each of `networks` on the pictures `train`, measure it on `valid`, export it, and say what came out.

    weights: a file to start from, for some of the networks; the others start from ImageNet weights, ResNet18 from the
    shipped export's body where those can't be downloaded, and the rest from random weights, said in the row.
    A network that takes no pictures as small as the recipe's is trained at the least size that it takes.
    out: a folder for the exports (NETWORK.pkl) and for compare.json, where each row is kept as soon as it is known: the
    same call goes on from there. Without it, nothing is kept.

    A network that fails is a row with the reason. Ctrl-C ends it with the rows so far, and with the epochs so far kept.
    Raises BackboneError for a network that does not exist, or weights for one that is not compared.
    """
    for network in (*networks, *weights):
        if network not in ARCHITECTURES:
            raise BackboneError(f"no network {network!r}; choose some of {', '.join(ARCHITECTURES)}")
    if extra := sorted(set(weights) - set(networks)):
        raise BackboneError(f"there are weights for {', '.join(extra)}, but it is not compared. Add it to the networks")
    rows = []
    with tempfile.TemporaryDirectory(prefix="snowpeople-") as nowhere:
        if out:
            out.mkdir(parents=True, exist_ok=True)
        kept = Compared(out and out / "compare.json")
        bench = Bench(data, train, valid, recipe, weights, out or Path(nowhere), kept, say, progress)
        for network in asked(networks):
            try:
                row = bench.row(network)
            except KeyboardInterrupt:
                say(f"{network}: stopped. The same again goes on from here")
                break
            except (ValueError, RuntimeError, MemoryError, OSError) as error:
                row = Row(network, max(recipe.sizes[-1], ARCHITECTURES[network].least), failure=_reason(error))
            say(f"{network}: {row.accuracy}" if row.accuracy else f"{network} failed: {row.failure}")
            rows.append(row if out else replace(row, export=None))
            gc.collect()  # a Learner holds itself
    return rows


def asked(networks: Sequence[str] | None, weights: Mapping[str, Path] = NO_WEIGHTS) -> list[str]:
    """The networks to compare, each once; where none are named, NETWORKS and those that there are weights for."""
    return list(dict.fromkeys((*NETWORKS, *weights) if networks is None else networks))


def compare_place(
    where: str,
    networks: Sequence[str],
    recipe: Recipe,
    weights: Mapping[str, Path],
    out: str,
    valid: float = 0.2,
    say: Callable[[str], Any] = print,
    progress: Progress = iter,
) -> list[Row]:
    """The same for a folder, an archive of one or an address (`where`); `valid` is the share to keep apart.

    Draws the rows, too: compare.png and compare.svg.
    Raises DatasetError, StoreError and the like for what can't be read, ComparisonError where `out` is no folder here.
    """
    if is_address(out):
        raise ComparisonError("a comparison is kept in a folder of this computer: name one with --out")
    data = dataset.load(place.folder(where, Path(out), progress), progress)
    for file, reason in data.unreadable.items():
        say(f"left out {file}: {reason}")
    for concern in concerns(data):
        say(f"note: {concern}")
    train, kept_apart = data.split(valid, recipe.seed)
    rows = compare(data, train, kept_apart, networks, recipe, weights, Path(out), say, progress)
    if any(row.accuracy for row in rows):
        save_plot(rows, Path(out))
    return rows


def _reason(error: Exception) -> str:
    """One line."""
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    if isinstance(error, MemoryError) or "memory" in line.lower():
        return f"not enough memory; try fewer pictures at a time (--batch) or a smaller --size ({line})"
    return line
