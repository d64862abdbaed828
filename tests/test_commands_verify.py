"""``snowpeople verify``: what it prints, moves and puts back, and how it exits."""

import json
import os
import shutil
from pathlib import Path

import pytest
from test_verify import folder, noise, tree

from snowpeople.cli import main

__all__ = ["folder"]  # the fixture


def test_suspects_are_set_aside_and_come_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "cat" / "broken.jpg").write_bytes(b"")
    before = tree(folder)
    assert main(["verify", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        f"{folder}: 7 pictures of 2 labels, 1 suspect",
        "",
        "  unreadable  cat  1",
        "",
        "  cat/broken.jpg: unreadable: This file is empty: please choose another one.",
        f"moved 1; to put them back: snowpeople verify {folder} --undo",
    ]
    assert printed.err == ""
    assert (folder / "_quarantine" / "cat" / "broken.jpg").exists()
    assert main(["verify", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}: 6 pictures of 2 labels, nothing found\n"
    assert main(["verify", str(folder), "--undo"]) == 0
    assert capsys.readouterr().out == "cat/broken.jpg: back from _quarantine/cat/broken.jpg\n"
    assert tree(folder) == before
    assert main(["verify", str(folder), "--undo"]) == 0
    assert capsys.readouterr().out == f"nothing to put back in {folder}\n"


def test_a_dry_run_moves_nothing_and_exits_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder), "--dry-run"]) == 0
    shutil.copy(folder / "cat" / "0.png", folder / "dog" / "x.png")
    before = tree(folder)
    assert main(["verify", str(folder), "--dry-run"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 would be set aside"
    assert tree(folder) == before


def test_json_is_alone_on_stdout(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "cat" / "broken.jpg").write_bytes(b"")
    assert main(["verify", str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert [each["kind"] for each in document["suspects"]] == ["unreadable"]
    assert [each["now"] for each in document["moves"]] == ["_quarantine/cat/broken.jpg"]
    assert "1 suspect" in printed.err
    assert main(["verify", str(folder), "--undo", "--json"]) == 0
    assert [each["now"] for each in json.loads(capsys.readouterr().out)["back"]] == ["cat/broken.jpg"]


def test_near_copies_and_wrong_names_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noise(0).save(folder / "cat" / "same.bmp")
    noise(1).convert("RGB").save(folder / "cat" / "x.jpg", "BMP")
    noise(99).save(folder / "dog" / "y.jpg", "PNG")
    before = tree(folder)
    assert main(["verify", str(folder)]) == 0
    assert tree(folder) == before
    assert main(["verify", str(folder), "--near", "--fix"]) == 0
    assert "moved 4;" in capsys.readouterr().out
    after = tree(folder)
    assert {"dog/y.png", "cat/same.bmp", "cat/x.bmp", "_quarantine/cat/0.png", "_quarantine/cat/1.png"} - set(
        after
    ) == set()
    assert main(["verify", str(folder), "--undo"]) == 0
    assert tree(folder) == before


def test_what_cannot_be_trained_on_exits_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (folder / "dog").iterdir():
        file.write_bytes(b"")
    assert main(["verify", str(folder)]) == 1
    printed = capsys.readouterr()
    assert printed.err == "snowpeople: no usable picture of dog. Add pictures, or move the folder away.\n"
    assert main(["verify", str(folder / "nowhere")]) == 1
    assert "is not a folder" in capsys.readouterr().err


def test_a_read_only_folder_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "cat" / "broken.jpg").write_bytes(b"")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    before = tree(folder)
    assert main(["verify", str(folder)]) == 1
    printed = capsys.readouterr()
    assert "cat/broken.jpg: unreadable" in printed.out
    assert printed.err.count("\n") == 1
    assert "can't be written, so nothing was moved" in printed.err
    assert tree(folder) == before


def test_what_is_gone_cannot_be_put_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "cat" / "broken.jpg").write_bytes(b"")
    main(["verify", str(folder)])
    (folder / "_quarantine" / "cat" / "broken.jpg").unlink()
    capsys.readouterr()
    assert main(["verify", str(folder), "--undo"]) == 1
    assert "_quarantine/cat/broken.jpg is gone, so it can't be put back" in capsys.readouterr().err
    assert main(["verify", str(folder / "nowhere"), "--undo"]) == 1
    assert "nowhere is not a folder" in capsys.readouterr().err


def test_names_cannot_write_on_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "cat" / "\x1b[31mred\n.jpg").write_bytes(b"")
    assert main(["verify", str(folder), "--dry-run"]) == 1
    assert "cat/�[31mred�.jpg: unreadable" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--undo"]])
def test_pictures_elsewhere_are_not_moved(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "s3://bucket/pets", *options]) == 1
    assert "add --dry-run" in capsys.readouterr().err
