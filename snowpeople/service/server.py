"""The process of a service: a socket, a model, and an end in good order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .batcher import Batcher
from .settings import Settings

if TYPE_CHECKING:
    import uvicorn

    from .model import Model


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def listen_at(path: str | os.PathLike[str]) -> socket.socket:
    """A Unix socket that listens at a path. One that a process left there when it was killed is replaced, and nothing
    else is. Raises OSError.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        if stat.S_ISSOCK(_mode(path)):
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(os.fspath(path)) != 0:
                    os.unlink(path)
        listener.bind(os.fspath(path))
        os.chmod(path, 0o666)  # who may reach it is for the folder to say
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    return listener


def _mode(path: str | os.PathLike[str]) -> int:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return 0


def run(
    export: str | os.PathLike[str],
    listener: socket.socket,
    settings: Settings,
    ready: Callable[[str], object] = lambda title: None,
) -> None:
    """Answer until SIGTERM or Ctrl-C, and then what has come in before that; ``ready`` is told the model's title.

    Raises ExportError, and other errors of Classifier.load; KeyboardInterrupt after Ctrl-C.
    """
    batcher = Batcher(settings)
    batcher.start(lambda: _load(export))
    # The model is loaded while these are imported.
    import uvicorn

    from . import proxies
    from .app import create
    from .connection import Connection

    config = uvicorn.Config(
        create(batcher, settings),
        http=Connection,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=not settings.proxies and proxies.named(),
        timeout_graceful_shutdown=int(settings.body_timeout + settings.timeout) + 1,
    )
    server = _server(config)

    def announce() -> None:
        batcher.settled.wait()
        if batcher.model is None:
            server.should_exit = True
        else:
            ready(batcher.model.title)

    threading.Thread(target=announce, name="announce", daemon=True).start()
    asyncio.run(server.serve(sockets=[listener]))
    if batcher.fault is not None:
        raise batcher.fault


def _load(export: str | os.PathLike[str]) -> Model:
    from .model import Model

    model = Model.load(export)
    assert isinstance(model, Model)
    return model


def _server(config: uvicorn.Config) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            with super().capture_signals():
                yield
                # uvicorn would kill the process with the signal again, and its status would be no 0.
                self._captured_signals = [number for number in self._captured_signals if number != signal.SIGTERM]

    return Server(config)
