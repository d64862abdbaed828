"""Who counts as the client of a service behind proxies."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpcore
import pytest
from fastapi.testclient import TestClient
from services import PNG, RED, load, running, service, start

from snowpeople.cli import main
from snowpeople.service import server
from snowpeople.service.proxies import client
from snowpeople.service.settings import Settings


@pytest.mark.parametrize(
    ("lines", "count", "found"),
    [
        (["192.0.2.1"], 1, "192.0.2.1"),
        (["192.0.2.9, 192.0.2.1"], 1, "192.0.2.1"),
        (["192.0.2.9, 192.0.2.1,\t192.0.2.2 "], 2, "192.0.2.1"),
        (["192.0.2.9", "192.0.2.1", "192.0.2.2"], 2, "192.0.2.1"),  # as some proxies append: a line of their own
        (["192.0.2.9, 192.0.2.1", "192.0.2.2"], 2, "192.0.2.1"),
        (["192.0.2.1, 192.0.2.2"], 3, "192.0.2.1"),  # fewer than there should be
        ([", 192.0.2.1"], 1, "192.0.2.1"),
        (["192.0.2.1:50123"], 1, "192.0.2.1"),
        (["[2001:DB8::1]:443"], 1, "2001:db8::1"),
        (["[2001:db8::1]"], 1, "2001:db8::1"),
        (["2001:db8:0::1"], 1, "2001:db8::1"),
        (["fe80::1%eth0"], 1, "fe80::1"),
        # No addresses: who writes them is told apart from nobody.
        ([], 1, ""),
        ([""], 1, ""),
        ([","], 2, ""),
        (["192.0.2.1,"], 1, ""),
        (["unknown"], 1, ""),
        (["_hidden:443"], 1, ""),
        (["[192.0.2.1"], 1, "192.0.2.1"),
        (["[]"], 1, ""),
        (["192.0.2.1 192.0.2.2"], 1, ""),
        (["192.0.2.256"], 1, ""),
        (["\xff\xb2"], 1, ""),
        (["2" * 60_000], 1, ""),
        (["::1%" + "x" * 100], 1, ""),
        (["," * 60_000 + "192.0.2.1"], 99, ""),
    ],
)
def test_the_client_is_counted_from_the_right(lines: list[str], count: int, found: str) -> None:
    assert client(lines, count) == found


def ask(client: TestClient, *forwarded: str) -> int:
    headers = [*PNG.items(), *(("X-Forwarded-For", line) for line in forwarded)]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return client.post("/predict", content=RED, headers=raw).status_code


def test_a_client_can_not_choose_who_it_is(tiny_export: Path) -> None:
    with service(load(tiny_export), rate=1, proxies=1) as client:
        assert ask(client, "198.51.100.1, 192.0.2.1") == 200
        assert ask(client, "198.51.100.2, 192.0.2.1") == 429
        assert ask(client, "198.51.100.3", "192.0.2.1:99") == 429
        assert ask(client, "192.0.2.1, 192.0.2.2") == 200  # nor lock others out
        assert ask(client, "192.0.2.3") == 200
        assert ask(client) == 200  # the nearest proxy itself
        assert ask(client, "unknown") == 429  # and whoever it gives no address of


def test_without_proxies_nobody_is_believed_and_that_is_said_once(
    tiny_export: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with service(load(tiny_export), rate=1) as client:
        assert ask(client, "192.0.2.1") == 200
        assert ask(client) == 429
        assert not caplog.records
        assert [ask(client, f"192.0.2.{number}") for number in range(2, 5)] == [429] * 3
    (record,) = caplog.records
    assert "say with --proxies how many there are" in record.message


@contextmanager
def at_a_socket(export: Path, *options: str) -> Iterator[Callable[[str], int]]:
    """A service at a Unix socket, asked with a header."""
    with tempfile.TemporaryDirectory() as folder:  # a short path, which sockets need
        path = os.path.join(folder, "s")
        process = start(str(export), "--socket", path, *options)
        try:
            assert process.stderr is not None
            assert process.stderr.readline().endswith(f"{path}\n")
            with httpcore.ConnectionPool(uds=path) as pool:
                yield asking(pool, "http://localhost")
        finally:
            process.terminate()
            process.communicate(timeout=60)


def asking(pool: httpcore.ConnectionPool, url: str) -> Callable[[str], int]:
    def ask(forwarded: str) -> int:
        headers = [*PNG.items(), ("X-Forwarded-For", forwarded)]
        return pool.request("POST", f"{url}/predict", headers=headers, content=RED).status

    return ask


def test_at_a_socket_one_proxy_is_believed(tiny_export: Path) -> None:
    with at_a_socket(tiny_export, "--rate", "1") as ask:
        assert ask("198.51.100.1, 192.0.2.1") == 200
        assert ask("198.51.100.2, 192.0.2.1") == 429
        assert ask("198.51.100.2, 192.0.2.2") == 200


@pytest.mark.parametrize(
    ("named", "options", "statuses"),
    [
        ("*", (), [200, 429, 429]),  # of which uvicorn would make that anybody is believed
        ("*", ("--proxies", "1"), [200, 429, 200]),
        ("127.0.0.1,10.0.0.0/8", (), [200, 429, 200]),  # its own, where it names addresses
    ],
)
def test_a_process_believes_what_it_is_told_to(
    named: str, options: tuple[str, ...], statuses: list[int], tiny_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", named)
    with running(tiny_export, "--rate", "1", *options) as process, httpcore.ConnectionPool() as pool:
        ask = asking(pool, process.url)
        forwarded = ("198.51.100.1, 192.0.2.1", "198.51.100.2, 192.0.2.1", "198.51.100.2, 192.0.2.2")
        assert [ask(each) for each in forwarded] == statuses


def test_how_many_there_are_comes_from_the_option_or_the_environment(
    tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Settings] = []
    monkeypatch.setattr(server, "run", lambda export, listener, settings, ready: found.append(settings))
    monkeypatch.chdir(tmp_path)

    def told(*options: str) -> int:
        assert main(["serve", str(tiny_export), "--port", "0", *options]) == 0
        return found[-1].proxies

    assert (told(), told("--socket", "s"), told("--proxies", "2")) == (0, 1, 2)
    assert (told("--socket", "s", "--proxies", "0"), told("--socket", "s", "--proxies", "2")) == (0, 2)
    monkeypatch.setenv("SNOWPEOPLE_PROXIES", "3")
    assert (told(), told("--socket", "s"), told("--proxies", "1")) == (3, 3, 1)
    monkeypatch.setenv("SNOWPEOPLE_PROXIES", "")
    assert (told(), told("--socket", "s")) == (0, 1)
