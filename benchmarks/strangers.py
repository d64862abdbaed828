"""`python -m benchmarks.strangers FOLDER ...`: how often an export names what is none of its labels, and how surely.

FOLDER: many pictures of anything else, such as the clip art of Debian's packages openclipart-png and
tuxpaint-stamps-default, unpacked. Half of them, by a digest of their names, may be shown in training
(`--training-half OUT` copies some of these, for `snowpeople train --others`); the export is asked about the other half.
Prints a table and writes it to strangers.md, in a minute or two.
"""

import argparse
import datetime
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

from snowpeople import Classifier, PictureError, Prediction, picture
from snowpeople.prediction import NEITHER
from snowpeople.report.share import wilson

from .about import machine, versions
from .service import ROOT

RESULTS = Path(__file__).with_suffix(".md")
KINDS = (".png", ".jpg", ".jpeg", ".webp")
COPIED = 2000
SIDE = 512  # pixels of a copy at most
LEAST = 48  # pixels, below which a picture shows too little
SURE = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strangers", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="each with pictures of anything else, at any depth")
    parser.add_argument("--export", type=Path, default=ROOT / "export.pkl", help="default: the shipped one")
    parser.add_argument("--training-half", type=Path, metavar="OUT", help=f"copy {COPIED} of the other half there")
    options = parser.parse_args()
    if options.training_half:
        copy(options.folders, options.training_half)
        return
    classifier = Classifier.load(options.export)
    rows = [row(folder, list(asked(classifier, folder))) for folder in options.folders]
    here, names = machine(), versions()
    text = "\n".join(
        [
            f"| other things, never seen | pictures | named all the same | 95 % interval | above {SURE:.0%} sure |",
            "|---|--:|--:|--:|--:|",
            *rows,
            "",
            f"{here['cpu']}, {datetime.date.today()}. onnxruntime {names['onnxruntime']}. "
            "Made by `python -m benchmarks.strangers`.",
        ]
    )
    print(text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


def half(folder: Path, training: bool) -> list[Path]:
    """Half of the pictures in a folder, in a shuffled order that stays; variants of one drawing are in one half."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in KINDS and not path.is_symlink())
    some = [path for path in found if (sha256(kin(path).encode()).digest()[0] & 1 == 0) == training]
    Random(5).shuffle(some)
    return some


def kin(path: Path) -> str:
    """What the names of variants of one drawing have in common."""
    return f"{path.parent.name}/{path.stem.rstrip('0123456789_-ab')}"


def asked(classifier: Classifier, folder: Path) -> Iterator[Prediction]:
    for path in half(folder, training=False):
        try:
            shown = classifier.read(path)
        except PictureError:  # some are larger than is taken from anybody
            continue
        if min(shown.size) >= LEAST:
            yield classifier.classify(shown)


def row(folder: Path, found: list[Prediction]) -> str:
    named = [each for each in found if each.label != NEITHER]
    low, high = wilson(len(named) / len(found), len(found))
    sure = sum(each.probability > SURE for each in named)
    share = f"{len(named) / len(found):.1%} | {low:.1%} to {high:.1%} | {sure / len(found):.1%}"
    return f"| {folder.name} | {len(found)} | {share} |"


def copy(folders: list[Path], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=False)
    paths = [path for folder in folders for path in half(folder, training=True)]
    Random(5).shuffle(paths)
    number = 0
    for path in paths:
        try:
            shown = picture.read(path, smallest=SIDE)
        except PictureError:
            continue
        if number < COPIED and min(shown.size) >= LEAST:
            shown.thumbnail((SIDE, SIDE))
            shown.save(out / f"{number:05}.png")
            number += 1


if __name__ == "__main__":
    main()
