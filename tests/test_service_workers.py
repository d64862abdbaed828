"""Several processes of one service."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpcore
import psutil
import pytest
from services import PNG, RED, ROOT, Process, running, start

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
        assert (status, said) == (0, "snowpeople: a worker ended, by SIGKILL; another begins at once\n")
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


def test_workers_that_never_become_ready_end_it(tiny_export: Path, tmp_path: Path) -> None:
    # A Python that is killed wherever it is to be a worker.
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *spawn_main*) kill -9 $$;; *) exec {sys.executable} "$@";; esac\n')
    python.chmod(0o755)
    program = f"""
import multiprocessing, sys
from snowpeople.cli import main
multiprocessing.set_executable({str(python)!r})
sys.exit(main(["serve", {str(tiny_export)!r}, "--port", "0", "--workers", "{COUNT}"]))
"""
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=SOON)
    *deaths, last = found.stderr.splitlines()
    assert found.returncode == 1
    death = "snowpeople: a worker ended before it was ready, by SIGKILL"
    assert deaths.count(f"{death}; another begins at once") == COUNT  # the first in each place
    assert f"{death}; another begins in 1 s" in deaths
    assert deaths[-1] == death
    assert all(line.startswith(death) for line in deaths)
    assert last.startswith("snowpeople: no worker became ready, in 4 tries. If SIGKILL ended them, memory may have")
