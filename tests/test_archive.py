"""The members that Snowpeople adds to an export: read back whole, refused with a remedy, added without risk."""

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from snowpeople import archive
from snowpeople.archive import ExportError


def write(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ExportError) as caught:
        archive.read(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_what_was_appended_is_read_back(plain_export: Path, card: dict[str, Any]) -> None:
    archive.append(plain_export, b"a model", {**card, "title": "Snow ☃"})
    assert archive.read(plain_export) == (b"a model", {**card, "title": "Snow ☃"})


def test_the_members_lie_packed_under_the_top_folder(tiny_export: Path) -> None:
    with zipfile.ZipFile(tiny_export) as file:
        ours = [info for info in file.infolist() if "snowpeople" in info.filename]
        assert [info.filename for info in ours] == ["export/snowpeople/model.onnx", "export/snowpeople/card.json"]
        assert {info.compress_type for info in ours} == {zipfile.ZIP_DEFLATED}
        assert file.testzip() is None


def test_torch_still_opens_it(tmp_path: Path, card: dict[str, Any]) -> None:
    import torch

    path = tmp_path / "export.pkl"
    torch.save({"weight": torch.arange(1000.0), "note": "unchanged"}, path)
    for model in (b"m" * 100_000, b"another"):
        archive.append(path, model, card)
        for mmap in (False, True):
            content = torch.load(path, mmap=mmap)
            assert torch.equal(content["weight"], torch.arange(1000.0))
            assert content["note"] == "unchanged"


def test_appending_again_replaces(plain_export: Path, card: dict[str, Any]) -> None:
    archive.append(plain_export, b"x" * 100_000, card)
    archive.append(plain_export, b"second", {**card, "title": "Second"})
    model, read = archive.read(plain_export)
    assert (model, read["title"]) == (b"second", "Second")
    assert plain_export.stat().st_size < 10_000
    with zipfile.ZipFile(plain_export) as file:
        assert len(file.namelist()) == len(set(file.namelist())) == 6


def test_appending_again_keeps_what_others_added_after(plain_export: Path, card: dict[str, Any]) -> None:
    archive.append(plain_export, b"first", card)
    with zipfile.ZipFile(plain_export, "a") as file:
        file.writestr("export/notes.txt", "mine")
    archive.append(plain_export, b"second", card)
    assert archive.read(plain_export)[0] == b"second"
    with zipfile.ZipFile(plain_export) as file:
        assert file.read("export/notes.txt") == b"mine"
        assert file.testzip() is None


@pytest.mark.parametrize("fault", ["replace", "fsync"])
def test_a_failure_leaves_the_file_as_it_was(
    fault: str, plain_export: Path, card: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = plain_export.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, fault, fail)
    with pytest.raises(OSError, match="no space left"):
        archive.append(plain_export, b"model", card)
    assert plain_export.read_bytes() == before
    assert list(plain_export.parent.iterdir()) == [plain_export]


def test_a_link_stays_a_link_and_permissions_stay(plain_export: Path, card: dict[str, Any]) -> None:
    plain_export.chmod(0o640)
    link = plain_export.parent / "link.pkl"
    link.symlink_to(plain_export)
    archive.append(link, b"model", card)
    assert link.is_symlink()
    assert archive.read(plain_export)[0] == b"model"
    assert stat.S_IMODE(plain_export.stat().st_mode) == 0o640


def test_a_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "export.pkl")


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04" + b"\x00" * 100, "damaged"),
        (b"text", "not an export"),
        (b"\x80\x04N.", "not an"),
    ],
)
def test_not_a_zip(content: bytes, words: str, tmp_path: Path, card: dict[str, Any]) -> None:
    path = tmp_path / "export.pkl"
    path.write_bytes(content)
    assert words in refusal(path)
    with pytest.raises(ExportError, match=words):
        archive.append(path, b"model", card)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("members", [{}, {"readme.txt": b"hello"}, {"a/data.pkl": b"", "b/data.pkl": b""}])
def test_a_zip_of_something_else(members: dict[str, bytes], tmp_path: Path) -> None:
    assert "not an export" in refusal(write(tmp_path / "export.pkl", members))


def test_a_plain_fastai_export_is_told_how_to_convert(plain_export: Path) -> None:
    assert f"snowpeople shrink {plain_export}" in refusal(plain_export)


def test_a_changed_byte_is_noticed(tiny_export: Path) -> None:
    with zipfile.ZipFile(tiny_export) as file:
        model = next(info for info in file.infolist() if info.filename.endswith(archive.MODEL))
    data = bytearray(tiny_export.read_bytes())
    data[model.header_offset + 30 + len(model.filename) + 40] ^= 1
    tiny_export.write_bytes(data)
    assert "damaged" in refusal(tiny_export)


def test_every_cut_is_noticed(tiny_export: Path) -> None:
    data = tiny_export.read_bytes()
    for length in range(0, len(data), 97):
        tiny_export.write_bytes(data[:length])
        assert "damaged" in refusal(tiny_export)


def test_damage_anywhere_is_an_export_error_or_harmless(tiny_export: Path, tiny_model: bytes) -> None:
    data = tiny_export.read_bytes()
    for at in range(len(data)):
        tiny_export.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        try:
            model, _ = archive.read(tiny_export)
        except ExportError:
            continue
        assert model == tiny_model


@pytest.mark.parametrize("missing", [archive.MODEL, archive.CARD])
def test_one_of_the_two_members_is_missing(missing: str, tmp_path: Path, card: dict[str, Any]) -> None:
    members = {archive.MODEL: b"model", archive.CARD: json.dumps(card).encode()}
    del members[missing]
    path = write(tmp_path / "export.pkl", {"e/data.pkl": b"", **{f"e/{name}": c for name, c in members.items()}})
    assert "damaged" in refusal(path)


def test_a_claimed_size_beyond_the_limit_is_refused_unread(tiny_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MODEL_BYTES", 100)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("read before the size was checked"))
    monkeypatch.setattr(archive, "MAX_CARD_BYTES", 10)
    assert "at most 10 are allowed" in refusal(tiny_export)


BAD_CARDS = [
    (b"{not json", "damaged"),
    (b"[" * 100_000, "damaged"),
    (b"\xff\xfe", "damaged"),
    (b"[]", "damaged"),
    ({"format": 2}, "newer version"),
    ({"format": "1"}, "'format'"),
    ({"labels": "ab"}, "'labels'"),
    ({"labels": ["a"]}, "two or more"),
    ({"labels": ["a", "a"]}, "each once"),
    ({"labels": ["a", 1]}, "'labels'"),
    ({"size": 0}, "'size'"),
    ({"size": True}, "'size'"),
    ({"size": 1e9}, "'size'"),
    ({"resize": "pad"}, "'resize'"),
    ({"thresholds": {"known": 2}}, "'thresholds'"),
    ({"thresholds": {"known": float("nan")}}, "'thresholds'"),
    ({"thresholds": []}, "'thresholds'"),
]


@pytest.mark.parametrize(("bad", "words"), BAD_CARDS)
def test_a_card_that_is_not_valid(
    bad: bytes | dict[str, Any], words: str, tmp_path: Path, card: dict[str, Any]
) -> None:
    text = bad if isinstance(bad, bytes) else json.dumps({**card, **bad}).encode()
    members = {"e/data.pkl": b"", f"e/{archive.MODEL}": b"model", f"e/{archive.CARD}": text}
    assert words in refusal(write(tmp_path / "export.pkl", members))


def test_thresholds_may_be_left_out(plain_export: Path, card: dict[str, Any]) -> None:
    archive.append(plain_export, b"model", {key: value for key, value in card.items() if key != "thresholds"})
    assert "thresholds" not in archive.read(plain_export)[1]


def test_append_refuses_what_read_would_refuse(plain_export: Path, card: dict[str, Any]) -> None:
    before = plain_export.read_bytes()
    with pytest.raises(ExportError, match="'size'"):
        archive.append(plain_export, b"model", {**card, "size": 0})
    with pytest.raises(ExportError, match="at most"):
        archive.append(plain_export, bytes(archive.MAX_MODEL_BYTES + 1), card)
    assert plain_export.read_bytes() == before


def test_append_refuses_what_is_no_export(tmp_path: Path, card: dict[str, Any]) -> None:
    path = write(tmp_path / "export.pkl", {"readme.txt": b"hello"})
    with pytest.raises(ExportError, match="not an export"):
        archive.append(path, b"model", card)
    assert list(tmp_path.iterdir()) == [path]
