"""``snowpeople report``: what it prints, writes, and how it exits."""

import json
from pathlib import Path

import pytest
from test_measurement import COLOURS, digests, folder, picture, with_card

from snowpeople.cli import main

__all__ = ["folder"]  # the fixture


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_measures_and_writes_a_page(folder: Path, tiny_export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0].startswith("named right: 92 %")
    assert printed.out.splitlines()[-1] == "wrote report.html"
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "A picture of olaf that was called abominable" in page
    assert printed.err == ""


def test_a_page_that_is_there_is_kept(folder: Path, tiny_export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("report.html").write_text("mine")
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "wrote report-2.html"
    assert Path("report.html").read_text() == "mine"


def test_json_is_alone_on_stdout(
    folder: Path, tiny_export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lawn = picture(tmp_path / "lawns" / "1.png", COLOURS["neither"], 100).parent
    assert main(["report", str(folder), "--strangers", str(lawn), "--json", "--out", "page.html"]) == 0
    printed = capsys.readouterr()
    numbers = json.loads(printed.out)
    assert numbers["accuracy"]["pictures"] == 12
    assert list(numbers["strangers"]["by_kind"]) == ["lawns"]
    assert printed.err.splitlines()[-1] == "wrote page.html"


def test_pictures_it_learnt_from_count_only_if_asked_for(
    folder: Path, tiny_export: Path, tiny_model: bytes, card: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    with_card(tiny_export, tiny_model, card, trained={"learnt_from": digests(folder / "olaf" / "0.png")})
    assert main(["report", str(folder)]) == 0
    assert "1 picture it learnt from was left out." in capsys.readouterr().out
    assert main(["report", str(folder), "--all"]) == 0
    assert "1 picture it learnt from was counted here" in capsys.readouterr().out


def test_labels_it_does_not_know_are_one_line_and_no_page(
    folder: Path, tiny_export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "olaf").rename(folder / "yeti")
    assert main(["report", str(folder)]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith(f"snowpeople: {folder} has pictures of yeti")
    assert printed.err.count("\n") == 1
    assert not Path("report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "missing is not a folder"),
        (["{folder}", "--export", "missing.pkl"], "missing.pkl does not exist"),
        (["{folder}", "--out", "s3://bucket/report.html"], "s3://bucket/report.html is no file on this computer"),
        (["{folder}", "--strangers", "missing"], "missing is not a folder"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], message: str, folder: Path, tiny_export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *(argument.format(folder=folder) for argument in arguments)]) == 1
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert not list(Path.cwd().glob("**/*.html"))


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["report", "--help"])
    assert caught.value.code == 0
    assert "examples:\n  snowpeople report" in capsys.readouterr().out
