"""Outcomes as lines: for people, as JSON, or as a table for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from .. import store
from ..prediction import NEITHER, Prediction
from .outcomes import Outcome

Kind = Literal["text", "json", "csv"]

# What a spreadsheet takes for a formula, as in the page's own table.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


class Lines:
    """Writes outcomes as lines, each with its end.

    text: label, probability and name, and a camera's time, a tab between; nothing for a fault, which others say.
    json: one object a line. csv: RFC 4180, a header first, and a column for each label.
    """

    def __init__(self, kind: Kind, labels: Sequence[str], copies: bool = False, times: bool = False) -> None:
        """copies, times: whether the table has columns for where copies are, and for when pictures were taken."""
        self._kind = kind
        self._labels = labels
        more = {"copy": copies, "time": times}
        self._fixed = ["picture", "label", "probability", "error", "code", *(name for name in more if more[name])]

    def header(self) -> str:
        """What comes before the first outcome."""
        if self._kind != "csv":
            return ""
        # A column is found by its name: a label may not be called as another column is.
        return _row(
            [*self._fixed, *(f"label {label}" if label in self._fixed else _inert(label) for label in self._labels)]
        )

    def line(self, outcome: Outcome, copy: Path | None = None) -> str:
        """The line of an outcome; `copy` is where the picture was copied to."""
        prediction, time = outcome.prediction, outcome.item.time
        if self._kind == "text":
            return _text(outcome, prediction) if prediction else ""
        found: dict[str, Any] = {"picture": outcome.item.name}
        if time:
            found["time"] = time.isoformat(timespec="seconds")
        if prediction:
            values = asdict(prediction)
            found |= {name: values.pop(name) for name in ("label", "probability", "probabilities")}
            found |= {"neither": prediction.label == NEITHER, **values}
        if outcome.fault:
            found |= {"error": outcome.fault.message, "code": outcome.fault.code}
        if copy:
            found["copy"] = str(copy)
        if self._kind == "json":
            return json.dumps(found, ensure_ascii=False) + "\n"
        probabilities = found.get("probabilities", {})
        found |= {name: _path(found[name]) for name in ("picture", "copy") if name in found}
        found |= {name: _inert(found[name]) for name in ("label", "error") if name in found}
        return _row(
            [*(found.get(name, "") for name in self._fixed), *(probabilities.get(label, "") for label in self._labels)]
        )


def _text(outcome: Outcome, prediction: Prediction) -> str:
    time = [outcome.item.time.isoformat(timespec="seconds")] if outcome.item.time else []
    name = store.shown(outcome.item.name)
    return "\t".join([store.shown(prediction.label), f"{prediction.probability:.1%}", name, *time]) + "\n"


def _row(cells: Sequence[object]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow(cells)
    return file.getvalue()


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _path(name: str) -> str:
    """The same path, as no spreadsheet takes it for a formula: scripts open files by it, so it must stay true."""
    return f"./{name}" if _FORMULA.match(name) and name != "-" else name
