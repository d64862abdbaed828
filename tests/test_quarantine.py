"""Pictures are set aside and relabelled so that one call puts everything back, whatever happened in between."""

import os
import shutil
from pathlib import Path

import pytest

from snowpeople.verify import quarantine
from snowpeople.verify.quarantine import QuarantineError

NASTY = "a\tb\nc\\n\r'\"<b>☃️ .png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that are only named like pictures: what is in them is no matter here."""
    for label in ("cat", "dog"):
        (tmp_path / "pets" / label / "deep").mkdir(parents=True)
        for name in ("0.png", "1.JPG", NASTY, "deep/0.png"):
            (tmp_path / "pets" / label / name).write_text(f"{label} {name}")
    return tmp_path / "pets"


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file in a folder with its content, and every folder in it."""
    found = sorted(folder.rglob("*"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in found}


def test_set_aside_and_back(folder: Path) -> None:
    before = tree(folder)
    reasons = {folder / "cat" / "0.png": "blank", folder / "dog" / "deep" / "0.png": "a copy\tof dog/0.png\n"}
    moves = quarantine.set_aside(folder, reasons)
    assert [(move.picture, move.now, move.reason) for move in moves] == [
        ("cat/0.png", "_quarantine/cat/0.png", "blank"),
        ("dog/deep/0.png", "_quarantine/dog/deep/0.png", "a copy\tof dog/0.png\n"),
    ]
    assert len({move.batch for move in moves}) == 1
    assert quarantine.journal(folder) == moves
    after = tree(folder)
    assert after["_quarantine/cat/0.png"] == before["cat/0.png"]
    assert "cat/0.png" not in after
    back = quarantine.undo(folder)
    assert sorted((move.picture, move.now) for move in back) == sorted((move.now, move.picture) for move in moves)
    assert (tree(folder), quarantine.journal(folder), quarantine.undo(folder)) == (before, [], [])


def test_relabel_and_back(folder: Path) -> None:
    before = tree(folder)
    moves = quarantine.relabel(
        folder,
        {folder / "cat" / "0.png": "dog", folder / "cat" / "deep" / "0.png": "fox 🦊", folder / "dog" / "1.JPG": "dog"},
        "looks like it",
    )
    # The name is taken among the dogs; the last has that label already.
    assert [(move.picture, move.now) for move in moves] == [
        ("cat/0.png", "dog/0-2.png"),
        ("cat/deep/0.png", "fox 🦊/deep/0.png"),
    ]
    assert tree(folder)["dog/0.png"] == before["dog/0.png"]
    quarantine.undo(folder)
    assert tree(folder) == before


def test_rename_and_back(folder: Path) -> None:
    before = tree(folder)
    moves = quarantine.rename(folder, {folder / "cat" / "1.JPG": "1.png", folder / "dog" / "1.JPG": "0.png"}, "a PNG")
    assert [move.now for move in moves] == ["cat/1.png", "dog/0-2.png"]
    quarantine.undo(folder)
    assert tree(folder) == before


def test_any_name_is_journalled(folder: Path) -> None:
    before = tree(folder)
    wild = folder / "cat" / os.fsdecode(b"\xff\xfe.png")
    shutil.copy(folder / "cat" / "0.png", wild)
    picture = folder / "cat" / NASTY
    moves = quarantine.set_aside(folder, {picture: "\\t is no tab", wild: "no UTF-8"})
    assert quarantine.journal(folder) == moves
    assert len((folder / "_quarantine" / "journal.tsv").read_bytes().splitlines()) == 3
    quarantine.undo(folder)
    wild.unlink()
    assert tree(folder) == before


def test_a_split_folder_keeps_its_sides(tmp_path: Path) -> None:
    for side in ("train", "valid"):
        for label in ("cat", "dog"):
            (tmp_path / side / label).mkdir(parents=True)
            (tmp_path / side / label / f"{side}.png").write_text(label)
    moves = quarantine.relabel(tmp_path, {tmp_path / "valid" / "cat" / "valid.png": "dog"}, "")
    assert [move.now for move in moves] == ["valid/dog/valid-2.png"]
    (tmp_path / "train" / "loose.png").touch()
    with pytest.raises(QuarantineError, match=r"loose\.png lies in no label's folder"):
        quarantine.relabel(tmp_path, {tmp_path / "train" / "loose.png": "dog"}, "")


def test_batches_are_undone_one_by_one_or_all(folder: Path) -> None:
    before = tree(folder)
    for picture in ("cat/0.png", "dog/0.png"):
        quarantine.set_aside(folder, {folder / picture: "worn"}, batch="morning")
    quarantine.set_aside(folder, {folder / "cat" / "1.JPG": "noon"})
    quarantine.relabel(folder, {folder / "dog" / "1.JPG": "cat"}, "evening")
    assert [move.now for move in quarantine.undo(folder)] == ["dog/1.JPG"]
    assert sorted(move.now for move in quarantine.undo(folder, "morning")) == ["cat/0.png", "dog/0.png"]
    assert [move.reason for move in quarantine.journal(folder)] == ["noon"]
    with pytest.raises(QuarantineError, match="no batch morning of moves"):
        quarantine.undo(folder, "morning")
    quarantine.relabel(folder, {folder / "dog" / "1.JPG": "cat"}, "evening")
    quarantine.undo(folder, "all")
    assert tree(folder) == before


def test_moves_on_moves_are_undone_in_order(folder: Path) -> None:
    before = tree(folder)
    first = quarantine.relabel(folder, {folder / "cat" / "0.png": "fox"}, "x")[0]
    quarantine.set_aside(folder, {folder / "fox" / "0.png": "y"})
    with pytest.raises(QuarantineError, match=r"fox/0\.png was moved again since; undo the batch .* first"):
        quarantine.undo(folder, first.batch)
    quarantine.undo(folder, "all")
    assert tree(folder) == before


def test_undo_overwrites_nothing_and_says_what_is_gone(folder: Path) -> None:
    quarantine.set_aside(folder, {folder / "cat" / name: "worn" for name in ("0.png", "1.JPG")})
    (folder / "cat" / "0.png").write_text("new")
    (folder / "_quarantine" / "cat" / "1.JPG").unlink()
    back = quarantine.undo(folder)
    assert {move.picture: move.now for move in back} == {
        "_quarantine/cat/0.png": "cat/0-2.png",
        "_quarantine/cat/1.JPG": "",
    }
    assert (folder / "cat" / "0.png").read_text() == "new"
    assert (folder / "cat" / "0-2.png").read_text() == "cat 0.png"
    assert not (folder / "_quarantine").exists()


def test_a_second_picture_of_a_name_does_not_replace_the_first_in_quarantine(folder: Path) -> None:
    quarantine.set_aside(folder, {folder / "cat" / "0.png": "worn"})
    (folder / "cat" / "0.png").write_text("new")
    assert quarantine.set_aside(folder, {folder / "cat" / "0.png": "worn"})[0].now == "_quarantine/cat/0-2.png"
    assert (folder / "_quarantine" / "cat" / "0.png").read_text() == "cat 0.png"


@pytest.mark.parametrize("halves", [0, 1, 3])
def test_a_kill_in_the_midst(halves: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move is a link and an unlink. The process ends before the first, between them, or in the second move."""
    before = tree(folder)
    calls = 0

    def until(call: object) -> object:
        def counted(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls > halves:
                raise KeyboardInterrupt
            return call(*args, **kwargs)  # type: ignore[operator]

        return counted

    reasons = {folder / "cat" / name: "worn" for name in ("0.png", "1.JPG", NASTY)}
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", until(os.link))
        patch.setattr(Path, "unlink", until(Path.unlink))
        with pytest.raises(KeyboardInterrupt):
            quarantine.set_aside(folder, reasons)
    assert set(before.values()) <= set(tree(folder).values())
    quarantine.undo(folder)
    assert tree(folder) == before


def test_file_systems_without_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*args: object, **kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    before = tree(folder)
    quarantine.set_aside(folder, {folder / "cat" / "0.png": "worn"})
    assert (folder / "_quarantine" / "cat" / "0.png").read_bytes() == before["cat/0.png"]
    quarantine.undo(folder)
    assert tree(folder) == before


def test_an_error_of_the_disk_keeps_what_was_moved_undoable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(folder)
    link = os.link

    def full(source: Path, target: Path, **options: bool) -> None:
        if source.name == "1.JPG":
            raise FileExistsError(17, "File exists")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(QuarantineError, match=r"cat/1\.JPG can't be moved to _quarantine/cat/1\.JPG: File exists"):
        quarantine.set_aside(folder, {folder / "cat" / name: "worn" for name in ("0.png", "1.JPG", NASTY)})
    assert [move.picture for move in quarantine.journal(folder)] == ["cat/0.png"]
    quarantine.undo(folder)
    assert tree(folder) == before


def test_a_folder_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "dog")
    with pytest.raises(QuarantineError, match=r"pets/dog can't be written, so nothing was moved"):
        quarantine.set_aside(folder, {folder / "cat" / "0.png": "worn", folder / "dog" / "0.png": "worn"})
    assert tree(folder) == before


def test_what_is_no_picture_of_the_folder_stays(folder: Path, tmp_path: Path) -> None:
    before = tree(folder)
    (tmp_path / "other.png").touch()
    good = folder / "cat" / "0.png"
    for wrong, message in {
        tmp_path / "other.png": "is not in .*pets; name it as",
        folder / ".." / "other.png": "no picture in that folder",
        folder / "cat" / "gone.png": "is no longer there",
        folder / "groups.tsv": "no picture in that folder",
    }.items():
        with pytest.raises(QuarantineError, match=message):
            quarantine.set_aside(folder, {good: "worn", wrong: "worn"})
    for label in ("", "..", "a/b", "_quarantine", ".git"):
        with pytest.raises(QuarantineError, match="no name for a label's folder"):
            quarantine.relabel(folder, {good: label}, "x")
    assert tree(folder) == before


@pytest.mark.parametrize("place", ["../stolen.png", "/tmp/stolen.png", "cat/.bashrc", "a/../../stolen.png"])
def test_a_hostile_journal_moves_nothing(place: str, folder: Path, tmp_path: Path) -> None:
    for row in ((place, "cat/0.png"), ("cat/new.png", place)):
        (folder / "_quarantine").mkdir(exist_ok=True)
        line = "\t".join([*row, "reason", "when", "batch"])
        (folder / "_quarantine" / "journal.tsv").write_text(f"picture\tnow\treason\twhen\tbatch\n{line}\n")
        before = tree(tmp_path)
        with pytest.raises(QuarantineError, match="which is no picture in that folder; nothing was moved"):
            quarantine.undo(folder)
        assert tree(tmp_path) == before


def test_a_damaged_journal(folder: Path) -> None:
    (folder / "_quarantine").mkdir()
    (folder / "_quarantine" / "journal.tsv").write_text("picture\nx.png\n")
    with pytest.raises(QuarantineError, match=r"journal\.tsv is damaged: each line needs 5 columns"):
        quarantine.undo(folder)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_groups_follow_a_picture_to_its_new_label(end: str, folder: Path) -> None:
    new = end or "\n"
    table = f"note\tpicture\tgroup{new}x\tcat/0.png\tfilm ☃{end}".encode()
    (folder / "groups.tsv").write_bytes(table)
    quarantine.set_aside(folder, {folder / "dog" / "1.JPG": "worn"})
    assert (folder / "groups.tsv").read_bytes() == table
    quarantine.relabel(folder, {folder / "cat" / "0.png": "fox", folder / "cat" / "1.JPG": "fox"}, "x")
    assert (folder / "groups.tsv").read_bytes() == table + f"{new if not end else ''}\tfox/0.png\tfilm ☃{new}".encode()


def test_links_are_moved_themselves(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "real.png").write_text("real")
    (folder / "cat" / "link.png").symlink_to(tmp_path / "real.png")
    (folder / "cat" / "dead.png").symlink_to(tmp_path / "nowhere.png")
    quarantine.set_aside(folder, {folder / "cat" / name: "worn" for name in ("link.png", "dead.png")})
    assert (folder / "_quarantine" / "cat" / "link.png").is_symlink()
    quarantine.undo(folder)
    assert (folder / "cat" / "link.png").read_text() == (tmp_path / "real.png").read_text() == "real"
    assert (folder / "cat" / "dead.png").is_symlink()


def test_the_journal_is_never_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quarantine.set_aside(folder, {folder / "cat" / "0.png": "worn"})
    before = quarantine.journal(folder)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        quarantine.set_aside(folder, {folder / "cat" / "1.JPG": "worn"})
    assert quarantine.journal(folder) == before
    assert (folder / "cat" / "1.JPG").exists()
