"""Labelled folders are read, checked and split; every fault of a folder is said with its name and the remedy."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers import encode, scene
from PIL import Image, ImageEnhance

from snowpeople import dataset, drawing
from snowpeople.dataset import DatasetError


def noise(seed: int) -> Image.Image:
    """Coloured patches, as different from those of another seed as two pictures can be."""
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three different pictures of each of two labels."""
    for label in ("cat", "dog"):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for number in range(3):
            noise(number + 10 * (label == "dog")).save(tmp_path / "pets" / label / f"{number}.png")
    return tmp_path / "pets"


def test_a_folder_a_label(folder: Path) -> None:
    data = dataset.load(folder)
    assert data.vocabulary == ["cat", "dog"]
    names = [path.relative_to(folder).as_posix() for path in data.pictures]
    assert list(zip(names, data.labels, strict=True)) == [
        (f"{label}/{number}.png", label) for label in ("cat", "dog") for number in range(3)
    ]
    assert data.counts() == {"cat": (3, 3), "dog": (3, 3)}
    assert (len(data), data.unreadable) == (6, {})


def test_pictures_in_folders_further_down_have_the_label_of_the_first(folder: Path) -> None:
    (folder / "cat" / "dog").mkdir()
    noise(5).save(folder / "cat" / "dog" / "deep.JPG", "JPEG")
    assert dataset.load(folder).counts() == {"cat": (4, 4), "dog": (3, 3)}


def test_the_progress_sees_each_picture(folder: Path) -> None:
    seen: list[Path] = []

    def progress(files: Sequence[Path]) -> Iterator[Path]:
        for file in files:
            seen.append(file)
            yield file

    assert dataset.load(folder, progress).pictures == seen


def test_a_missing_folder(tmp_path: Path) -> None:
    for missing in (tmp_path / "nowhere", tmp_path / "file"):
        (tmp_path / "file").touch()
        with pytest.raises(DatasetError, match=rf"{missing.name} is not a folder\. Name a folder"):
            dataset.load(missing)


def test_fewer_than_two_labels(folder: Path) -> None:
    shutil.rmtree(folder / "dog")
    with pytest.raises(DatasetError, match=r"pets holds one folder of pictures \(cat\); a classifier needs"):
        dataset.load(folder)
    shutil.rmtree(folder / "cat")
    with pytest.raises(DatasetError, match=r"pets holds no folder of pictures; a classifier needs"):
        dataset.load(folder)


def test_a_label_without_pictures(folder: Path) -> None:
    (folder / "eel").mkdir()
    (folder / "eel" / "notes.txt").touch()
    with pytest.raises(DatasetError, match=r"no picture in \S*pets/eel can be opened\. Add pictures"):
        dataset.load(folder)


def test_a_label_with_unreadable_pictures_only(folder: Path) -> None:
    (folder / "eel").mkdir()
    (folder / "eel" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="pets/eel can be opened"):
        dataset.load(folder)


def test_unreadable_pictures_are_listed_with_the_reason_and_left_alone(folder: Path) -> None:
    whole = encode(scene(), "JPEG")
    bad = {"empty.jpg": b"", "text.jpg": b"hello", "half.jpg": whole[: len(whole) // 2]}
    for name, content in bad.items():
        (folder / "cat" / name).write_bytes(content)
    data = dataset.load(folder)
    assert {file.name: reason.split(":")[0] for file, reason in data.unreadable.items()} == {
        "empty.jpg": "This file is empty",
        "half.jpg": "This picture is cut off or damaged",
        "text.jpg": "This file is not a picture",
    }
    assert data.counts() == {"cat": (3, 3), "dog": (3, 3)}
    assert {name: (folder / "cat" / name).read_bytes() for name in bad} == bad


def test_hidden_files_and_folders_are_ignored(folder: Path) -> None:
    for hidden in (".hidden.png", "._0.png", ".ipynb_checkpoints/0-checkpoint.png", ".thumbnails/more/0.png"):
        path = folder / "cat" / hidden
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not even a picture")
    (folder / ".git").mkdir()
    data = dataset.load(folder)
    assert (data.counts(), data.unreadable) == ({"cat": (3, 3), "dog": (3, 3)}, {})


def test_any_name_of_a_label(folder: Path) -> None:
    names = ["a b", "<b>&amp;", "☃️ 雪", "line\nbreak", 'tab\t"quote"', "-rf", "100%"]
    for number, name in enumerate(names):
        (folder / name).mkdir()
        noise(50 + number).save(folder / name / f"{name}.png")
    data = dataset.load(folder)
    assert data.vocabulary == sorted(["cat", "dog", *names])
    assert not data.unreadable


def test_many_labels_without_pictures_are_not_all_named(folder: Path) -> None:
    for number in range(1000):
        (folder / f"{number:03}").mkdir()
    with pytest.raises(DatasetError, match=r"no picture in \S+/000, .*/004 and 995 more can be opened"):
        dataset.load(folder)


def test_links(folder: Path, tmp_path: Path) -> None:
    """Those that go round in circles end, those that lead elsewhere are followed, those that lead nowhere are named."""
    (folder / "cat" / "round").symlink_to(folder / "cat")
    (folder / "cat" / "up").symlink_to(folder)
    (folder / "all").symlink_to(folder)
    (folder / "above").symlink_to(tmp_path)
    (folder / "self").symlink_to(folder / "self")
    (folder / "dog").rename(tmp_path / "elsewhere")
    (folder / "dog").symlink_to(tmp_path / "elsewhere")
    (folder / "cat" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    data = dataset.load(folder)
    assert data.counts() == {"cat": (3, 3), "dog": (3, 3)}
    assert [path.name for path in data.unreadable] == ["lost.png"]


def test_pipes_are_no_pictures(folder: Path) -> None:
    os.mkfifo(folder / "cat" / "pipe.png")
    assert dataset.load(folder).counts() == {"cat": (3, 3), "dog": (3, 3)}


def denied(look: Callable[[str | Path], object]) -> Callable[[str | Path], object]:
    """A function that looks into folders, save one that is locked."""

    def call(path: str | Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    return call


def test_folders_that_cannot_be_opened_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "cat" / "locked").mkdir()
    for name in ("scandir", "listdir"):  # chmod would not stop root
        monkeypatch.setattr(os, name, denied(getattr(os, name)))
    data = dataset.load(folder)
    assert data.unreadable == {folder / "cat" / "locked": "This folder can't be opened: Permission denied."}
    assert len(data) == 6
    folder.rename(folder.with_name("locked"))
    with pytest.raises(DatasetError, match="locked can't be opened: permission denied"):
        dataset.load(folder.with_name("locked"))


def test_huge_files_are_refused(folder: Path) -> None:
    with (folder / "cat" / "huge.jpg").open("wb") as file:
        file.write(b"\xff\xd8\xff")
        file.truncate(2**40)
    data = dataset.load(folder)
    assert data.unreadable[folder / "cat" / "huge.jpg"].startswith("This file has more than 30 MB")


@pytest.fixture
def divided(folder: Path) -> Path:
    """The same pictures, all to learn from, beside one of each label to validate on and one to test on."""
    for label in ("cat", "dog"):
        for number, side in enumerate(("Train", "valid", "test")):
            (folder / side / label).mkdir(parents=True)
            noise(100 + number + 10 * (label == "dog")).save(folder / side / label / f"{side}.png")
        for file in (folder / label).iterdir():
            file.rename(folder / "Train" / label / file.name)
        (folder / label).rmdir()
    return folder


def test_a_folder_that_is_split_keeps_its_split(divided: Path) -> None:
    data = dataset.load(divided)
    assert data.counts() == {"cat": (5, 5), "dog": (5, 5)}
    train, valid = data.split(0.5, seed=3)
    assert [data.pictures[i].relative_to(divided).as_posix() for i in valid] == [
        "valid/cat/valid.png",
        "valid/dog/valid.png",
    ]
    assert {data.pictures[i].parts[-3] for i in train} == {"Train"}
    part = data.subset([valid[0], *train])
    assert part.split() == (list(range(1, 9)), [0])


def test_without_a_validation_folder_the_test_folder_is_validated_on(divided: Path) -> None:
    shutil.rmtree(divided / "valid")
    data = dataset.load(divided)
    assert [data.pictures[i].name for i in data.split()[1]] == ["test.png", "test.png"]


def test_folds_take_all_pictures_of_a_split_folder(divided: Path) -> None:
    data = dataset.load(divided)
    assert sorted(i for _, valid in data.folds(2) for i in valid) == list(range(10))


def test_copies_of_validation_pictures_are_not_learnt(divided: Path) -> None:
    shutil.copy(divided / "valid" / "cat" / "valid.png", divided / "Train" / "cat" / "copy.png")
    data = dataset.load(divided)
    train, valid = data.split()
    assert "copy.png" not in {data.pictures[i].name for i in (*train, *valid)}
    (divided / "groups.tsv").write_text(
        "picture\tgroup\n" + "".join(f"{p.relative_to(divided)}\tone\n" for p in data.pictures)
    )
    with pytest.raises(
        DatasetError, match=r"every training picture of cat, dog in .* is a copy of a validation picture"
    ):
        dataset.load(divided).split()


def test_a_label_that_is_only_validated_on(divided: Path) -> None:
    shutil.rmtree(divided / "Train" / "dog")
    with pytest.raises(DatasetError, match=r"no picture in \S+/Train/dog can be opened"):
        dataset.load(divided)


def test_a_label_may_be_called_train(folder: Path) -> None:
    (folder / "cat").rename(folder / "train")
    assert dataset.load(folder).vocabulary == ["dog", "train"]
    (folder / "dog").rename(folder / "test")
    assert dataset.load(folder).vocabulary == ["test", "train"]
    assert dataset.load(folder).given is None


def test_near_copies_share_a_group_and_different_pictures_do_not(tmp_path: Path) -> None:
    originals = {label: [drawing.draw(label, seed, size=96) for seed in range(8)] for label in drawing.LABELS}
    for label, pictures in originals.items():
        (tmp_path / label).mkdir()
        for number, picture in enumerate(pictures):
            path = tmp_path / label / f"{number}.png"
            picture.save(path)
            copies = {
                "encoded": encode(picture, "JPEG", quality=75),
                "larger": encode(picture.resize((204, 200), Image.Resampling.BICUBIC), "PNG"),
                "brighter": encode(ImageEnhance.Brightness(picture).enhance(1.05), "PNG"),
            }
            for name, content in copies.items():
                path.with_name(f"{number}-{name}.png").write_bytes(content)
    data = dataset.load(tmp_path)
    numbers = [f"{path.parent.name}/{path.stem.split('-')[0]}" for path in data.pictures]
    together = {group: {n for n, g in zip(numbers, data.groups, strict=True) if g == group} for group in data.groups}
    assert all(len(sources) == 1 for sources in together.values())
    assert len(together) <= 1.1 * 24  # a copy in twenty may look different to so small a hash


def test_groups_from_the_table(folder: Path) -> None:
    rows = ["picture\tgroup\tnote", "cat/0.png\tfilm\tx", "cat/1.png\tfilm\ty", "dog/0.png\tfilm\tz", "gone.png\tg\t"]
    (folder / "groups.tsv").write_text("\n".join(rows) + "\n")
    data = dataset.load(folder)
    assert data.groups == ["film", "film", "like cat/2.png", "film", "like dog/1.png", "like dog/2.png"]


def test_pictures_that_the_table_does_not_name_are_grouped_by_likeness(folder: Path) -> None:
    shutil.move(folder / "cat" / "0.png", folder / "cat" / "film.png")
    shutil.copy(folder / "cat" / "film.png", folder / "cat" / "named-copy.png")
    shutil.move(folder / "cat" / "2.png", folder / "cat" / "original.png")
    shutil.copy(folder / "cat" / "original.png", folder / "cat" / "copy.png")
    (folder / "groups.tsv").write_text("picture\tgroup\ncat/film.png\tfilm\n")
    data = dataset.load(folder)
    groups = {path.stem: group for path, group in zip(data.pictures, data.groups, strict=True)}
    assert groups["named-copy"] == groups["film"] == "film"
    assert groups["copy"] == groups["original"] == "like cat/copy.png"
    assert groups["1"] == "like dog/1.png"


def test_a_table_from_a_spreadsheet(folder: Path) -> None:
    (folder / "groups.tsv").write_bytes("picture\tgroup\r\ncat/0.png\tfilm\r\n".encode("utf-8-sig"))
    assert dataset.load(folder).groups[0] == "film"


@pytest.mark.parametrize("content", ["picture,group\ncat/0.png,film\n", "file\tgroup\ncat/0.png\tfilm\n", ""])
def test_a_table_without_the_columns(content: str, folder: Path) -> None:
    (folder / "groups.tsv").write_text(content)
    with pytest.raises(DatasetError, match=r"pets/groups\.tsv needs the columns picture and group"):
        dataset.load(folder)


def test_a_table_that_is_no_text(folder: Path) -> None:
    (folder / "groups.tsv").write_bytes("picture\tgroup\ncat/0.png\té\n".encode("latin-1"))
    with pytest.raises(DatasetError, match=r"pets/groups\.tsv can't be read.*UTF-8"):
        dataset.load(folder)


def test_subset_keeps_the_order(folder: Path) -> None:
    part = dataset.load(folder).subset([4, 0])
    assert [path.name for path in part.pictures] == ["1.png", "0.png"]
    assert (part.labels, part.groups) == (["dog", "cat"], ["like dog/1.png", "like cat/0.png"])
