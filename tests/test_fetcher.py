"""What comes of an address that a visitor gives: its bytes, or a code and one sentence."""

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from servers import Handler, Server, served

from snowpeople.dashboard import fetcher
from snowpeople.dashboard.fetcher import AT_ONCE, Fetcher
from snowpeople.picture import MAX_BYTES


class Fetching:
    def __init__(self, **options: Any) -> None:
        self.results: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        self.fetcher = Fetcher(
            lambda id, data: self.results.put((id, data)), lambda *why: self.results.put(why), **options
        )

    def get(self, address: str) -> tuple[Any, ...]:
        self.fetcher.fetch("a", address)
        return self.results.get(timeout=30)


@pytest.fixture
def server() -> Iterator[Server]:
    with served(Server()) as running:
        yield running


@pytest.fixture
def opened() -> Iterator[Fetching]:
    """One whose guard is open."""
    fetching = Fetching(allow_private=True)
    yield fetching
    fetching.fetcher.close()


@pytest.fixture
def guarded() -> Iterator[Fetching]:
    fetching = Fetching()
    yield fetching
    fetching.fetcher.close()


def test_the_bytes_of_a_file(server: Server, opened: Fetching) -> None:
    server.answers["/a.png"] = lambda handler: handler.answer(b"pixels")
    server.answers["/old.png"] = lambda handler: handler.answer(status=301, location="/a.png")
    assert opened.get(f"{server.url}/old.png") == ("a", b"pixels")


def much(handler: Handler) -> None:
    handler.answer(content_length=str(MAX_BYTES + 1))


def page(handler: Handler) -> None:
    handler.answer(b"<!doctype html><title>Otters</title>", content_type="text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (page, "web_page", "web page"),
        (much, "too_large", "more than 30 MB"),
        (lambda handler: handler.answer(status=404), "status", "no such file"),
        (lambda handler: handler.answer(status=403), "status", "save it with a browser"),
        (lambda handler: handler.answer(status=503), "unreachable", "try again later"),
        (lambda handler: handler.answer(status=302, location="ftp://example.com/"), "address", "no web address"),
        (lambda handler: handler.answer(status=302, location="/"), "status", "circle"),
    ],
)
def test_why_not_in_one_sentence(
    server: Server, opened: Fetching, answer: Callable[[Handler], None], code: str, words: str
) -> None:
    server.answers["/"] = answer
    id, found, message = opened.get(f"{server.url}/")
    assert (id, found) == ("a", code)
    assert words in message
    assert message.endswith(".")


def test_a_picture_that_is_served_as_a_web_page_is_a_picture(server: Server, opened: Fetching) -> None:
    server.answers["/"] = lambda handler: handler.answer(b"\xff\xd8\xff", content_type="text/html")
    assert opened.get(f"{server.url}/") == ("a", b"\xff\xd8\xff")


def test_a_server_that_drips_is_left(server: Server, opened: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(handler: Handler) -> None:
        handler.answer(content_length="100000")
        while not server.stopped.wait(0.02):
            handler.wfile.write(b"x")

    monkeypatch.setattr(fetcher, "TIMEOUT", 0.5)
    server.answers["/"] = drip
    assert opened.get(f"{server.url}/")[1] == "timeout"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:{}/", "private"),
        ("http://localhost:{}/", "private"),
        ("http://[::1]:{}/", "private"),
        ("http://[::ffff:127.0.0.1]:{}/", "private"),
        ("http://169.254.169.254/latest/meta-data/", "private"),
        ("http://10.0.0.1/", "private"),
        ("http://2130706433:{}/", "address"),
        ("http://user:password@127.0.0.1:{}/", "address"),
        ("file:///etc/passwd", "address"),
        ("data:image/png;base64,AAAA", "address"),
        ("", "address"),
    ],
)
def test_private_networks_are_out_of_reach(server: Server, guarded: Fetching, address: str, code: str) -> None:
    assert guarded.get(address.format(server.server_port))[:2] == ("a", code)
    assert server.connections == 0


def test_a_redirect_does_not_lead_into_a_private_network(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snowpeople.download.is_public", lambda address: str(address) == "127.0.0.1")
    server.answers["/"] = lambda handler: handler.answer(status=302, location="http://10.0.0.1/")
    fetching = Fetching()
    assert fetching.get(f"{server.url}/")[1] == "private"
    assert len(server.requests) == 1
    fetching.fetcher.close()


def test_a_few_at_once_and_closing_ends_them(server: Server) -> None:
    def slow(handler: Handler) -> None:
        handler.answer(content_length="100000")
        while not server.stopped.wait(0.02):
            handler.wfile.write(b"x")

    server.answers["/"] = slow
    fetching = Fetching(allow_private=True)
    for number in range(AT_ONCE + 3):
        fetching.fetcher.fetch(str(number), f"{server.url}/")
    while len(server.requests) < AT_ONCE:
        server.stopped.wait(0.01)
    fetching.fetcher.close()
    ends = [fetching.results.get(timeout=30) for _ in range(AT_ONCE)]
    assert {end[1] for end in ends} == {"unreachable"}
    for thread in fetching.fetcher._threads:
        thread.join(30)
    assert server.connections == AT_ONCE


def test_a_fault_of_ours_is_told_and_the_next_one_fetched(
    server: Server, opened: Fetching, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server.answers["/"] = lambda handler: handler.answer(b"pixels")
    with monkeypatch.context() as patch:
        patch.setattr(Fetcher, "_open", lambda self: 1 / 0)
        assert opened.get(f"{server.url}/") == ("a", "fault", "")
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert opened.get(f"{server.url}/") == ("a", b"pixels")
