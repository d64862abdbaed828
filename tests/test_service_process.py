"""A service as its hosts run it: a process, a port, signals."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from services import PNG, RED, Process, running, start

from snowpeople.cli import main
from snowpeople.service import server
from snowpeople.service.settings import Settings


def post(body: bytes, length: int | None = None) -> bytes:
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: {PNG['Content-Type']}\r\n"
    return f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except OSError:
        return False
    return True


def talk(process: Process, sent: bytes) -> bytes:
    """All that comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", process.port), timeout=60) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_it_stops_in_good_order_and_refuses_what_is_no_http(tiny_export: Path) -> None:
    with running(tiny_export) as process:
        refused = talk(process, b"SSH-2.0-hello\r\n\r\n")
        assert refused.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in refused
        assert b'"code": "request"' in refused
        assert b"400" in talk(process, b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 65_500)
        for path in (b"/healthz", b"/readyz", b"/ping"):  # as monitors ask
            answer = talk(process, b"HEAD " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            assert b"content-type: application/json" in head
            assert body == b""
        large = talk(process, post(b"", length=10**12))
        assert large.startswith(b"HTTP/1.1 413 ")
        assert b"server:" not in large.lower()
        # Half a body is there when it is told to stop: the request is answered all the same.
        with socket.create_connection(("127.0.0.1", process.port), timeout=60) as connection:
            whole = post(RED)
            connection.sendall(whole[:-20])
            with socket.create_connection(("127.0.0.1", process.port), timeout=60) as other:
                other.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert other.recv(65536).startswith(b"HTTP/1.1 200 ")  # so the other's head has arrived as well
                process.process.terminate()
                assert other.recv(65536) in (b"", b'{"status":"live"}')
            while listens(process.port):
                pass
            connection.sendall(whole[-20:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"label":"abominable"' in answer
        _, said = process.process.communicate(timeout=60)
        assert process.process.returncode == 0
        assert RED[:8] not in said.encode()
        assert "Traceback" not in said


def test_a_bad_export_ends_it_with_the_remedy(tmp_path: Path) -> None:
    process = start(str(tmp_path / "none.pkl"), "--port", "0")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith(f"snowpeople: {tmp_path / 'none.pkl'} does not exist; run training.ipynb")
    assert said.count("\n") == 1


def test_a_port_that_is_taken_is_named(tiny_export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", str(tiny_export), "--port", str(port)]) == 1
    assert capsys.readouterr().err.startswith(f"snowpeople: 127.0.0.1:{port}: Address already in use")
    with pytest.raises(SystemExit):
        main(["serve", str(tiny_export), "--port", "70000"])
    assert "from 0 to 65535" in capsys.readouterr().err


def test_a_key_comes_from_a_file_or_the_environment(
    tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[Settings] = []
    monkeypatch.setattr(server, "run", lambda export, listener, settings, ready: found.append(settings))
    monkeypatch.setenv("SNOWPEOPLE_API_KEY", "of the environment")
    key = tmp_path / "key"
    key.write_text("of the file\n")
    options = ["serve", str(tiny_export), "--port", "0"]
    assert main(options) == 0
    assert main([*options, "--api-key-file", str(key), "--max-queue", "8", "--rate", "5", "--no-urls"]) == 0
    assert [settings.api_key for settings in found] == ["of the environment", "of the file"]
    assert (found[1].max_queue, found[1].max_pictures, found[1].rate, found[1].urls) == (8, 8, 5, False)
    monkeypatch.setenv("SNOWPEOPLE_NO_URLS", "1")
    assert main(options) == 0
    assert not found.pop().urls
    key.write_text("\n")
    assert main([*options, "--api-key-file", str(key)]) == 1
    assert "holds no key" in capsys.readouterr().err
    assert main([*options, "--api-key-file", str(tmp_path / "none")]) == 1
    # As from a variable that was not set: it must not open what was meant to have a key.
    monkeypatch.setenv("SNOWPEOPLE_API_KEY", " ")
    capsys.readouterr()
    assert main(options) == 1
    assert "SNOWPEOPLE_API_KEY is empty: put a key into it, or unset it" in capsys.readouterr().err
    key.write_text("of the file\n")
    assert main([*options, "--api-key-file", str(key)]) == 0
    monkeypatch.delenv("SNOWPEOPLE_API_KEY")
    assert main(options) == 0
    assert [settings.api_key for settings in found[2:]] == ["of the file", ""]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("0.0.0.0", "– on all interfaces: a page at http://localhost:{0}, JSON at http://localhost:{0}/predict"),
        ("127.0.0.1", "– a page at http://127.0.0.1:{0}, JSON at http://127.0.0.1:{0}/predict"),
    ],
)
def test_it_says_an_address_that_opens(
    host: str, said: str, tiny_export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = []

    def run(_: object, listener: socket.socket, settings: Settings, ready: Callable[[str], object]) -> None:
        ports.append(listener.getsockname()[1])
        ready("Otters")

    monkeypatch.setattr(server, "run", run)
    assert main(["serve", str(tiny_export), "--host", host, "--port", "0"]) == 0
    assert capsys.readouterr().err == f"Otters {said.format(ports[0])}\n"


@pytest.mark.parametrize("variable", ["PORT", "SNOWPEOPLE_PROXIES"])
def test_a_variable_that_is_no_number_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "abc")
    with pytest.raises(SystemExit):
        main(["serve"])
    assert f"here or in {variable}; not 'abc'" in capsys.readouterr().err


def test_it_says_what_to_install(
    tiny_export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'fastapi'", name="fastapi")

    monkeypatch.setattr(server, "run", run)
    assert main(["serve", str(tiny_export), "--port", "0"]) == 1
    assert "fastapi: pip install -c constraints.txt -e '.[service]'" in capsys.readouterr().err


def test_a_head_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch, tiny_export: Path) -> None:
    import asyncio

    import uvicorn
    from services import load

    from snowpeople.service import connection
    from snowpeople.service.app import create
    from snowpeople.service.batcher import Batcher

    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.05)
    model = load(tiny_export)
    batcher = Batcher(Settings())
    batcher.start(lambda: model)
    config = uvicorn.Config(create(batcher, Settings()), http=connection.Connection, loop="asyncio", log_config=None)
    running = uvicorn.Server(config)
    with server.listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[listener])))
        thread.start()
        try:
            with socket.create_connection(listener.getsockname(), timeout=60) as silent:
                assert silent.recv(100) == b""
            with socket.create_connection(listener.getsockname(), timeout=60) as slow:
                slow.sendall(b"GET / HTTP/1.1\r\nHost")
                assert slow.recv(100) == b""
            with socket.create_connection(listener.getsockname(), timeout=60) as quick:
                quick.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert quick.recv(100).startswith(b"HTTP/1.1 200")
        finally:
            running.should_exit = True
            thread.join(60)


def test_it_says_so_too_where_nothing_of_it_is_there(run_python: Callable[[str], str], tiny_export: Path) -> None:
    program = f"""
import sys
sys.modules["starlette"] = None
from snowpeople.cli import main
sys.stderr = sys.stdout
main(["serve", {str(tiny_export)!r}, "--port", "0"])
"""
    assert "this command needs starlette" in (said := run_python(program))
    assert "-e '.[service]'" in said


@pytest.mark.parametrize("origin", ["otters.example", "https://otters.example/", "https://otters.example/a", "ftp://x"])
def test_an_origin_that_never_matches_is_refused(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--cors", origin])
    assert "write it as https://otters.example, without a path" in capsys.readouterr().err
