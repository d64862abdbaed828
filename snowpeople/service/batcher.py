"""Pictures of all requests through one model: fetched and decoded in small pools, then in batches in one thread.

Where the classifier looked takes many passes: between two batches of these, the plain pictures that wait have one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from .extras import PLAIN, Extras
from .job import Answer, Job, Look, fail, small
from .pictures import Url
from .problem import ProblemError, busy

if TYPE_CHECKING:
    from ..download import Downloader
    from .model import Model
    from .settings import Settings

class Batcher:
    """Answers pictures; threads may share it. Start it, ask it, close it.

    A batch is whatever waits when the model is free: alone, a picture waits for no others.
    """

    def __init__(self, settings: Settings, on_batch: Callable[[int], object] = lambda size: None) -> None:
        """``on_batch`` is told the size of each batch."""
        self.model: Model | None = None
        self.fault: Exception | None = None  # why there is no model, and will be none
        self.settled = threading.Event()  # whether one or the other is there
        self.waiting = 0  # pictures in the house, each as often as it costs
        self.on_batch = on_batch
        self._settings = settings
        self._lock = threading.Lock()
        self._ready: SimpleQueue[Job | None] = SimpleQueue()
        self._decoders = ThreadPoolExecutor(settings.decoders, "decode")
        self._fetchers = ThreadPoolExecutor(settings.fetchers, "fetch")
        self._downloader: Downloader | None = None
        self._thread: threading.Thread | None = None

    def start(self, load: Callable[[], Model]) -> None:
        """Load the model, and then answer, in a thread."""
        self._thread = threading.Thread(target=self._work, args=(load,), name="model", daemon=True)
        self._thread.start()

    def submit(self, sources: Sequence[bytes | Url], extras: Extras = PLAIN) -> list[Future[Answer]]:
        """Begin with pictures; all of them, or none. Cancel a future to drop its picture.

        Raises ProblemError where there is no model yet, or no room. The futures raise PictureError or DownloadError.
        """
        if self.model is None:
            raise ProblemError(
                "loading", "The model is not loaded yet: please try again in a moment.", {"Retry-After": "1"}
            )
        # One alone always has a place in an empty house, however small that is.
        cost = min(len(sources) * extras.cost, max(len(sources), self._settings.max_queue))
        with self._lock:
            if self.waiting + cost > self._settings.max_queue:
                raise busy()
            self.waiting += cost
        jobs = [Job(source, extras) for source in sources]
        for number, job in enumerate(jobs):
            job.answer.add_done_callback(partial(self._leave, cost // len(jobs) + (number < cost % len(jobs))))
            if isinstance(job.source, Url):
                self._fetchers.submit(self._fetch, job)
            else:
                self._decoders.submit(self._decode, job)
        return [job.answer for job in jobs]

    def close(self) -> None:
        """Drop what waits, and end all threads."""
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        if self._downloader is not None:
            self._downloader.close()
        self._fetchers.shutdown()
        self._decoders.shutdown(cancel_futures=True)
        self._ready.put(None)
        if self._thread is not None:
            self._thread.join()

    def _leave(self, cost: int, _: object) -> None:
        with self._lock:
            self.waiting -= cost

    # ---- in the pools

    def _fetch(self, job: Job) -> None:
        try:
            if not job.answer.cancelled() and isinstance(job.source, Url):
                job.source = self._download().fetch(job.source.address).data
                # Waits, so that no more fetched pictures are held than there are threads.
                self._decoders.submit(self._decode, job).result()
        except Exception as error:
            fail(job, error)

    def _download(self) -> Downloader:
        from ..download import Downloader  # for addresses only

        with self._lock:
            if self._downloader is None:
                limits = self._settings
                self._downloader = Downloader(max_bytes=limits.max_picture, timeout=limits.fetch_timeout)
            return self._downloader

    def _decode(self, job: Job) -> None:
        # A local name: what is cancelled meanwhile loses its source.
        data = job.source
        if job.answer.cancelled() or self.model is None or isinstance(data, Url):
            return
        try:
            upright = self.model.read(data)
            job.size, job.image = upright.size, self.model.fit(upright)
            if job.extras.thumbnail:
                job.thumbnail = small(upright)
        except Exception as error:
            fail(job, error)
        else:
            job.source = b""
            self._ready.put(job)

    # ---- in the thread of the model

    def _work(self, load: Callable[[], Model]) -> None:
        try:
            self.model = load()
        except Exception as error:
            self.fault = error
            return
        finally:
            self.settled.set()
        looks: deque[Look] = deque()
        ended = False
        while not ended:
            batch, ended = self._next(looks)
            self._answer(self.model, batch)
            if looks and not ended:
                if not looks[0].ended:
                    self.on_batch(looks[0].step(self.model, self._settings.max_batch))
                if looks[0].ended:
                    looks.popleft()
        for look in looks:
            look.drop()

    def _next(self, looks: deque[Look]) -> tuple[list[Job], bool]:
        """The plain pictures that wait, no more than a batch, and whether it is the end. Looks go to the others."""
        batch: list[Job] = []
        while len(batch) < self._settings.max_batch:
            try:
                job = self._ready.get(block=not batch and not looks)
            except Empty:
                break
            if job is None:
                return batch, True
            if job.extras.attention and job.image is not None:
                looks.append(Look(job, job.image))
            else:
                batch.append(job)
        return batch, False

    def _answer(self, model: Model, batch: list[Job]) -> None:
        # From here on nothing can be cancelled.
        batch = [job for job in batch if job.answer.set_running_or_notify_cancel()]
        images = [job.image for job in batch if job.image is not None]
        if not batch:
            return
        self.on_batch(len(batch))
        try:
            predictions = model.predict(images, len(images))
        except Exception as error:
            for job in batch:
                job.answer.set_exception(error)
        else:
            for job, prediction in zip(batch, predictions, strict=True):
                job.answer.set_result(Answer(prediction, thumbnail=job.thumbnail))
