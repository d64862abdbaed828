"""Archives give up their pictures, and nothing that is in an archive can do harm."""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snowpeople.gather import streams, unpack
from snowpeople.gather.names import LONGEST, safe
from snowpeople.gather.unpack import Limits, UnpackError, is_archive

PICTURES = {"pets/cat/1.jpg": b"one", "pets/dog/2.PNG": b"two", "pets/dog/deep/3.webp": b"three"}
Maker = Callable[[dict[str, bytes]], Path]


@pytest.fixture(params=["zip", "stored.zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(tmp_path: Path, kind: str) -> Maker:
    """Makes an archive of these members."""

    def archive(members: dict[str, bytes]) -> Path:
        path = tmp_path / f"pets.{kind}"
        if kind.endswith("zip"):
            method = zipfile.ZIP_STORED if kind == "stored.zip" else zipfile.ZIP_DEFLATED
            with zipfile.ZipFile(path, "w", method) as file:
                for name, content in members.items():
                    file.writestr(name, content)
        else:
            mode: Any = "w:" + kind.removeprefix("tar").removeprefix(".")
            with tarfile.open(path, mode) as tar:
                for name, content in members.items():
                    tar.addfile(tar_info(name, len(content)), io.BytesIO(content))
        return path

    return archive


def tar_info(name: str, size: int = 0, **attributes: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


def tar_of(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(bytes(member.size)) if member.isreg() else None)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def reasons(members: Sequence[unpack.Member]) -> dict[str, str]:
    return {member.name: member.reason for member in members if member.path is None}


def test_pictures_come_out_and_nothing_else(make: Maker, tmp_path: Path) -> None:
    others = ("pets/readme.txt", "pets/nested.zip", ".hidden/4.jpg", "pets/._1.jpg", "__MACOSX/pets/5.jpg", "run.sh")
    archive = make({**PICTURES, **dict.fromkeys(others, b"other"), "pets/cat/empty.gif": b""})
    done = unpack.unpack(archive, tmp_path / "out")
    assert tree(tmp_path / "out") == {**PICTURES, "pets/cat/empty.gif": b""}
    assert [member.name for member in done] == [*PICTURES, "pets/cat/empty.gif"]
    assert all(member.path is not None and member.path.is_file() for member in done)


def test_a_second_time_changes_nothing(make: Maker, tmp_path: Path) -> None:
    archive = make(PICTURES)
    first = unpack.unpack(archive, tmp_path / "out")
    assert unpack.unpack(archive, tmp_path / "out") == first
    assert tree(tmp_path / "out") == PICTURES


def test_what_is_there_is_not_overwritten(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "out" / "pets" / "cat").mkdir(parents=True)
    (tmp_path / "out" / "pets" / "cat" / "1.jpg").write_bytes(b"mine")
    done = unpack.unpack(make(PICTURES), tmp_path / "out")
    assert tree(tmp_path / "out") == {**PICTURES, "pets/cat/1.jpg": b"mine", "pets/cat/1-2.jpg": b"one"}
    assert done[0].path == tmp_path / "out" / "pets" / "cat" / "1-2.jpg"


def test_nothing_leads_out_of_the_folder(make: Maker, tmp_path: Path) -> None:
    bad = ("../up.jpg", "a/../../up.jpg", "/tmp/root.jpg", "//server/share.jpg", "C:/windows.jpg", "..\\back.jpg")
    done = unpack.unpack(make({**dict.fromkeys(bad, b"x"), **PICTURES}), tmp_path / "out" / "in")
    assert len(reasons(done)) == len(bad)
    assert set(reasons(done).values()) == {"its name leads out of the folder, or is no name"}
    assert tree(tmp_path / "out") == {f"in/{name}": content for name, content in PICTURES.items()}
    assert not (tmp_path / "up.jpg").exists()


def test_backslashes_are_slashes(make: Maker, tmp_path: Path) -> None:
    unpack.unpack(make({"pets\\cat\\1.jpg": b"one"}), tmp_path / "out")
    assert tree(tmp_path / "out") == {"pets/cat/1.jpg": b"one"}


def test_names_that_some_system_can_not_have(make: Maker, tmp_path: Path) -> None:
    long = "ü" * 300
    unpack.unpack(
        make({"CON/nul.jpg": b"1", "a:b/c?.jpg": b"2", f"{long}/{long}.jpg": b"3", "trail. /x.jpg": b"4"}),
        tmp_path / "out",
    )
    short = "ü" * (LONGEST // 2)
    assert tree(tmp_path / "out") == {
        "CON_/nul_.jpg": b"1",
        "a_b/c_.jpg": b"2",
        f"{short}/{'ü' * ((LONGEST - 4) // 2)}.jpg": b"3",
        "trail/x.jpg": b"4",
    }


def test_a_file_that_has_the_name_of_a_folder(make: Maker, tmp_path: Path) -> None:
    done = unpack.unpack(make({"a.jpg": b"1", "a.jpg/b.jpg": b"2", "c.jpg": b"3"}), tmp_path / "out")
    assert reasons(done) == {"a.jpg/b.jpg": "a file has the name of its folder"}
    assert tree(tmp_path / "out") == {"a.jpg": b"1", "c.jpg": b"3"}


def test_a_link_in_the_folder_is_not_followed_out_of_it(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "pets").symlink_to(tmp_path / "elsewhere")
    done = unpack.unpack(make(PICTURES), tmp_path / "out")
    assert set(reasons(done).values()) == {"a link there leads out of the folder"}
    assert tree(tmp_path / "elsewhere") == {}


def test_links_and_devices_in_a_tar(tmp_path: Path) -> None:
    archive = tar_of(
        tmp_path / "a.tar",
        tar_info("link.jpg", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        tar_info("room", type=tarfile.SYMTYPE, linkname="/tmp"),
        tar_info("hard.jpg", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        tar_info("pipe.jpg", type=tarfile.FIFOTYPE),
        tar_info("null.jpg", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
        tar_info("room/a.jpg", 3, mode=0o4777),
    )
    done = unpack.unpack(archive, tmp_path / "out")
    assert set(reasons(done)) == {"link.jpg", "hard.jpg", "pipe.jpg", "null.jpg"}
    assert set(reasons(done).values()) == {"it is a link or a device, not a file"}
    assert tree(tmp_path / "out") == {"room/a.jpg": bytes(3)}
    assert not (tmp_path / "out" / "room").is_symlink()
    assert not (tmp_path / "out" / "room" / "a.jpg").stat().st_mode & (stat.S_ISUID | stat.S_IXUSR)


def test_a_link_in_a_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.jpg")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    done = unpack.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert reasons(done) == {"link.jpg": "it is a link, not a file"}
    assert tree(tmp_path / "out") == {}


def test_encrypted_members_of_a_zip_are_named_with_the_remedy(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("open.jpg", b"1")
        archive.writestr("locked.jpg", b"2")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag, in both headers of the second member
        data[data.rindex(mark) + place] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    done = unpack.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert list(reasons(done)) == ["locked.jpg"]
    assert "encrypted: unpack the archive yourself" in reasons(done)["locked.jpg"]
    assert tree(tmp_path / "out") == {"open.jpg": b"1"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_zipfile_can_not_unpack_in_small_pieces_is_left_out(method: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("a.jpg", bytes(1000))
    done = unpack.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert "packed in a rare way" in reasons(done)["a.jpg"]


def test_too_many_members(make: Maker, tmp_path: Path) -> None:
    archive = make({f"{number}.txt": b"" for number in range(20)})
    with pytest.raises(UnpackError, match=r"pets\..* holds more than 19 files\. If you trust it, unpack it yourself"):
        unpack.unpack(archive, tmp_path / "out", Limits(members=19))
    assert unpack.unpack(archive, tmp_path / "out", Limits(members=20)) == []


def test_a_member_that_is_too_large_is_left_out(make: Maker, tmp_path: Path) -> None:
    done = unpack.unpack(make({"a.jpg": bytes(2001), "b.jpg": bytes(2000)}), tmp_path, Limits(member_bytes=2000))
    assert reasons(done) == {"a.jpg": "it has more than 0.002 MB"}
    assert not (tmp_path / "a.jpg").exists()
    assert (tmp_path / "b.jpg").read_bytes() == bytes(2000)


def test_too_many_bytes_in_all(make: Maker, tmp_path: Path) -> None:
    archive = make({f"{number}.jpg": bytes([number]) * 600_000 for number in range(5)})
    with pytest.raises(UnpackError, match="unpacks to more than 2 MB, which looks like an attack"):
        unpack.unpack(archive, tmp_path / "out", Limits(total_bytes=2_000_000))
    # What came before is kept, whole.
    assert set(tree(tmp_path / "out").values()) <= {bytes([number]) * 600_000 for number in range(5)}
    assert len(tree(tmp_path / "out")) in (2, 3)


def test_a_bomb(kind: str, make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "ALWAYS", 100_000)
    archive = make({f"{number}.jpg": bytes(5_000_000) for number in range(2)})
    if kind in ("stored.zip", "tar"):
        assert len(unpack.unpack(archive, tmp_path / "out")) == 2
    else:
        with pytest.raises(UnpackError, match="looks like an attack"):
            unpack.unpack(archive, tmp_path / "out")


def test_a_bomb_that_is_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "ALWAYS", 100_000)
    inside = io.BytesIO()
    with tarfile.open(fileobj=inside, mode="w") as tar:
        tar.addfile(tar_info("large.bin", 20_000_000), io.BytesIO(bytes(20_000_000)))
        tar.addfile(tar_info("a.jpg", 1), io.BytesIO(b"a"))
    for suffix, pack in ((".tgz", gzip.compress), (".tbz", bz2.compress), (".txz", lzma.compress)):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(pack(inside.getvalue()))
        with pytest.raises(UnpackError, match="looks like an attack"):
            unpack.unpack(path, tmp_path / "out")
    assert tree(tmp_path / "out") == {}


def test_members_that_share_their_bytes(tmp_path: Path) -> None:
    # The zip bomb of D. Fifield, 2019: many entries of the directory, one member.
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.jpg", bytes(50_000))
        entry = archive.filelist[0]
        for number in range(1, 200):
            other = zipfile.ZipInfo(f"{number}.jpg")
            for attribute in ("header_offset", "compress_type", "compress_size", "file_size", "CRC"):
                setattr(other, attribute, getattr(entry, attribute))
            archive.filelist.append(other)
    # zipfile itself refuses a member whose own header has another name; newer ones all that overlap.
    done = unpack.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert len(done) == 200
    assert len(tree(tmp_path / "out")) <= 1
    assert set(reasons(done).values()) == {"it is damaged in the archive"}


def test_headers_that_lie_about_the_size(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", bytes(50_000))
        archive.filelist[0].file_size = 10
    done = unpack.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert reasons(done) == {"a.jpg": "it is damaged in the archive"}
    assert tree(tmp_path / "out") == {}


def test_a_header_that_wants_all_memory(tmp_path: Path) -> None:
    header = tar_info("a.jpg", 1 << 33, type=tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "a.tar").write_bytes(header + bytes(100_000))
    with pytest.raises(UnpackError, match="has a header too large to be honest"):
        unpack.unpack(tmp_path / "a.tar", tmp_path / "out")


def test_a_directory_that_wants_all_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGEST_READ", 1000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(100):
            archive.writestr(f"{number}.jpg", b"")
    with pytest.raises(UnpackError, match="has a directory too large to be honest"):
        unpack.unpack(tmp_path / "a.zip", tmp_path / "out")


def test_xz_that_wants_all_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "XZ_MEMORY", 1 << 20)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 24}]
    (tmp_path / "a.tar.xz").write_bytes(lzma.compress(bytes(10_000), filters=filters))
    with pytest.raises(UnpackError, match="is damaged, or no zip or tar"):
        unpack.unpack(tmp_path / "a.tar.xz", tmp_path / "out")


def test_xz_in_several_streams(tmp_path: Path) -> None:
    tar = tar_of(tmp_path / "a.tar", tar_info("a.jpg", 700_000), tar_info("b.jpg", 9)).read_bytes()
    parts = [lzma.compress(tar[start : start + 300_000]) for start in range(0, len(tar), 300_000)]
    (tmp_path / "a.txz").write_bytes(bytes(4).join(parts))
    unpack.unpack(tmp_path / "a.txz", tmp_path / "out")
    assert tree(tmp_path / "out") == {"a.jpg": bytes(700_000), "b.jpg": bytes(9)}


def test_an_archive_that_ends_too_soon_keeps_what_came_before(make: Maker, kind: str, tmp_path: Path) -> None:
    noise = {f"{number}.jpg": os.urandom(300_000) for number in range(4)}
    archive = make(noise)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size * 2 // 3])
    with pytest.raises(UnpackError, match=r"pets\S+ is damaged, or no zip or tar; .*\. Download it again"):
        unpack.unpack(archive, tmp_path / "out")
    kept = tree(tmp_path / "out")
    assert kept.items() <= noise.items()
    if kind in ("tar", "tar.gz", "tar.xz"):  # a zip has its directory at the end, and bzip2 large blocks
        assert len(kept) == 2


def test_a_damaged_member_of_a_zip_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jpg", b"aaaa")
        archive.writestr("b.jpg", b"bbbb")
    data = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(data.replace(b"aaaa", b"aaab"))
    done = unpack.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert reasons(done) == {"a.jpg": "it is damaged in the archive"}
    assert tree(tmp_path / "out") == {"b.jpg": b"bbbb"}


def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path: Path) -> None:
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w") as archive:
        archive.writestr("inner.jpg", b"1")
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.addfile(tar_info("outer.jpg", 1), io.BytesIO(b"2"))
        tar.addfile(tar_info("last.zip", inside.seek(0, 2)), io.BytesIO(inside.getvalue()))
    unpack.unpack(tmp_path / "a.tar", tmp_path / "out")
    assert tree(tmp_path / "out") == {"outer.jpg": b"2"}


@pytest.mark.parametrize(
    "content", [b"", b"no archive", b"1" * 2000, b"PK\x03\x04" + bytes(50), b"\x1f\x8b" + bytes(9)]
)
def test_what_is_no_archive(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UnpackError, match=r"a\.zip is damaged, or no zip or tar; nothing was unpacked"):
        unpack.unpack(tmp_path / "a.zip", tmp_path / "out")


def test_archives_of_other_kinds(tmp_path: Path) -> None:
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(600))
    with pytest.raises(UnpackError, match=r"a\.7z is of a kind that can't be unpacked here: make it a zip"):
        unpack.unpack(tmp_path / "a.7z", tmp_path / "out")
    with pytest.raises(UnpackError, match=r"none\.zip can't be opened: No such file"):
        unpack.unpack(tmp_path / "none.zip", tmp_path / "out")


def test_a_full_disk(make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link
    written: list[Path] = []

    def link(source: Path, target: Path) -> None:
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        written.append(target)
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(UnpackError, match=r"out can't be written to \(No space left on device\); the 2 pictures"):
        unpack.unpack(make(PICTURES), tmp_path / "out")
    assert len(tree(tmp_path / "out")) == 2  # and no half file


def test_names_that_are_utf8_without_saying_so(tmp_path: Path) -> None:
    # As macOS writes them: no flag, and zipfile then takes them for CP437.
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("cafe/1.jpg", b"1")
    data = (tmp_path / "a.zip").read_bytes().replace(b"cafe/", "caé/".encode())
    (tmp_path / "a.zip").write_bytes(data)
    unpack.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert tree(tmp_path / "out") == {"caé/1.jpg": b"1"}


def test_the_progress_covers_the_whole_archive(make: Maker, tmp_path: Path) -> None:
    steps: list[int] = []

    def progress(sequence: Sequence[int]) -> Iterator[int]:
        assert len(sequence) == 100
        for step in sequence:
            steps.append(step)
            yield step

    assert len(unpack.unpack(make(PICTURES), tmp_path / "out", progress=progress)) == 3
    assert steps == list(range(1, 101))


@pytest.mark.parametrize(
    "name", ["a.zip", "A.ZIP", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.txz", "a.rar", "a.7z"]
)
def test_archives_by_their_names(name: str) -> None:
    assert is_archive(name)
    assert not is_archive(name + ".txt")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_ends_in_an_error_or_a_reason(data: st.DataObject, tmp_path: Path) -> None:
    made = tmp_path / "good.bin"
    if data.draw(st.booleans()):
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in PICTURES.items():
                archive.writestr(name, content)
    else:
        tar_of(made, *(tar_info(name, 600) for name in PICTURES))
    damaged = bytearray(made.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    made.write_bytes(damaged)
    with suppress(UnpackError):
        unpack.unpack(made, tmp_path / "fuzz" / "out")
    beside = {path.name for path in (tmp_path / "fuzz").iterdir()} if (tmp_path / "fuzz").exists() else set()
    assert beside <= {"out"}


@given(name=st.text(max_size=300))
def test_safe_names_can_be_had_anywhere(name: str) -> None:
    made = safe(name)
    assert len(made.encode()) <= LONGEST + 1
    assert made == made.strip(". ")
    assert not set(made) & set('<>:"/\\|?*\0\n')
    assert safe(made) == made
