"""Services for tests: in this process, or in one of their own as their hosts run them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from helpers import encode
from PIL import Image
from servers import Server

from snowpeople.prediction import Prediction
from snowpeople.service.app import create
from snowpeople.service.batcher import Batcher
from snowpeople.service.model import Model
from snowpeople.service.settings import Settings

ROOT = Path(__file__).parent.parent
RED, GREEN, BLUE = (encode(Image.new("RGB", (20, 16), name), "PNG") for name in ("red", "lime", "blue"))
PNG = {"Content-Type": "image/png"}


class Held(Model):
    """A model that answers when it is let, and says when it has begun and with how many pictures."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.begun = threading.Semaphore(0)
        self.let = threading.Event()
        self.batches: list[int] = []

    def predict(self, prepared: Sequence[Image.Image], batch_size: int = 32) -> list[Prediction]:
        self.batches.append(len(prepared))
        self.begun.release()
        assert self.let.wait(60)
        return super().predict(prepared, batch_size)


def load(export: Path, kind: type[Model] = Model) -> Model:
    model = kind.load(export)
    assert isinstance(model, Model)
    return model


@contextmanager
def service(model: Model, **settings: Any) -> Iterator[TestClient]:
    """A client of a service in this process."""
    limits = Settings(**settings)
    batcher = Batcher(limits)
    batcher.start(lambda: model)
    assert batcher.settled.wait(60)
    with TestClient(create(batcher, limits), raise_server_exceptions=False) as client:
        client.app_state["batcher"] = batcher
        yield client


@dataclass
class Process:
    process: "subprocess.Popen[str]"
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self) -> tuple[int, str]:
        """End it as a host does; its exit status and what it said."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


def start(*arguments: str) -> "subprocess.Popen[str]":
    program = "import sys; from snowpeople.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, "serve", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@contextmanager
def running(export: Path, *options: str) -> Iterator[Process]:
    """A service in a process of its own, on a free port."""
    process = start(str(export), "--port", "0", *options)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        assert line.endswith("/predict\n"), line + process.stderr.read()
        yield Process(process, line.rpartition(" ")[2].removesuffix("/predict\n"))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(60)
        process.stderr.close()


class Stand(Server):
    """Stands for a service: its answers, whether they are asked for by GET or POST."""

    def __init__(self) -> None:
        super().__init__()
        self.say("/card", b'{"card": {"labels": ["a", "b"], "size": 8}, "digest": ""}')

    def say(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        self.answers[path] = lambda handler: handler.answer(body, status, **headers)
