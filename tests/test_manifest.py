"""The manifest keeps what happened, whatever the names hold and however the program ends."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snowpeople.gather import manifest
from snowpeople.gather.manifest import COLUMNS, Entry, Manifest, ManifestError

KEPT = Entry("cat/1.jpg", "cat", "https://a.example/1", manifest.now(), "ab" * 32, "kept")
FAILED = Entry("", "cat", "https://a.example/2", manifest.now(), "", "failed", "404", "No such file.")


def entries(folder: Path) -> list[Entry]:
    return list(manifest.read(folder / manifest.NAME))


def test_a_line_as_each_thing_happens(tmp_path: Path) -> None:
    with Manifest(tmp_path / "new" / "pets") as opened:
        for count, entry in enumerate((KEPT, FAILED), 1):
            opened.add(entry)
            assert len(entries(tmp_path / "new" / "pets")) == count
    assert entries(tmp_path / "new" / "pets") == [KEPT, FAILED]
    lines = (tmp_path / "new" / "pets" / "manifest.tsv").read_text().splitlines()
    assert lines[0].split("\t") == list(COLUMNS)
    assert lines[2].startswith("\tcat\thttps://a.example/2\t2")


def test_what_was_before_is_remembered_and_stays(tmp_path: Path) -> None:
    with Manifest(tmp_path) as opened:
        opened.add(KEPT)
    with Manifest(tmp_path) as opened:
        assert opened.event("cat", KEPT.source) == KEPT
        assert opened.event("Cat", KEPT.source) == KEPT
        assert opened.event("dog", KEPT.source) is None
        assert opened.picture("cat", KEPT.sha256) == "cat/1.jpg"
        assert opened.picture("dog", KEPT.sha256) is None
        opened.add(replace(KEPT, label="dog", picture="dog/1.jpg"))
        assert list(opened.pictures()) == [["cat/1.jpg", "dog/1.jpg"]]
    assert len(entries(tmp_path)) == 2


@given(text=st.text(), other=st.text(st.characters(exclude_categories=())))
def test_any_text_comes_back(text: str, other: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    entry = Entry(text, other, text + "\t" + other, "", "\n", "failed", "\\", "\r\u2028")
    folder = tmp_path_factory.mktemp("m")
    with Manifest(folder) as opened:
        opened.add(entry)
    assert entries(folder) == [entry]
    assert (folder / manifest.NAME).read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("lost", range(1, 60, 7))
def test_a_torn_last_line_is_passed_over(lost: int, tmp_path: Path) -> None:
    with Manifest(tmp_path) as opened:
        opened.add(KEPT)
        opened.add(FAILED)
    file = tmp_path / manifest.NAME
    file.write_bytes(file.read_bytes()[:-lost])
    assert entries(tmp_path) == [KEPT]
    with Manifest(tmp_path) as opened:
        opened.add(replace(KEPT, source="again"))
    assert [entry for entry in entries(tmp_path) if entry.picture] == [KEPT, replace(KEPT, source="again")]


def test_a_torn_header(tmp_path: Path) -> None:
    (tmp_path / manifest.NAME).write_text("picture\tla")
    with Manifest(tmp_path) as opened:
        opened.add(KEPT)
    assert entries(tmp_path) == [KEPT]


def test_lines_that_are_not_understood_are_passed_over(tmp_path: Path) -> None:
    with Manifest(tmp_path) as opened:
        opened.add(KEPT)
    with (tmp_path / manifest.NAME).open("ab") as file:
        file.write(b"\n\xff\xfe\n" + b"\t" * 7 + b"\n\t\t\t\t\tmoved\t\t\n")
    assert entries(tmp_path) == [KEPT]


def test_another_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    for content in ("name\tprice\n", "picture\n", "x"):
        (tmp_path / manifest.NAME).write_text(content)
        with pytest.raises(ManifestError, match=r"manifest\.tsv is there, and is no manifest of pictures\. Rename it"):
            Manifest(tmp_path)
        assert (tmp_path / manifest.NAME).read_text() == content


def test_a_manifest_without_entries_goes_with_the_folders_made_for_it(tmp_path: Path) -> None:
    with Manifest(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    with Manifest(tmp_path / "mine"):
        pass
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


def test_one_at_a_time(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with Manifest(tmp_path) as opened:
        opened.add(KEPT)
        with pytest.raises(ManifestError, match="another snowpeople gather is filling"):
            Manifest(tmp_path)
    with Manifest(tmp_path):
        pass


def test_a_place_that_can_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ManifestError, match=r"file can't be written to \(File exists\)\. Name another folder"):
        Manifest(tmp_path / "file")

    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ManifestError, match=r"can't be written to \(Permission denied\)"):
        Manifest(tmp_path)


def test_a_full_disk_tears_no_other_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    room = [30]

    def write(handle: int, data: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[: room.pop()])

    with Manifest(tmp_path) as opened:
        opened.add(KEPT)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", write)
            with pytest.raises(OSError, match="No space left"):
                opened.add(FAILED)
        opened.add(replace(KEPT, source="later"))
    assert entries(tmp_path) == [KEPT, replace(KEPT, source="later")]
