"""Marks are on disk as soon as they are made, belong to the picture that was marked, and are never lost."""

import json
import os
from pathlib import Path

import pytest

from snowpeople.cleaner.marks import Mark, Marks

KEEP, ASIDE, DOG = Mark("keep"), Mark("aside"), Mark("move", "dog")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files of each of two labels, each with a content of its own."""
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for number in range(3):
            (tmp_path / label / f"{number}.png").write_bytes(f"{label} {number}".encode())
    return tmp_path


def pictures(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*/*"))


def found(folder: Path) -> dict[str, Mark]:
    """What a new kernel finds, by place."""
    marks = Marks(folder).find(pictures(folder))
    return {picture.relative_to(folder).as_posix(): mark for picture, mark in marks.items()}


def stored(folder: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads((folder / ".snowpeople" / "marks.json").read_text())["marks"]
    return rows


def test_a_mark_is_on_disk_at_once(folder: Path) -> None:
    marks = Marks(folder)
    marks.put({folder / "cat" / "0.png": ASIDE})
    assert found(folder) == {"cat/0.png": ASIDE}
    marks.put({folder / "cat" / "1.png": DOG, folder / "dog" / "2.png": KEEP})
    assert found(folder) == {"cat/0.png": ASIDE, "cat/1.png": DOG, "dog/2.png": KEEP}
    assert os.listdir(folder / ".snowpeople") == ["marks.json"]


def test_unmarking_and_marking_anew(folder: Path) -> None:
    marks = Marks(folder)
    marks.put({folder / "cat" / "0.png": ASIDE, folder / "cat" / "1.png": ASIDE})
    marks.put({folder / "cat" / "0.png": None, folder / "cat" / "1.png": KEEP})
    assert found(folder) == {"cat/1.png": KEEP}


def test_what_another_kernel_found_can_be_unmarked(folder: Path) -> None:
    Marks(folder).put({folder / "cat" / "0.png": ASIDE})
    marks = Marks(folder)
    marks.find(pictures(folder))
    marks.put({folder / "cat" / "0.png": None})
    assert found(folder) == {}


def test_nothing_is_written_before_the_first_mark(folder: Path) -> None:
    Marks(folder).find(pictures(folder))
    assert not (folder / ".snowpeople").exists()


def test_two_notebooks_keep_each_others_marks(folder: Path) -> None:
    first, second = Marks(folder), Marks(folder)
    first.put({folder / "cat" / "0.png": ASIDE})
    second.put({folder / "cat" / "1.png": DOG})
    first.put({folder / "cat" / "2.png": KEEP})
    assert found(folder) == {"cat/0.png": ASIDE, "cat/1.png": DOG, "cat/2.png": KEEP}


def test_a_renamed_picture_keeps_its_mark(folder: Path) -> None:
    Marks(folder).put({folder / "cat" / "0.png": ASIDE})
    (folder / "cat" / "0.png").rename(folder / "cat" / "tom.png")
    assert found(folder) == {"cat/tom.png": ASIDE}
    assert [row["picture"] for row in stored(folder)] == ["cat/tom.png"]


def test_a_mark_that_went_with_a_renamed_picture_can_be_taken_back_for_good(folder: Path) -> None:
    Marks(folder).put({folder / "cat" / "0.png": ASIDE})
    (folder / "cat" / "0.png").rename(folder / "cat" / "tom.png")
    marks = Marks(folder)
    marks.find(pictures(folder))
    marks.put({folder / "cat" / "tom.png": None})
    assert found(folder) == {}


def test_of_two_pictures_that_changed_names_each_keeps_its_own(folder: Path) -> None:
    Marks(folder).put({folder / "cat" / "0.png": ASIDE, folder / "cat" / "1.png": KEEP})
    (folder / "cat" / "0.png").rename(folder / "spare")
    (folder / "cat" / "1.png").rename(folder / "cat" / "0.png")
    (folder / "spare").rename(folder / "cat" / "1.png")
    assert found(folder) == {"cat/0.png": KEEP, "cat/1.png": ASIDE}


def test_in_another_label_nothing_was_said_of_it(folder: Path) -> None:
    Marks(folder).put({folder / "cat" / "0.png": KEEP})
    (folder / "cat" / "0.png").rename(folder / "dog" / "rex.png")
    assert found(folder) == {}


def test_a_copy_of_a_marked_picture_is_not_marked(folder: Path) -> None:
    Marks(folder).put({folder / "cat" / "1.png": ASIDE})
    (folder / "cat" / "0.png").write_bytes((folder / "cat" / "1.png").read_bytes())
    assert found(folder) == {"cat/1.png": ASIDE}


def test_another_picture_by_the_same_name_is_not_marked(folder: Path) -> None:
    Marks(folder).put({folder / "cat" / "0.png": ASIDE})
    for content in (b"CAT 0", b"a longer one"):
        (folder / "cat" / "0.png").write_bytes(content)
        assert found(folder) == {}


def test_the_mark_of_a_picture_that_vanished_waits_for_it(folder: Path) -> None:
    marks = Marks(folder)
    marks.put({folder / "cat" / "0.png": ASIDE})
    (folder / "cat" / "0.png").rename(folder / "elsewhere.png")
    assert found(folder) == {}
    marks.put({folder / "cat" / "1.png": KEEP})
    (folder / "elsewhere.png").rename(folder / "cat" / "0.png")
    assert found(folder) == {"cat/0.png": ASIDE, "cat/1.png": KEEP}


def test_a_picture_that_is_gone_cannot_be_marked_but_unmarked(folder: Path) -> None:
    marks = Marks(folder)
    marks.put({folder / "cat" / "0.png": ASIDE})
    (folder / "cat" / "0.png").unlink()
    with pytest.raises(FileNotFoundError):
        marks.put({folder / "cat" / "1.png": KEEP, folder / "cat" / "0.png": KEEP})
    assert [row["picture"] for row in stored(folder)] == ["cat/0.png"]
    marks.put({folder / "cat" / "0.png": None})
    assert stored(folder) == []


@pytest.mark.parametrize("name", ["with space.png", "🐈.png", "<b>&.png", "new\nline.png", os.fsdecode(b"\xff.png")])
def test_names_of_all_kinds(name: str, folder: Path) -> None:
    (folder / "cat" / name).write_bytes(b"odd")
    Marks(folder).put({folder / "cat" / name: ASIDE})
    assert found(folder) == {f"cat/{name}": ASIDE}


GOOD = {"picture": "cat/0.png", "size": 5, "sha256": "0" * 16, "choice": "keep", "label": ""}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format": 2, "marks": []}',
        b'{"format": 1, "marks": 7}',
        b'{"format": 1, "marks": [7]}',
        *(
            json.dumps({"format": 1, "marks": [GOOD | change]}).encode()
            for change in (
                {"picture": 7},
                {"picture": ""},
                {"size": "5"},
                {"sha256": None},
                {"choice": "burn"},
                {"choice": ["keep"]},
                {"choice": "move"},
                {"label": "dog"},
            )
        ),
    ],
)
def test_a_damaged_file_is_kept_under_another_name(content: bytes, folder: Path) -> None:
    home = folder / ".snowpeople"
    home.mkdir()
    for number in (1, 2):
        (home / "marks.json").write_bytes(content)
        with pytest.warns(
            UserWarning, match=rf"marks\.json can't be understood, so it is kept as marks-damaged-{number}"
        ):
            marks = Marks(folder)
        assert (home / f"marks-damaged-{number}.json").read_bytes() == content
    marks.put({folder / "cat" / "0.png": ASIDE})
    assert found(folder) == {"cat/0.png": ASIDE}


def test_a_file_damaged_meanwhile_costs_no_mark_of_this_kernel(folder: Path) -> None:
    marks = Marks(folder)
    marks.put({folder / "cat" / "0.png": ASIDE})
    (folder / ".snowpeople" / "marks.json").write_text("<<<<<<< HEAD")
    with pytest.warns(UserWarning, match="kept as marks-damaged-1"):
        marks.put({folder / "cat" / "1.png": KEEP})
    assert found(folder) == {"cat/0.png": ASIDE, "cat/1.png": KEEP}


def test_where_nothing_can_be_written_marks_are_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Marks(folder).put({folder / "cat" / "0.png": ASIDE})
    before = stored(folder)
    marks = Marks(folder)

    def refuse(source: object, target: object) -> None:
        raise PermissionError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        marks.put({folder / "cat" / "1.png": KEEP})
        marks.put({folder / "cat" / "2.png": DOG})
        assert "marks.json: Read-only file system. They are in memory only" in marks.trouble
        assert "allow writing there" in marks.trouble
        assert len(marks.find(pictures(folder))) == 3
        assert stored(folder) == before
        assert os.listdir(folder / ".snowpeople") == ["marks.json"]
    marks.put({folder / "dog" / "0.png": KEEP})
    assert marks.trouble == ""
    assert found(folder) == {"cat/0.png": ASIDE, "cat/1.png": KEEP, "cat/2.png": DOG, "dog/0.png": KEEP}


def test_where_there_can_be_no_folder_for_them(folder: Path) -> None:
    (folder / ".snowpeople").write_text("a file")
    marks = Marks(folder)
    marks.put({folder / "cat" / "0.png": ASIDE})
    assert "can't be kept" in marks.trouble
    assert marks.find(pictures(folder)) == {folder / "cat" / "0.png": ASIDE}
    assert (folder / ".snowpeople").read_text() == "a file"
