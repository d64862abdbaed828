"""Outcomes as lines."""

import csv
import io
import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from snowpeople import Prediction
from snowpeople.classify.lines import Kind, Lines
from snowpeople.classify.outcomes import Outcome
from snowpeople.classify.sources import Fault, Item

LABELS = ("olaf", "neither")
OLAF = Prediction("olaf", 0.75, {"olaf": 0.75, "neither": 0.25})
FAULT = Fault("empty", "This file is empty: please choose another one.")


def olaf(name: str = "a.jpg", label: str = "olaf") -> Outcome:
    return Outcome(Item(name), Prediction(label, 0.75, {"olaf": 0.75, "neither": 0.25}))


def table(lines: Lines, *outcomes: Outcome) -> list[dict[str, str]]:
    text = lines.header() + "".join(map(lines.line, outcomes))
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_line_for_people() -> None:
    lines = Lines("text", LABELS)
    assert lines.header() == ""
    assert lines.line(olaf()) == "olaf\t75.0%\ta.jpg\n"
    assert lines.line(olaf("a\tb\n\x1b[31m.jpg")) == "olaf\t75.0%\ta�b��[31m.jpg\n"
    assert lines.line(olaf("https://me:secret@example.com/a.jpg?key=1")) == "olaf\t75.0%\thttps://example.com/a.jpg\n"
    assert lines.line(Outcome(Item("a.jpg"), fault=FAULT)) == ""


def test_a_line_of_json() -> None:
    lines = Lines("json", LABELS)
    assert json.loads(lines.line(olaf("a\nb☃.jpg"), Path("sorted/a.jpg"))) == {
        "picture": "a\nb☃.jpg",
        "label": "olaf",
        "probability": 0.75,
        "probabilities": {"olaf": 0.75, "neither": 0.25},
        "neither": False,
        "familiarity": None,
        "unfamiliar": False,
        "copy": "sorted/a.jpg",
    }
    assert lines.line(olaf("a\nb.jpg")).count("\n") == 1
    fault = {"picture": "b.jpg", "error": FAULT.message, "code": "empty"}
    assert json.loads(lines.line(Outcome(Item("b.jpg"), fault=FAULT))) == fault


def test_a_table() -> None:
    first, second = table(Lines("csv", LABELS), olaf('a,"b"\n.jpg'), Outcome(Item("b.jpg"), fault=FAULT))
    assert first == {
        "picture": 'a,"b"\n.jpg',
        "label": "olaf",
        "probability": "0.75",
        "error": "",
        "code": "",
        "olaf": "0.75",
        "neither": "0.25",
    }
    empty = {"label": "", "probability": "", "olaf": "", "neither": ""}
    assert second == {"picture": "b.jpg", "error": FAULT.message, "code": "empty", **empty}


@pytest.mark.parametrize("name", ["=1+2.jpg", "+a.jpg", "-a.jpg", "@a.jpg", " =a.jpg", "＝a.jpg", "\ta.jpg"])
def test_a_name_is_no_formula_and_still_the_path(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(b"x")
    (row,) = table(Lines("csv", LABELS), olaf(name))
    assert row["picture"].startswith("./")
    assert Path(row["picture"]).read_bytes() == b"x"


def test_a_label_is_no_formula_and_no_other_column() -> None:
    labels = ["=olaf", "error"]
    prediction = Prediction("=olaf", 0.75, {"=olaf": 0.75, "error": 0.25})
    (row,) = table(Lines("csv", labels), Outcome(Item("a.jpg"), prediction))
    assert (row["label"], row["'=olaf"], row["error"], row["label error"]) == ("'=olaf", "0.75", "", "0.25")


def test_stdin_keeps_its_name_in_a_table() -> None:
    assert table(Lines("csv", LABELS), olaf("-"))[0]["picture"] == "-"


@pytest.mark.parametrize("kind", ["text", "json", "csv"])
def test_a_camera_s_pictures_have_their_time(kind: Kind) -> None:
    time = datetime(2026, 11, 28, 7, 13, 25, 999, tzinfo=timezone.utc)
    outcome = Outcome(Item("camera 0", time=time), OLAF)
    lines = Lines(kind, LABELS, times=True)
    assert "2026-11-28T07:13:25+00:00" in lines.line(outcome)
    assert ("time" in lines.header()) is (kind == "csv")
