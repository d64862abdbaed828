"""What a service refuses: never a fault of its own (5xx), and never a request to somebody else."""

import asyncio
import base64
import json
import socket
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import httpcore
import pytest
from fastapi.testclient import TestClient
from helpers import encode
from PIL import Image
from servers import Server, served
from services import BLUE, PNG, RED, Held, load, service

from snowpeople import download
from snowpeople.service import rate
from snowpeople.service.app import create
from snowpeople.service.batcher import Batcher
from snowpeople.service.settings import Settings

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
BOMB = encode(Image.new("1", (60_000, 60_000)), "PNG")


@pytest.fixture
def client(tiny_export: Path) -> Iterator[TestClient]:
    with service(load(tiny_export), max_picture=2_000_000, max_body=3_000_000, max_pictures=4) as client:
        yield client


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*arguments: object) -> NoReturn:
        raise AssertionError(f"a connection to {arguments}")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)


def part(data: bytes, head: bytes = b'Content-Disposition: form-data; name="p"; filename="p"') -> bytes:
    return b"--b\r\n" + head + b"\r\n\r\n" + data + b"\r\n"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        pytest.param(b"", PNG, 422, "empty", id="nothing"),
        pytest.param(b"hello", PNG, 422, "not_a_picture", id="text"),
        pytest.param(RED[:50], PNG, 422, "cut_off", id="half"),
        pytest.param(b"%PDF-1.7", PNG, 415, "unsupported", id="pdf"),
        pytest.param(BOMB, PNG, 413, "too_large", id="pixels"),
        pytest.param(bytes(2_000_001), PNG, 413, "too_large", id="picture bytes"),
        pytest.param(bytes(3_000_001), PNG, 413, "too_large", id="body bytes"),
        pytest.param(RED, {}, 415, "media_type", id="no type"),
        pytest.param(RED, {"Content-Type": "text/plain"}, 415, "media_type", id="another type"),
        pytest.param(RED, {"Content-Type": "application/x-www-form-urlencoded"}, 415, "media_type", id="curl's type"),
        pytest.param(RED, {"Content-Type": "\xff;;=\x80,"}, 415, "media_type", id="odd type"),
        pytest.param(RED, {**PNG, "Content-Encoding": "gzip"}, 415, "media_type", id="packed"),
        pytest.param(b"{", JSON, 422, "body", id="no JSON"),
        pytest.param(b"\xff\xfe\xfd", JSON, 422, "body", id="no text"),
        pytest.param(b"[" * 9_000, JSON, 422, "body", id="deep JSON"),
        pytest.param(b'{"data":' * 5_000 + b"1" + b"}" * 5_000, JSON, 422, "body", id="deeper JSON"),
        pytest.param(b'{"pictures":[' + b"[]," * 500_000 + b"[]]}", JSON, 422, "body", id="wide JSON"),
        pytest.param(b'{"data": ' + b"9" * 100_000 + b"}", JSON, 422, "body", id="large number"),
        pytest.param(b"[]", JSON, 422, "body", id="a list"),
        pytest.param(b"null", JSON, 422, "body", id="null"),
        pytest.param(b"{}", JSON, 422, "body", id="no members"),
        pytest.param(b'{"data": 3}', JSON, 422, "body", id="data is a number"),
        pytest.param(b'{"url": null}', JSON, 422, "body", id="no address"),
        pytest.param(b'{"data": "", "url": ""}', JSON, 422, "body", id="both"),
        pytest.param(b'{"pictures": []}', JSON, 422, "body", id="no pictures"),
        pytest.param(b'{"pictures": {}}', JSON, 422, "body", id="pictures is an object"),
        pytest.param(b'{"pictures": [{"pictures": []}]}', JSON, 422, "body", id="nested"),
        pytest.param(b'{"pictures": [{"data": ""}, 3]}', JSON, 422, "body", id="a number among pictures"),
        pytest.param(b'{"data": "\\ud800"}', JSON, 422, "base64", id="half a character"),
        pytest.param(b'{"data": "\xe2\x98\x83"}', JSON, 422, "base64", id="no ASCII"),
        pytest.param(b'{"data": "AAA"}', JSON, 422, "base64", id="no padding"),
        pytest.param(b'{"data": "' + b"A" * 2_900_000 + b'"}', JSON, 413, "too_large", id="base64 bytes"),
        pytest.param(json.dumps({"pictures": [{"data": ""}] * 5}).encode(), JSON, 413, "too_many", id="five"),
        pytest.param(part(RED) * 5 + b"--b--\r\n", FORM, 413, "too_many", id="five parts"),
        pytest.param(part(b"") * 30_000 + b"--b--\r\n", FORM, 413, "too_many", id="many parts"),
        pytest.param(part(RED), FORM, 422, "body", id="form without its end"),
        pytest.param(
            part(RED) + part(b"5", b'Content-Disposition: form-data; name="n"') + b"--b--\r\n",
            FORM,
            422,
            "body",
            id="form with a field that is no file",
        ),
        pytest.param(b"--b--\r\n", FORM, 422, "body", id="form without parts"),
        pytest.param(b"", FORM, 422, "body", id="no form"),
        pytest.param(b"\r\n" * 100_000, FORM, 422, "body", id="empty lines"),
        pytest.param(b"--c\r\n\r\n--c--", FORM, 422, "body", id="another boundary"),
        pytest.param(part(RED, b"A: " + b"a" * 900_000) + b"--b--\r\n", FORM, 422, "body", id="large header"),
        pytest.param(part(RED, b"A: b\r\n" * 90_000) + b"--b--\r\n", FORM, 422, "body", id="many headers"),
        pytest.param(b"x", {"Content-Type": "multipart/form-data"}, 422, "body", id="no boundary"),
        pytest.param(
            b"x", {"Content-Type": f"multipart/form-data; boundary={'b' * 999}"}, 422, "body", id="long boundary"
        ),
    ],
)
def test_hostile_bodies(
    client: TestClient, no_network: None, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = client.post("/predict", content=body, headers=raw)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    # And it goes on.
    assert client.post("/predict", content=RED, headers=PNG).status_code == 200


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1/", "url_private"),
        ("http://localhost/", "url_private"),
        ("http://LOCALHOST./", "url_private"),
        ("http://127.1/", "url_address"),
        ("http://0x7f.1/", "url_address"),
        ("http://0177.0.0.1/", "url_address"),
        ("http://2130706433/", "url_address"),
        ("http://１２７.0.0.1/", "url_private"),
        ("http://0.0.0.0/", "url_private"),
        ("http://10.0.0.1/", "url_private"),
        ("http://169.254.169.254/latest/meta-data", "url_private"),
        ("http://192.168.0.1:8080/", "url_private"),
        ("http://[::1]/", "url_private"),
        ("http://[::]/", "url_private"),
        ("http://[::ffff:127.0.0.1]/", "url_private"),
        ("http://[::ffff:7f00:1]/", "url_private"),
        ("http://[64:ff9b::7f00:1]/", "url_private"),
        ("http://[2002:7f00:1::]/", "url_private"),
        ("http://[fe80::1]/", "url_private"),
        ("http://[fc00::1]/", "url_private"),
        ("http://user:password@127.0.0.1/", "url_address"),
        ("http://127.0.0.1:22/", "url_address"),
        ("http://example.com#@127.0.0.1/", "url_unreachable"),
        ("file:///etc/passwd", "url_address"),
        ("ftp://127.0.0.1/", "url_address"),
        ("gopher://127.0.0.1/", "url_address"),
        ("//127.0.0.1/", "url_address"),
        ("http://", "url_address"),
        ("", "url_address"),
        ("http://a\r\nHost: b/", "url_address"),
        ("http://" + "a" * 3_000, "url_address"),
        ("http://\ud800/", "url_address"),
    ],
)
def test_addresses_in_private_networks_are_never_asked(
    client: TestClient, no_network: None, monkeypatch: pytest.MonkeyPatch, address: str, code: str
) -> None:
    look_up = socket.getaddrinfo

    def near(host: str, *arguments: Any, **options: Any) -> Any:
        if host != "localhost":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", near)
    answer = client.post("/predict", content=json.dumps({"url": address}), headers=JSON)
    assert answer.json()["code"] == code
    assert 400 <= answer.status_code < 500


def test_a_picture_at_a_public_address_is_fetched_and_a_redirect_to_a_private_one_is_not(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Server()) as world, served(Server()) as inside:
        public = world.server_port
        # The one server stands for the public internet, the other for this machine.
        monkeypatch.setattr(download, "is_public", lambda address: str(address) == "203.0.113.5")
        monkeypatch.setattr(download.Downloader.__init__, "__kwdefaults__", {
            **(download.Downloader.__init__.__kwdefaults__ or {}), "allow": download.is_public,
        })  # fmt: skip
        connect = httpcore.SyncBackend.connect_tcp

        def reach(self: Any, host: str, port: int, *arguments: Any) -> Any:
            return connect(self, {"203.0.113.5": "127.0.0.1"}.get(host, host), port, *arguments)

        monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", reach)
        world.answers = {
            "/red.png": lambda handler: handler.answer(RED),
            "/in": lambda handler: handler.answer(status=302, location=f"{inside.url}/secret"),
            "/none": lambda handler: handler.answer(status=404),
        }
        urls = [f"http://203.0.113.5:{public}/{path}" for path in ("red.png", "in", "none")]
        answer = client.post("/predict", json={"pictures": [{"url": url} for url in urls]}).json()
        found = [entry.get("label") or entry["error"]["code"] for entry in answer["predictions"]]
        assert found == ["abominable", "url_private", "url_status"]
        assert inside.connections == 0


def test_addresses_can_be_turned_off(tiny_export: Path, no_network: None) -> None:
    with service(load(tiny_export), urls=False) as client:
        answer = client.post("/predict", json={"url": "https://example.com/a.png"})
    assert (answer.status_code, answer.json()["code"]) == (403, "url_off")


def test_bodies_of_all_requests_together_are_limited(tiny_export: Path) -> None:
    with service(load(tiny_export), max_held=1_000) as client:
        answer = client.post("/predict", content=bytes(2_000), headers=PNG)
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "1")
        assert client.post("/predict", content=RED, headers=PNG).status_code == 200


def test_a_full_queue_is_said_at_once_and_the_rest_is_answered(tiny_export: Path) -> None:
    model = load(tiny_export, Held)
    assert isinstance(model, Held)
    with service(model, max_queue=2) as client, ThreadPoolExecutor() as pool:
        two = [pool.submit(client.post, "/predict", content=RED, headers=PNG) for _ in range(1)]
        model.begun.acquire()
        two += [pool.submit(client.post, "/predict", files=[("p", BLUE), ("p", BLUE)])]
        answer = two[1].result()
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "1")
        model.let.set()
        assert two[0].result().status_code == 200
        assert client.post("/predict", files=[("p", BLUE), ("p", BLUE)]).status_code == 200


def test_requests_that_wait_share_a_batch(tiny_export: Path) -> None:
    model = load(tiny_export, Held)
    assert isinstance(model, Held)
    limits = Settings(max_batch=4)
    batcher = Batcher(limits)
    batcher.start(lambda: model)
    assert batcher.settled.wait(60)
    first = batcher.submit([RED])
    model.begun.acquire()
    others = [future for _ in range(6) for future in batcher.submit([BLUE])]
    # The decoders are done when the seventh picture has gone through the same threads.
    batcher._decoders.shutdown()
    model.let.set()
    assert [future.result(60).prediction.label for future in first + others] == ["abominable"] + ["olaf"] * 6
    assert model.batches == [1, 4, 2]
    assert batcher.waiting == 0
    batcher.close()


def scope(body: bytes) -> dict[str, Any]:
    headers = [(b"content-type", b"image/png"), (b"content-length", str(len(body)).encode())]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/predict",
        "raw_path": b"/predict",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def run_apart(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own: the browser tests leave an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


class Talk:
    """One request to a service, without a server."""

    def __init__(self, model: Held, **settings: Any) -> None:
        limits = Settings(**settings)
        self.model = model
        self.batcher = Batcher(limits)
        self.batcher.start(lambda: model)
        assert self.batcher.settled.wait(60)
        self.app = create(self.batcher, limits)
        self.gone = asyncio.Event()
        self.sent: list[Any] = []

    async def ask(self, *pieces: bytes) -> None:
        left = list(pieces)

        async def receive() -> dict[str, Any]:
            if left:
                body = left.pop(0)
                return {"type": "http.request", "body": body, "more_body": bool(left) or not body}
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            self.sent.append(message)

        await self.app(scope(b"".join(pieces)), receive, send)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


@pytest.fixture
def held(tiny_export: Path) -> Iterator[Held]:
    model = load(tiny_export, Held)
    assert isinstance(model, Held)
    yield model
    model.let.set()


async def begun(model: Held) -> None:
    await asyncio.get_running_loop().run_in_executor(None, model.begun.acquire)


def test_a_request_whose_client_has_gone_is_dropped(held: Held) -> None:
    async def main() -> None:
        talk = Talk(held)
        first = asyncio.ensure_future(talk.ask(RED))
        await begun(held)
        # A second client, whose picture waits for the model.
        other = Talk.__new__(Talk)
        other.__dict__.update(talk.__dict__, gone=asyncio.Event(), sent=[])
        second = asyncio.ensure_future(other.ask(BLUE))
        while talk.batcher.waiting < 2:
            await asyncio.sleep(0)
        other.gone.set()
        await second
        assert other.status == 499
        assert talk.batcher.waiting == 1
        held.let.set()
        await first
        assert talk.status == 200
        talk.batcher.close()

    run_apart(main())
    assert held.batches == [1]


def test_an_answer_that_takes_too_long_is_given_up(held: Held) -> None:
    async def main() -> None:
        talk = Talk(held, timeout=0.05)
        await talk.ask(RED)
        assert talk.status == 504
        assert json.loads(talk.sent[1]["body"])["code"] == "timeout"
        held.let.set()
        talk.batcher.close()

    run_apart(main())


def test_a_body_that_takes_too_long_is_given_up(held: Held) -> None:
    async def main() -> None:
        talk = Talk(held, body_timeout=0.05)
        await talk.ask(RED[:9], b"")
        assert talk.status == 408
        assert json.loads(talk.sent[1]["body"])["code"] == "slow"
        talk.batcher.close()

    run_apart(main())


def test_a_body_is_not_read_beyond_its_limit(held: Held) -> None:
    async def main() -> None:
        talk = Talk(held, max_body=100)
        pieces = [bytes(40)] * 10
        asked = scope(b"")
        asked["headers"] = [(b"content-type", b"image/png"), (b"transfer-encoding", b"chunked")]
        read = 0

        async def receive() -> dict[str, Any]:
            nonlocal read
            read += 1
            return {"type": "http.request", "body": pieces.pop(), "more_body": True}

        async def send(message: Any) -> None:
            talk.sent.append(message)

        await talk.app(asked, receive, send)
        assert talk.status == 413
        assert read == 3
        # One that says its size is not read at all.
        talk.sent.clear()
        asked["headers"] = [(b"content-type", b"image/png"), (b"content-length", b"101")]
        await talk.app(asked, receive, send)
        assert (talk.status, read) == (413, 3)
        talk.batcher.close()

    run_apart(main())


def test_a_body_that_breaks_off_is_no_fault(held: Held) -> None:
    async def main() -> None:
        talk = Talk(held)
        talk.gone.set()
        await talk.ask(RED[:9], b"")
        assert talk.status == 499
        talk.batcher.close()

    run_apart(main())


# ---- who may ask


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic secret-key"}, 401),
        ({"Authorization": "secret-key"}, 401),
        ({"X-API-Key": "secret-ke"}, 401),
        ({"X-API-Key": "\xff"}, 401),
        ({"Authorization": "Bearer secret-key"}, 200),
        ({"authorization": "bearer  secret-key"}, 200),
        ({"X-API-Key": "secret-key"}, 200),
        # A proxy adds the key; a visitor's browser, or another layer, has keys of its own.
        ({"Authorization": "Bearer wrong", "X-API-Key": "secret-key"}, 200),
        ({"Authorization": "Basic d2hvOndoYXQ=", "X-API-Key": "secret-key"}, 200),
        ({"Authorization": "Bearer secret-key", "X-API-Key": "wrong"}, 200),
        ({"X-API-Key": "wrong", "x-api-key": "secret-key"}, 200),
        ({"Authorization": "Bearer wrong", "authorization": "Bearer secret-key"}, 200),
        ({"Authorization": "Bearer wrong", "X-API-Key": "wrong"}, 401),
        ({"Authorization": "Bearer", "X-API-Key": ""}, 401),
    ],
)
def test_a_key_is_asked_for_where_there_is_one(tiny_export: Path, headers: dict[str, str], status: int) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    with service(load(tiny_export), api_key="secret-key") as client:
        for path in ("/labels", "/card", "/metrics"):
            assert client.get(path, headers=raw).status_code == status
        answer = client.post("/predict", content=RED, headers=[*raw, (b"content-type", b"image/png")])
        assert answer.status_code == status
        if status == 401:
            assert (answer.json()["code"], answer.headers["www-authenticate"]) == ("key", "Bearer")
        for path in ("/healthz", "/readyz", "/openapi.json"):
            assert client.get(path).status_code == 200


def test_so_many_pictures_a_minute(tiny_export: Path) -> None:
    with service(load(tiny_export), rate=3) as client:
        assert client.post("/predict", files=[("p", RED), ("p", RED)]).status_code == 200
        assert client.post("/predict", content=b"hello", headers=PNG).status_code == 422
        answer = client.post("/predict", content=RED, headers=PNG)
        assert (answer.status_code, answer.json()["code"]) == (429, "rate")
        assert 1 <= int(answer.headers["retry-after"]) <= 20
        assert client.get("/card").status_code == 200


def test_a_bucket_fills_up_evenly_and_owes_what_was_too_much() -> None:
    now = 100.0
    limit = rate.Rate(6, clock=lambda: now)
    limit.spend("192.0.2.1", 8)
    assert limit.wait("192.0.2.1") == 30
    assert limit.wait("192.0.2.2") == 0
    now += 29
    assert limit.wait("192.0.2.1") == 1
    now += 1
    assert limit.wait("192.0.2.1") == 0
    now += 1_000
    limit.spend("192.0.2.1", 6)
    assert limit.wait("192.0.2.1") == 10


def test_clients_are_told_apart_by_what_they_can_not_choose() -> None:
    assert rate.client("2001:db8:1:2:3::4") == rate.client("2001:db8:1:2:ffff::") == "2001:db8:1:2::"
    assert rate.client("::ffff:192.0.2.1") == rate.client("192.0.2.1")
    assert rate.client("testclient") == "testclient"


def test_a_client_with_a_whole_network_of_addresses_is_one(tiny_export: Path) -> None:
    def status(client: TestClient, address: str) -> int:
        headers = {**PNG, "X-Forwarded-For": address}
        return client.post("/predict", content=RED, headers=headers).status_code

    with service(load(tiny_export), rate=1, proxies=1) as client:
        assert status(client, "2001:db8:1:2::1") == 200
        assert status(client, "2001:db8:1:2:ffff::2") == 429
        assert status(client, "2001:db8:1:3::1") == 200
        assert status(client, "::ffff:192.0.2.1") == 200
        assert status(client, "192.0.2.1") == 429
        assert status(client, "::ffff:192.0.2.2") == 200


def test_no_more_clients_are_remembered_than_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "MAX_CLIENTS", 2)
    limit = rate.Rate(1)
    for number in range(3):
        limit.spend(f"192.0.2.{number}", 1)
    assert [limit.wait(f"192.0.2.{number}") > 0 for number in range(3)] == [False, True, True]


def test_pages_of_other_origins_may_ask_only_where_they_are_named(tiny_export: Path) -> None:
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    with service(load(tiny_export)) as client:
        assert "access-control-allow-origin" not in client.get("/labels", headers=asks).headers
        assert client.options("/predict", headers=asks).status_code == 405
    with service(load(tiny_export), cors=("https://a.example",), api_key="k") as client:
        assert client.options("/predict", headers=asks).headers["access-control-allow-origin"] == "https://a.example"
        refused = client.post("/predict", content=RED, headers={**PNG, "Origin": "https://a.example"})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://a.example")
        other = client.options("/predict", headers={**asks, "Origin": "https://b.example"})
        assert "access-control-allow-origin" not in other.headers


def test_nothing_is_written_to_disk(tiny_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "_mkstemp_inner", refuse)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    large = encode(Image.effect_noise((1_500, 1_500), 90).convert("RGB"), "PNG")
    assert len(large) > 2_000_000
    with service(load(tiny_export)) as client:
        assert client.post("/predict", files={"p": large}).status_code == 200
        assert client.post("/predict", json={"data": base64.b64encode(large).decode()}).status_code == 200


def test_threads_end_with_the_service(tiny_export: Path) -> None:
    before = set(threading.enumerate())
    with service(load(tiny_export)) as client:
        client.post("/predict", content=RED, headers=PNG)
    assert not {thread.name for thread in set(threading.enumerate()) - before if "asyncio" not in thread.name}
