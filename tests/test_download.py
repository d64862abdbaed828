"""Files come from web addresses within limits, and a refused address is never even connected to."""

import pickle
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from io import BytesIO
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import Handler, Server, served

from snowpeople import download
from snowpeople.download import Address, Download, Downloader, DownloadError, connect, is_public

HERE = ip_address("127.0.0.1")
NAT64 = ip_network("64:ff9b::/96")

SPECIAL = """
    0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.8.9.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8
    192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1
    255.255.255.255 168.63.129.16 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::127.0.0.1
    64:ff9b::169.254.169.254 64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 2002:c0a8:101::1
    3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.167.1.1 198.20.0.1 223.255.255.254
    2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
"""
NO_ADDRESSES = """
    ftp://{} file:///etc/passwd gopher://{} javascript:alert(1) {} //{} http:// http:///x http:{} https://:80/
    http://user@{} http://user:password@{} http://2130706433:{port}/ http://0x7f000001:{port}/
    http://0x7f.1:{port}/ http://127.1:{port}/ http://0177.0.0.1:{port}/ http://127.0.0.01:{port}/
    http://127.0.0.1.:x/ http://0:{port}/ http://127.0.0.1:99999/ http://127.0.0.1:25/ http://127.0.0.1:0/
    http://[::1%25lo]:{port}/ http://[::1%lo]:{port}/ http://[fe80::1%25eth0]/ http://[::1 http://[v1.x]/
    http://[127.0.0.1]/ http://a..b/ http://exa%6dple.com/ http://exa$mple/ http://127.0.0.1\\@{}
    http://127.0.0.1%00:{port}/ http://[::1]x:{port}/ http://127.0.0.256/ http://1.2.3/ http://x.123/
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with served(Server()) as running:
        yield running


@pytest.fixture(params=["::1", "127.0.0.2"])
def secret(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A second server, at an address that is not allowed."""
    try:
        server = Server(request.param)
    except OSError:
        pytest.skip(f"this machine has no {request.param}")
    with served(server) as running:
        running.answers["/"] = lambda handler: handler.answer(b"secret")
        yield running


@pytest.fixture
def downloader() -> Iterator[Downloader]:
    """One that may fetch from 127.0.0.1 alone."""
    with Downloader(allow=lambda address: address == HERE, max_bytes=1000) as opened:
        yield opened


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The addresses of names: for each name the answers to come, the last one for ever."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: Any, *arguments: Any, **options: Any) -> Any:
        if host not in known:
            return real(host, port, *arguments, **options | {"flags": socket.AI_NUMERICHOST})
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [answer for address in addresses for answer in real(address, port, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def refusal(downloader: Downloader, url: str) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        downloader.fetch(url)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    return caught.value


def test_a_file(server: Server, downloader: Downloader) -> None:
    server.answers["/an%20otter.png?size=2"] = lambda handler: handler.answer(
        b"pixels", content_type="Image/PNG; charset=x"
    )
    got = downloader.fetch(f" {server.url}/an otter.png?size=2#part ")
    assert got == Download(b"pixels", f"{server.url}/an%20otter.png?size=2", "image/png")
    headers = server.requests[0][1]
    assert headers["user-agent"] == download.USER_AGENT
    assert headers["accept-encoding"] == "identity"  # nothing to unpack, so no small answer grows large
    assert headers["host"] == server.url.removeprefix("http://")


def test_a_file_at_an_ipv6_address(secret: Server) -> None:
    with Downloader(allow=lambda address: address.is_loopback) as opened:
        assert opened.fetch(f"{secret.url}/").data == b"secret"
    assert secret.requests[0][1]["host"] == secret.url.removeprefix("http://")


def test_addresses_in_other_scripts(server: Server, downloader: Downloader, names: dict[str, list[list[str]]]) -> None:
    names["xn--bcher-kva.example"] = [["127.0.0.1"]]
    server.answers["/%C3%9Cbung.png"] = lambda handler: handler.answer(b"pixels")
    got = downloader.fetch(f"http://BÜCHER.example.:{server.server_port}/Übung.png")
    assert (got.data, got.content_type) == (b"pixels", "")


def test_a_file_into_a_file(server: Server, downloader: Downloader) -> None:
    server.answers["/"] = lambda handler: handler.answer(b"pixels")
    file = BytesIO(b"left from before")
    assert downloader.fetch(f"{server.url}/", into=file).data == b""
    assert file.getvalue() == b"pixels"


@pytest.mark.parametrize(
    ("header", "version", "question"),
    [
        ("etag", '"v1"', "if-none-match"),
        ("etag", 'W/"v1"', "if-none-match"),
        ("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT", "if-modified-since"),
    ],
)
def test_a_known_version_is_not_sent_again(
    header: str, version: str, question: str, server: Server, downloader: Downloader
) -> None:
    def say(handler: Handler) -> None:
        known = handler.headers[question] == version
        handler.answer(b"" if known else b"pixels", 304 if known else 200, **{header: version})

    server.answers["/"] = say
    url = f"{server.url}/"
    assert downloader.fetch(url).version == version
    with pytest.raises(DownloadError) as caught:
        downloader.fetch(url, known=version)
    assert caught.value.status == 304
    assert downloader.fetch(url, known='"older"').data == b"pixels"


def test_a_connection_is_kept(server: Server, downloader: Downloader) -> None:
    server.answers["/"] = lambda handler: handler.answer(b"pixels")
    for _ in range(3):
        downloader.fetch(f"{server.url}/")
    assert (len(server.requests), server.connections) == (3, 1)


def test_threads_share_a_downloader(server: Server, downloader: Downloader) -> None:
    for number in range(60):
        server.answers[f"/{number}"] = lambda handler: handler.answer(handler.path.encode())
    with ThreadPoolExecutor(8) as threads:
        got = threads.map(downloader.fetch, (f"{server.url}/{number}" for number in range(60)))
        assert [file.data for file in got] == [f"/{number}".encode() for number in range(60)]


def test_proxies_of_the_environment_are_not_used(
    server: Server, secret: Server, downloader: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, secret.url)
    server.answers["/"] = lambda handler: handler.answer(b"pixels")
    assert downloader.fetch(f"{server.url}/").data == b"pixels"
    assert secret.connections == 0


# Which addresses are public


def test_private_and_special_addresses() -> None:
    assert [address for address in SPECIAL.split() if is_public(ip_address(address))] == []


def test_public_addresses() -> None:
    assert [address for address in PUBLIC.split() if not is_public(ip_address(address))] == []


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_no_address_is_public_that_python_knows_as_special(address: Address) -> None:
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    plain = inner or address
    special = plain.is_private or plain.is_multicast or plain.is_reserved or plain.is_unspecified
    assert not (is_public(address) and special and plain not in NAT64)


# What is refused, and never connected to


def test_what_is_no_web_address(server: Server, downloader: Downloader) -> None:
    there = f"127.0.0.1:{server.server_port}/"
    for url in NO_ADDRESSES.split():
        fault = refusal(downloader, url.replace("{port}", str(server.server_port)).replace("{}", there))
        assert (url, fault.code, fault.temporary) == (url, "address", False)
    assert server.connections == 0


@pytest.mark.parametrize(
    "url", ["", "http://a b/", "http://a\nb/", "http://a/\r\nx: y", "http://" + "a" * 300, "http://é" + "a" * 80]
)
def test_more_that_is_no_web_address(url: str, downloader: Downloader) -> None:
    assert refusal(downloader, url).code == "address"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1.", "localhost", "LOCALHOST.", "１２７.０.０.１", "127。0。0。1"]
)
def test_this_machine_is_refused_however_it_is_called(host: str, server: Server) -> None:
    with Downloader() as opened:
        fault = refusal(opened, f"http://{host}:{server.server_port}/")
    assert (fault.code, fault.temporary) == ("private", False)
    assert server.connections == 0


@pytest.mark.parametrize(
    "host", ["[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"]
)
def test_this_machine_is_refused_by_its_ipv6_addresses(host: str, server: Server) -> None:
    with Downloader() as opened:
        assert refusal(opened, f"http://{host}:{server.server_port}/").code == "private"
    assert server.connections == 0


def test_a_public_name_for_a_private_address(server: Server, names: dict[str, list[list[str]]]) -> None:
    names["pictures.example"] = [["127.0.0.1", "::1", "10.0.0.1"]]
    with Downloader() as opened:
        assert refusal(opened, f"http://pictures.example:{server.server_port}/").code == "private"
    assert server.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address(status: int, server: Server, secret: Server, downloader: Downloader) -> None:
    server.answers["/"] = lambda handler: handler.answer(status=status, location=f"{secret.url}/")
    assert refusal(downloader, f"{server.url}/").code == "private"
    assert (server.connections, secret.connections) == (1, 0)


def test_a_redirect_to_a_public_name_for_a_private_address(
    server: Server, secret: Server, downloader: Downloader, names: dict[str, list[list[str]]]
) -> None:
    names["pictures.example"] = [[secret.host.strip("[]")]]
    location = f"//pictures.example:{secret.server_port}/"
    server.answers["/"] = lambda handler: handler.answer(status=302, location=location)
    assert refusal(downloader, f"{server.url}/").code == "private"
    assert secret.connections == 0


def test_a_name_server_that_changes_its_mind(
    server: Server, secret: Server, downloader: Downloader, names: dict[str, list[list[str]]]
) -> None:
    """A second look would find the private address. There is none: what was looked at is connected to."""
    names["rebinding.example"] = [["127.0.0.1"], [secret.host.strip("[]")]]
    server.answers["/"] = lambda handler: handler.answer(b"pixels", connection="close")
    url = f"http://rebinding.example:{server.server_port}/"
    assert downloader.fetch(url).data == b"pixels"
    assert refusal(downloader, url).code == "private"
    assert (server.connections, secret.connections) == (1, 0)


def test_of_several_addresses_only_the_allowed_ones_are_tried(
    server: Server, secret: Server, downloader: Downloader, names: dict[str, list[list[str]]]
) -> None:
    names["mixed.example"] = [[secret.host.strip("[]"), "127.0.0.1"]]
    server.answers["/"] = lambda handler: handler.answer(b"pixels")
    assert downloader.fetch(f"http://mixed.example:{server.server_port}/").data == b"pixels"
    assert secret.connections == 0


def test_an_address_that_does_not_answer_leaves_the_others(names: dict[str, list[list[str]]]) -> None:
    with served(Server()) as running, Downloader(allow=lambda address: address.is_loopback) as opened:
        running.answers["/"] = lambda handler: handler.answer(b"pixels")
        names["two.example"] = [["127.0.0.3", "127.0.0.1"]]
        assert opened.fetch(f"http://two.example:{running.server_port}/").data == b"pixels"


# Redirects


def test_redirects_are_followed(server: Server, downloader: Downloader) -> None:
    server.answers["/a/one"] = lambda handler: handler.answer(status=301, location="../two?x")
    server.answers["/two?x"] = lambda handler: handler.answer(b"moved", status=302, location=f"{server.url}/thrée")
    server.answers["/thr%C3%A9e"] = lambda handler: handler.answer(b"pixels")
    assert downloader.fetch(f"{server.url}/a/one") == Download(b"pixels", f"{server.url}/thr%C3%A9e", "")


def test_redirects_in_a_circle(server: Server, downloader: Downloader) -> None:
    server.answers["/"] = lambda handler: handler.answer(status=302, location="/")
    assert refusal(downloader, f"{server.url}/").code == "status"
    assert len(server.requests) == 1 + download.MAX_REDIRECTS


@pytest.mark.parametrize(
    "location", ["ftp://127.0.0.1/", "http://user@127.0.0.1/", "http://[", "http://127.1/", "data:,x"]
)
def test_redirects_to_what_is_no_web_address(location: str, server: Server, downloader: Downloader) -> None:
    server.answers["/"] = lambda handler: handler.answer(status=302, location=location)
    assert refusal(downloader, f"{server.url}/").code == "address"


# Limits


def test_a_file_of_the_most_bytes(server: Server, downloader: Downloader) -> None:
    server.answers["/"] = lambda handler: handler.answer(bytes(1000))
    assert len(downloader.fetch(f"{server.url}/").data) == 1000


def test_a_promised_size_above_the_limit_is_not_waited_for(server: Server, downloader: Downloader) -> None:
    def promise(handler: Handler) -> None:
        handler.answer(content_length="1001")
        server.stopped.wait()

    server.answers["/"] = promise
    assert refusal(downloader, f"{server.url}/").code == "too_large"


@pytest.mark.parametrize("chunked", [True, False])
def test_a_file_without_end_is_cut_at_the_limit(chunked: bool, server: Server, downloader: Downloader) -> None:
    left = threading.Event()

    def pour(handler: Handler) -> None:
        headers = "transfer-encoding: chunked" if chunked else "connection: close"
        handler.wfile.write(f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode())
        try:
            while not server.stopped.is_set():
                handler.wfile.write(b"64\r\n" + bytes(100) + b"\r\n" if chunked else bytes(100))
        except OSError:
            left.set()
            raise

    server.answers["/"] = pour
    fault = refusal(downloader, f"{server.url}/")
    assert (fault.code, fault.temporary) == ("too_large", False)
    assert left.wait(10)


def test_a_server_that_says_nothing(server: Server) -> None:
    def wait(handler: Handler) -> None:
        server.stopped.wait(20)

    server.answers["/"] = wait
    with Downloader(allow=lambda _: True, timeout=0.2) as opened:
        fault = refusal(opened, f"{server.url}/")
    assert (fault.code, fault.temporary) == ("timeout", True)


def test_a_silent_server_is_left_sooner_than_a_slow_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(handler: Handler) -> None:
        handler.answer(b"half", content_length="9")
        server.stopped.wait(20)

    server.answers["/"] = begin
    monkeypatch.setattr(connect, "LONGEST_SILENCE", 0.2)
    with Downloader(allow=lambda _: True, timeout=3600) as opened:
        assert refusal(opened, f"{server.url}/").code == "timeout"


@pytest.mark.parametrize("start", ["HTTP/1.1 200 OK\r\nx: ", "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n"])
def test_a_server_that_drips_is_left_in_time(start: str, server: Server) -> None:
    """Each byte comes well within the time, all of them don't."""

    def drip(handler: Handler) -> None:
        handler.wfile.write(start.encode())
        for _ in range(900):
            handler.wfile.write(b"x")
            if server.stopped.wait(0.02):
                return

    server.answers["/"] = drip
    with Downloader(allow=lambda _: True, timeout=0.4) as opened:
        assert refusal(opened, f"{server.url}/").code == "timeout"


def test_redirects_share_the_time(server: Server) -> None:
    def turn(handler: Handler) -> None:
        server.stopped.wait(0.15)
        handler.answer(status=302, location="/")

    server.answers["/"] = turn
    with Downloader(allow=lambda _: True, timeout=0.4) as opened:
        assert refusal(opened, f"{server.url}/").code == "timeout"


def test_a_name_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [stopped.wait(20)])
    try:
        with Downloader(timeout=0.1) as opened:
            assert refusal(opened, "http://slow.example/").code == "timeout"
    finally:
        stopped.set()


# Faults of servers


@pytest.mark.parametrize(
    ("status", "temporary", "text"),
    [
        (204, False, "answers with 204 and no file"),
        (302, False, "answers with 302 and no file"),  # to nowhere
        (400, False, "answers with 400 and no file"),
        (403, False, "does not give this file to programs"),
        (404, False, "has no such file"),
        (429, True, "try again later"),
        (500, True, "try again later"),
        (503, True, "try again later"),
    ],
)
def test_a_status(status: int, temporary: bool, text: str, server: Server, downloader: Downloader) -> None:
    server.answers["/"] = lambda handler: handler.answer(status=status)
    fault = refusal(downloader, f"{server.url}/")
    assert (fault.code, fault.status, fault.temporary) == ("status", status, temporary)
    assert text in str(fault)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\xff\n\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ncontent-length: -9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n12",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
    ],
)
def test_an_answer_that_makes_no_sense(answer: bytes, server: Server, downloader: Downloader) -> None:
    def say(handler: Handler) -> None:
        handler.wfile.write(answer)
        handler.close_connection = True

    server.answers["/"] = say
    fault = refusal(downloader, f"{server.url}/")
    assert (fault.code, fault.temporary) == ("unreachable", True)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 Found\r\nlocation: "]),
    middle=st.binary(max_size=60),
    end=st.sampled_from([b"", b"\r\n\r\n", b"\r\ncontent-length: 2\r\n\r\nok"]),
)
def test_whatever_a_server_says(
    start: bytes, middle: bytes, end: bytes, server: Server, downloader: Downloader
) -> None:
    def say(handler: Handler) -> None:
        handler.wfile.write(start + middle + end)
        handler.close_connection = True

    server.answers["/"] = say
    with suppress(DownloadError):  # and nothing else
        assert isinstance(downloader.fetch(f"{server.url}/"), Download)


@given(st.text(max_size=40), st.sampled_from(["http://", "https://[", ""]))
def test_whatever_an_address_is(text: str, start: str) -> None:
    with Downloader(allow=lambda _: False) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
        assert refusal(opened, start + text).code in ("address", "private")


def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch, downloader: Downloader) -> None:
    for errno, temporary in ((socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)):

        def resolve(*_: Any, errno: int = errno, **__: Any) -> Any:
            raise socket.gaierror(errno, "unknown")

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        fault = refusal(downloader, "http://nobody.example/")
        assert (fault.code, fault.temporary) == ("unreachable", temporary)
        assert "nobody.example" in str(fault)


def test_nobody_listens(downloader: Downloader) -> None:
    with served(Server()) as gone:
        url = gone.url
    fault = refusal(downloader, f"{url}/")
    assert (fault.code, fault.temporary) == ("unreachable", True)


# Other tries


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Downloader, list[float]]]:
    """A downloader that tries three times, and the pauses that it would have made."""
    with Downloader(allow=lambda _: True, retries=2) as opened:
        pauses: list[float] = []
        monkeypatch.setattr(opened._stopped, "wait", pauses.append)
        yield opened, pauses


def test_temporary_faults_are_tried_again(server: Server, patient: tuple[Downloader, list[float]]) -> None:
    def busy(handler: Handler) -> None:
        handler.answer(b"pixels", 200 if len(server.requests) == 3 else 503)

    server.answers["/"] = busy
    assert patient[0].fetch(f"{server.url}/").data == b"pixels"
    first, second = patient[1]
    assert 0.5 <= first <= 1 <= second <= 2


def test_a_file_into_a_file_starts_anew(server: Server, patient: tuple[Downloader, list[float]]) -> None:
    def cut(handler: Handler) -> None:
        handler.answer(b"pixels", content_length="6" if len(server.requests) == 2 else "7")
        handler.close_connection = True

    server.answers["/"] = cut
    file = BytesIO()
    patient[0].fetch(f"{server.url}/", into=file)
    assert file.getvalue() == b"pixels"


def test_the_last_fault_is_raised(server: Server, patient: tuple[Downloader, list[float]]) -> None:
    server.answers["/"] = lambda handler: handler.answer(status=503)
    assert refusal(patient[0], f"{server.url}/").status == 503
    assert len(server.requests) == 3


def test_lasting_faults_are_not_tried_again(server: Server, patient: tuple[Downloader, list[float]]) -> None:
    server.answers["/"] = lambda handler: handler.answer(status=404)
    refusal(patient[0], f"{server.url}/")
    assert (len(server.requests), patient[1]) == (1, [])


def test_the_pause_that_a_server_asks_for(server: Server, patient: tuple[Downloader, list[float]]) -> None:
    soon = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=20), usegmt=True)
    headers = iter(["7", soon])
    server.answers["/"] = lambda handler: handler.answer(status=429, retry_after=next(headers, "nonsense"))
    assert refusal(patient[0], f"{server.url}/").retry_after is None
    assert patient[1][0] == 7
    assert 5 < patient[1][1] <= 20


def test_a_long_pause_is_left_to_the_caller(server: Server, patient: tuple[Downloader, list[float]]) -> None:
    server.answers["/"] = lambda handler: handler.answer(status=429, retry_after="3600")
    assert refusal(patient[0], f"{server.url}/").retry_after == 3600
    assert patient[1] == []


def test_closing_ends_the_pauses(server: Server) -> None:
    opened = Downloader(allow=lambda _: True, retries=1)

    def close(handler: Handler) -> None:
        handler.answer(status=429, retry_after="25")
        opened.close()

    server.answers["/"] = close
    assert "stopped" in str(refusal(opened, f"{server.url}/"))
    assert len(server.requests) == 1


def test_closing_ends_what_is_being_fetched(server: Server) -> None:
    opened = Downloader(allow=lambda _: True, timeout=20)

    def drip(handler: Handler) -> None:
        handler.answer(content_length="900")
        for count in range(900):
            handler.wfile.write(b"x")
            if count == 5:
                opened.close()
            if server.stopped.wait(0.02):
                return

    server.answers["/"] = drip
    assert "stopped" in str(refusal(opened, f"{server.url}/"))
    assert "stopped" in str(refusal(opened, f"{server.url}/"))  # and no other connection
    assert (server.connections, opened._pool.connections) == (1, [])


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for pictures.example and its key, in one file; it is its own authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictures.example")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    text = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(*text) + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def https(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(connect, "trusted", connect.trusted.__wrapped__)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Server()
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with served(server) as running:
        yield running


def test_https(https: Server, names: dict[str, list[list[str]]]) -> None:
    names["pictures.example"] = [["127.0.0.1"]]
    https.answers["/"] = lambda handler: handler.answer(b"pixels")
    with Downloader(allow=lambda _: True) as opened:
        assert opened.fetch(f"https://pictures.example:{https.server_port}/").data == b"pixels"


def test_https_under_another_name(https: Server, names: dict[str, list[list[str]]]) -> None:
    names["other.example"] = [["127.0.0.1"]]
    with Downloader(allow=lambda _: True) as opened:
        fault = refusal(opened, f"https://other.example:{https.server_port}/")
    assert (fault.code, fault.temporary) == ("unreachable", False)
    assert "certificate" in str(fault)
    assert https.requests == []


def test_https_does_not_redirect_to_http(https: Server, server: Server, names: dict[str, list[list[str]]]) -> None:
    names["pictures.example"] = [["127.0.0.1"]]
    https.answers["/"] = lambda handler: handler.answer(status=302, location=f"{server.url}/")
    with Downloader(allow=lambda _: True) as opened:
        fault = refusal(opened, f"https://pictures.example:{https.server_port}/")
    assert (fault.code, server.connections) == ("address", 0)


def test_https_where_plain_http_is_spoken(server: Server) -> None:
    with Downloader(allow=lambda _: True) as opened:
        assert refusal(opened, f"{server.url.replace('http', 'https')}/").code == "unreachable"


def test_errors_cross_processes() -> None:
    fault = DownloadError("status", "Busy.", status=429, retry_after=3.0, temporary=True)
    copy = pickle.loads(pickle.dumps(fault))
    assert (str(copy), copy.code, copy.status, copy.retry_after, copy.temporary) == ("Busy.", "status", 429, 3.0, True)


def test_importing_it_is_light(run_python: Callable[[str], str]) -> None:
    program = "import sys, snowpeople.download; print({'httpcore', 'anyio', 'numpy', 'email'} & set(sys.modules))"
    assert run_python(program).strip() == "set()"
