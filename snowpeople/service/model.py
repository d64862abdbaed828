"""The classifier of a service."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from ..classifier import Classifier


def digest(model: bytes, card: dict[str, Any]) -> str:
    """The SHA-256 of a model and its card, in hexadecimal."""
    return hashlib.sha256(model + json.dumps(card, sort_keys=True).encode()).hexdigest()


class Model(Classifier):
    """A classifier that says which one it is. Its steps, ``read`` with ``fit``, and ``predict``,
    have threads of their own.

    ``digest`` is the SHA-256 of the model and its card, in hexadecimal: the same digest gives the same answers.
    """

    def __init__(self, model: bytes, card: dict[str, Any], path: str | os.PathLike[str] = "the export") -> None:
        super().__init__(model, card, path)
        self.digest = digest(model, card)
        self.title = card["title"] if isinstance(card.get("title"), str) else ""
