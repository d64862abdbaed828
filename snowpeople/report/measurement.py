"""An export measured on pictures that it did not learn from, and on strangers: through ONNX Runtime, without torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from .. import dataset, store
from ..classifier import Classifier
from ..picture import MAX_BYTES, PictureError
from ..prediction import NEITHER, Prediction
from . import Floats, Report
from .matching import kinds, match
from .strangers import FAMILIARITY, Strangers, scores

# How many hexadecimal digits of its SHA-256 name a picture on a card.
DIGITS = 16

Place = str | os.PathLike[str]
Progress = Callable[[Sequence[Any]], Iterable[Any]]


class MeasurementError(ValueError):
    """Pictures that an export can't be measured on. The message names them and the remedy."""


@dataclass(frozen=True)
class Speed:
    """What an export costs: milliseconds from the bytes of a picture to its answer, a median, and bytes on disk."""

    milliseconds: float
    bytes: int


@dataclass(frozen=True)
class Measurement:
    """An export beside pictures: `report` and `pictures` run in parallel.

    learnt: how many of the pictures it learnt from; None where its card doesn't say which those were. They are left
    out, unless `everything` was asked for. part: whether only what the folder itself keeps apart is counted.
    unreadable: pictures that can't be opened, with the reason.
    """

    card: dict[str, Any]
    report: Report
    pictures: list[Path]
    speed: Speed
    learnt: int | None
    everything: bool
    part: bool = False
    strangers: Strangers | None = None
    unreadable: dict[Path, str] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """What a reader must know of how it was measured, a sentence each."""
        notes = []
        if self.learnt is None:
            notes.append(
                "The export doesn't say which pictures it learnt from. If some of these are among them, it does worse "
                "on new ones than this says."
            )
        elif self.learnt and self.everything:
            notes.append(f"{_learnt(self.learnt)} counted here: it does worse on new ones than this says.")
        elif self.learnt:
            notes.append(f"{_learnt(self.learnt)} left out.")
        if self.part:
            notes.append("The folder is split: only the pictures that it keeps apart, in valid or test, are counted.")
        if self.unreadable:
            names = ", ".join(file.name for file in list(self.unreadable)[:3])
            more = f" and {len(self.unreadable) - 3} more" if len(self.unreadable) > 3 else ""
            notes.append(f"Left out, as they can't be opened: {names}{more}.")
        return notes

    def lines(self) -> list[str]:
        """The main figures, for a terminal."""
        lines = self.report.lines()
        for kind in self.strangers.kinds() if self.strangers else ():
            lines.append(f"{kind.name}: {100 * (kind.refused or 0):.0f} % of {kind.pictures} pictures called neither")
        return [*lines, *self.notes()]

    def measured(self) -> dict[str, Any]:
        """Plain numbers, as on a card, with how they came about."""
        numbers = self.report.measured()
        numbers |= {"milliseconds": round(self.speed.milliseconds, 2), "bytes": self.speed.bytes}
        numbers |= {"learnt_from": self.learnt, "learnt_from_counted": self.everything}
        numbers["unreadable"] = {str(file): reason for file, reason in self.unreadable.items()}
        if self.strangers:
            numbers["strangers"] = self.strangers.measured()
        return numbers


def measure(
    export: Place,
    folder: Place,
    strangers: Sequence[Place] = (),
    everything: bool = False,
    progress: Progress = iter,
) -> Measurement:
    """Measure an export on `folder`/LABEL/PICTURE; of a folder that is split, on what it keeps apart: see dataset.load.

    A LABEL may have spaces for underscores, and other capitals. strangers: folders of pictures of none of the labels,
    each a kind of its own; one may lie in `folder`. A LABEL named neither that the export doesn't know is one, too.
    everything: count pictures it learnt from as well. Each place may be an address. progress wraps each iteration over
    pictures.

    Raises ExportError, StoreError and DatasetError for what can't be read, and MeasurementError for labels that the
    export doesn't know, or where nothing is left to measure on.
    """
    classifier = Classifier.load(export)
    places = kinds(_folder(place, progress) for place in strangers)
    others = {kind: dataset.picture_files(place) for kind, place in places.items()}
    data = dataset.load(store.local_folder(folder, progress), progress)
    part = None if everything else data.given
    apart = data.subset(range(len(data)) if part is None else part)
    if places:
        outside = [
            not any(file.resolve().is_relative_to(place) for place in places.values()) for file in apart.pictures
        ]
        apart = apart.subset(np.flatnonzero(outside).tolist())
    names = match(apart.labels, classifier.labels)
    if names.get(NEITHER, NEITHER) is None:
        del names[NEITHER]
        own = [file for file, name in zip(apart.pictures, apart.labels, strict=True) if name == NEITHER]
        others[NEITHER] = [*others.get(NEITHER, []), *own]
    unknown = sorted(name for name, label in names.items() if label is None)
    if unknown:
        raise MeasurementError(
            f"{data.folder} has pictures of {_listed(unknown)}, but the export only knows "
            f"{_listed(classifier.labels)}. Rename the folder; if it shows none of these, name it after --strangers."
        )
    known = apart.subset([i for i, name in enumerate(apart.labels) if name in names])
    asked = _Asked(classifier, everything)
    answers = asked.about(known.pictures, progress)
    kept = known.subset([i for i, file in enumerate(known.pictures) if file in answers])
    if not len(kept):
        raise MeasurementError(
            f"no picture in {data.folder} is left to measure on: the export learnt from {asked.learnt} of them. Name a "
            "folder of other pictures, or add --all."
        )
    predictions = [answers[file] for file in kept.pictures]
    truth = [str(names[name]) for name in kept.labels]
    report = report_of(predictions, truth, kept.groups, classifier.card.get("thresholds", {}))
    milliseconds = 1000 * median(asked.seconds[1:] or asked.seconds)  # the first warms it up, too
    speed = Speed(milliseconds, store.local_file(export, progress).stat().st_size)
    things = [each for each, label in zip(predictions, truth, strict=True) if label != NEITHER]
    told_apart = _strangers(asked, things, others, progress) if others else None
    learnt = None if asked.digests is None else asked.learnt
    unreadable = data.unreadable | asked.unreadable
    return Measurement(
        classifier.card,
        report,
        kept.pictures,
        speed,
        learnt,
        everything,
        part is not None,
        told_apart,
        unreadable,
    )


class _Asked:
    """Puts pictures to a classifier, one by one, but for those it learnt from."""

    def __init__(self, classifier: Classifier, everything: bool) -> None:
        trained = classifier.card.get("trained")
        learnt_from = trained.get("learnt_from") if isinstance(trained, dict) else None
        self.digests = set(map(str, learnt_from)) if isinstance(learnt_from, list) else None
        self._classifier, self._everything = classifier, everything
        self.learnt = 0
        self.seconds: list[float] = []
        self.unreadable: dict[Path, str] = {}

    def about(self, files: Sequence[Path], progress: Progress) -> dict[Path, Prediction]:
        answers = {}
        for file in progress(files):
            try:
                with file.open("rb") as opened:
                    data = opened.read(MAX_BYTES + 1)
                if sha256(data).hexdigest()[:DIGITS] in (self.digests or ()):
                    self.learnt += 1
                    if not self._everything:
                        continue
                begun = perf_counter()
                answers[file] = self._classifier.classify(data)
                self.seconds.append(perf_counter() - begun)
            except (PictureError, OSError) as error:
                self.unreadable[file] = str(error)
        return answers


def report_of(
    predictions: Sequence[Prediction], truth: Sequence[str], groups: Sequence[str], thresholds: Mapping[str, float]
) -> Report:
    """A report on one answer or more of one export. thresholds: those of its card, see archive.py."""
    probabilities: Floats = np.array([[*each.probabilities.values()] for each in predictions])
    familiarity = scores(predictions).get(FAMILIARITY)
    threshold = thresholds.get("familiar")
    if familiarity is None and thresholds.get("known"):
        familiarity, threshold = probabilities.max(1), thresholds["known"]
    labels = [*predictions[0].probabilities]
    return Report(labels, truth, probabilities, groups, familiarity=familiarity, threshold=threshold)


def _strangers(
    asked: _Asked, known: Sequence[Prediction], others: dict[str, list[Path]], progress: Progress
) -> Strangers:
    if not known:
        raise MeasurementError("strangers are told from pictures of known labels, and none is here: add some.")
    unknown, refused = {}, {}
    for kind, files in others.items():
        answers = [*asked.about(files, progress).values()]
        if not answers:
            raise MeasurementError(f"no picture in {kind} can be measured on. Add pictures, or leave the folder out.")
        unknown[kind] = scores(answers)
        refused[kind] = [each.label == NEITHER for each in answers]
    return Strangers(scores(known), unknown, refused)


def _folder(place: Place, progress: Progress) -> Path:
    folder = store.local_folder(place, progress)
    if not folder.is_dir():
        raise MeasurementError(f"{folder} is not a folder; name a folder of pictures after --strangers.")
    return folder


def _learnt(count: int) -> str:
    return f"{count} picture{'s'[: count != 1]} it learnt from {'was' if count == 1 else 'were'}"


def _listed(labels: Sequence[str], most: int = 12) -> str:
    return ", ".join(labels[:most]) + (f" and {len(labels) - most} more" if len(labels) > most else "")
