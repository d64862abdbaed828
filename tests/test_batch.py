"""Batch jobs on this machine: every picture exactly once, whatever happens."""

import errno
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from batches import PICTURES, do, end, fill, fill_slowly, labels, results, run, started, table, until
from helpers import encode, scene
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from snowpeople import Classifier, archive
from snowpeople.batch import BatchError, listing, worker
from snowpeople.batch.folder import Folder
from snowpeople.batch.parts import Parts
from snowpeople.batch.spec import Fault, Outcome, Spec, chunk
from snowpeople.cli import main
from snowpeople.service.model import digest


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "dest"


def parts(dest: Path) -> dict[str, int]:
    """The parts, and what changes when one is written anew."""
    return {part.name: part.stat().st_ino for part in dest.glob("*.parquet")}


# ---- what is in the rows


def test_every_picture_is_a_row(source: Path, dest: Path, tiny_export: Path) -> None:
    expected = fill(source, 120)
    expected |= {f"a/b/{name}": label for name, label in fill(source / "a" / "b", 7).items()}
    shutil.copy(source / "00000.png", source / "UPPER.PNG")
    (source / "ünïcode ☃.jpeg").write_bytes(PICTURES["olaf"])
    for passed_over in (".hidden.png", ".folder/1.png", "notes.txt", "no_suffix", "archive.zip"):
        (source / passed_over).parent.mkdir(exist_ok=True)
        (source / passed_over).write_bytes(PICTURES["olaf"])
    tally = do(source, dest, tiny_export)
    assert labels(dest) == expected | {"UPPER.PNG": "abominable", "ünïcode ☃.jpeg": "olaf"}
    assert tally.complete
    assert tally.answered == tally.counts.rows == tally.total == 129
    assert sorted(len(table(part.read_bytes())) for part in dest.glob("*.parquet")) == [29, 50, 50]


def test_rows_are_what_the_classifier_says(source: Path, dest: Path, shipped_export: Path) -> None:
    source.mkdir()
    scene((300, 200)).save(source / "scene.png")
    Image.new("RGB", (30, 30), "white").save(source / "white.png")
    do(source, dest, shipped_export)
    classifier = Classifier.load(shipped_export)
    for name, row in results(dest).items():
        alone = classifier.classify(source / name)
        assert (row["label"], row["unfamiliar"], row["error"]) == (alone.label, alone.unfamiliar, None)
        assert row["probability"] == pytest.approx(alone.probability, abs=1e-3)
        assert row["familiarity"] == pytest.approx(alone.familiarity, abs=1e-3)
        assert row["probabilities"] == pytest.approx(alone.probabilities, abs=1e-3)
        assert row["neither"] is (alone.label == "neither")


def test_bad_pictures_are_rows_with_an_error(source: Path, dest: Path, tiny_export: Path) -> None:
    fill(source, 1)
    photo = encode(scene(), "JPEG")
    bomb = bytearray(encode(Image.new("RGB", (16, 16)), "BMP"))
    bomb[18:26] = (40_000).to_bytes(4, "little") * 2
    bad = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"I am no picture at all", "not_a_picture"),
        "cut.jpg": (photo[: len(photo) // 2], "cut_off"),
        "bomb.bmp": (bytes(bomb), "too_large"),
        "page.png": (b"<!doctype html><html></html>", "unsupported"),
    }
    for name, (data, _) in bad.items():
        (source / name).write_bytes(data)
    with (source / "large.jpg").open("wb") as file:
        file.truncate(31_000_000)
    tally = do(source, dest, tiny_export)
    codes = {name: code for name, (_, code) in bad.items()} | {"large.jpg": "too_large"}
    assert labels(dest) == codes | {"00000.png": "abominable"}
    row = results(dest)["cut.jpg"]
    assert "cut off or damaged" in row["error_message"]
    assert row["label"] is row["probabilities"] is row["neither"] is None
    assert not tally.complete
    assert tally.counts.errors == Counter(codes.values())


@pytest.mark.skipif(sys.platform != "linux", reason="names there are Unicode")
def test_names_that_are_no_utf8(source: Path, dest: Path, tiny_export: Path) -> None:
    source.mkdir()
    odd, literal = os.fsdecode(b"b\xff.png"), "b\\xff.png"  # they read the same
    for name, label in ((odd, "olaf"), (literal, "abominable")):
        (source / name).write_bytes(PICTURES[label])
    assert do(source, dest, tiny_export).answered == 2
    (part,) = dest.glob("*.parquet")
    found = {row["picture_bytes"] or row["picture"]: row["label"] for row in table(part.read_bytes())}
    assert found == {b"b\xff.png": "olaf", literal: "abominable"}
    assert do(source, dest, tiny_export).answered == 0


def test_pandas_reads_them(source: Path, dest: Path, tiny_export: Path) -> None:
    import pandas as pd

    expected = fill(source, 60)
    (source / "bad.png").write_bytes(b"bad")
    do(source, dest, tiny_export)
    (dest / "_set-aside").mkdir()
    (dest / "_set-aside" / "part-x.parquet").write_bytes(b"damaged")
    frame = pd.read_parquet(dest).set_index("picture")
    assert frame["label"].dropna().to_dict() == expected
    assert frame.loc["00000.png", "probabilities"]["abominable"] > 0.9
    assert frame.loc["bad.png", "error"] == "not_a_picture"


# ---- runs after the first


def test_a_second_run_does_only_what_is_new(source: Path, dest: Path, tiny_export: Path) -> None:
    expected = fill(source, 120)
    do(source, dest, tiny_export)
    before = parts(dest)
    started: list[object] = []
    tally = do(source, dest, tiny_export, show=started.append)
    assert (tally.answered, tally.before, tally.counts.rows, started) == (0, 120, 120, [])
    assert parts(dest) == before
    # In the midst of the names that are there; one is gone, and one is another.
    expected |= {f"00050/{name}": label for name, label in fill(source / "00050", 3).items()}
    (source / "00007.png").unlink()
    assert do(source, dest, tiny_export).answered == 3
    assert labels(dest) == expected
    assert before.items() <= parts(dest).items()


def test_a_damaged_part_is_set_aside_and_made_again(source: Path, dest: Path, tiny_export: Path) -> None:
    expected = fill(source, 120)
    do(source, dest, tiny_export)
    cut, flipped, whole = sorted(dest.glob("*.parquet"))
    before = parts(dest)
    os.truncate(cut, cut.stat().st_size // 2)
    damaged = bytearray(flipped.read_bytes())
    damaged[200] ^= 1
    flipped.write_bytes(damaged)
    told: list[str] = []
    do(source, dest, tiny_export, tell=told.append)
    assert labels(dest) == expected
    assert parts(dest).keys() == before.keys()
    assert parts(dest)[whole.name] == before[whole.name]
    assert len(list((dest / "_set-aside").iterdir())) == len(told) == 2
    assert "is damaged: moved to _set-aside/" in told[0]


def test_pictures_that_two_jobs_have_cut_otherwise(source: Path, dest: Path, tiny_export: Path, tmp_path: Path) -> None:
    expected = fill(source, 100)
    do(source, dest, tiny_export, part_size=40)
    do(source, tmp_path / "other", tiny_export, part_size=70)
    for part in (tmp_path / "other").glob("*.parquet"):
        shutil.copy(part, dest)
    told: list[str] = []
    do(source, dest, tiny_export, tell=told.append)
    assert labels(dest) == expected
    assert "other parts hold too" in told[0]


def test_a_second_job_beside_it_is_no_harm(source: Path, dest: Path, tiny_export: Path, tmp_path: Path) -> None:
    fill(source, 60)
    do(source, tmp_path / "other", tiny_export, part_size=7)

    def meanwhile(_: object) -> None:
        shutil.copy(next((tmp_path / "other").glob("*.parquet")), dest)

    with pytest.raises(BatchError, match=r"Another job has changed .*run the same command again"):
        do(source, dest, tiny_export, show=meanwhile)
    do(source, dest, tiny_export)
    assert len(results(dest)) == 60


def test_two_jobs_of_a_machine_wait_for_each_other(source: Path, dest: Path, tiny_export: Path) -> None:
    fill(source, 3)
    with Folder(str(dest)).claimed(), pytest.raises(BatchError, match="Another job is writing to"):
        do(source, dest, tiny_export)
    do(source, dest, tiny_export)


def test_another_export(source: Path, dest: Path, tiny_export: Path, tiny_model: bytes, card: dict[str, Any]) -> None:
    fill(source, 3)
    do(source, dest, tiny_export)
    archive.append(tiny_export, tiny_model, {**card, "labels": ["a", "b", "c"]})
    # No word of going on: the same command would be refused again.
    with pytest.raises(BatchError, match=r"holds results of another export .*Name another DEST.* added\.$"):
        do(source, dest, tiny_export)
    fill(source, 3, start=3)
    assert do(source, dest, tiny_export, mix=True).answered == 3
    found = results(dest)
    assert [row["label"] for row in found.values()].count("a") == 1
    assert len({row["export"] for row in found.values()}) == 2


def test_another_source(source: Path, dest: Path, tiny_export: Path, tmp_path: Path) -> None:
    fill(source, 3)
    fill(tmp_path / "other", 3, start=2)
    do(source, dest, tiny_export)
    with pytest.raises(BatchError, match=f"holds results of another source, {source} "):
        do(tmp_path / "other", dest, tiny_export)
    do(tmp_path / "other", dest, tiny_export, mix=True)
    assert len(results(dest)) == 5


def test_errors_are_tried_again_where_asked(source: Path, dest: Path, tiny_export: Path) -> None:
    expected = fill(source, 5)
    (source / "bad.png").write_bytes(b"bad")
    do(source, dest, tiny_export)
    (before,) = parts(dest)
    spec = _spec(source, dest, tiny_export)
    one = chunk([(name, None) for name in sorted([*expected, "bad.png"])])
    assert one.part == before
    unread: list[Outcome] = [Fault("unread", "The network was away.")] * 5
    Parts(spec).write(one, [*unread, Fault("not_a_picture", "It is none.")])
    assert do(source, dest, tiny_export).answered == 0
    tally = do(source, dest, tiny_export, retry_errors=True)
    assert (tally.answered, tally.counts.errors["unread"]) == (5, 0)
    assert labels(dest) == expected | {"bad.png": "not_a_picture"}
    assert parts(dest).keys() == {before}
    assert str(tally).endswith("abominable 2, neither 2, olaf 1, error not_a_picture 1")


# ---- the places


def test_results_inside_the_source(source: Path, tiny_export: Path) -> None:
    expected = fill(source, 3)
    (source / "text").write_bytes(b"none")
    for _ in range(2):
        do(source, source / "results", tiny_export, every_file=True)
        assert labels(source / "results") == expected | {"text": "not_a_picture"}
    with pytest.raises(BatchError, match="Name a folder of its own for the results"):
        do(source, source, tiny_export)


@pytest.mark.parametrize(("place", "says"), [("none", "can't be opened: No such file"), ("empty", "holds no picture")])
def test_no_source(place: str, says: str, tmp_path: Path, dest: Path, tiny_export: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BatchError, match=says):
        do(tmp_path / place, dest / "new", tiny_export)
    assert not dest.exists()


def test_only_parts_stay(source: Path, dest: Path, tiny_export: Path) -> None:
    fill(source, 3)
    dest.mkdir()
    (dest / ".lock").touch()  # of a job that was killed
    do(source, dest, tiny_export)
    assert {path.suffix for path in dest.iterdir()} == {".parquet"}


def test_what_cannot_be_listed_is_told(source: Path, dest: Path, tiny_export: Path, tmp_path: Path) -> None:
    expected = fill(source, 3)
    fill(tmp_path / "elsewhere", 2)
    (source / "lost.png").symlink_to("nowhere")
    (source / "folder").symlink_to(tmp_path / "elsewhere")
    (source / "file.png").symlink_to(tmp_path / "elsewhere" / "00000.png")
    os.mkfifo(source / "pipe.png")
    told: list[str] = []
    tally = do(source, dest, tiny_export, tell=told.append)
    assert labels(dest) == expected | {"file.png": "abominable"}
    assert [line.partition(": ")[2] for line in sorted(told)] == [
        "a link to a folder is not followed",
        "a link that leads nowhere is passed over",
    ]
    assert not tally.complete


def test_a_source_that_is_emptied_meanwhile(source: Path, dest: Path, tiny_export: Path) -> None:
    names = fill(source, 4)
    gone: list[Outcome] = [Fault("gone", "It was here.")] * 4
    some = chunk([(name, None) for name in names])
    writer = Parts(_spec(source, dest, tiny_export))
    with pytest.raises(BatchError, match=r"has lost its pictures.*the same command goes on from here"):
        writer.write(some, gone)
    shutil.rmtree(source)
    with pytest.raises(BatchError, match=r"can't be opened: No such file.*the same command goes on from here"):
        writer.write(some, [*gone[:2], Fault("unread", "Stale file handle"), gone[0]])
    assert not dest.exists()


@pytest.mark.parametrize("full", ["fsync", "replace"])
def test_a_full_disk(full: str, source: Path, dest: Path, tiny_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fill(source, 200)
    real, left = getattr(os, full), [None] * 2

    def act(*arguments: Any) -> Any:
        if not left:
            raise OSError(errno.ENOSPC, "No space left on device")
        left.pop()
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, full, act)
        with pytest.raises(BatchError, match=r"No space left on device.*the same command goes on from here"):
            do(source, dest, tiny_export)
    assert len(results(dest)) == 100
    assert not list(dest.glob(".part*"))
    assert do(source, dest, tiny_export).answered == 100
    assert labels(dest) == expected


# ---- what is killed


def test_a_job_that_is_killed_goes_on(source: Path, dest: Path, tiny_export: Path) -> None:
    expected = fill_slowly(source, 400)
    arguments = (source, dest, "--export", tiny_export, "--part-size", 40, "--workers", 2)
    with started(*arguments) as process:
        until(lambda: len(parts(dest)) >= 2)
        children = psutil.Process(process.pid).children()
        process.kill()
        end(process)
    assert psutil.wait_procs(children, 30)[1] == []
    (dest / ".part-1.parquet.1234.draft").write_bytes(b"of the killed")
    before = parts(dest)
    assert 80 <= len(results(dest)) < 400
    status, said, complained = run(*arguments)
    assert (status, complained) == (0, "")
    assert said.startswith(f"400 pictures, {400 - 40 * len(before)} of them new, ")
    assert labels(dest) == expected
    assert len(list(dest.glob("*.parquet"))) == 10
    assert before.items() <= parts(dest).items()
    assert not list(dest.glob(".part*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(number: signal.Signals, source: Path, dest: Path, tiny_export: Path) -> None:
    expected = fill_slowly(source, 400)
    with started(source, dest, "--export", tiny_export, "--part-size", 20) as process:
        until(lambda: len(parts(dest)) >= 2)
        process.send_signal(number)
        status, said, complained = end(process)
    assert (status, complained) == (130, "Stopped. The same command goes on from here.\n")
    assert said.startswith(f"{len(results(dest))} pictures")
    assert len(results(dest)) < 400
    do(source, dest, tiny_export)
    assert labels(dest) == expected


def test_a_worker_that_is_killed_loses_nothing(source: Path, dest: Path, tiny_export: Path) -> None:
    expected = fill_slowly(source, 200)
    killed: list[int] = []

    def show(tally: Any) -> None:
        if tally.answered and not killed:
            workers = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
            killed.append(workers[0].pid)
            workers[0].kill()

    tally = do(source, dest, tiny_export, workers=2, show=show)
    assert killed
    assert tally.complete
    assert labels(dest) == expected


answer = worker.main


def deadly(pipe: Connection) -> None:
    """A worker that some bytes kill, as a fault of a decoder may."""
    real = Classifier.read

    def read(self: Classifier, source: Any) -> Image.Image:
        if source == b"deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, source)

    Classifier.read = read  # type: ignore[method-assign]
    answer(pipe)


def test_a_picture_that_ends_its_worker(
    source: Path, dest: Path, tiny_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fill(source, 12)
    (source / "00005.png").write_bytes(b"deadly")
    monkeypatch.setattr(worker, "main", deadly)
    tally = do(source, dest, tiny_export)
    assert labels(dest) == expected | {"00005.png": "crashed"}
    assert tally.counts.errors == {"crashed": 1}


def stillborn(pipe: Connection) -> None:
    """A worker that dies as it begins."""
    os._exit(7)


def test_workers_that_cannot_begin(
    source: Path, dest: Path, tiny_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(source, 3)
    monkeypatch.setattr(worker, "main", stillborn)
    with pytest.raises(BatchError, match=r"Workers end before they begin \(status 7\)"):
        do(source, dest, tiny_export)


# ---- the command


def test_the_command(source: Path, dest: Path, tiny_export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(source, 6)
    arguments = ["batch", str(source), str(dest), "--export", str(tiny_export), "--workers", "1"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith(": abominable 2, neither 2, olaf 2\n")
    (source / "bad.png").write_bytes(b"bad")
    assert main(arguments) == 1
    assert capsys.readouterr().out.startswith("7 pictures, 1 of them new, ")
    assert main(["batch", str(source / "none"), str(dest), "--export", str(tiny_export)]) == 3
    assert "can't be opened" in capsys.readouterr().err
    assert main([*arguments, "--export", str(source / "bad.png")]) == 1
    with pytest.raises(SystemExit, match="2"):
        main(["batch", str(source)])


# ---- chunks


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=4), unique=True, max_size=60), st.data(), st.integers(1, 9))
def test_chunks_are_what_is_not_done(names: list[str], data: st.DataObject, size: int) -> None:
    done = set(data.draw(st.lists(st.sampled_from(names)))) if names else set()
    found = list(listing.chunks(iter([(name, None) for name in names]), np.sort(listing.keys(done)), size))
    assert [name for each in found for name, _ in each.items] == [name for name in names if name not in done]
    assert all(len(each.items) == size for each in found[:-1])
    assert len({each.part for each in found}) == len(found)


def test_chunks_are_listed_no_further_than_needed() -> None:
    asked: list[int] = []

    def items() -> Iterator[tuple[str, None]]:
        for place in range(10**9):
            asked.append(place)
            yield f"{place}.jpg", None

    lister = listing.Lister(listing.chunks(items(), np.zeros(0, np.int64), 1000), 1000)
    first = next(each for each in lister if each is not None)
    assert len(first.items) == 1000
    until(lambda: len(asked) >= listing.AHEAD)
    lister.close()
    assert len(asked) < 2 * listing.AHEAD


def test_a_listing_that_breaks_off_says_how_to_go_on() -> None:
    def items() -> Iterator[tuple[str, None]]:
        yield "1.jpg", None
        raise BatchError("s3://bucket can't be reached.")

    lister = listing.Lister(listing.chunks(items(), np.zeros(0, np.int64), 1), 1)
    with pytest.raises(BatchError, match=r"can't be reached\. .*the same command goes on from here"):
        list(lister)


def test_a_folder_is_listed_in_the_order_of_its_names(source: Path) -> None:
    for name in ("b/1.png", "b.png", "b-.png", "a/z/1.png", "B.png", "é.png", "b/-/1.png"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    found = [name for name, _ in Folder(str(source)).walk(print)]
    assert found == sorted(found, key=os.fsencode)
    assert len(found) == 7


def _spec(source: Path, dest: Path, export: Path) -> Spec:
    model, card = archive.read(export)
    return Spec(str(source), str(dest), model, card, digest(model, card), "Tiny")
