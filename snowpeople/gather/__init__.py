"""Pictures gathered into FOLDER/LABEL/ from folders, archives, lists of addresses and searches."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import store
from ..download import Downloader
from ..download.public import Address, is_public
from . import search
from .collector import Collector, GatherError
from .gathered import Gathered, Tally
from .manifest import Manifest
from .sources import Lane, Sources, check

__all__ = ["GatherError", "Gathered", "Tally", "gather"]

NEITHER = "neither"
WORK = ".snowpeople-gather"  # what is half done, inside the folder that is filled; gone at the end
RETRIES = 2


def gather(
    sources: str | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    per_class: int | None = None,
    label: str | None = None,
    neither: str | Sequence[str | os.PathLike[str]] = (),
    engine: str = "ddgs",
    jobs: int = 16,
    timeout: float = 20.0,
    retry: bool = False,
    allow_private: bool = False,
    progress: Callable[[Any], Iterable[Any]] = iter,
    say: Callable[[str], object] = print,
) -> Gathered:
    """Fill `out`/LABEL/ with pictures, each named by its content, and `out`/manifest.tsv with where they came from.

    sources: folders and archives (LABEL/PICTURE), lists of web addresses (urls_LABEL.txt), addresses of any of these
    (s3://, https://), and search terms: whatever is none of the others, each its own label.
    per_class: pictures that are enough for a label; by default 100 for a search term, and elsewhere all there are.
    label: for everything in `sources`. neither: sources for the label "neither". engine: one of `search.ENGINES`.
    jobs: downloads at once, at most 4 of them from the same host. timeout: seconds for each.
    retry: try again what failed for good, and what was removed since. allow_private: of addresses in private networks.
    progress: wraps the iteration over the work. say: gets a line for each thing worth knowing.

    Nothing is moved, overwritten or fetched twice, and each picture is opened before it is kept. The same call goes on
    where one before was stopped, however that was; Ctrl-C ends it with what there is, marked `interrupted`.

    Raises GatherError, SourceError, UrlListError, UnpackError, StoreError, ManifestError and SearchError before the
    work begins, and GatherError when `out` can't be written further.
    """
    out = Path(out)
    wanted = [(source, label) for source in _each(sources)] + [(source, NEITHER) for source in _each(neither)]
    if not wanted:
        raise GatherError("nothing to gather: name folders, archives, lists of addresses, or search terms")
    wanted = list(dict.fromkeys(wanted))
    for source, _ in wanted:
        check(source)
        _check_apart(source, out)
    found_by = search.engine(engine)
    allow = _anywhere if allow_private else is_public
    with Manifest(out) as manifest, _work(out) as work:
        places = Sources(work, found_by, per_class, progress, say)
        lanes = [lane for source, name in wanted for lane in places.lanes(source, name)]
        with Downloader(timeout=timeout, retries=RETRIES, allow=allow) as downloader:
            collector = Collector(out, work, manifest, lanes, downloader, retry)
            try:
                for _ in progress(_Steps(lanes, lambda: collector.run(jobs))):
                    pass
            except KeyboardInterrupt:
                collector.result.interrupted = True
            return collector.finish()


def _each(sources: str | Sequence[str | os.PathLike[str]]) -> list[str]:
    return [sources] if isinstance(sources, str) else [os.fspath(source) for source in sources]


class _Steps:
    """The work as something to iterate over that has a length, as progress bars want it.

    A lane that ends with enough pictures counts pictures, another its candidates.
    """

    def __init__(self, lanes: list[Lane], run: Callable[[], Iterator[tuple[Lane, bool]]]) -> None:
        self._length = sum(lane.count if lane.target is None else min(lane.count, lane.target) for lane in lanes)
        self._run = run

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        step = 0
        for lane, is_there in self._run():
            if (lane.target is None or is_there) and step < self._length:
                step += 1
                yield step


@contextmanager
def _work(out: Path) -> Iterator[Path]:
    work = out / WORK
    try:
        shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
        work.mkdir(exist_ok=True)
    except OSError as error:
        raise GatherError(f"{out} can't be written to ({error.strerror}). Name another folder with --out") from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_apart(source: str, out: Path) -> None:
    """Copying a folder into itself would never end well."""
    folder = Path(source).expanduser()
    if store.is_address(source) or not os.path.isdir(folder):
        return
    one, other = folder.resolve(), out.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise GatherError(f"{source} and {out} lie in each other. Gather into a folder of its own: --out NAME")


def _anywhere(address: Address) -> bool:
    return True
