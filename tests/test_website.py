"""What a service gives to browsers: its page, and the script of <snow-classifier>."""

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from services import load, service

from snowpeople.dashboard import element
from snowpeople.dashboard.script import style


@pytest.fixture
def client(tiny_export: Path) -> Iterator[TestClient]:
    with service(load(tiny_export), api_key="secret") as client:
        yield client


def test_the_page_is_there_without_a_key_and_allows_nothing_but_itself(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    for tag in ("script", "style"):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert policy[f"{tag}-src"] == " ".join(f"'sha256-{digest}'" for digest in digests)
    assert not re.search(r"""(src|href)=["'](?!data:,)""", re.sub(r"<script>.*?</script>", "", answer.text, flags=re.S))


def test_the_script_is_for_pages_of_any_origin_and_is_asked_for_again_soon(client: TestClient) -> None:
    answer = client.get("/snow-classifier.js", headers={"Origin": "https://a.example"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.text == element.element_script()
    assert not re.search(r"^(import|export)\b", answer.text, re.MULTILINE), "a script tag without type=module"


@pytest.mark.parametrize("path", ["/", "/snow-classifier.js"])
def test_what_a_browser_has_is_not_sent_again(client: TestClient, path: str) -> None:
    packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < 0.4 * len(plain.content)
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]
    for known in (plain.headers["etag"], f'W/{packed.headers["etag"]}, "other"'):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert client.post(path).status_code in {401, 405}


def test_what_a_page_has_to_know_before_it_asks(tiny_export: Path, client: TestClient) -> None:
    assert client.get("/about").json()["code"] == "key"
    with service(load(tiny_export), urls=False, max_pictures=7) as open_client:
        assert open_client.get("/about").json() == {
            "title": "Tiny",
            "labels": ["abominable", "neither", "olaf"],
            "size": 8,
            "names": {},
            "examples": 0,
            "limits": {"picture_bytes": 30_000_000, "pictures": 7, "urls": False},
        }
        schema = open_client.get("/openapi.json").json()["components"]["schemas"]
        assert set(schema["AboutAnswer"]["properties"]) == set(open_client.get("/about").json())


def test_the_style_in_a_shadow_root_depends_on_no_size_of_the_page_around() -> None:
    text = element.shadow_style()
    conditions = re.findall(r"@(?:media|container)[^{]*", text)
    rest = re.sub(r"@(?:media|container)[^{]*", "", text)
    assert "rem" not in rest.replace("--snow-rem", "")
    assert "calc(1.25 * var(--snow-rem))" in rest
    assert [each for each in conditions if "container" in each and "rem" in each] == []
    assert text.count("{") == style().count("{")


def test_the_page_stays_small() -> None:
    html, _, _ = element.page()
    assert len(gzip.compress(html.encode())) < 80_000
