"""Lists of web addresses are read as people write them."""

from pathlib import Path

import pytest

from snowpeople.gather import url_list
from snowpeople.gather.url_list import UrlListError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "urls_otter.txt"


def addresses(file: Path, content: bytes) -> list[str]:
    file.write_bytes(content)
    return url_list.read(file, file.name)[0]


def test_one_address_a_line_each_once(file: Path) -> None:
    text = (
        b"https://a.example/1.jpg\n\n  http://b.example/2 \n# https://c.example/3\n; no\n// no\nhttps://a.example/1.jpg"
    )
    assert addresses(file, text) == ["https://a.example/1.jpg", "http://b.example/2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_files_of_any_system(encoding: str, end: str, file: Path) -> None:
    text = end.join(["https://a.example/ö.jpg", "HTTPS://b.example/2.jpg", ""])
    assert addresses(file, text.encode(encoding)) == ["https://a.example/ö.jpg", "HTTPS://b.example/2.jpg"]


def test_a_comment_in_another_encoding_does_no_harm(file: Path) -> None:
    assert addresses(file, b"# gr\xfc\xdfe\nhttps://a.example/1.jpg\n") == ["https://a.example/1.jpg"]


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("https://a.example/1.jpg,otter,300", "https://a.example/1.jpg"),
        ("https://a.example/1.jpg;otter", "https://a.example/1.jpg"),
        ("https://a.example/1.jpg\totter", "https://a.example/1.jpg"),
        ("https://a.example/1.jpg otter", "https://a.example/1.jpg"),
        ('"https://a.example/1.jpg","an otter"', "https://a.example/1.jpg"),
        ("<https://a.example/1.jpg>", "https://a.example/1.jpg"),
        ("https://a.example/?id=3,otter", "https://a.example/?id=3"),
        ("https://a.example/Otter,_river.jpg", "https://a.example/Otter,_river.jpg"),
        ("https://a.example/w_300,h_200/otter", "https://a.example/w_300,h_200/otter"),
        ("https://a.example/1.jpg?w=1,2,otter", "https://a.example/1.jpg?w=1"),
    ],
)
def test_lines_of_a_table(line: str, url: str, file: Path) -> None:
    assert addresses(file, f"url,label\n{line}\n".encode()) == [url]


def test_lines_without_an_address_are_named(file: Path) -> None:
    file.write_text("https://a.example/1.jpg\nwww.example.com/2.jpg\nftp://a.example/3.jpg\nhttps:///4.jpg\n")
    assert url_list.read(file, file.name) == (
        ["https://a.example/1.jpg"],
        ["urls_otter.txt: 3 lines without a web address were passed over: 2, 3, 4"],
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing\n", b"otter\nbeaver\n"])
def test_a_list_without_an_address(content: bytes, file: Path) -> None:
    with pytest.raises(UrlListError, match=r"urls_otter\.txt holds no web address\. Write one a line"):
        addresses(file, content)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\r", b"\xff\xfe\x00", b"\0" * 100])
def test_a_list_that_is_no_text(content: bytes, file: Path) -> None:
    with pytest.raises(UrlListError, match=r"urls_otter\.txt is no text.*Save the list as plain text"):
        addresses(file, content)


def test_a_huge_file_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url_list, "MAX_BYTES", 100)
    with pytest.raises(UrlListError, match="too many for a list"):
        addresses(file, b"https://a.example/1.jpg\n" * 9)


def test_a_list_that_can_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "otter").mkdir()
    with pytest.raises(UrlListError, match="otter can't be opened: Is a directory"):
        url_list.read(tmp_path / "otter", "otter")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("urls_otter.txt", "otter"),
        ("otter.txt", "otter"),
        ("otter_urls.txt", "otter"),
        ("Otter-URLs.csv", "Otter"),
        ("some/where/urls_sea_otter.txt", "sea_otter"),
        ("urls sea otter.txt", "sea otter"),
        ("https://host.example/lists/urls_sea%20otter.txt?x=1", "sea otter"),
        ("url_🦦.txt", "🦦"),
        ("playlist.txt", "playlist"),
        ("links.of.otter.txt", "of.otter"),
    ],
)
def test_the_label_is_in_the_name(name: str, label: str) -> None:
    assert url_list.label(name) == label


@pytest.mark.parametrize("name", ["urls.txt", "url_.txt", "list.csv", "https://host.example/links.txt"])
def test_a_name_without_a_label(name: str) -> None:
    with pytest.raises(UrlListError, match=r"does not say which class it is of\. Name it like urls_otter\.txt"):
        url_list.label(name)
