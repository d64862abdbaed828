"""Files and folders at addresses: against an S3 server and a web server on this machine."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from servers import Handler, Server, served

from snowpeople import Classifier, ExportError, archive, download, store
from snowpeople.store import StoreError, remote
from snowpeople.store import cache as cached
from snowpeople.store import keys as names_of


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SNOWPEOPLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def fresh(s3: Any) -> Iterator[Any]:
    """The class of the file system, with no instance kept from before, nor for after."""
    type(s3).clear_instance_cache()
    yield type(s3)
    type(s3).clear_instance_cache()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def identity(path: Path) -> tuple[int, int]:
    """Changes when another file takes the place of this one."""
    return path.stat().st_ino, path.stat().st_mtime_ns


# What a place is


@pytest.mark.parametrize(
    "place", ["s3://bucket/export.pkl", "gs://b", "HTTPS://host/x.zip", "memory://x", "abfs://c@account/x"]
)
def test_an_address(place: str) -> None:
    assert store.is_address(place)


@pytest.mark.parametrize(
    "place",
    ["export.pkl", "/home/x/export.pkl", "C:\\pictures", "C://pictures", "s3:/x", "", "a b://c", Path("s3://b/c")],
)
def test_no_address(place: str | Path) -> None:
    assert not store.is_address(place)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("s3://bucket/exports/export.pkl", "export.pkl"),
        ("s3://bucket/otters/", "otters"),
        ("s3://bucket", "bucket"),
        ("s3://key:sec/ret@bucket", "bucket"),
        ("sftp://user@host", "host"),
        ("https://host/a/x.zip?token=secret#sha256=" + "0" * 64, "x.zip"),
        ("memory://", "memory"),
        ("s3://bucket/a\nb", "a�b"),
        (Path("folder/export.pkl"), "export.pkl"),
        ("folder/", "folder"),
    ],
)
def test_the_name_of_a_place(place: str | Path, name: str) -> None:
    assert store.name_of(place) == name


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("s3://AKIA:sec/ret@bucket/x", "s3://bucket/x"),
        ("s3://AKIA:s@e@bucket/x", "s3://bucket/x"),
        ("sftp://user:word@host:22/x@y", "sftp://host:22/x@y"),
        ("sftp://host:22/x@y", "sftp://host:22/x@y"),
        ("s3://bucket/x@y:z", "s3://bucket/x@y:z"),
        ("https://host/x?X-Amz-Signature=secret#part", "https://host/x"),
        ("some/path@x", "some/path@x"),
    ],
)
def test_what_is_shown_of_a_place(place: str, text: str) -> None:
    assert store.shown(place) == text


def test_paths_are_used_as_they_are(tmp_path: Path, cache: Path) -> None:
    for function in (store.local_file, store.local_folder):
        assert function(str(tmp_path / "x")) == tmp_path / "x"
        assert function(tmp_path) == tmp_path
    assert not cache.exists()


# A file


def test_a_file_is_fetched_once(s3: Any, bucket: str, cache: Path) -> None:
    s3.pipe_file(f"{bucket}/exports/export.pkl", b"one")
    path = store.local_file(f"s3://{bucket}/exports/export.pkl")
    assert (path.name, path.read_bytes()) == ("export.pkl", b"one")
    assert cache in path.parents
    before = identity(path)
    assert store.local_file(f"s3://{bucket}/exports/export.pkl") == path
    assert identity(path) == before


def test_a_file_that_changed_is_fetched_again(s3: Any, bucket: str) -> None:
    for content in (b"one", b"two", b""):
        s3.pipe_file(f"{bucket}/export.pkl", content)
        assert store.local_file(f"s3://{bucket}/export.pkl").read_bytes() == content


def test_a_damaged_copy_heals(s3: Any, bucket: str, cache: Path) -> None:
    s3.pipe_file(f"{bucket}/export.pkl", b"whole")
    path = store.local_file(f"s3://{bucket}/export.pkl")
    for damage in (lambda: path.write_bytes(b"wh0le"), path.unlink, next(cache.glob("*/journal")).unlink):
        damage()
        assert store.local_file(f"s3://{bucket}/export.pkl").read_bytes() == b"whole"
    next(cache.glob("*/journal")).write_bytes(b'\xff["export.pkl", "\n7\n[1]')
    assert store.local_file(f"s3://{bucket}/export.pkl").read_bytes() == b"whole"


def test_files_of_the_same_name_are_kept_apart(s3: Any, bucket: str) -> None:
    for folder in "ab":
        s3.pipe_file(f"{bucket}/{folder}/export.pkl", folder.encode())
    paths = [store.local_file(f"s3://{bucket}/{folder}/export.pkl") for folder in "ab"]
    assert [path.read_bytes() for path in paths] == [b"a", b"b"]


def test_a_file_in_steps(s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "BLOCK", 1000)
    content = os.urandom(3500)
    s3.pipe_file(f"{bucket}/data.zip", content)
    seen: list[int] = []

    def progress(steps: Sequence[Any]) -> Iterator[Any]:
        for step in steps:
            seen.append(len(steps))
            yield step

    assert store.local_file(f"s3://{bucket}/data.zip", progress).read_bytes() == content
    assert seen == [4] * 4


def test_many_at_once(s3: Any, bucket: str) -> None:
    s3.pipe_file(f"{bucket}/export.pkl", b"whole")
    with ThreadPoolExecutor(8) as threads:
        paths = list(threads.map(store.local_file, [f"s3://{bucket}/export.pkl"] * 16))
    assert {path.read_bytes() for path in paths} == {b"whole"}


@pytest.mark.parametrize("name", ["missing.pkl", "folder"])
def test_no_such_file(name: str, s3: Any, bucket: str) -> None:
    s3.pipe_file(f"{bucket}/folder/x", b"x")
    with pytest.raises(StoreError, match=rf"^s3://{bucket}/{name} (does not exist\. Check|is a folder\. Name a file)"):
        store.local_file(f"s3://{bucket}/{name}")


def test_no_such_bucket(s3: Any) -> None:
    with pytest.raises(StoreError, match=r"^s3://nowhere/x\.pkl does not exist"):
        store.local_file("s3://nowhere/x.pkl")
    with pytest.raises(StoreError, match=r"^s3://nowhere/x does not exist"):
        store.local_folder("s3://nowhere/x")


# Digests


def test_a_digest_beside_the_file(s3: Any, bucket: str) -> None:
    place = f"s3://{bucket}/export.pkl"
    s3.pipe_file(f"{bucket}/export.pkl", b"right")
    s3.pipe_file(f"{bucket}/export.pkl.sha256", f"{sha256(b'right')}  export.pkl\n".encode())
    assert store.local_file(place).read_bytes() == b"right"
    s3.pipe_file(f"{bucket}/export.pkl", b"wrong")
    with pytest.raises(StoreError, match=rf"^{place} has another SHA-256 than it should"):
        store.local_file(place)
    s3.pipe_file(f"{bucket}/export.pkl", b"right")
    assert store.local_file(place).read_bytes() == b"right"


def test_what_is_no_digest_is_not_taken_for_one(s3: Any, bucket: str) -> None:
    s3.pipe_file(f"{bucket}/export.pkl", b"right")
    s3.pipe_file(f"{bucket}/export.pkl.sha256", b"<html>" + b"0" * 9999)
    assert store.local_file(f"s3://{bucket}/export.pkl").read_bytes() == b"right"


def test_a_file_replaced_while_it_is_fetched(s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old digest is read, then the file and its digest are replaced, then the file is read."""
    s3.pipe_file(f"{bucket}/export.pkl", b"old")
    s3.pipe_file(f"{bucket}/export.pkl.sha256", sha256(b"old").encode())
    fetch = remote.Bucket.fetch

    def late(*arguments: Any) -> str | None:
        s3.pipe_file(f"{bucket}/export.pkl", b"new")
        s3.pipe_file(f"{bucket}/export.pkl.sha256", sha256(b"new").encode())
        return fetch(*arguments)

    monkeypatch.setattr(remote.Bucket, "fetch", late)
    assert store.local_file(f"s3://{bucket}/export.pkl").read_bytes() == b"new"


def test_a_digest_in_the_address(s3: Any, bucket: str) -> None:
    s3.pipe_file(f"{bucket}/export.pkl", b"right")
    place = f"s3://{bucket}/export.pkl"
    assert store.local_file(f"{place}#sha256={sha256(b'right').upper()}").read_bytes() == b"right"
    for digest in (sha256(b"wrong"), "0" * 64):
        with pytest.raises(StoreError, match=rf"^{place} has another SHA-256"):
            store.local_file(f"{place}#sha256={digest}")
    with pytest.raises(StoreError, match="64 digits"):
        store.local_file(f"{place}#sha256=123")


def test_without_the_network_only_a_digest_makes_a_copy_good(
    s3: Any, bucket: str, fresh: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.pipe_file(f"{bucket}/export.pkl", b"right")
    place = f"s3://{bucket}/export.pkl"
    store.local_file(place)

    with served(Server()) as gone:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gone.url)
    fresh.clear_instance_cache()
    monkeypatch.setattr(fresh, "retries", 1)
    assert store.local_file(f"{place}#sha256={sha256(b'right')}").read_bytes() == b"right"
    with pytest.raises(StoreError, match=rf"^{place} can't be reached: .*\. Check the address"):
        store.local_file(place)


# A folder


def fill(s3: Any, bucket: str, files: dict[str, bytes]) -> None:
    for key, content in files.items():
        s3.pipe_file(f"{bucket}/{key}", content)


def test_a_folder_is_mirrored(s3: Any, bucket: str) -> None:
    files = {"cat/1.png": b"1", "dog/deep er/2.png": b"2", "groups.tsv": b"", "löwe/🦁.png": b"3"}
    fill(s3, f"{bucket}/pets", files)
    s3.pipe_file(f"{bucket}/pets/empty/", b"")
    s3.pipe_file(f"{bucket}/petshop/no.png", b"")
    folder = store.local_folder(f"s3://{bucket}/pets/")
    assert (folder.name, tree(folder)) == ("pets", files)
    assert store.local_folder(f"s3://{bucket}/pets") == folder


def test_only_what_changed_is_fetched_again(s3: Any, bucket: str) -> None:
    fill(s3, f"{bucket}/pets", {"cat/1.png": b"1", "cat/2.png": b"2", "cat/3.png": b"3", "dog/4.png": b"4"})
    folder = store.local_folder(f"s3://{bucket}/pets")
    before = {path: identity(path) for path in folder.rglob("*.png")}
    fill(s3, f"{bucket}/pets", {"cat/2.png": b"two", "cat/5.png": b"5"})
    s3.rm_file(f"{bucket}/pets/dog/4.png")
    (folder / "cat/3.png").write_bytes(b"damaged")
    assert store.local_folder(f"s3://{bucket}/pets") == folder
    assert tree(folder) == {"cat/1.png": b"1", "cat/2.png": b"two", "cat/3.png": b"3", "cat/5.png": b"5"}
    assert identity(folder / "cat/1.png") == before[folder / "cat/1.png"]
    assert not (folder / "dog").exists()


def test_many_mirror_a_folder_at_once(s3: Any, bucket: str) -> None:
    files = {f"{label}/{i}.png": b"x" * i for label in ("cat", "dog") for i in range(3)}
    fill(s3, f"{bucket}/pets", files)
    with ThreadPoolExecutor(4) as threads:
        folders = list(threads.map(store.local_folder, [f"s3://{bucket}/pets"] * 8))
    assert {str(folder): tree(folder) for folder in folders} == {str(folders[0]): files}


def test_a_file_becomes_a_folder_and_a_folder_a_file(s3: Any, bucket: str) -> None:
    fill(s3, f"{bucket}/x", {"a": b"1", "b/c": b"2"})
    store.local_folder(f"s3://{bucket}/x")
    for key in ("a", "b/c"):
        s3.rm_file(f"{bucket}/x/{key}")
    fill(s3, f"{bucket}/x", {"a/d": b"3", "b": b"4"})
    assert tree(store.local_folder(f"s3://{bucket}/x")) == {"a/d": b"3", "b": b"4"}


def test_a_stopped_copy_goes_on(s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    fill(s3, f"{bucket}/pets", {f"cat/{i}.png": str(i).encode() for i in range(30)})

    def stop(keys: Sequence[str]) -> Iterator[str]:
        yield from keys[:10]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.local_folder(f"s3://{bucket}/pets", stop)
    done = {path: identity(path) for path in cache.rglob("*.png")}
    assert len(done) >= 10
    folder = store.local_folder(f"s3://{bucket}/pets")
    assert len(tree(folder)) == 30
    assert {path: identity(path) for path in done} == done
    assert list(cache.glob("*/parts/*")) == []


def test_one_file_that_fails_keeps_the_others(
    s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    fill(s3, f"{bucket}/pets", {f"cat/{i}.png": b"x" for i in range(5)})
    get = remote.Bucket.get

    def fail(bucket: remote.Bucket, file: remote.Object, draft: Path) -> None:
        with remote.explained(file.path):
            if file.path.endswith("4.png"):
                raise TimeoutError("took too long")
        get(bucket, file, draft)

    with monkeypatch.context() as patch:
        patch.setattr(remote.Bucket, "get", fail)
        with pytest.raises(StoreError, match=r"4\.png can't be reached: took too long"):
            store.local_folder(f"s3://{bucket}/pets")
    assert len(list(cache.rglob("*.png"))) == 4
    assert len(tree(store.local_folder(f"s3://{bucket}/pets"))) == 5


def test_keys_never_lead_out_of_the_mirror(s3: Any, bucket: str, cache: Path, tmp_path: Path) -> None:
    keys = [
        "../../up.png",
        "a/../../../up.png",
        "/root.png",
        "//x/y.png",
        "..",
        "a/./b.png",
        "back\\..\\..\\x.png",
        "a//b",
    ]
    fill(s3, f"{bucket}/pets", {key: key.encode() for key in keys})
    folder = store.local_folder(f"s3://{bucket}/pets")
    assert sorted(tree(folder).values()) == sorted(key.encode() for key in keys)
    assert {path.relative_to(cache).parts[1] for path in cache.rglob("*") if path.is_file()} == {"files", "journal"}
    assert list(tmp_path.iterdir()) == [cache]


def test_digests_in_a_folder(s3: Any, bucket: str) -> None:
    fill(s3, f"{bucket}/sets", {"a.zip": b"right", "a.zip.sha256": sha256(b"right").encode()})
    store.local_folder(f"s3://{bucket}/sets")
    fill(s3, f"{bucket}/sets", {"a.zip": b"wrong"})
    with pytest.raises(StoreError, match=rf"^s3://{bucket}/sets/a\.zip has another SHA-256"):
        store.local_folder(f"s3://{bucket}/sets")


def test_limits_of_a_folder(s3: Any, bucket: str, cache: Path) -> None:
    fill(s3, f"{bucket}/pets", {"1.png": b"12", "2.png": b"34"})
    place = f"s3://{bucket}/pets"
    for most, size in ((1, 4), (2, 3)):
        with pytest.raises(StoreError, match=rf"^{place} holds 2 files of .* Name a folder further down"):
            store.local_folder(place, max_files=most, max_bytes=size)
    assert not cache.exists()
    store.local_folder(place, max_files=2, max_bytes=4)


def test_no_such_folder(s3: Any, bucket: str) -> None:
    fill(s3, bucket, {"file": b"x"})
    with pytest.raises(StoreError, match="holds no file"):
        store.local_folder(f"s3://{bucket}/nowhere")
    with pytest.raises(StoreError, match="is a file"):
        store.local_folder(f"s3://{bucket}/file")
    for place in ("https://example.com/pets", f"s3://{bucket}/x#sha256={'0' * 64}"):
        with pytest.raises(StoreError, match="is the address of one file"):
            store.local_folder(place)


# Names for keys


@pytest.mark.parametrize("windows", [False, True])
@given(keys=st.sets(st.text(st.sampled_from("aA.é/\\:~ \0\n") | st.characters(), max_size=12), max_size=8))
def test_names_are_safe_and_no_two_alike(windows: bool, keys: set[str]) -> None:
    names = names_of.file_names(keys, windows=windows, folding=windows)
    flavour = PureWindowsPath if windows else PurePosixPath
    for name in names.values():
        path = flavour(name)
        assert not path.is_absolute()
        assert (path.drive, path.as_posix()) == ("", name)
        assert not {"", ".", ".."} & set(name.split("/"))
        assert all(len(part.encode()) < 255 for part in path.parts)
    spellings = {name.casefold() if windows else name for name in names.values()}
    assert len(spellings) == len(keys)
    folders = {str(parent) for name in spellings for parent in flavour(name).parents}
    assert folders.isdisjoint(str(flavour(name)) for name in spellings)


@pytest.mark.parametrize("name", ["otter.jpg", "sea otter (1).jpg", "🦦.png", ".hidden", "a..b", "<b>", "x:y?"])
def test_good_names_stay(name: str) -> None:
    assert names_of.file_name(name, windows=False) == name


@pytest.mark.parametrize("name", ["con", "NUL.txt", "a.", "a ", "x:y", "<b>", "a" * 300, "..", "C:"])
def test_names_that_windows_can_not_have(name: str) -> None:
    changed = names_of.file_name(name, windows=True)
    assert changed != name
    assert not PureWindowsPath(changed).is_reserved()


# The web


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(download, "is_public", lambda _: True)
    with served(Server()) as running:
        running.answers["/x.zip.sha256"] = lambda handler: handler.answer(status=404)
        yield running


def test_a_file_from_the_web(web: Server) -> None:
    def say(handler: Handler) -> None:
        known = handler.headers["if-none-match"] == '"1"'
        handler.answer(b"" if known else b"one", 304 if known else 200, etag='"1"')

    web.answers["/x.zip"] = say
    path = store.local_file(f"{web.url}/x.zip")
    assert (path.name, path.read_bytes()) == ("x.zip", b"one")
    before = identity(path)
    assert store.local_file(f"{web.url}/x.zip") == path
    assert identity(path) == before
    web.answers["/x.zip"] = lambda handler: handler.answer(b"two", etag='"2"')
    assert store.local_file(f"{web.url}/x.zip").read_bytes() == b"two"


def test_a_file_from_the_web_with_a_digest(web: Server) -> None:
    web.answers["/x.zip"] = lambda handler: handler.answer(b"right")
    web.answers["/x.zip.sha256"] = lambda handler: handler.answer(sha256(b"right").encode())
    assert store.local_file(f"{web.url}/x.zip").read_bytes() == b"right"
    web.answers["/x.zip"] = lambda handler: handler.answer(b"wrong")
    with pytest.raises(StoreError, match="another SHA-256"):
        store.local_file(f"{web.url}/x.zip")


def test_a_query_is_sent_and_never_shown(web: Server) -> None:
    web.answers["/x.zip?token=secret"] = lambda handler: handler.answer(b"right")
    assert store.local_file(f"{web.url}/x.zip?token=secret").name == "x.zip"
    assert [path for path, _ in web.requests] == ["/x.zip?token=secret"]
    web.answers["/x.zip?token=secret"] = lambda handler: handler.answer(status=403)
    with pytest.raises(StoreError, match=rf"^{web.url}/x\.zip: 127\.0\.0\.1 does not give") as caught:
        store.local_file(f"{web.url}/x.zip?token=secret")
    assert "secret" not in str(caught.value)


def test_a_private_web_address() -> None:
    with served(Server()) as running:
        with pytest.raises(StoreError, match="private network"):
            store.local_file(f"{running.url}/x.zip")
        assert running.connections == 0


# Writing


def test_a_file_is_written_with_its_digest(s3: Any, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "export.pkl").write_bytes(b"one")
    place = f"s3://{bucket}/exports/new.pkl"
    assert store.upload(tmp_path / "export.pkl", place, keep=True) is None
    assert s3.cat_file(f"{bucket}/exports/new.pkl") == b"one"
    assert s3.cat_file(f"{bucket}/exports/new.pkl.sha256") == f"{sha256(b'one')}  new.pkl\n".encode()
    assert store.local_file(place).read_bytes() == b"one"
    (tmp_path / "export.pkl").write_bytes(b"two")
    assert store.upload(tmp_path / "export.pkl", place) is None
    assert store.local_file(place).read_bytes() == b"two"
    assert len(s3.find(f"{bucket}/exports")) == 2


def test_what_was_there_is_kept(s3: Any, bucket: str, tmp_path: Path) -> None:
    place, kept = f"s3://{bucket}/export.pkl", {}
    for content in (b"one", b"two", b"three"):
        (tmp_path / "export.pkl").write_bytes(content)
        before = store.upload(tmp_path / "export.pkl", place, keep=True)
        if before:
            kept[before] = store.local_file(before).read_bytes()
    assert list(kept.values()) == [b"one", b"two"]
    assert all(name.startswith(f"s3://{bucket}/export-2") and name.endswith(".pkl") for name in kept)
    assert store.local_file(place).read_bytes() == b"three"


@pytest.mark.parametrize("scheme", ["memory://shelf", "file://"])
def test_other_file_systems(scheme: str, tmp_path: Path) -> None:
    import fsspec

    (tmp_path / "export.pkl").write_bytes(b"one")
    place = f"{scheme}{tmp_path.as_posix()}/new folder/export.pkl"
    assert store.upload(tmp_path / "export.pkl", place) is None
    assert store.local_file(place).read_bytes() == b"one"
    (tmp_path / "export.pkl").write_bytes(b"two")
    before = store.upload(tmp_path / "export.pkl", place, keep=True)
    assert before is not None
    assert [store.local_file(p).read_bytes() for p in (before, place)] == [b"one", b"two"]
    names = sorted(
        store.name_of(name) for name in fsspec.filesystem(scheme.split(":")[0]).find(place.rpartition("/")[0])
    )
    assert names == sorted(n + end for n in ("export.pkl", store.name_of(before)) for end in ("", ".sha256"))
    fsspec.filesystem("memory").store.clear()


def test_a_file_that_does_not_arrive_whole(
    bucket: str, fresh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = fresh._put_file

    async def lose(files: Any, source: str, target: str, **options: Any) -> None:
        Path(source).write_bytes(b"lost")
        await put(files, source, target, **options)

    monkeypatch.setattr(fresh, "_put_file", lose)
    (tmp_path / "export.pkl").write_bytes(b"whole")
    with pytest.raises(StoreError, match=r"did not arrive whole\. Try again"):
        store.upload(tmp_path / "export.pkl", f"s3://{bucket}/export.pkl")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "export.pkl").write_bytes(b"one")
    with pytest.raises(StoreError, match="only read"):
        store.upload(tmp_path / "export.pkl", "https://example.com/export.pkl")
    with pytest.raises(StoreError, match=r"names no file\. Add its name, as in s3://bucket/exports/export\.pkl"):
        store.upload(tmp_path / "export.pkl", "s3://bucket/exports/")
    with pytest.raises(FileNotFoundError):
        store.upload(tmp_path / "missing.pkl", "memory://x/export.pkl")


# An export


def test_an_export_at_an_address(s3: Any, bucket: str, tiny_export: Path) -> None:
    place = f"s3://{bucket}/export.pkl"
    store.upload(tiny_export, place)
    assert Classifier.load(place).classify(Image.new("RGB", (9, 9), "red")).label == "abominable"


def test_an_export_that_can_not_be_used_is_named_by_its_address(
    s3: Any, bucket: str, plain_export: Path, card: dict[str, Any]
) -> None:
    place = f"s3://{bucket}/export.pkl"
    store.upload(plain_export, place)
    with pytest.raises(ExportError, match=rf"^{place} is a plain fastai export.*: snowpeople shrink {place} --trust$"):
        Classifier.load(place)
    archive.append(plain_export, b"no model", card)
    store.upload(plain_export, place)
    with pytest.raises(ExportError, match=rf"^the model in {place} is damaged"):
        Classifier.load(place)
    with pytest.raises(StoreError, match=rf"^s3://{bucket}/missing\.pkl does not exist"):
        Classifier.load(f"s3://{bucket}/missing.pkl")


# Faults


def test_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(StoreError, match=r"^gs://bucket/x needs packages .*: pip install -e '\.\[cloud\]' gcsfs$"):
        store.local_file("gs://bucket/x")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(StoreError, match=r"^s3://bucket/x needs packages .*: pip install -e '\.\[cloud\]'$"):
        store.local_file("s3://bucket/x")


def test_an_unknown_kind_of_address() -> None:
    with pytest.raises(StoreError, match=r"^what://x/y can't be reached: Protocol not known: what\. Check the address"):
        store.local_file("what://x/y")


@pytest.mark.parametrize("place", ["zip://x::https://host/x.zip", "simplecache::s3://bucket/x"])
def test_a_chain_of_addresses(place: str) -> None:
    with pytest.raises(StoreError, match="chain of addresses"):
        store.local_file(place)


def test_credentials_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paramiko", None)
    places = [
        "s3://AKIA:sec/ret@bucket/x",
        "sftp://user:sec/ret@host/x",
        "what://user:sec/ret@host/x",
    ]
    for place in places:
        for function in (store.local_file, store.local_folder, lambda place: store.upload(Path(__file__), place)):
            with pytest.raises(StoreError) as caught:
                function(place)
            assert "sec/ret" not in str(caught.value)
    with pytest.raises(StoreError) as caught, remote.explained("ftp://user:sec/ret@host/x"):
        raise OSError("530 sec/ret is wrong for user:sec/ret")
    assert "sec/ret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_permission() -> None:
    with pytest.raises(StoreError, match=r"is not open to you.*AWS_ACCESS_KEY_ID"), remote.explained("s3://b/x"):
        raise PermissionError("Forbidden")


def test_a_cache_that_can_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: Any, bucket: str) -> None:
    (tmp_path / "file").touch()
    s3.pipe_file(f"{bucket}/x", b"x")
    monkeypatch.setenv("SNOWPEOPLE_CACHE", str(tmp_path / "file"))
    for function in (store.local_file, store.local_folder):
        with pytest.raises(StoreError, match=rf"^{tmp_path}/file, the cache, .*SNOWPEOPLE_CACHE"):
            function(f"s3://{bucket}/x" if function is store.local_file else f"s3://{bucket}")


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: Any, bucket: str, cache: Path) -> None:
    s3.pipe_file(f"{bucket}/x", b"x" * 100_000)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", lambda *_: Path("/dev/full").write_bytes(b"x"))
        with pytest.raises(StoreError, match="No space left on device"):
            store.local_file(f"s3://{bucket}/x")
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert store.local_file(f"s3://{bucket}/x").stat().st_size == 100_000


# The cache


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep caches elsewhere")
def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("SNOWPEOPLE_CACHE", "~/own")
    assert cached.root() == tmp_path / "own"
    monkeypatch.delenv("SNOWPEOPLE_CACHE")
    assert cached.root() == tmp_path / "xdg" / "snowpeople"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cached.root() == tmp_path / ".cache" / "snowpeople"


def test_parts_of_killed_processes_are_removed_after_a_day(s3: Any, bucket: str, cache: Path) -> None:
    s3.pipe_file(f"{bucket}/x", b"x")
    store.local_file(f"s3://{bucket}/x")
    parts = next(cache.glob("*/parts"))
    for name, age in (("old", 2 * cached.DAY), ("new", 0)):
        (parts / name).touch()
        moment = (parts / name).stat().st_mtime - age
        os.utime(parts / name, (moment, moment))
    store.local_file(f"s3://{bucket}/x")
    assert [part.name for part in parts.iterdir()] == ["new"]


def test_importing_it_is_light(run_python: Callable[[str], str]) -> None:
    program = "import sys, snowpeople.store; print({'fsspec', 'httpcore', 'numpy', 's3fs'} & set(sys.modules))"
    assert run_python(program).strip() == "set()"
