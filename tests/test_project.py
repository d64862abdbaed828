"""What keeps the project's own files true to each other: locks, versions, commands, the benchmark's table."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import table
from snowpeople import archive

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
TRAINING_ONLY = {"torch", "torchvision", "fastai", "onnx", "scikit-learn", "matplotlib", "timm"}


def pins(path: str) -> dict[str, set[str]]:
    """Package → the versions that a lock file allows, one for each kind of system."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", (ROOT / path).read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def declared(extra: str | None = None) -> set[str]:
    """The packages that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in asked}


def test_binder_gets_the_python_that_everything_was_tried_with() -> None:
    assert (ROOT / "runtime.txt").read_text().strip() == "python-3.11"
    link = ROOT / "binder" / "runtime.txt"
    assert link.is_symlink()
    assert link.resolve() == ROOT / "runtime.txt"


def test_binder_installs_the_small_set_and_no_torch() -> None:
    locked = pins("binder/requirements.txt").keys()
    assert declared() <= locked
    assert not locked & TRAINING_ONLY


def test_binder_lock_has_a_hash_for_every_package_and_names_no_host() -> None:
    text = (ROOT / "binder" / "requirements.txt").read_text()
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) == len(pins("binder/requirements.txt"))
    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert "://" not in text


def test_one_version_of_each_package_everywhere() -> None:
    everywhere = pins("constraints.txt")
    differing = {name for name, versions in pins("binder/requirements.txt").items() if not versions <= everywhere[name]}
    assert differing == set()
    assert declared() | declared("train") | declared("service") | declared("dev") <= everywhere.keys()


def test_make_explains_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = re.search(r"^\.PHONY: (.*)", makefile, re.MULTILINE)
    assert commands
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in set(commands[1].split()) - {"interpreter"}:
        assert re.search(rf"^ +make {command} +\w", told, re.MULTILINE), command


@pytest.mark.parametrize(
    ("python", "remedy"),
    [("no-such-python", "PYTHON=/path/to/python3"), ("false", "Python 3.10 or later")],
)
def test_make_says_which_python_it_needs(python: str, remedy: str, tmp_path: Path) -> None:
    command = ["make", "run", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert remedy in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("script", [".ci/run", "binder/postBuild"])
def test_scripts_can_be_run_and_stop_at_the_first_error(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert "set -euo pipefail" in (ROOT / script).read_text()


def test_github_runs_the_same_script() -> None:
    assert "run: .ci/run" in (ROOT / ".github" / "workflows" / "test.yml").read_text()


# ---- the benchmark's table


@pytest.fixture
def results() -> dict[str, object]:
    """Ours takes 1 of everything, stock 2 (and once an outlier)."""
    return {
        "date": "2026-01-02",
        "machine": {"cores": 2, "cpu": "Abacus", "memory_gb": 8, "system": "Linux x86_64"},
        "versions": {name: "1.0" for name in ("python", "fastai", "torch", "onnxruntime", "voila")},
        "repeats": 3,
        "measures": {row.key: {"stock": [2, 900, 2], "ours": [1]} for row in table.ROWS},
    }


def test_table_gives_medians_and_says_plainly_whether_a_goal_was_reached(results: dict[str, object]) -> None:
    lines = table.render(results).splitlines()
    assert "| the export on disk | 2.00 MB | 1.00 MB | 2.0 × | 2 ×, reached |" in lines
    assert any(line.endswith("| 2.00 s | 1.00 s | 2.0 × | 8 ×, not reached |") for line in lines)
    assert "Medians of 3, on 2 cores of Abacus" in lines[-1]


def test_table_goes_between_its_markers_only() -> None:
    text = f"before\n{table.BEGIN}\nold | \\1\n{table.END}\nafter\n"
    assert table.insert(text, "new\n") == f"before\n{table.BEGIN}\nnew\n{table.END}\nafter\n"
    with pytest.raises(ValueError, match="one place"):
        table.insert("no markers", "new\n")


def test_readme_shows_the_results_as_measured() -> None:
    measured = table.render(json.loads(table.RESULTS.read_text(encoding="utf-8")))
    assert table.TABLE.read_text(encoding="utf-8") == measured, "python -m benchmarks.table --write"
    readme = table.README.read_text(encoding="utf-8")
    assert table.insert(readme, measured) == readme, "python -m benchmarks.table --write"


# ---- the accuracy


def test_readme_shows_the_accuracy_on_the_card_of_the_shipped_export() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for label, measured in archive.read(ROOT / "export.pkl")[1]["measured"]["by_label"].items():
        share, low, high = (round(measured[key] * 100) for key in ("share", "low", "high"))
        assert f"| {label} | {share} % | {low} to {high} % | {measured['groups']} |" in readme
