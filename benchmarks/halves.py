"""`python -m benchmarks.halves [PICTURES]`: how far the two halves of an export are apart, on the same pictures.

The dashboard's half computes in int8, for speed; fastai's in float32, with the same weights. Prints a table and writes
it to halves.md, in about a minute.
"""

import argparse
import datetime
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image

from snowpeople import Classifier, drawing, picture
from snowpeople.dataset import picture_files

from .about import machine, versions
from .service import ROOT

RESULTS = Path(__file__).with_suffix(".md")
COUNT = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.halves", description=__doc__)
    parser.add_argument("pictures", nargs="?", type=Path, help=f"a folder, of which it takes {COUNT}")
    parser.add_argument("--export", type=Path, default=ROOT / "export.pkl", help="default: the shipped one")
    options = parser.parse_args()
    sets = {"drawn, 320 px": list(drawn())}
    if options.pictures:
        files = picture_files(options.pictures)
        some = files[:: max(1, len(files) // COUNT)][:COUNT]
        sets[f"photos, {options.pictures.name}"] = list(map(picture.read, some))
    rows = [row(name, *apart(options.export, pictures)) for name, pictures in sets.items()]
    here, names = machine(), versions()
    text = "\n".join(
        [
            "| pictures | | another label | a probability apart, at most | 95 % below | median |",
            "|---|--:|--:|--:|--:|--:|",
            *rows,
            "",
            f"{here['cpu']}, {datetime.date.today()}. fastai {names['fastai']}, torch {names['torch']}, onnxruntime "
            f"{names['onnxruntime']}. Made by `python -m benchmarks.halves`.",
        ]
    )
    print(text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


def drawn() -> Iterator[Image.Image]:
    for number in range(COUNT):
        yield drawing.draw(drawing.LABELS[number % len(drawing.LABELS)], 60_000 + number, 320)


def apart(export: Path, pictures: list[Image.Image]) -> tuple["np.ndarray[tuple[int, ...], np.dtype[np.float64]]", int]:
    """For each picture, how far the probabilities are apart at most; and how many get another label."""
    import_module("snowpeople._torchvision")  # before fastai, on machines that need it
    vision = import_module("fastai.vision.all")


    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that pickles can do anything, which is known
        learn = vision.load_learner(export)
    classifier = Classifier.load(export)
    ours = classifier.predict([classifier.fit(each) for each in pictures])
    with learn.no_bar(), learn.no_logging():
        loader = learn.dls.test_dl([vision.PILImage.create(np.asarray(each)) for each in pictures], num_workers=0)
        theirs = learn.get_preds(dl=loader)[0].numpy()
    labels = list(learn.dls.vocab)
    rows = np.array([[each.probabilities[label] for label in labels] for each in ours])
    return np.abs(rows - theirs).max(1), int((rows.argmax(1) != theirs.argmax(1)).sum())


def row(name: str, differences: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", others: int) -> str:
    most, nearly, middle = differences.max(), np.quantile(differences, 0.95), np.median(differences)
    return f"| {name} | {len(differences)} | {others} | {most:.3f} | {nearly:.3f} | {middle:.4f} |"


if __name__ == "__main__":
    main()
