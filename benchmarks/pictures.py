"""The two pictures of the benchmark, drawn on the spot: a 12-megapixel photo and a thumbnail."""

from pathlib import Path

import numpy as np
from PIL import Image

from snowpeople import Classifier, drawing


def photo(folder: Path) -> Path:
    """A JPEG of 4000 × 3000 pixels that is about as hard to decode as a phone's: about 4 MB, with sensor noise."""
    scene = drawing.draw("olaf", 15, 1000).resize((4000, 3000), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(0).normal(0, 8, (3000, 4000, 1))
    pixels = (np.asarray(scene) + noise).clip(0, 255).astype(np.uint8)
    path = folder / "photo.jpg"
    Image.fromarray(pixels).save(path, quality=90)
    return path


def thumbnail(folder: Path, export: Path, photo: Path) -> Path:
    """A JPEG of 256 × 256 pixels with another answer than the photo's: a page must show that the answer is new."""
    classifier = Classifier.load(export)
    other = classifier.classify(photo).label
    path = folder / "thumbnail.jpg"
    for seed in range(20):
        for label in drawing.LABELS:
            drawing.draw(label, seed, 256).save(path, quality=90)
            if classifier.classify(path).label != other:
                return path
    raise SystemExit(f"{export} answers {other!r} to everything: there is nothing to measure")
