"""Every fault is found and named, suspects are set aside and come back, and nothing else is touched."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import encode, scene
from PIL import Image, ImageDraw, ImageEnhance

from snowpeople.dataset import DatasetError, load
from snowpeople.verify import clean, quarantine, verify
from snowpeople.verify.findings import Findings
from snowpeople.verify.quarantine import QuarantineError


def noise(seed: int, size: int = 64) -> Image.Image:
    """Coloured patches, as different from those of another seed as two pictures can be."""
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three different pictures of each of two labels, and nothing wrong with any."""
    for label in ("cat", "dog"):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for number in range(3):
            noise(number + 10 * (label == "dog")).save(tmp_path / "pets" / label / f"{number}.png")
    return tmp_path / "pets"


@pytest.fixture
def divided(folder: Path) -> Path:
    """The same pictures to learn from, beside one of each label to validate on and one to test on."""
    for label in ("cat", "dog"):
        for number, side in enumerate(("valid", "test")):
            (folder / side / label).mkdir(parents=True)
            noise(100 + number + 10 * (label == "dog")).save(folder / side / label / f"{side}.png")
        (folder / "train").mkdir(exist_ok=True)
        (folder / label).rename(folder / "train" / label)
    return folder


def found(folder: Path) -> dict[str, tuple[str, str]]:
    """Kind and reason for each suspect."""
    suspects = verify(folder).suspects
    return {each.picture.relative_to(folder).as_posix(): (each.kind, each.reason) for each in suspects}


def tree(folder: Path) -> dict[str, bytes | None]:
    paths = sorted(folder.rglob("*"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in paths}


def test_nothing_where_all_is_well(folder: Path) -> None:
    findings = verify(folder)
    assert (findings.suspects, findings.problems(), findings.warnings()) == ([], [], [])
    assert findings.checked == {"cat": 3, "dog": 3}
    assert str(findings) == f"{folder}: 6 pictures of 2 labels, nothing found"
    assert clean(findings) == []
    assert not (folder / "_quarantine").exists()


def test_the_progress_sees_each_picture(folder: Path) -> None:
    seen: list[Path] = []
    verify(folder, progress=lambda files: (seen.append(file) or file for file in files))  # type: ignore[func-returns-value]
    assert [path.name for path in seen] == ["0.png", "1.png", "2.png"] * 2


def test_unreadable_pictures(folder: Path) -> None:
    whole = encode(scene(), "JPEG")
    for name, content in {"empty.jpg": b"", "text.jpg": b"hello", "half.jpg": whole[: len(whole) // 2]}.items():
        (folder / "cat" / name).write_bytes(content)
    with (folder / "cat" / "huge.jpg").open("wb") as file:
        file.truncate(2**40)
    assert {name: (kind, reason.split(":")[0]) for name, (kind, reason) in found(folder).items()} == {
        "cat/empty.jpg": ("unreadable", "This file is empty"),
        "cat/half.jpg": ("unreadable", "This picture is cut off or damaged"),
        "cat/huge.jpg": ("unreadable", "This file has more than 30 MB"),
        "cat/text.jpg": ("unreadable", "This file is not a picture"),
    }


def test_what_the_disk_refuses_is_named_and_stays(folder: Path) -> None:
    (folder / "cat" / "lost.png").symlink_to(folder / "nowhere.png")
    assert found(folder) == {"cat/lost.png": ("no access", "the file can't be opened: No such file or directory")}
    assert verify(folder).aside(near=True) == {}


def test_small_pictures(folder: Path) -> None:
    noise(50, 31).save(folder / "cat" / "small.png")
    noise(51, 32).save(folder / "cat" / "just enough.png")
    assert found(folder) == {"cat/small.png": ("too small", "31 × 31 pixels, where 32 are the least")}
    assert len(verify(folder, smallest=65).aside()) == 8


def test_blank_pictures(folder: Path) -> None:
    rng = np.random.default_rng(0)
    Image.new("RGB", (64, 64), "white").save(folder / "cat" / "white.png")
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(folder / "cat" / "transparent.png")
    dark = Image.fromarray(rng.integers(0, 12, (300, 200, 3), np.uint8))
    dark.save(folder / "cat" / "lens cap.png")
    # Little in them, but something: a small figure on white, a soft shade.
    figure = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(figure).ellipse((90, 90, 112, 112), "red")
    figure.save(folder / "dog" / "figure.png")
    shade = np.broadcast_to(np.linspace(100, 160, 64)[:, None], (64, 64))
    Image.fromarray(shade.astype(np.uint8)).save(folder / "dog" / "shade.png")
    assert {name: kind for name, (kind, _) in found(folder).items()} == dict.fromkeys(
        ["cat/lens cap.png", "cat/transparent.png", "cat/white.png"], "blank"
    )


def test_misnamed_pictures_are_renamed_when_asked(folder: Path) -> None:
    for name, kind in {"a.jpg": "PNG", "b.PNG": "JPEG", "c.JPEG": "JPEG", "d.TIF": "TIFF", "e.jpg": "HEIF"}.items():
        (folder / "cat" / name).write_bytes(encode(noise(ord(name[0])), kind))
    (folder / "cat" / "a.png").write_bytes(encode(noise(200), "PNG"))
    assert found(folder) == {
        "cat/a.jpg": ("misnamed", "it is PNG, so should be named a.png"),
        "cat/b.PNG": ("misnamed", "it is JPEG, so should be named b.jpg"),
        "cat/e.jpg": ("misnamed", "it is HEIC, so should be named e.heic"),
    }
    before = tree(folder)
    assert clean(verify(folder)) == []
    moves = clean(verify(folder), fix=True)
    assert [(move.picture, move.now) for move in moves] == [
        ("cat/a.jpg", "cat/a-2.png"),
        ("cat/b.PNG", "cat/b.jpg"),
        ("cat/e.jpg", "cat/e.heic"),
    ]
    assert found(folder) == {}
    quarantine.undo(folder)
    assert tree(folder) == before


def test_copies_in_one_class_leave_one(folder: Path) -> None:
    (folder / "cat" / "deep").mkdir()
    for name in ("9.png", "deep/0.png"):
        shutil.copy(folder / "cat" / "0.png", folder / "cat" / name)
    assert found(folder) == {
        "cat/9.png": ("copy", "the same file as cat/0.png"),
        "cat/deep/0.png": ("copy", "the same file as cat/0.png"),
    }


def test_a_link_is_never_the_copy_that_is_kept(folder: Path) -> None:
    (folder / "cat" / "0.png").rename(folder / "cat" / "z.png")
    (folder / "cat" / "0.png").symlink_to(folder / "cat" / "z.png")
    assert found(folder) == {"cat/0.png": ("copy", "the same file as cat/z.png")}


def test_the_same_picture_in_two_classes_leaves_none(folder: Path) -> None:
    shutil.copy(folder / "cat" / "0.png", folder / "cat" / "again.png")
    shutil.copy(folder / "cat" / "0.png", folder / "dog" / "x.png")
    assert found(folder) == {
        "cat/0.png": ("copy across classes", "the same file as dog/x.png, of another class"),
        "cat/again.png": ("copy across classes", "the same file as dog/x.png, of another class"),
        "dog/x.png": ("copy across classes", "the same file as cat/0.png, of another class"),
    }


def near(folder: Path, picture: str, copy: str, quality: int = 70) -> None:
    (folder / copy).write_bytes(encode(Image.open(folder / picture), "JPEG", quality=quality))


def test_near_copies_in_one_class_are_set_aside_only_when_asked(folder: Path) -> None:
    near(folder, "cat/0.png", "cat/small.jpg", quality=40)
    ImageEnhance.Brightness(noise(0)).enhance(0.95).resize((200, 180)).save(folder / "cat" / "large.png")
    findings = verify(folder)
    assert {each.picture.name: (each.kind, each.reason) for each in findings.suspects} == {
        "0.png": ("near copy", "looks like cat/large.png"),
        "small.jpg": ("near copy", "looks like cat/large.png"),
    }
    assert findings.aside() == {}
    assert [path.name for path in findings.aside(near=True)] == ["0.png", "small.jpg"]
    # They are one group, so that no split divides them.
    assert load(folder).counts()["cat"] == (5, 3)


def test_near_copies_across_classes_are_named_on_both_sides(folder: Path) -> None:
    near(folder, "cat/0.png", "dog/x.jpg")
    findings = verify(folder)
    assert found(folder) == {
        "cat/0.png": ("near copy across classes", "looks like dog/x.jpg, of another class"),
        "dog/x.jpg": ("near copy across classes", "looks like cat/0.png, of another class"),
    }
    assert (findings.aside(), len(findings.aside(near=True))) == ({}, 2)


def test_the_ends_of_a_chain_of_near_copies_are_no_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each looks like the next, but the third no more like the first."""
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
    frames = [noise(0), Image.blend(noise(0), noise(1), 0.04), Image.blend(noise(0), noise(1), 0.08)]
    for number, frame in enumerate(frames):
        frame.save(tmp_path / "cat" / f"{number}.bmp")
    noise(5).save(tmp_path / "dog" / "0.png")
    hashes = [likeness_bits(frame) for frame in frames]
    gaps = [int((hashes[i] ^ hashes[j]).sum()) for i, j in ((0, 1), (1, 2), (0, 2))]
    monkeypatch.setattr("snowpeople.likeness.NEAR_BITS", max(gaps[:2]))
    assert gaps[2] > max(gaps[:2]) > 0
    assert found(tmp_path) == {"cat/1.bmp": ("near copy", "looks like cat/0.bmp")}


def likeness_bits(picture: Image.Image) -> np.ndarray:
    from snowpeople.likeness import likeness_hash

    return np.unpackbits(likeness_hash(picture))


def test_copies_across_a_split_leave_the_one_that_measures(divided: Path) -> None:
    shutil.copy(divided / "valid" / "cat" / "valid.png", divided / "train" / "cat" / "x.png")
    shutil.copy(divided / "test" / "dog" / "test.png", divided / "valid" / "dog" / "y.png")
    near(divided, "test/cat/test.png", "train/cat/z.jpg", quality=95)
    assert found(divided) == {
        "valid/dog/y.png": ("copy across the split", "the same file as test/dog/test.png, in test"),
        "train/cat/x.png": ("copy across the split", "the same file as valid/cat/valid.png, in validation"),
        "train/cat/z.jpg": ("near copy across the split", "looks like test/cat/test.png, in test"),
    }
    moves = clean(verify(divided))
    assert [move.now for move in moves] == ["_quarantine/train/cat/x.png", "_quarantine/valid/dog/y.png"]
    assert verify(divided).checked == {"cat": 6, "dog": 5}


def test_a_split_by_hand_is_checked_across_classes_too(divided: Path) -> None:
    shutil.copy(divided / "valid" / "cat" / "valid.png", divided / "train" / "dog" / "x.png")
    assert {kind for kind, _ in found(divided).values()} == {"copy across classes"}


def test_suspects_are_set_aside_with_their_reasons_and_come_back(folder: Path) -> None:
    (folder / "cat" / "broken.jpg").write_bytes(b"")
    shutil.copy(folder / "dog" / "0.png", folder / "dog" / "copy.png")
    near(folder, "cat/0.png", "cat/near.jpg")
    before = tree(folder)
    moves = clean(verify(folder))
    assert [(move.now, move.reason) for move in moves] == [
        ("_quarantine/cat/broken.jpg", "unreadable: This file is empty: please choose another one."),
        ("_quarantine/dog/copy.png", "copy: the same file as dog/0.png"),
    ]
    assert verify(folder).aside() == {}
    data = load(folder)
    assert (data.counts(), data.unreadable) == ({"cat": (4, 3), "dog": (3, 3)}, {})
    quarantine.undo(folder)
    assert tree(folder) == before


def test_a_read_only_folder_is_left_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "cat" / "broken.jpg").write_bytes(b"")
    before = tree(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(QuarantineError, match="can't be written, so nothing was moved"):
        clean(verify(folder))
    assert tree(folder) == before


def test_problems_and_warnings_are_about_what_is_left(folder: Path) -> None:
    for number in range(20):
        noise(30 + number).save(folder / "cat" / f"more {number}.png")
    for number in range(1, 3):
        (folder / "dog" / f"{number}.png").write_bytes(b"")
    (folder / "eel").mkdir()
    noise(60).save(folder / "beside.png")
    findings = verify(folder)
    assert findings.problems() == ["no usable picture of eel. Add pictures, or move the folder away."]
    assert findings.warnings() == [
        "Of dog there is one picture, or copies of one: none is left to check by. Add others.",
        "cat has 23 pictures, dog only 1. Add pictures of dog.",
        "beside.png: beside the folders of the labels, so of no label. Move to one what is to be learnt.",
    ]


def test_fewer_than_two_labels(folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder / "dog")
    assert verify(folder).problems()[0].startswith(f"{folder} holds one folder of pictures (cat); a classifier needs")
    assert verify(folder / "cat").problems()[0].startswith(f"{folder}/cat holds no folder of pictures")
    with pytest.raises(DatasetError, match="nowhere is not a folder"):
        verify(tmp_path / "nowhere")


def test_the_table_counts_by_kind_and_class(folder: Path) -> None:
    for label, count in {"cat": 25, "dog": 2}.items():
        for number in range(count):
            (folder / label / f"broken {number}.jpg").write_bytes(b"")
    noise(70, 20).save(folder / "dog" / "small.png")
    lines = verify(folder).table(most=5)
    assert lines[0] == f"{folder}: 34 pictures of 2 labels, 28 suspects"
    assert [line.split() for line in lines[2:5]] == [
        ["unreadable", "cat", "25"],
        ["unreadable", "dog", "2"],
        ["too", "small", "dog", "1"],
    ]
    assert lines[6] == "  cat/broken 0.jpg: unreadable: This file is empty: please choose another one."
    assert (len(lines), lines[-1]) == (12, "  and 23 more")


def test_a_document_for_programs(folder: Path) -> None:
    (folder / "cat" / "broken.jpg").write_bytes(b"")
    document = json.loads(json.dumps(verify(folder).document()))
    assert document["pictures"] == {"cat": 4, "dog": 3}
    assert document["suspects"] == [
        {
            "picture": "cat/broken.jpg",
            "label": "cat",
            "kind": "unreadable",
            "reason": "This file is empty: please choose another one.",
        }
    ]
    assert (document["problems"], document["warnings"]) == ([], [])


def test_any_order_of_threads_finds_the_same(folder: Path) -> None:
    shutil.copy(folder / "cat" / "0.png", folder / "cat" / "copy.png")
    near(folder, "dog/0.png", "dog/near.jpg")
    results: list[Findings] = [verify(folder, jobs=jobs) for jobs in (1, 2, 8)]
    assert results[0] == results[1] == results[2]
