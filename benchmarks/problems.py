"""Other people's problems, cross-validated by groups: `python -m benchmarks.problems FOLDER` writes docs/results.md.

FOLDER holds one data set a problem. Each is trained on in several folds, with each network at each size; the other
problems' pictures are its strangers. What is measured already is kept in problems.json, and not measured again: delete
a line there to repeat it.
"""

import argparse
import json
import random
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from snowpeople import dataset, recipe
from snowpeople.backbone import backbone
from snowpeople.calibration import fit_familiarity, pooled, temperature
from snowpeople.callbacks import set_seed
from snowpeople.dataset import Dataset
from snowpeople.loaders.batches import Batches
from snowpeople.loaders.pixels import decode
from snowpeople.recipe import Recipe
from snowpeople.report import Report
from snowpeople.report.strangers import auroc, false_accept_rate

from .about import machine, versions

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "problems.json"
PAGE = FOLDER.parent / "docs" / "results.md"
PROBLEMS = ("otters", "snakes", "humans", "animals")
SIZES = (64, 128)
FOLDS = 5
STRANGERS = 150  # pictures of each kind, at most

# What such projects report, with ImageNet weights, on pictures and splits of their own.
OTHERS = {"otters": "89 % (ResNet50)", "snakes": "95 % (ResNet34)"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.problems", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="one data set a problem; without it: the page anew")
    parser.add_argument("--problem", nargs="+", default=PROBLEMS, help="default: all")
    parser.add_argument(
        "--network", nargs="+", default=["resnet18"], metavar="NAME[=WEIGHTS]", help="default: resnet18"
    )
    parser.add_argument("--size", type=int, nargs="+", default=SIZES, help="default: 64 128")
    parser.add_argument("--folds", type=int, default=FOLDS, help="how many of the five to run")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs, help="default: the recipe's own")
    options = parser.parse_args()
    for problem in options.problem if options.folder else ():
        for network in options.network:
            for size in options.size:
                measure(options.folder, problem, network, size, options.folds, options.epochs)
    PAGE.write_text(page(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")


def measure(folder: Path, problem: str, network: str, size: int, folds: int, epochs: int) -> None:
    """Cross-validate one network at one size on one problem, and keep what came out."""
    name, _, weights = network.partition("=")
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    key = {"problem": problem, "network": name, "weights": Path(weights).name, "size": size}
    if any(all(row[part] == value for part, value in key.items()) for row in known):
        return
    data = dataset.load(folder / problem, tqdm)
    strange = {kind: _strangers(folder / kind, size) for kind in PROBLEMS if kind != problem}
    plan = Recipe(sizes=(size,), epochs=epochs, keep_best=False)
    results = [
        _fold(data, train, valid, name, weights or None, plan, strange)
        for train, valid in tqdm(data.folds(FOLDS)[:folds], desc=f"{problem}, {name}, {size} px")
    ]
    row = {
        **key,
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "start": results[0]["start"],
        "folds": folds,
        "recipe": plan.plain(),
        "seconds": round(float(np.median([result["seconds"] for result in results])), 1),
        **_summary(data, results, strange),
    }
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    RESULTS.write_text("[\n" + ",\n".join(json.dumps(each) for each in [*known, row]) + "\n]\n", encoding="utf-8")
    PAGE.write_text(page([*known, row]), encoding="utf-8")


def _fold(
    data: Dataset,
    train: list[int],
    valid: list[int],
    name: str,
    weights: str | None,
    plan: Recipe,
    strange: dict[str, Batches],
) -> dict[str, Any]:
    set_seed(plan.seed)
    start = perf_counter()
    base = backbone(weights, architecture=name)
    learn = recipe.learner(data, train, valid, base, plan)
    with learn.no_bar(), learn.no_logging():
        recipe.fit(learn, plan, say=lambda line: None)
    seconds = perf_counter() - start
    logits, targets = recipe.predictions(learn)
    served, apart = learn.dls.loaders
    features, own = pooled(learn.model[0], served.new())
    kept, _ = pooled(learn.model[0], apart)
    sense = fit_familiarity(features, own, kept)
    found: dict[str, Any] = {"familiarity": sense(kept), "softmax": logits.softmax(1).amax(1)}
    strangers = {}
    with torch.inference_mode():
        for kind, batches in strange.items():
            theirs, _ = pooled(learn.model[0], batches)
            whole = torch.cat([learn.model(pictures.to(learn.dls.device)).cpu() for pictures, _ in batches])
            strangers[kind] = {"familiarity": sense(theirs), "softmax": whole.softmax(1).amax(1)}
    return {
        "start": base.origin,
        "seconds": seconds,
        "valid": valid,
        "logits": logits,
        "targets": targets,
        "known": {measure: values.numpy() for measure, values in found.items()},
        "strangers": {kind: {m: v.numpy() for m, v in values.items()} for kind, values in strangers.items()},
    }


def _strangers(folder: Path, size: int) -> Batches:
    files = dataset.picture_files(folder)
    files = sorted(random.Random(0).sample(files, min(STRANGERS, len(files))))
    return Batches(decode(files, size), torch.zeros(len(files), dtype=torch.long), size, 64)


def _summary(data: Dataset, results: list[dict[str, Any]], strange: dict[str, Batches]) -> dict[str, Any]:
    order = [i for result in results for i in result["valid"]]
    truth, groups = [data.labels[i] for i in order], [data.groups[i] for i in order]
    before, after = [], []
    for result in results:
        others = [other for other in results if other is not result] or [result]
        # No picture helps to calibrate its own answer.
        value = temperature(*(torch.cat([other[part] for other in others]) for part in ("logits", "targets")))
        before.append(result["logits"].softmax(1))
        after.append((result["logits"] / value).softmax(1))
    report = Report(data.vocabulary, truth, torch.cat(after).numpy(), groups, before=torch.cat(before).numpy())
    share = report.accuracy()
    errors = [
        measured.error if measured else 0.0 for measured in (report.reliability(before=True), report.reliability())
    ]
    return {
        "classes": len(data.vocabulary),
        "pictures": share.pictures,
        "groups": share.groups,
        "accuracy": round(share.share, 4),
        "low": round(share.low, 4),
        "high": round(share.high, 4),
        "ece_before": round(errors[0], 4),
        "ece": round(errors[1], 4),
        "strangers": {
            kind: {
                "pictures": batches.n,
                "refused": round(
                    float(np.mean([(result["strangers"][kind]["familiarity"] < 0.5).mean() for result in results])), 4
                ),
                **{
                    f"{figure.__name__} {measure}": round(
                        float(np.mean([figure(r["known"][measure], r["strangers"][kind][measure]) for r in results])), 4
                    )
                    for figure in (auroc, false_accept_rate)
                    for measure in ("familiarity", "softmax")
                },
            }
            for kind, batches in strange.items()
        },
    }


def page(rows: list[dict[str, Any]]) -> str:
    """docs/results.md: the words of problems.notes.md, with the two tables where it says so."""
    rows = sorted(rows, key=lambda row: (PROBLEMS.index(row["problem"]), row["network"], row["size"]))
    lines = _accuracies(rows), _strangers_told(rows)
    how = " ".join(dict.fromkeys(_how(row) for row in sorted(rows, key=lambda row: row["date"])))
    text = (FOLDER / "problems.notes.md").read_text(encoding="utf-8")
    for place, content in zip(("ACCURACY", "STRANGERS"), lines, strict=True):
        text = text.replace(f"[{place}]", "\n".join(content))
    return text.replace("[MACHINE]", how)


def _how(row: dict[str, Any]) -> str:
    machine, versions = row["machine"], row["versions"]
    where = f"One {machine['gpu']} (the seconds marked GPU)" if "gpu" in machine else "No GPU"
    return (
        f"{where}, {machine['cores']} cores of {machine['cpu']}, {machine['system']}, Python {versions['python']}, "
        f"fastai {versions['fastai']}, torch {versions['torch']}, {row['date']}."
    )


def _accuracies(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| problem | network, start | px | named right | 95 % interval | pictures (groups) "
        "| calibration error, before → after | seconds a fold | such projects report |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        folds = "" if row["folds"] == FOLDS else f", {row['folds']} of {FOLDS} folds"
        cells = (
            f"{row['problem']} ({row['classes']} classes)",
            f"{row['network']}, {row['start']}",
            row["size"],
            f"**{100 * row['accuracy']:.1f} %**",
            f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %",
            f"{row['pictures']} ({row['groups']}){folds}",
            f"{100 * row['ece_before']:.1f} → {100 * row['ece']:.1f} %",
            f"{row['seconds']:.0f}" + " (GPU)" * ("gpu" in row["machine"]),
            OTHERS.get(row["problem"], ""),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def _strangers_told(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| problem | network | px | strangers (pictures) | refused "
        "| AUROC | AUROC of softmax | false accepts | of softmax |",
        "|---|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        for kind, values in row["strangers"].items():
            cells = (
                row["problem"],
                row["network"],
                row["size"],
                f"{kind} ({values['pictures']})",
                f"**{100 * values['refused']:.0f} %**",
                f"{values['auroc familiarity']:.3f}",
                f"{values['auroc softmax']:.3f}",
                f"{100 * values['false_accept_rate familiarity']:.0f} %",
                f"{100 * values['false_accept_rate softmax']:.0f} %",
            )
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


if __name__ == "__main__":
    main()
