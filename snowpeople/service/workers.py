"""Several processes of one service: they share a socket, and one that dies is replaced."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType

from .. import interrupts
from . import server
from .settings import Settings

# Seconds until a worker that died is replaced: at once the first time, then later and later, until one has lived.
DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
LIVED = 60.0  # seconds, after which a death counts as the first
TRIES = 4  # deaths in one place after which all is given up, where no worker was ever ready


class WorkerError(ValueError):
    """No worker could begin. The message is the reason and the remedy."""


def run(
    count: int,
    export: str | os.PathLike[str],
    listener: socket.socket,
    settings: Settings,
    ready: Callable[[str], object] = lambda title: None,
    tell: Callable[[str], object] = lambda line: None,
) -> None:
    """As server.run, with ``count`` processes that answer; ``ready`` is told once, when all of them are.

    One that dies loses only its own requests; ``tell`` gets a line that says how it ended. Raises WorkerError where one
    can't begin, or has died TRIES times, before any was ready.
    """
    if importlib.util.find_spec("uvicorn") is None:  # said once, not by each worker
        raise ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn")
    crew = [_Worker(export, listener, settings) for _ in range(count)]
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    before = signal.signal(signal.SIGTERM, stop)
    title, told, begun = "", False, False
    try:
        for worker in crew:
            worker.begin()
        while not stopping.is_set():
            # A signal does not wake it, so it looks up now and then.
            wait([waited for each in crew if each.alive for waited in (each.process.sentinel, each.pipe)], 0.2)
            if stopping.is_set():
                break  # a host may have told them all
            for worker in crew:
                dead = worker.alive and not worker.process.is_alive()
                title = worker.hear() or title
                begun = begun or worker.ready
                if worker.fault and not begun:
                    raise WorkerError(worker.fault)
                if dead:
                    hopeless = worker.tries == TRIES and not begun
                    tell(worker.bury(last=hopeless))
                    if hopeless:
                        raise WorkerError(_HOPELESS)
                worker.replace_if_due()
            if not told and all(each.ready for each in crew):
                told = True
                ready(title)
    finally:
        signal.signal(signal.SIGTERM, before)
        for worker in crew:
            worker.end()
        for worker in crew:
            worker.join()


_HOPELESS = (
    f"no worker became ready, in {TRIES} tries. If SIGKILL ended them, memory may have run out: fewer --workers, or "
    "more memory. What else is wrong, the same command without --workers says"
)


class _Worker:
    """One place in the crew, and the process that fills it."""

    process: SpawnProcess
    pipe: Connection

    def __init__(self, export: str | os.PathLike[str], listener: socket.socket, settings: Settings) -> None:
        self._arguments = (os.fspath(export), listener, settings)
        self._deaths = 0  # in a row
        self.tries = 0
        self._due = 0.0

    def begin(self) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would copy threads' locks as they happen to be
        self.pipe, other = spawn.Pipe(duplex=False)
        process = spawn.Process(target=_answer, args=(*self._arguments, other), name="worker")
        with interrupts.unheard():  # they end when they are told, and none is begun that is not known here
            process.start()
            self.process = process
            other.close()
        self.began = time.monotonic()
        self.tries += 1
        self.ready, self.fault, self.alive = False, "", True

    def hear(self) -> str:
        """The model's title, once it is there; "" else."""
        title = ""
        try:
            while self.alive and self.pipe.poll():
                kind, text = self.pipe.recv()
                if kind == "ready":
                    self.ready, title = True, text
                else:
                    self.fault = text
        except (EOFError, OSError):
            pass  # it is dead, and has said all
        return title

    def bury(self, last: bool) -> str:
        """How it ended and, where it is not the last, when another begins."""
        now = time.monotonic()
        self.alive = False
        self.pipe.close()
        self._deaths = 1 if now - self.began > LIVED else self._deaths + 1
        delay = DELAYS[min(self._deaths, len(DELAYS)) - 1]
        self._due = now + delay
        when = "" if self.ready else " before it was ready"
        why = f" ({self.fault})" if self.fault else ""
        then = "" if last else f"; another begins in {delay:g} s" if delay else "; another begins at once"
        return f"a worker ended{when}, {_ending(self.process.exitcode)}{why}{then}"

    def replace_if_due(self) -> None:
        if not self.alive and time.monotonic() >= self._due:
            self.begin()

    def end(self) -> None:
        if hasattr(self, "process"):
            self.process.terminate()

    def join(self) -> None:
        if hasattr(self, "process"):
            self.process.join()


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"with status {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal
        return f"by signal {-code}"


def _answer(export: str, listener: socket.socket, settings: Settings, pipe: Connection) -> None:
    """What a worker does, until it is told to stop or its supervisor is gone."""
    threading.Thread(target=_follow, name="follow", daemon=True).start()
    try:
        server.run(export, listener, settings, lambda title: pipe.send(("ready", title)))
    except KeyboardInterrupt:
        pass
    except Exception as error:
        pipe.send(("fault", str(error)))


def _follow() -> None:
    supervisor = multiprocessing.parent_process()
    assert supervisor is not None
    wait([supervisor.sentinel])
    signal.raise_signal(signal.SIGTERM)
