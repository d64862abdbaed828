"""The same job on a Ray cluster, through Ray Data: a chunk is a row, an actor turns it into its part."""

from __future__ import annotations

import json
import logging
import os
import pickle
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from .crew import Crew
from .job import Step, work
from .parts import Parts
from .rows import Counts
from .spec import BatchError, Chunk, Spec, ToldError

# Chunks given to Ray Data at once, for each CPU: at the end of each such round the last ones are waited for, and the
# actors begin anew, a few seconds in some minutes.
ROUND = 32
MOST = 4096  # whose names take half a gigabyte
# Read by Ray when it is imported. It tells of each dead node at length, on stdout; what matters is in its exceptions.
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DATA_LOG_LEVEL": "ERROR",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
STORE = 200_000_000  # bytes for objects of a cluster that is started here: only names and counts travel


class Cluster:
    """A connection to a cluster; a context."""

    def __init__(self, address: str, spec: Spec, workers: int | None) -> None:
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        import ray

        self._spec = spec
        options: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        if address == "local":
            options |= {"num_cpus": workers, "object_store_memory": STORE, "include_dashboard": False}
        else:
            options["address"] = address
        try:
            ray.init(**options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise BatchError(f"No Ray cluster answers at {address}: {' '.join(str(error).split())}") from error
        self._cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._workers = workers or self._cpus

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        ray.shutdown()

    def work(self, chunks: Iterator[Chunk | None]) -> Iterator[Step]:
        """Do chunks; see job.work. A chunk whose node dies is done again elsewhere, and is the same part then."""
        listed = (chunk for chunk in chunks if chunk is not None)
        while some := list(islice(listed, min(MOST, ROUND * self._workers))):
            yield from self._round(some)

    def _round(self, chunks: list[Chunk]) -> Iterator[Step]:
        import ray

        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        rows = [{"chunk": pickle.dumps(chunk)} for chunk in chunks]
        data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            Actor,
            fn_constructor_args=(self._spec,),
            batch_size=1,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=min(self._workers, len(rows))),
        )
        try:
            for row in data.iter_rows():
                if row["fault"]:
                    raise ToldError(row["fault"])
                answered, part, labels, errors = json.loads(row["step"])
                yield Step(answered, part, Counts(Counter(labels), Counter(errors)))
        except ray.exceptions.RayError as error:
            raise ToldError(
                f"The Ray cluster gave up ({' '.join(str(error).split())[-300:]}). What is written stays; the same "
                "command goes on from here."
            ) from error


class Actor:
    """A worker of Ray Data. The work is done in a process of its own, which a bad picture may end."""

    def __init__(self, spec: Spec) -> None:
        self._parts = Parts(spec)
        self._crew = Crew(spec, 1)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        """Make the part of a chunk; one row tells of it, or of why the job can't go on."""
        (packed,) = batch["chunk"]
        try:
            return {"step": [self._step(pickle.loads(packed))], "fault": [""]}
        except BatchError as error:
            # Raised, it would be done again, and end as a page of Ray's own words.
            return {"step": [""], "fault": [str(error)]}

    def _step(self, chunk: Chunk) -> str:
        # Ray does a chunk again when it loses no more than the message that it is done.
        counts = None if chunk.again else self._parts.counts_of(chunk.part)
        if counts is None:
            counts = next(step.counts for step in work([chunk], self._crew, self._parts) if step.counts)
        return json.dumps([len(chunk.items), chunk.part, counts.labels, counts.errors])
