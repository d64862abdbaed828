"""Labelled folders are read, checked and split; every fault of a folder is said with its name and the remedy."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from helpers import encode, scene
from PIL import Image, ImageEnhance

from snowpeople import dataset, drawing, likeness
from snowpeople.dataset import Dataset, DatasetError


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


def labelled(*sizes: tuple[str, str, int]) -> Dataset:
    """A data set of groups, each given as its label, its name and its number of pictures."""
    rows = [(Path(f"{label}/{group}-{i}.png"), label, group) for label, group, size in sizes for i in range(size)]
    pictures, labels, groups = zip(*rows, strict=True)
    return Dataset(Path(), list(pictures), list(labels), list(groups))


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


def test_noise_on_plain_areas_is_no_difference() -> None:
    plain = Image.new("RGB", (17, 16), (90, 140, 200))
    plain.paste((200, 60, 60), (5, 3, 12, 13))
    worn = np.asarray(plain, np.int16) + np.random.default_rng(0).integers(-1, 2, (16, 17, 1))
    hashes = [likeness.likeness_hash(picture) for picture in (plain, Image.fromarray(worn.astype(np.uint8)))]
    assert np.bitwise_count(hashes[0] ^ hashes[1]).sum() <= likeness.NEAR_BITS


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


def assert_sound(data: Dataset, train: list[int], valid: list[int]) -> None:
    assert sorted(train + valid) == list(range(len(data)))
    assert {data.groups[i] for i in train}.isdisjoint(data.groups[i] for i in valid)
    assert {data.labels[i] for i in train} == set(data.labels)


def test_split_never_divides_a_group_whatever_the_groups() -> None:
    for seed in range(60):
        rng = Random(seed)
        labels = ["a", "b", "c"][: rng.choice([2, 3])]
        sizes = [(label, f"{label}{i}", rng.choice([1, 1, 2, 5])) for label in labels for i in range(rng.randint(1, 9))]
        # Some groups hold pictures of two labels.
        mixed = [(rng.choice(labels), f"{rng.choice(labels)}{rng.randrange(9)}", 1) for _ in range(3)]
        data = labelled(*sizes, *mixed)
        assert_sound(data, *data.split(rng.choice([0.1, 0.2, 0.5]), seed))


def test_split_is_the_same_for_a_seed_and_differs_between_seeds() -> None:
    data = labelled(*((label, f"{label}{i}", 2) for label in ("a", "b") for i in range(20)))
    assert data.split(seed=3) == data.split(seed=3)
    assert len({tuple(data.split(seed=seed)[1]) for seed in range(5)}) == 5


def test_split_holds_about_the_share_of_each_label() -> None:
    data = labelled(*((label, f"{label}{i}", 2) for label, n in (("a", 50), ("b", 20)) for i in range(n)))
    for share in (0.1, 0.2, 0.4):
        counts = data.subset(data.split(share)[1]).counts()
        assert counts["a"][0] == pytest.approx(100 * share, abs=2)
        assert counts["b"][0] == pytest.approx(40 * share, abs=2)


@pytest.mark.parametrize("groups", [2, 3, 4, 9])
def test_a_label_with_two_groups_or_more_is_on_both_sides(groups: int) -> None:
    data = labelled(*((label, f"{label}{i}", 1) for label in ("a", "b") for i in range(groups)))
    train, valid = data.split(0.2)
    assert_sound(data, train, valid)
    assert {data.labels[i] for i in valid} == {"a", "b"}


def test_a_label_with_one_group_is_learnt_only() -> None:
    data = labelled(("a", "only", 9), *(("b", f"b{i}", 1) for i in range(9)))
    train, valid = data.split(0.2)
    assert_sound(data, train, valid)
    assert {data.labels[i] for i in valid} == {"b"}


def test_a_giant_group_stays_in_training() -> None:
    data = labelled(("a", "giant", 40), *(("a", f"a{i}", 1) for i in range(20)), *(("b", f"b{i}", 1) for i in range(9)))
    for seed in range(20):
        assert "giant" not in {data.groups[i] for i in data.split(0.5, seed)[1]}
    pair = labelled(("a", "giant", 40), ("a", "small", 2), *(("b", f"b{i}", 1) for i in range(9)))
    assert {pair.groups[i] for i in pair.split()[1] if pair.labels[i] == "a"} == {"small"}


@pytest.mark.parametrize("share", [0, 1, -0.1, 20])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(ValueError, match="share between 0 and 1"):
        labelled(("a", "x", 1), ("b", "y", 1)).split(share)


def test_folds_validate_each_picture_once_and_never_divide_a_group() -> None:
    for seed in range(40):
        rng = Random(seed)
        sizes = [(label, f"{label}{i}", rng.choice([1, 1, 2, 5])) for label in "abc" for i in range(rng.randint(5, 12))]
        data = labelled(*sizes)
        folds = data.folds(rng.choice([2, 3, 5]), seed)
        assert sorted(i for _, valid in folds for i in valid) == list(range(len(data)))
        for train, valid in folds:
            assert_sound(data, train, valid)


def test_folds_spread_each_label() -> None:
    data = labelled(*((label, f"{label}{i}", 1 + i % 3) for label, n in (("a", 60), ("b", 20)) for i in range(n)))
    for _, valid in data.folds(5):
        counts = data.subset(valid).counts()
        assert counts["a"][0] == pytest.approx(120 / 5, abs=2)
        assert counts["b"][0] == pytest.approx(39 / 5, abs=2)


def test_what_a_label_cannot_do_without_is_learnt_in_every_fold() -> None:
    mixed = [("a", "only", 1), ("b", "only", 3), *(("b", f"b{i}", 1) for i in range(9))]
    data = labelled(*mixed, ("c", "c0", 2), ("c", "c1", 1))
    folds = data.folds(3)
    for train, valid in folds:
        assert_sound(data, train, valid)
        assert "only" not in {data.groups[i] for i in valid}
    assert sum(len(valid) for _, valid in folds) == len(data) - 4


def test_folds_are_the_same_for_a_seed_and_differ_between_seeds() -> None:
    data = labelled(*((label, f"{label}{i}", 1) for label in "ab" for i in range(20)))
    assert data.folds(4, seed=3) == data.folds(4, seed=3) != data.folds(4, seed=4)


def test_more_folds_than_groups() -> None:
    data = labelled(("a", "x", 3), ("a", "y", 1), ("b", "z", 5))
    with pytest.raises(DatasetError, match=r"only 2 groups of pictures can be validated on, too few for 3 folds\. Ask"):
        data.folds(3)
    with pytest.raises(ValueError, match="2 or more, not 1"):
        data.folds(1)
