"""The classifier of a service."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any

from PIL import Image

from ..classifier import Classifier, Prediction


class Model(Classifier):
    """A classifier in two steps, for threads of their own, that says which one it is.

    ``digest`` is the SHA-256 of the model and its card, in hexadecimal: the same digest gives the same answers.
    """

    def __init__(self, model: bytes, card: dict[str, Any], path: str | os.PathLike[str] = "the export") -> None:
        super().__init__(model, card, path)
        self.digest = hashlib.sha256(model + json.dumps(card, sort_keys=True).encode()).hexdigest()
        self.title = card["title"] if isinstance(card.get("title"), str) else ""

    def prepare(self, data: bytes) -> Image.Image:
        """The bytes of a picture file as the model takes it. Raises PictureError."""
        return self._prepare(data)

    def answer(self, prepared: Sequence[Image.Image]) -> list[Prediction]:
        """A prediction for each prepared picture, in one pass of the model."""
        rows, familiarities = self._run(prepared)
        return [self._decide(row.tolist(), known) for row, known in zip(rows, familiarities, strict=True)]
