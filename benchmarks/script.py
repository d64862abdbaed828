"""In a script, without a page: `python -m benchmarks.script SIDE EXPORT PHOTO THUMBNAIL REPEATS` prints a side's times.

A process for each side, so that neither finds anything imported or warmed up by the other.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter

Runs = dict[str, list[float]]


def times(call: Callable[[], object], repeats: int) -> list[float]:
    """Milliseconds of each of `repeats` calls, after two that don't count."""
    call(), call()
    result = []
    for _ in range(repeats):
        start = perf_counter()
        call()
        result.append(1000 * (perf_counter() - start))
    return result


def ours(export: Path, photo: bytes, thumbnail: bytes, repeats: int) -> Runs:
    start = perf_counter()
    from snowpeople import Classifier

    classifier = Classifier.load(export)
    load = perf_counter() - start
    import numpy as np

    size = classifier.card["size"]
    batch = {"picture": np.random.default_rng(0).random((1, 3, size, size), dtype=np.float32)}
    return {
        "load": [load],
        "photo": times(lambda: classifier.classify(photo), repeats),
        "thumbnail": times(lambda: classifier.classify(thumbnail), repeats),
        # the very session that `classify` runs, on an array that is ready
        "forward": times(lambda: classifier._session.run(["probabilities"], batch), 10 * repeats),
    }


def stock(export: Path, photo: bytes, thumbnail: bytes, repeats: int) -> Runs:
    start = perf_counter()
    import_module("snowpeople._torchvision")  # where torchvision's operators can't load; else it does nothing
    from fastai.vision.all import PILImage, load_learner

    learn = load_learner(export)
    load = perf_counter() - start
    ready = PILImage.create(thumbnail)
    with learn.no_bar(), learn.no_logging():
        return {
            "load": [load],
            "photo": times(lambda: learn.predict(PILImage.create(photo)), repeats),
            "thumbnail": times(lambda: learn.predict(PILImage.create(thumbnail)), repeats),
            # `predict` on a picture that is decoded already
            "forward": times(lambda: learn.predict(ready), 2 * repeats),
        }


if __name__ == "__main__":
    side, export, photo, thumbnail, repeats = sys.argv[1:]
    measure = {"ours": ours, "stock": stock}[side]
    print(json.dumps(measure(Path(export), Path(photo).read_bytes(), Path(thumbnail).read_bytes(), int(repeats))))
