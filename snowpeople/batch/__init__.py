"""Folders and buckets of pictures to Parquet files, one row a picture (``snowpeople batch``).

From a listing to results, a module each: ``listing`` (chunks of pictures, while the source is still being listed),
``crew`` and ``worker`` (processes that answer slices of them), ``rows`` (their table), ``parts`` (the files),
``job`` (from chunks to parts; ``cluster`` does that on Ray); ``folder`` and ``remote`` are the places.

Why every picture is in exactly one part, whatever happens:

- A part appears whole, under its name, or not at all. What is in a whole part is done; a kill loses the rows that are
  in none yet, and they are made again. There is no other state that could say something else.
- What is done is told by names, read from the parts themselves: pictures may come and go between runs, and the order of
  a listing does not matter. Rows of pictures that are gone stay. A picture replaced under its old name is not seen.
- A part is named after the names in it. The listing is in a stable order and is cut into chunks of equal size, of which
  whole ones are done, so a chunk that is done twice, by a worker that was thought dead, or by a second job, is the same
  file twice. Where pictures came in between and chunks differ, two parts may hold the same picture: the next run sets
  the later one aside, and the job's end looks whether there is a part that it does not know.
- Parts of another export or source are not mixed in unless asked for, and each row says which export made it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING

from .spec import BatchError as BatchError
from .spec import Chunk, Spec, ToldError
from .tally import Tally as Tally

if TYPE_CHECKING:
    from .job import Step
    from .parts import Parts

PART = 1024  # pictures
Bar = Callable[[Sequence[str]], Iterable[str]]


def batch(
    source: str,
    dest: str,
    export: str | os.PathLike[str] = "export.pkl",
    *,
    workers: int | None = None,  # processes, by default one a core; on Ray at most so many, by default one a CPU
    part_size: int = PART,  # pictures
    every_file: bool = False,  # not only what is named like a picture
    retry_errors: bool = False,  # also pictures that could not be read in an earlier run
    mix: bool = False,  # whether the destination may hold results of another export or source
    ray: str | None = None,  # the address of a Ray cluster
    tell: Callable[[str], object] = lambda line: None,  # hears what a person should know
    show: Callable[[Tally], object] = lambda tally: None,  # several times a second
    bar: Bar = iter,  # wraps the files that are read at the start
) -> Tally:
    """Name what each picture below ``source`` shows, in Parquet files in ``dest``; both are folders or addresses.

    Run it again to go on where it ended. Bad pictures become rows with an error. Ctrl-C ends it early, which the
    tally says. Raises BatchError, which says how to go on, and what ``Classifier.load`` raises.
    """
    from . import listing
    from .parts import Parts
    from .tree import tree

    spec = _spec(source, dest, export)
    pictures_at, parts, tally = tree(spec.source), Parts(spec), Tally()
    inside = parts.tree.below(pictures_at)
    if inside == "":
        raise BatchError(f"SRC and DEST are both {parts.tree.shown}. Name a folder of its own for the results.")
    pictures_at.check()

    def miss(line: str) -> None:
        tally.missed += 1
        tell(line)

    with parts.claimed():
        done = parts.load(retry=retry_errors, mix=mix, tell=tell, progress=bar)
        tally.counts, tally.before = done.counts, done.counts.rows
        found = listing.pictures(pictures_at.walk(miss), every_file, inside)
        lister = listing.Lister(chain(done.again, listing.chunks(found, done.keys, part_size)), part_size)
        new: set[str] = set()
        try:
            with closing(_steps(spec, iter(lister), parts, workers, ray, tally)) as steps:
                for step in steps:
                    if lister.complete:
                        tally.total = lister.listed
                    if step.counts is not None:
                        new.add(step.part)
                        tally.counts.add(step.counts)
                    if step.answered:
                        tally.count(step.answered)
                    show(tally)
            tally.count(0)  # the last parts take their time, too
        except KeyboardInterrupt:
            tally.interrupted = True
            for part in parts.written.keys() - new:
                tally.counts.add(parts.written[part])
            return tally
        finally:
            lister.close()
        known = done.parts | new
        if not known and not tally.missed:
            raise ToldError(
                f"{pictures_at.shown} holds no {'file' if every_file else 'picture'}. Check the name"
                + ("." if every_file else "; pictures with unusual names are found with --all.")
            )
        if set(parts.names()) != known:
            raise ToldError(
                f"Another job has changed {parts.tree.shown} meanwhile. Once it has ended, run the same command again: "
                "it sees to it that no picture is in twice or missing."
            )
    return tally


def _steps(
    spec: Spec, chunks: Iterator[Chunk | None], parts: Parts, workers: int | None, ray: str | None, tally: Tally
) -> Generator[Step, None, None]:
    from .job import Step

    # Nothing to do starts nothing.
    for first in chunks:
        if first is not None:
            break
        yield Step()
    else:
        return
    chunks = chain([first], chunks)
    if ray is not None:
        from .cluster import Cluster

        with Cluster(ray, spec, workers) as cluster:
            tally.start()
            yield from cluster.work(chunks)
        return
    from .crew import Crew
    from .job import work

    with Crew(spec, workers or _cores()) as crew:
        crew.ready()
        tally.start()
        yield from work(chunks, crew, parts)


def _spec(source: str, dest: str, export: str | os.PathLike[str]) -> Spec:
    from .. import archive, store
    from ..classifier import Classifier
    from ..service.model import digest
    from .tree import tree

    path = store.shown(export)
    model, card = archive.read(store.local_file(export))
    Classifier(model, card, path)  # says what is wrong with it, once, and here
    title = card["title"] if isinstance(card.get("title"), str) else ""
    return Spec(tree(source).place, tree(dest).place, model, card, digest(model, card), title)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
