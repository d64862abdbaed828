"""Pictures in, predictions out: in order, opened in threads, and classified as many at a time as are ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from .. import download, store
from .._threads import as_done
from ..classifier import Classifier
from ..download import Downloader, DownloadError
from ..picture import PictureError
from ..prediction import Prediction
from .sources import Fault, Item

# Pictures in one run of the network. More at a time are no faster on a CPU: its caches are small.
BATCH = 8
# Downloads mostly wait, so more at once; few ahead, for each may hold a large file.
DOWNLOADS = 8
DOWNLOADS_AHEAD = 2


@dataclass(frozen=True)
class Outcome:
    """What became of an item: a prediction, or else a fault. `source` is what was classified: a file, or its bytes."""

    item: Item
    prediction: Prediction | None = None
    fault: Fault | None = None
    source: Path | bytes = b""


@dataclass(frozen=True)
class _Ready:
    """An item that is opened. Its picture is as small as the network wants it."""

    item: Item
    picture: Image.Image | None = None
    fault: Fault | None = None
    source: Path | bytes = b""


def outcomes(classifier: Classifier, items: Iterable[Item], keep: bool = False) -> Iterator[Outcome]:
    """Classify pictures; what can't be classified has a fault, and the others go on.

    keep: of pictures from addresses, keep the bytes in `source`; else only files are named there. Downloads are never
    from private networks; see download.
    """
    items = list(items)
    web = any(item.file is None and item.data is None and item.fault is None for item in items)
    downloader = Downloader(retries=1, allow=download.is_public) if web else None

    def prepare(item: Item) -> _Ready:
        if item.fault:
            return _Ready(item, fault=item.fault)
        try:
            source = _source(item, downloader)
            fitted = classifier.fit(classifier.read(source))
        except (PictureError, DownloadError, OSError, store.StoreError) as error:
            return _Ready(item, fault=_fault(error))
        return _Ready(item, fitted, source=source if keep or isinstance(source, Path) else b"")

    if downloader:
        batches = as_done(prepare, items, BATCH, DOWNLOADS, DOWNLOADS_AHEAD, downloader.close)
    else:
        batches = as_done(prepare, items, BATCH)
    for batch in batches:
        pictures = [ready.picture for ready in batch if ready.picture is not None]
        predictions = iter(classifier.predict(pictures, BATCH))
        for ready in batch:
            prediction = next(predictions) if ready.picture is not None else None
            yield Outcome(ready.item, prediction, ready.fault, ready.source)


def _source(item: Item, downloader: Downloader | None) -> Path | bytes:
    if item.file is not None:
        return item.file
    if item.data is not None:
        return item.data
    if item.name.lower().startswith(("http://", "https://")):
        assert downloader is not None
        return downloader.fetch(item.name).data
    return store.local_file(item.name)


def _fault(error: Exception) -> Fault:
    if isinstance(error, PictureError | DownloadError):
        return Fault(error.code, str(error))
    if isinstance(error, store.StoreError):
        return Fault("unreachable", str(error))  # it names the address
    if isinstance(error, OSError):
        code = "not_found" if isinstance(error, FileNotFoundError) else "unreadable"
        return Fault(code, error.strerror or str(error))
    raise error
