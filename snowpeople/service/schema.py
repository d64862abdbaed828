"""What /openapi.json says of questions and answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from .problem import CODES, MEDIA_TYPE

_LABELS = {"abominable": 0.02, "neither": 0.01, "olaf": 0.97}
_PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "This file is not a picture: please choose a JPEG or PNG picture.",
    "code": "not_a_picture",
}
_PREDICTION: dict[str, Any] = {
    "label": "olaf",
    "probability": 0.97,
    "probabilities": _LABELS,
    "neither": False,
    "familiarity": 0.8,
    "unfamiliar": False,
}
_ATTENTION: dict[str, Any] = {
    "label": "olaf",
    "probability": 0.97,
    "rows": 2,
    "columns": 2,
    "drops": [0.41, 0.02, -0.01, 0.0],
    "box": [0.0, 0.125, 1.0, 0.875],
    "caption": "where it looked for olaf (97%)",
}
_MODEL: dict[str, Any] = {
    "title": "Snow people",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


class ProblemAnswer(BaseModel):
    """What went wrong, as RFC 9457 has it; ``code`` is stable."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROBLEM]})
    type: str
    title: str
    status: int
    detail: str
    code: str


class AttentionAnswer(BaseModel):
    """Where the classifier looked; see ``snowpeople.attention.Attention``.

    ``drops`` says, row by row, how far the ``probability`` of ``label`` falls when a part of the picture is covered;
    below 0, covering helps. All rows and columns together lie over the ``box`` (left, top, right and bottom, as shares
    of the picture's width and height). ``label`` is the prediction's, or the likeliest where that is "neither" only for
    a threshold.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ATTENTION]})
    label: str
    probability: float
    rows: int
    columns: int
    drops: list[float]
    box: tuple[float, float, float, float]
    caption: str


class PredictionAnswer(BaseModel):
    """What a picture shows; see ``snowpeople.Prediction``. ``neither`` says whether the label is "neither".

    ``attention`` and ``thumbnail``, a JPEG as Base64, are there where they were asked for.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_PREDICTION, _PREDICTION | {"attention": _ATTENTION}]})
    label: str
    probability: float
    probabilities: dict[str, float]
    neither: bool
    familiarity: float | None
    unfamiliar: bool
    attention: AttentionAnswer | None = None
    thumbnail: str | None = None


class ErrorEntry(BaseModel):
    """In place of a prediction, where one picture of several can't be used."""

    error: ProblemAnswer


class ModelAnswer(BaseModel):
    """Which model answers: the same digest gives the same answers."""

    title: str
    digest: str


class Answer(BaseModel):
    """The predictions, in the order of the pictures, and how long they took from the end of the body on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"predictions": [_PREDICTION, {"error": _PROBLEM}], "model": _MODEL, "milliseconds": 12.5},
            ]
        }
    )
    predictions: list[PredictionAnswer | ErrorEntry]
    model: ModelAnswer
    milliseconds: float


class LabelsAnswer(BaseModel):
    """The vocabulary, in the order of the probabilities."""

    labels: list[str]


class LimitsAnswer(BaseModel):
    """How large a picture may be, how many a request may have, and whether they may be at addresses."""

    picture_bytes: int
    pictures: int
    urls: bool


class AboutAnswer(BaseModel):
    """What a page shows before the first picture: the question, the labels and their maker's words for them.

    ``size`` is the side, in pixels, of what the network is fed; ``examples`` the number of pictures at /examples/1 and
    so on, which a page may offer.
    """

    title: str
    labels: list[str]
    names: dict[str, str]
    size: int
    examples: int
    limits: LimitsAnswer


class CardAnswer(BaseModel):
    """How the model was trained and measured, and which it is."""

    card: dict[str, Any]
    digest: str


class StatusAnswer(BaseModel):
    """A word on the service."""

    status: str


_ONE: dict[str, Any] = {
    "oneOf": [
        {"type": "object", "properties": {name: {"type": "string"}}, "required": [name], "additionalProperties": False}
        for name in ("data", "url")
    ]
}
_MANY: dict[str, Any] = {
    "type": "object",
    "properties": {"pictures": {"type": "array", "items": _ONE, "minItems": 1}},
    "required": ["pictures"],
    "additionalProperties": False,
}
_BYTES = {"schema": {"type": "string", "format": "binary"}}



def _switch(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string", "enum": ["true", "false"], "default": "false"},
    }


QUESTION: dict[str, Any] = {
    "parameters": [
        _switch("attention", "Say where the classifier looked, too. A picture then counts as ten."),
        _switch("thumbnail", "Give each picture back in small, for a page that can't show it or does not have it."),
    ],
    "requestBody": {
        "required": True,
        "description": "One picture or several: raw bytes, a form with a file a part, or JSON.",
        "content": {
            "image/*": _BYTES,
            "application/octet-stream": _BYTES,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"picture": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
            "application/json": {
                "schema": {"oneOf": [*_ONE["oneOf"], _MANY]},
                "examples": {
                    "bytes": {"value": {"data": "/9j/4AAQSkZJRgABAQAAAQABAAD…"}},
                    "address": {"value": {"url": "https://example.com/olaf.jpg"}},
                    "several": {"value": {"pictures": [{"url": "https://example.com/1.jpg"}, {"data": "iVBORw0K…"}]}},
                },
            },
        },
    }
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers with these statuses, by the codes that they may have."""
    answers: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        meanings = "; ".join(f"{code}: {text}" for code, (number, text) in CODES.items() if number == status)
        reference = {"$ref": "#/components/schemas/ProblemAnswer"}
        answers[status] = {"description": meanings, "content": {MEDIA_TYPE: {"schema": reference}}}
    return answers
