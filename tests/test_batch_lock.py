"""A folder that one job has to itself, and what stays of that."""

from io import BufferedWriter
from pathlib import Path

import pytest

from snowpeople.batch import lock


def test_nothing_stays_that_was_not_there(tmp_path: Path) -> None:
    with lock.lock(tmp_path / "made" / "for" / "it"):
        pass
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    with lock.lock(tmp_path / "there" / "made"):
        (tmp_path / "there" / "made" / "part").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["there", "made", "part"]
    with lock.lock(tmp_path / "there"):
        pass
    (tmp_path / "there" / "made" / "part").unlink()
    with lock.lock(tmp_path / "there" / "made"):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["there", "made"]


def test_who_is_refused_takes_nothing_away(tmp_path: Path) -> None:
    with lock.lock(tmp_path / "dest"):
        for _ in range(2):
            with pytest.raises(BlockingIOError), lock.lock(tmp_path / "dest"):
                pass
    with lock.lock(tmp_path / "dest"):
        pass


def test_a_lock_that_its_owner_removes_locks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second job opens the lock's file, the first removes it and ends, a third one makes another."""
    first, third = lock.lock(tmp_path / "dest"), lock.lock(tmp_path / "dest")
    opened = lock._opened

    def late(path: Path) -> BufferedWriter:
        monkeypatch.undo()
        file = opened(path)
        first.__exit__(None, None, None)
        third.__enter__()
        return file

    first.__enter__()
    monkeypatch.setattr(lock, "_opened", late)
    with pytest.raises(BlockingIOError), lock.lock(tmp_path / "dest"):
        pass
    third.__exit__(None, None, None)
    assert list(tmp_path.iterdir()) == []
