"""Snowpeople: train a small picture classifier in one notebook, publish it as a dashboard from another.

Importing the package imports nothing heavy: each public name is loaded when it is first used.
"""

from __future__ import annotations

import os
from importlib import import_module

TYPE_CHECKING = False  # that of typing, without loading it
if TYPE_CHECKING:
    from typing import Any

    from .archive import ExportError
    from .classifier import Classifier
    from .picture import PictureError
    from .prediction import Prediction

__all__ = ["Classifier", "ExportError", "PictureError", "Prediction"]

# Read by ONNX Runtime when it is imported. Else it keeps an identifier of the machine and reports each model and
# session to its makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

_HOMES = {"Classifier": "classifier", "ExportError": "archive", "PictureError": "picture", "Prediction": "prediction"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
