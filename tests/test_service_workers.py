"""Several processes of one service."""

import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpcore
import psutil
import pytest
from services import PNG, RED, Process, running, start

COUNT = 2
SOON = 60.0  # seconds, on a busy machine


def workers(process: Process) -> list[int]:
    """The processes that answer."""
    found = []
    for child in psutil.Process(process.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # or a zombie, which is one of these
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def wait_until(what: str, check: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not check():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_a_worker_that_is_killed_loses_only_its_own_requests(tiny_export: Path) -> None:
    outcomes: Counter[str] = Counter()
    over = threading.Event()

    def ask(url: str) -> None:
        with httpcore.ConnectionPool() as pool:
            while not over.is_set():
                try:
                    answer = pool.request("POST", f"{url}/predict", headers=[*PNG.items()], content=RED)
                    outcomes[str(answer.status)] += 1
                except (httpcore.NetworkError, httpcore.ProtocolError):
                    outcomes["lost"] += 1

    with running(tiny_export, "--workers", str(COUNT)) as process:
        before = workers(process)
        assert len(before) == COUNT
        clients = [threading.Thread(target=ask, args=(process.url,)) for _ in range(4)]
        for client in clients:
            client.start()
        try:
            wait_until("answers", lambda: outcomes["200"] > 50)
            os.kill(before[0], signal.SIGKILL)
            wait_until("another worker", lambda: len(set(workers(process)) - set(before)) == 1)
            answered = outcomes["200"]
            wait_until("more answers", lambda: outcomes["200"] > answered + 50)
        finally:
            over.set()
            for client in clients:
                client.join()
        assert set(outcomes) <= {"200", "lost"}
        assert outcomes["lost"] <= len(clients)  # those that it had at that moment
        crew = workers(process)
        status, said = process.stop()
        assert (status, said) == (0, "")
        assert not any(map(psutil.pid_exists, crew))


def test_they_end_with_their_supervisor(tiny_export: Path) -> None:
    with running(tiny_export, "--workers", str(COUNT)) as process:
        crew = workers(process)
        process.process.kill()
        wait_until("the end of all workers", lambda: not any(map(alive, crew)))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", process.port), timeout=5)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def test_an_export_that_can_not_be_loaded_is_said_once(tmp_path: Path) -> None:
    process = start(str(tmp_path / "none.pkl"), "--port", "0", "--workers", str(COUNT))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith(f"snowpeople: {tmp_path / 'none.pkl'} does not exist; run training.ipynb")
    assert said.count("\n") == 1
