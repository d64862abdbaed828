"""A folder that is watched."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snowpeople.classify.sources import Item
from snowpeople.classify.watching import Watch, WatchError

POLL, SETTLED = 0.01, 0.1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    (folder / "deep").mkdir(parents=True)
    (folder / "old.jpg").write_bytes(b"old")
    return folder


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def taken(folder: Path, said: list[str]) -> Callable[[], list[str]]:
    """Takes the next round: names below the folder."""
    rounds: Iterator[list[Item]] = Watch(folder, folder / "sorted", POLL, SETTLED).rounds(said.append)
    return lambda: [item.file.relative_to(folder).as_posix() for item in next(rounds) if item.file]


def test_what_comes_from_now_on_each_once(folder: Path, taken: Callable[[], list[str]]) -> None:
    (folder / "deep" / "a.PNG").write_bytes(b"a")
    (folder / "b.jpg").write_bytes(b"b")
    for name in ("notes.txt", ".hidden.jpg"):
        (folder / name).write_bytes(b"x")
    assert taken() == ["b.jpg", "deep/a.PNG"]
    (folder / "c.jpg").write_bytes(b"c")
    assert taken() == ["c.jpg"]


def test_one_that_is_being_written_is_waited_for(folder: Path, taken: Callable[[], list[str]]) -> None:
    watch = Watch(folder, None, POLL, SETTLED)
    file = folder / "slow.jpg"
    with file.open("wb", 0) as opened:
        for _ in range(6):
            opened.write(b"x")
            time.sleep(SETTLED / 2)
            watch._look()
            assert watch._settled_files() == []
    time.sleep(SETTLED)
    watch._look()
    assert watch._settled_files() == [file]


def test_one_that_changes_comes_again(folder: Path, taken: Callable[[], list[str]]) -> None:
    (folder / "old.jpg").write_bytes(b"new")
    os.utime(folder / "old.jpg", (1, 1))
    assert taken() == ["old.jpg"]
    (folder / "part").write_bytes(b"newer")
    (folder / "part").rename(folder / "old.jpg")
    assert taken() == ["old.jpg"]


@pytest.mark.parametrize("name", [".", "deep/..", "../incoming"])
def test_copies_are_not_taken_again(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    rounds = Watch(Path(name), Path("sorted"), POLL, SETTLED).rounds()
    Path("sorted", "olaf").mkdir(parents=True)
    Path("sorted", "olaf", "a.jpg").write_bytes(b"a")
    time.sleep(SETTLED)
    Path("b.jpg").write_bytes(b"b")
    assert [item.name for item in next(rounds)] == [str(Path(name, "b.jpg"))]


def test_a_folder_that_goes_is_waited_for(
    folder: Path, taken: Callable[[], list[str]], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = folder.with_name("away")
    real, steps = time.sleep, iter([lambda: folder.rename(away), lambda: None, lambda: away.rename(folder)])

    def sleep(duration: float) -> None:
        step: Callable[[], object] = next(steps, lambda: None)
        step()
        if folder.exists() and not (folder / "a.jpg").exists() and said:
            (folder / "a.jpg").write_bytes(b"a")
        real(duration)

    monkeypatch.setattr(time, "sleep", sleep)
    assert taken() == ["a.jpg"]  # and not old.jpg, which was there before
    assert said == [
        f"{folder} is gone: No such file or directory. Waiting for it to come back; Ctrl-C ends this.",
        f"{folder} is there again.",
    ]


@pytest.mark.skipif(os.name == "nt", reason="links there need a right")
def test_a_loop_of_links_and_a_link_that_leads_nowhere(folder: Path, taken: Callable[[], list[str]]) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere.jpg").symlink_to(folder / "none")
    (folder / "a.jpg").write_bytes(b"a")
    assert taken() == ["a.jpg"]


@pytest.mark.parametrize("name", ["none", "old.jpg"])
def test_what_is_no_folder_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(WatchError, match=f"{name} can't be watched"):
        Watch(folder / name)
