"""What `snowpeople shrink` shows of what shrinking cost; test_export.py tests the converter, which needs torch."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from snowpeople.cli import main

ROWS = [
    {"name": "as trained, float32", "megabytes": 44.9, "accuracy": 0.9, "low": 0.8, "high": 0.95, "milliseconds": 9.5},
    {"name": "fastai half, int8 weights", "megabytes": 9.1, "accuracy": 0.895, "low": 0.79, "high": 0.94},
]


@pytest.fixture
def shrunk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, object]:
    """What a stand-in for the converter says of its work; a test may change it."""
    found: dict[str, object] = {"rows": ROWS, "kept": "int8", "lost_points": 0.5}
    module = ModuleType("snowpeople.export")
    module.__dict__["convert"] = lambda path, out, pictures, title: SimpleNamespace(
        path=out or path,
        size=31_400_000 if found["kept"] == "float16" else 12_000_000,
        shrunk={**found, "title": title},
        before=tmp_path / "before.pkl",
    )
    monkeypatch.setitem(sys.modules, "snowpeople.export", module)
    return found


def test_what_shrinking_costs_is_a_table(shrunk: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shrink", "mine.pkl", "--trust"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1].split() == ["as", "trained,", "float32", "44.90", "90.0%", "80.0%", "to", "95.0%", "9.50"]
    assert out[2].split()[-5:] == ["9.10", "89.5%", "79.0%", "to", "94.0%"]
    assert out[3] == "points of accuracy lost: 0.5"
    assert out[4] == "wrote mine.pkl (12.0 MB)"
    assert out[5].endswith("before.pkl")


def test_without_labels_it_says_that_accuracy_is_not_known(
    shrunk: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    shrunk.update(rows=[{"name": "as trained, float32", "megabytes": 44.9}], lost_points=None)
    assert main(["shrink", "mine.pkl", "--trust"]) == 0
    out = capsys.readouterr().out
    assert "not known: name pictures with --pictures" in out
    assert "%" not in out.splitlines()[1]


def test_json_is_one_document_and_all_words_go_to_stderr(
    shrunk: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shrink", "mine.pkl", "--trust", "--out", "new.pkl", "--json"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert document["export"] == "new.pkl"
    assert document["bytes"] == 12_000_000
    assert (document["rows"], document["kept"], document["lost_points"]) == (ROWS, "int8", 0.5)
    assert "wrote new.pkl" in err


def test_an_export_at_an_address_needs_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shrink", "s3://bucket/theirs.pkl", "--trust"]) == 1
    assert "add --out FILE" in capsys.readouterr().err


def test_an_address_can_be_read_but_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shrink", "mine.pkl", "--trust", "--out", "s3://bucket/mine.pkl"]) == 1
    assert "name a file on this disk" in capsys.readouterr().err


def test_an_export_that_binder_will_hardly_bear_is_noted(
    shrunk: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shrink", "mine.pkl", "--trust"]) == 0
    assert "Binder" not in capsys.readouterr().out
    shrunk.update(kept="float16")
    assert main(["shrink", "mine.pkl", "--trust"]) == 0
    assert "note: 31 MB is more than a repository for Binder bears well (24 MB)" in capsys.readouterr().out


def test_the_question_can_be_named(shrunk: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shrink", "mine.pkl", "--trust", "--json", "--title", "Sea otter or river otter?"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Sea otter or river otter?"
