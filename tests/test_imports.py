"""The dashboard's line of imports stays light: that is what makes the page fast and small."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

HEAVY = ("torch", "torchvision", "fastai", "fastcore", "pandas", "matplotlib", "scipy", "sklearn")
LIGHT = (
    *("picture", "archive", "classifier", "dashboard", "cli", "download", "store", "attention", "edits", "flip"),
    *("remote", "service", "batch", "classify.outcomes", "classify.lines", "classify.sorting", "classify.watching"),
)


def test_importing_the_package_imports_nothing(run_python: Callable[[str], str]) -> None:
    program = f"""
import sys
import snowpeople
print([name for name in {(*HEAVY, "numpy", "onnxruntime", "PIL", "anywidget", "zipfile")} if name in sys.modules])
"""
    assert run_python(program).strip() == "[]"


def test_importing_a_module_does_not_start_onnxruntime(run_python: Callable[[str], str]) -> None:
    program = """
import sys
import snowpeople.classifier, snowpeople.cli
print([name for name in ("numpy", "onnxruntime", "pillow_heif") if name in sys.modules])
"""
    assert run_python(program).strip() == "[]"


def test_nothing_on_the_way_to_a_prediction_imports_torch(run_python: Callable[[str], str], tiny_export: Path) -> None:
    modules = [f"snowpeople.{name}" for name in LIGHT if importlib.util.find_spec(f"snowpeople.{name}")]
    program = f"""
import sys
import {", ".join(modules)}
from PIL import Image
from snowpeople import Classifier
print(Classifier.load({str(tiny_export)!r}).classify(Image.new("RGB", (9, 9), "red")).label)
print([name for name in {HEAVY} if name in sys.modules])
"""
    assert run_python(program).split("\n")[:2] == ["abominable", "[]"]


def test_public_names() -> None:
    import snowpeople

    assert snowpeople.__all__ == ["Classifier", "ExportError", "PictureError", "Prediction"]
    for name in snowpeople.__all__:
        assert getattr(snowpeople, name).__name__ == name
        assert name in dir(snowpeople)
    assert not hasattr(snowpeople, "missing")


def test_a_prediction_tells_nobody_and_leaves_nothing(
    run_python: Callable[[str], str], tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime would: an identifier and a queue of events for its makers, unless it is told not to, or sees CI."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in ("CI", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    program = f"""
from PIL import Image
from snowpeople import Classifier
print(Classifier.load({str(tiny_export)!r}).classify(Image.new("RGB", (9, 9), "red")).label)
"""
    assert run_python(program) == "abominable\n"
    assert [path.name for path in home.rglob("*") if path.is_file()] == []
