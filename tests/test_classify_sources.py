"""What a user names, as pictures."""

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import encode, scene

from snowpeople import store
from snowpeople.classify.sources import Item, expand
from snowpeople.picture import MAX_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.jpg", "deep/er/c.heic", ".git/d.jpg"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return folder


def names(items: list[Item], folder: Path) -> list[str]:
    return [item.file.relative_to(folder).as_posix() for item in items if item.file]


def test_a_folder_is_looked_through_to_the_bottom_and_sorted(folder: Path) -> None:
    found = expand([str(folder)])
    assert names(found, folder) == ["a.png", "b.JPG", "deep/er/c.heic"]
    assert [item.name for item in found] == [str(item.file) for item in found]


@pytest.mark.skipif(os.name == "nt", reason="links there need a right")
def test_a_loop_of_links_ends(folder: Path) -> None:
    (folder / "deep" / "loop").symlink_to(folder)
    assert len(expand([str(folder)])) == 3


def test_the_folder_of_copies_is_left_out_by_whatever_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for source in (str(folder), "."):
        assert len(expand([source], Path("deep"))) == 2
        assert len(expand([source], folder / "deep" / ".." / "deep")) == 2
        assert len(expand([f"{source}/a.png", f"{source}/deep"], Path("deep"))) == 1
        assert len(expand([source], folder / "new")) == len(expand([source], folder.parent / "beside")) == 3


def test_a_pattern_that_the_shell_left_is_resolved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [item.name for item in expand(["*.png", "**/*.heic"])] == ["a.png", os.path.join("deep", "er", "c.heic")]
    assert [item.name for item in expand(["d*"])] == [os.path.join("deep", "er", "c.heic")]
    (nothing,) = expand(["*.webp"])
    assert nothing.fault
    assert (nothing.name, nothing.fault.code) == ("*.webp", "not_found")
    Path("[1].png").write_bytes(b"x")
    assert expand(["[1].png"]) == [Item("[1].png", Path("[1].png"))]


def test_what_is_no_picture_by_its_name_is_taken_where_it_is_named(folder: Path) -> None:
    name = str(folder / "notes.txt")
    assert expand([name, name]) == [Item(name, Path(name))] * 2


def test_a_folder_without_pictures_says_so(tmp_path: Path) -> None:
    (item,) = expand([str(tmp_path)])
    assert item.fault
    assert item.fault.message == "This folder holds no picture."


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is closed to this user")
def test_a_closed_folder_is_named_and_the_others_go_on(folder: Path) -> None:
    (folder / "deep").chmod(0)
    try:
        closed, *others = expand([str(folder)])
    finally:
        (folder / "deep").chmod(0o700)
    assert closed.fault
    assert (closed.name, closed.fault.code, len(others)) == (str(folder / "deep"), "unreadable", 2)


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes, terminal: bool = False) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: terminal))


def test_stdin_is_one_picture_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"picture")
    assert expand(["-"]) == [Item("-", data=b"picture")]
    stdin(monkeypatch, bytes(MAX_BYTES + 1000))
    (item,) = expand(["-"])
    assert item.data is not None
    assert len(item.data) == MAX_BYTES + 1  # which picture.decode refuses


def test_a_terminal_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"typed", terminal=True)
    (item,) = expand(["-"])
    assert item.fault
    assert "terminal" in item.fault.message
    assert item.data is None


def test_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWPEOPLE_CACHE", str(tmp_path / "cache"))
    picture = tmp_path / "a.png"
    picture.write_bytes(encode(scene(), "PNG"))
    web = "https://example.com/page?id=3"
    for name in ("album/a.png", "album/more/b.png", "album/c.txt"):
        store.upload(picture, f"memory://bucket/{name}")
    found = expand([web, "memory://bucket/album/a.png", "memory://bucket/album", "memory://bucket/nowhere"])
    assert found[:2] == [Item(web), Item("memory://bucket/album/a.png")]
    assert [item.name for item in found[2:4]] == ["memory://bucket/album/a.png", "memory://bucket/album/more/b.png"]
    assert all(item.file and item.file.read_bytes() == picture.read_bytes() for item in found[2:4])
    (lost,) = found[4:]
    assert lost.fault
    assert lost.fault.code == "unreachable"
    assert "memory://bucket/nowhere" in lost.fault.message
