"""A data set is found wherever it is: a folder, an archive, or the address of either; an archive is unpacked once."""

import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from helpers import encode, scene
from servers import Server, s3_server, served

from snowpeople import dataset, download, place
from snowpeople.dataset import DatasetError
from snowpeople.gather.unpack import UnpackError
from snowpeople.store import StoreError

NAMES = ["red/1.png", "red/2.png", "blue/1.png", "blue/deeper/2.png"]


def files(top: str = "") -> dict[str, bytes]:
    """Two labels with two pictures each, all different."""
    return {top + name: encode(scene((48, 32)).rotate(90 * i), "PNG") for i, name in enumerate(NAMES)}


def zipped(content: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(content: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return file.getvalue()


def pictures(folder: Path) -> dict[str, bytes]:
    """What a data set in this folder holds."""
    found = dataset.load(folder)
    assert found.labels == [path.relative_to(folder).parts[0] for path in found.pictures]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found.pictures}


def never(steps: Sequence[Any]) -> Iterable[Any]:
    """Stands for the bar of work that is not to be done again."""
    raise AssertionError("this was done before")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWPEOPLE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(download, "is_public", lambda _: True)
    with served(Server()) as running:
        for name in ("otters.zip", "otters"):
            running.answers[f"/{name}"] = lambda handler: handler.answer(zipped(files()), etag='"1"')
            running.answers[f"/{name}.sha256"] = lambda handler: handler.answer(status=404)
        yield running


# Folders


@pytest.mark.parametrize("name", ["otters", "otters.zip"])
def test_a_folder_is_used_where_it_is_however_it_is_named(name: str, tmp_path: Path, work: Path) -> None:
    (tmp_path / name).mkdir()
    assert place.folder(str(tmp_path / name), work) == tmp_path / name
    assert not work.exists()


def test_a_folder_of_ones_home(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert place.folder("~/otters", work) == tmp_path / "otters"


def test_an_archive_that_is_not_there_is_named_when_it_is_read(tmp_path: Path, work: Path) -> None:
    with pytest.raises(DatasetError, match=r"missing\.zip is not a folder"):
        dataset.load(place.folder(str(tmp_path / "missing.zip"), work))


# Archives


@pytest.mark.parametrize(("name", "pack"), [("otters.zip", zipped), ("otters.tar.gz", tarred), ("OTTERS.TGZ", tarred)])
@pytest.mark.parametrize("top", ["", "all of them/"])
def test_an_archive_holds_the_same_data_set_as_its_folder(
    name: str, pack: Any, top: str, tmp_path: Path, work: Path
) -> None:
    (tmp_path / name).write_bytes(pack(files(top)))
    assert pictures(place.folder(str(tmp_path / name), work)) == files()


def test_an_archive_of_a_split_data_set_keeps_its_split(tmp_path: Path, work: Path) -> None:
    (tmp_path / "otters.zip").write_bytes(zipped(files("train/") | files("valid/")))
    found = dataset.load(place.folder(str(tmp_path / "otters.zip"), work))
    assert found.vocabulary == ["blue", "red"]
    assert found.given is not None
    assert {found.pictures[i].relative_to(found.folder).parts[0] for i in found.given} == {"valid"}


@pytest.mark.parametrize("top", ["", "otters/"])
def test_an_archive_says_as_its_folder_would_which_pictures_belong_together(
    top: str, tmp_path: Path, work: Path
) -> None:
    table = "picture\tgroup\n" + "".join(f"{name}\tgroup {name[:3]}\n" for name in NAMES)
    (tmp_path / "otters.zip").write_bytes(zipped({f"{top}groups.tsv": table.encode(), **files(top)}))
    found = dataset.load(place.folder(str(tmp_path / "otters.zip"), work))
    assert sorted(found.groups) == ["group blu", "group blu", "group red", "group red"]


def test_a_table_beside_the_one_folder_of_an_archive_does_not_hide_it(tmp_path: Path, work: Path) -> None:
    (tmp_path / "otters.zip").write_bytes(zipped({"groups.tsv": b"picture\tgroup\n", **files("otters/")}))
    assert pictures(place.folder(str(tmp_path / "otters.zip"), work)) == files()


def test_an_archive_is_unpacked_once_wherever_it_lies(tmp_path: Path, work: Path) -> None:
    first, second = tmp_path / "otters.zip", tmp_path / "copy" / "otters.zip"
    second.parent.mkdir()
    for path in (first, second):
        path.write_bytes(zipped(files()))
    found = place.folder(str(first), work)
    assert place.folder(str(second), work, never) == found
    assert pictures(found) == files()


def test_another_archive_of_the_same_name_is_another_data_set(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "otters.zip"
    path.write_bytes(zipped(files()))
    before = place.folder(str(path), work)
    fewer = {name: content for name, content in files().items() if name != "red/2.png"}
    path.write_bytes(zipped(fewer))
    assert pictures(place.folder(str(path), work)) == fewer
    assert pictures(before) == files()


def test_unpacking_that_was_stopped_is_done_again(tmp_path: Path, work: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(steps: Sequence[Any]) -> Iterator[Any]:
        yield from list(steps)[:50]
        raise StoppedError

    path = tmp_path / "otters.zip"
    path.write_bytes(zipped(files()))
    with pytest.raises(StoppedError):
        place.folder(str(path), work, stop)
    assert pictures(place.folder(str(path), work)) == files()


def test_a_damaged_archive_is_named(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "otters.zip"
    path.write_bytes(zipped(files())[:300])
    with pytest.raises(UnpackError, match=r"otters\.zip is damaged, or no zip or tar"):
        place.folder(str(path), work)


def test_an_archive_without_a_picture(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "otters.zip"
    path.write_bytes(zipped({"readme.txt": b"hello", "groups.tsv": b"picture\tgroup\n"}))
    for _ in range(2):  # nothing is remembered that is not true
        with pytest.raises(DatasetError, match=r"otters\.zip holds no picture\. An archive needs a folder"):
            place.folder(str(path), work)


def test_an_archive_that_gives_no_picture_says_why(tmp_path: Path, work: Path) -> None:
    content = bytearray(zipped(files()))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # where a zip says that a member is encrypted
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 1)
    (tmp_path / "otters.zip").write_bytes(content)
    with pytest.raises(DatasetError, match=r"otters\.zip.* red/1\.png: it is encrypted: unpack the archive yourself"):
        place.folder(str(tmp_path / "otters.zip"), work)


def test_an_archive_of_one_loose_picture_lacks_labels(tmp_path: Path, work: Path) -> None:
    path = tmp_path / "otters.zip"
    path.write_bytes(zipped({"1.png": files()["red/1.png"]}))
    with pytest.raises(DatasetError, match="holds no folder of pictures; a classifier needs one for each of two"):
        dataset.load(place.folder(str(path), work))


# Addresses


def test_an_archive_of_the_web_is_fetched_and_unpacked_once(web: Server, work: Path) -> None:
    found = place.folder(f"{web.url}/otters.zip", work)
    assert pictures(found) == files()
    web.answers["/otters.zip"] = lambda handler: handler.answer(status=304)
    assert place.folder(f"{web.url}/otters.zip", work) == found


def test_an_archive_of_the_web_with_a_query(web: Server, work: Path) -> None:
    web.answers["/otters.zip?token=secret&dl=1"] = web.answers["/otters.zip"]
    found = place.folder(f"{web.url}/otters.zip?token=secret&dl=1", work)
    assert pictures(found) == files()
    assert "secret" not in str(found)


def test_an_archive_of_the_web_with_another_digest_is_not_unpacked(web: Server, work: Path) -> None:
    with pytest.raises(StoreError, match="another SHA-256 than it should"):
        place.folder(f"{web.url}/otters.zip#sha256={'0' * 64}", work)
    assert not work.exists()


def test_an_address_of_the_web_that_names_no_archive(web: Server, work: Path) -> None:
    with pytest.raises(StoreError, match=r"/otters is the address of one file\. For a folder name an archive"):
        place.folder(f"{web.url}/otters", work)


def test_a_folder_and_an_archive_in_a_bucket(work: Path) -> None:
    with s3_server() as files_there:
        files_there.mkdir("places")  # moto keeps buckets for as long as the process lives
        files_there.pipe({f"places/otters/{name}": content for name, content in files().items()})
        files_there.pipe("places/otters.zip", zipped(files("otters/")))
        mirror = place.folder("s3://places/otters", work)
        assert not work.exists()
        unpacked = place.folder("s3://places/otters.zip", work)
    assert pictures(mirror) == pictures(unpacked) == files()
