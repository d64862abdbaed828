"""The table of a part: one row a picture."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..prediction import NEITHER
from ..store import shown
from .spec import RETRIED, Chunk, Fault, Outcome, Spec, raw

if TYPE_CHECKING:
    import pyarrow as pa

META = b"snowpeople"


@dataclass
class Counts:
    """How many rows there are, by label and by code of error."""

    labels: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """All of them."""
        return self.labels.total() + self.errors.total()

    def add(self, other: Counts) -> None:
        """Count those of another as well."""
        self.labels.update(other.labels)
        self.errors.update(other.errors)

    def take(self, other: Counts) -> None:
        """Count those of another no longer."""
        self.labels.subtract(other.labels)
        self.errors.subtract(other.errors)


def schema(spec: Spec) -> pa.Schema:
    """The columns; what is true of all rows is in the metadata."""
    import pyarrow as pa

    about = {"format": 1, "source": shown(spec.source), "digest": spec.digest, "title": spec.title}
    one_each = pa.struct([pa.field(label, pa.float32()) for label in spec.card["labels"]])
    columns = {
        "picture": pa.string(),
        "label": pa.string(),
        "probability": pa.float32(),
        "probabilities": one_each,
        "neither": pa.bool_(),
        "familiarity": pa.float32(),
        "unfamiliar": pa.bool_(),
        "error": pa.string(),
        "error_message": pa.string(),
        "export": pa.string(),
        "picture_bytes": pa.binary(),  # of a name that is no UTF-8
    }
    return pa.schema(list(columns.items()), {META: json.dumps(about).encode()})


def table(spec: Spec, chunk: Chunk, outcomes: Sequence[Outcome]) -> pa.Table:
    """The rows of a chunk, in its order."""
    import pyarrow as pa

    rows = [_row(name, outcome, spec.digest[:16]) for (name, _), outcome in zip(chunk.items, outcomes, strict=True)]
    return pa.Table.from_pylist(rows, schema(spec))


def _row(name: str, outcome: Outcome, export: str) -> dict[str, Any]:
    data = raw(name)
    text = data.decode("utf-8", "backslashreplace")
    row: dict[str, Any] = {"picture": text, "export": export, "picture_bytes": None if text == name else data}
    if isinstance(outcome, Fault):
        return {**row, "error": outcome.code, "error_message": outcome.message}
    return {
        **row,
        "label": outcome.label,
        "probability": outcome.probability,
        "probabilities": outcome.probabilities,
        "neither": outcome.label == NEITHER,
        "familiarity": outcome.familiarity,
        "unfamiliar": outcome.unfamiliar,
    }


def replaced(before: pa.Table, rows: pa.Table) -> pa.Table:
    """A table with other rows for some of its pictures."""
    import pyarrow as pa

    new = set(names(rows))
    kept = before.filter(pa.array([name not in new for name in names(before)], pa.bool_()))
    return pa.concat_tables([rows, kept.cast(rows.schema)])


def names(rows: pa.Table) -> list[str]:
    """The names of the pictures, as the lister gives them."""
    pairs = zip(rows["picture"].to_pylist(), rows["picture_bytes"].to_pylist(), strict=True)
    return [name if data is None else data.decode("utf-8", "surrogateescape") for name, data in pairs]


def to_retry(rows: pa.Table) -> list[str]:
    """The names of those that had no fault of their own."""
    return [name for name, code in zip(names(rows), rows["error"].to_pylist(), strict=True) if code in RETRIED]


def counts(rows: pa.Table) -> Counts:
    """How many rows there are of what."""
    labels, errors = (Counter(rows[column].drop_null().to_pylist()) for column in ("label", "error"))
    return Counts(labels, errors)


def about(rows: pa.Table) -> dict[str, Any]:
    """What a part says of itself. Raises KeyError or ValueError for a file of somebody else."""
    found = json.loads((rows.schema.metadata or {})[META])
    return {name: str(found[name]) for name in ("source", "digest", "title")}


def encode(rows: pa.Table) -> bytes:
    """A table as a Parquet file, with checksums of its pages."""
    import pyarrow.parquet as pq

    file = BytesIO()
    pq.write_table(rows, file, compression="zstd", write_page_checksum=True)
    return file.getvalue()


def decode(data: bytes) -> pa.Table:
    """The table in a Parquet file. Raises ValueError or OSError where it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(BytesIO(data), page_checksum_verification=True)
        about(found), found["picture"], found["picture_bytes"], found["label"], found["error"]
    except (pa.ArrowException, KeyError) as error:
        raise ValueError(str(error)) from error
    return found
