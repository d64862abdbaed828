"""Copies of pictures, in a folder for each label."""

import errno
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from helpers import encode, scene

from snowpeople import Prediction
from snowpeople.classify.outcomes import Outcome
from snowpeople.classify.sorting import LeftOutError, Sorter, SortError, rooms
from snowpeople.classify.sources import Item

LABELS = ("olaf", "neither")


def classified(source: Path | bytes, label: str = "olaf", name: str = "-", **more: Any) -> Outcome:
    item = Item(str(source), source) if isinstance(source, Path) else Item(name, **more)
    return Outcome(item, Prediction(label, 1.0, {label: 1.0}), source=source)


def photo(folder: Path, name: str = "a.jpg", data: bytes = b"one") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_picture_is_copied_to_its_label_and_stays(tmp_path: Path) -> None:
    source = photo(tmp_path / "photos")
    os.utime(source, ns=(10**18, 10**18))
    copy = Sorter(tmp_path / "new" / "sorted", LABELS).copy(classified(source, "neither"))
    assert copy == tmp_path / "new" / "sorted" / "neither" / "a.jpg"
    assert source.read_bytes() == copy.read_bytes() == b"one"
    assert copy.stat().st_mtime_ns == 10**18


def test_nothing_is_overwritten_and_nothing_copied_twice(tmp_path: Path) -> None:
    out = tmp_path / "sorted"
    one, two = photo(tmp_path / "1"), photo(tmp_path / "2", data=b"two")
    for _ in range(2):  # a second run finds what the first has done
        sorter = Sorter(out, LABELS)
        copies = [sorter.copy(classified(source)).name for source in (one, two, one)]
        assert copies == ["a.jpg", "a-2.jpg", "a.jpg"]
        assert tree(out) == {"olaf/a.jpg": b"one", "olaf/a-2.jpg": b"two"}


def test_not_even_what_somebody_else_writes_at_that_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def link(part: Path, path: Path) -> None:
        if not path.exists() and path.name == "a.jpg":
            path.write_bytes(b"theirs")
        real(part, path)

    monkeypatch.setattr(os, "link", link)
    assert Sorter(tmp_path / "sorted", LABELS).copy(classified(photo(tmp_path))).name == "a-2.jpg"
    assert tree(tmp_path / "sorted") == {"olaf/a.jpg": b"theirs", "olaf/a-2.jpg": b"one"}


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    Sorter(tmp_path / "sorted", LABELS).copy(classified(photo(tmp_path)))
    assert tree(tmp_path / "sorted") == {"olaf/a.jpg": b"one"}


def test_a_full_disk_ends_it_with_a_sentence_and_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(SortError, match=r"sorted can't be written: No space left on device\. What is copied"):
        Sorter(tmp_path / "sorted", LABELS).copy(classified(photo(tmp_path)))
    assert tree(tmp_path / "sorted") == {}


def test_a_picture_that_has_gone_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Sorter(tmp_path / "sorted", LABELS).copy(classified(tmp_path / "gone.jpg"))
    assert tree(tmp_path) == {}


@pytest.mark.skipif(os.name == "nt", reason="links there need a right")
def test_a_link_can_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "sorted").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sorted" / "olaf").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LeftOutError, match="leads out"):
        Sorter(tmp_path / "sorted", LABELS).copy(classified(photo(tmp_path)))


def test_a_file_is_no_place_to_sort_into(tmp_path: Path) -> None:
    with pytest.raises(SortError, match="is a file"):
        Sorter(photo(tmp_path), LABELS)


def test_labels_become_names_of_folders() -> None:
    named = rooms(["sea otter", "sea_otter", "Sea Otter", "../up", "CON", "", "a/b", "."])
    assert list(named) == ["sea otter", "sea_otter", "Sea Otter", "../up", "CON", "", "a/b", ".", "neither"]
    assert list(named.values())[:2] == ["sea_otter", "sea_otter_"]
    assert len({name.casefold() for name in named.values()}) == len(named)
    assert not any("/" in name or name in ("", ".", "..", "CON") for name in named.values())


def test_what_is_no_file_gets_a_sensible_name(tmp_path: Path) -> None:
    sorter = Sorter(tmp_path, LABELS)
    png = encode(scene(), "PNG")
    time = datetime(2026, 11, 28, 7, 13, 25, tzinfo=timezone.utc)
    names = {
        "-": "stdin.png",
        "https://example.com/my%20otter.jpg?size=3": "my otter.jpg",
        "https://example.com/": "example.com.png",
        "https://example.com/%2e%2e%2fup": "_up.png",
        "s3://bucket/a.heic": "a.heic",
    }
    for name, expected in names.items():
        assert sorter.copy(classified(png, name=name)) == tmp_path / "olaf" / expected
    assert sorter.copy(classified(png, name="camera 0", time=time)).name == "camera 0 2026-11-28 07.13.25.png"
    assert sorter.copy(classified(png, name="rtsp://10.0.0.9:554/door", time=time)).name.startswith("door 2026")
