"""Batch jobs from and to buckets: against an S3 server on this machine."""

from pathlib import Path
from typing import Any

import pytest
from batches import PICTURES, do, end, run, started, table, until

from snowpeople.batch import BatchError
from snowpeople.batch.remote import Remote
from snowpeople.batch.spec import Fault
from snowpeople.batch.tree import tree
from snowpeople.batch.worker import Reader

SECRET = "s3://AKIA:sec/ret@bucket"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWPEOPLE_CACHE", str(tmp_path / "cache"))


def fill(s3: Any, folder: str, number: int) -> dict[str, str]:
    labels = {f"{place % 7}/{place:04}.png": list(PICTURES)[place % 3] for place in range(number)}
    s3.pipe({f"{folder}/{name}": PICTURES[label] for name, label in labels.items()})
    return labels


def labels(s3: Any, dest: str) -> dict[str, str]:
    found = [row for part in s3.glob(f"{dest}/*.parquet") for row in table(s3.cat_file(part))]
    named = {row["picture"]: row["label"] or row["error"] for row in found}
    assert len(named) == len(found)
    return named


def test_from_a_bucket_to_a_bucket(s3: Any, bucket: str, tiny_export: Path) -> None:
    expected = fill(s3, f"{bucket}/photos", 120)
    odd = {"ünïcode ☃/a b+%2F?*.png": "olaf", "empty.jpg": "empty", "none.jpg": "not_a_picture"}
    for name, data in zip(odd, (PICTURES["olaf"], b"", b"none"), strict=True):
        s3.pipe_file(f"{bucket}/photos/{name}", data)
    for name in ("folder/", ".hidden.png", ".hidden/1.png", "text.txt"):
        s3.call_s3("put_object", Bucket=bucket, Key=f"photos/{name}", Body=PICTURES["olaf"])
    s3.pipe_file(f"{bucket}/photos-of-others/1.png", PICTURES["olaf"])
    s3.put_file(str(tiny_export), f"{bucket}/export.pkl")
    status, said, complained = run(
        *(f"s3://{bucket}/photos", f"s3://{bucket}/photos/results", "--export", f"s3://{bucket}/export.pkl"),
        *("--workers", 1, "--part-size", 50),
    )
    assert (status, complained) == (1, "")
    assert said.startswith("123 pictures, 123 of them new, ")
    assert labels(s3, f"{bucket}/photos/results") == expected | odd
    assert len(s3.ls(f"{bucket}/photos/results")) == 3


def test_a_job_that_is_killed_goes_on(s3: Any, bucket: str, tiny_export: Path) -> None:
    expected = fill(s3, bucket, 400)  # so many that the kill comes before the end
    arguments = (f"s3://{bucket}", f"s3://{bucket}/results", "--export", tiny_export, "--part-size", 10)
    with started(*arguments) as process:
        until(lambda: s3.glob(f"{bucket}/results/*"))
        process.kill()
        end(process)
    written = set(s3.glob(f"{bucket}/results/*"))
    assert 1 <= len(written) < 40
    cut = min(written)
    s3.pipe_file(cut, s3.cat_file(cut)[:-100])
    status, said, complained = run(*arguments)
    assert status == 0
    assert f"{cut.rpartition('/')[2]} is damaged: moved to _set-aside/" in complained
    assert said.startswith(f"400 pictures, {410 - 10 * len(written)} of them new, ")
    assert labels(s3, f"{bucket}/results") == expected


def test_a_bucket_that_vanishes(s3: Any, bucket: str, tiny_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snowpeople.batch.parts.TRIES", (0, 0))
    expected = fill(s3, bucket, 160)
    results = f"{bucket}-results"
    s3.mkdir(results)

    def vanish(tally: Any) -> None:
        if tally.counts.rows and s3.exists(results):
            s3.rm(results, recursive=True)

    with pytest.raises(BatchError, match=rf"s3://{results}/x does not exist.*the same command goes on from here"):
        do(f"s3://{bucket}", f"s3://{results}/x", tiny_export, part_size=20, show=vanish)
    s3.mkdir(results)
    do(f"s3://{bucket}", f"s3://{results}/x", tiny_export)
    assert labels(s3, f"{results}/x") == expected
    s3.rm(bucket, recursive=True)
    with pytest.raises(BatchError, match=f"s3://{bucket} does not exist"):
        do(f"s3://{bucket}", f"s3://{results}/x", tiny_export)


def test_a_source_that_vanishes(s3: Any, bucket: str, tiny_export: Path, tmp_path: Path) -> None:
    fill(s3, bucket, 300)

    def vanish(tally: Any) -> None:
        if tally.counts.rows and s3.exists(bucket):
            s3.rm(bucket, recursive=True)

    with pytest.raises(BatchError, match=rf"s3://{bucket} (does not exist|has lost its pictures).*the same command"):
        do(f"s3://{bucket}", tmp_path / "dest", tiny_export, part_size=20, show=vanish)
    # No picture became an error for it, but those of the part that was at work.
    rows = [row for part in (tmp_path / "dest").glob("*.parquet") for row in table(part.read_bytes())]
    assert 20 <= len(rows) < 300


def test_a_long_listing_comes_a_page_at_a_time(s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = sorted([f"{place}.png" for place in range(15)] + [f"{place}/é.png" for place in range(7)])
    s3.pipe({f"{bucket}/photos/{name}": b"x" for name in names})
    source = Remote(f"s3://{bucket}/photos")
    monkeypatch.setattr("snowpeople.batch.remote.PAGE", 10)
    monkeypatch.setattr(source._fs, "req_kw", {"MaxKeys": 10})
    pages = []
    real = type(source._fs)._call_s3

    async def call(self: Any, method: str, *arguments: Any, **options: Any) -> Any:
        pages.append(method)
        return await real(self, method, *arguments, **options)

    monkeypatch.setattr(type(source._fs), "_call_s3", call)
    walk = source.walk(print)
    assert next(walk) == (names[0], 1)
    assert pages == ["list_objects_v2"]
    assert [name for name, _ in walk] == names[1:]
    assert pages == ["list_objects_v2"] * 3


def test_a_folder_at_a_time_elsewhere() -> None:
    import fsspec

    files = fsspec.filesystem("memory")
    names = ["a/b/1.png", "a.png", "b/2.png", ".c/3.png", "b/.4.png"]
    for name in names:
        files.pipe_file(f"/walk/{name}", b"picture")
    place = tree("memory://walk")
    assert list(place.walk(print)) == [("a.png", 7), ("a/b/1.png", 7), ("b/2.png", 7)]
    assert place.read("b/2.png", None) == b"picture"
    place.write("part-1.parquet", b"part")
    assert (place.whole("part-1.parquet"), place.has("part-2.parquet")) == (b"part", False)
    place.set_aside("part-1.parquet")
    assert "part-1.parquet" not in place.names()
    assert "a.png" in place.names()
    assert tree("memory://walk/b").below(place) == "b"
    files.rm("/walk", recursive=True)
    with pytest.raises(BatchError, match="does not exist"):
        place.check()


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("https://host/photos", "https://host/photos can't be listed. Name an s3:// address, or a folder."),
        ("file:///photos", "name the path alone"),
        (SECRET, "keys in such an address are not read"),
        ("gs://bucket", "needs packages for such addresses"),
        ("zip://x::s3://bucket/x.zip", "chain of addresses"),
    ],
)
def test_addresses_that_cannot_be_one(place: str, says: str, tmp_path: Path, tiny_export: Path) -> None:
    for source, dest in ((place, tmp_path / "dest"), (tmp_path, place)):
        with pytest.raises(BatchError, match=says) as caught:
            do(source, dest, tiny_export)
        assert "sec/ret" not in str(caught.value)


def test_a_picture_is_read_again_after_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("snowpeople.batch.worker.WAITS", (0, 0))
    faults: list[Exception] = [OSError("reset"), TimeoutError("late"), RuntimeError("no answer from key:word")]

    def read(name: str, size: int | None) -> bytes:
        if faults:
            raise faults.pop()
        return b"picture"

    source = tree(str(tmp_path))
    monkeypatch.setattr(source, "read", read)
    monkeypatch.setattr(source, "place", "sftp://key:word@host")
    assert Reader(source).read(("a.png", None)) == Fault("unread", "This file can't be read: reset")
    faults += [OSError("reset"), TimeoutError("late")]
    assert Reader(source).read(("a.png", None)) == b"picture"
    faults += [PermissionError("not for …, nor for key:word")]
    assert Reader(source).read(("a.png", None)) == Fault("unread", "This file can't be read: not for …, nor for …")
    faults += [FileNotFoundError()]
    assert Reader(source).read(("a.png", None)) == Fault("gone", "This file was listed, but is not there any more.")
