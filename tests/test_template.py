"""What the page holds before there is a kernel to ask."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from snowpeople.dashboard.template import inline

ROOT = Path(__file__).parent.parent


def first(*code: str) -> Any:
    cells = [SimpleNamespace(cell_type="code", source=text) for text in code]
    return json.loads(inline("first", SimpleNamespace(cells=cells)))


def test_it_knows_the_question_the_labels_and_the_number_of_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    known = first("from snowpeople.dashboard import Dashboard", 'Dashboard("export.pkl")')
    assert known["about"]["title"] == "Which snow person is it?"
    assert known["about"]["labels"] == ["abominable", "neither", "olaf"]
    assert known["expected"] == len(list((ROOT / "examples").glob("*.png")))
    assert first("Dashboard()") == known


def test_names_in_the_notebook_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "one.png").touch()
    (tmp_path / "my.pkl").write_bytes((ROOT / "export.pkl").read_bytes())
    known = first("Dashboard(export='my.pkl', examples='mine')")
    assert known["about"]["labels"] == ["abominable", "neither", "olaf"]
    assert known["expected"] == 1


def test_a_field_for_addresses_is_there_from_the_first_where_they_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert first("Dashboard()")["about"]["limits"] == {"urls": True}
    assert first("Dashboard(urls = False)")["about"]["limits"] == {"urls": False}
    monkeypatch.setenv("SNOWPEOPLE_NO_URLS", "1")
    assert first("Dashboard()")["about"]["limits"] == {"urls": False}


@pytest.mark.parametrize("content", [None, b"", b"no export"])
def test_an_export_that_cannot_be_read_is_left_to_the_kernel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "export.pkl").write_bytes(content)
    assert first('Dashboard("export.pkl")') == {"expected": 0}


def test_a_notebook_without_a_dashboard_gets_no_picker() -> None:
    assert first("print('nothing to pick')") is None


def test_nothing_in_the_script_ends_its_element_or_asks_for_another_file() -> None:
    script = inline("script")
    assert not re.search(r"</|<!--", script)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert "</" not in inline("style")
