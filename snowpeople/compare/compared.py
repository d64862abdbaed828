"""What a comparison has found so far, in a file, so that one that was killed goes on without repeating."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from .comparison import Row


class Compared:
    """Rows and what each was found with, kept in `file` as they come; rows found with other settings are kept, too.

    Exports are named without their folder, so that it can be moved. One that can't be read is set aside as
    `compare.json.damaged`. `seconds` holds how long networks that are not done have been trained.
    """

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.found: list[tuple[dict[str, Any], Row]] = []
        self.seconds: dict[str, float] = {}
        if file is None or not file.exists():
            return
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            self.found = [(each["settings"], self._here(Row.read(each["row"]))) for each in kept["found"]]
            self.seconds = {str(network): float(seconds) for network, seconds in kept["seconds"].items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            self.found, self.seconds = [], {}
            os.replace(file, file.with_name(f"{file.name}.damaged"))

    def find(self, network: str, settings: dict[str, Any]) -> Row | None:
        """What was found with these settings, if its export is still there."""
        for known, row in self.found:
            if row.network == network and known == settings and row.export and row.export.exists():
                return row
        return None

    def add(self, row: Row, settings: dict[str, Any], before: Path | None) -> None:
        """Keep a row; `before` is where the export that stood in its export's place is now."""
        if before:
            self.found = [
                (known, replace(old, export=before) if old.export == row.export else old) for known, old in self.found
            ]
        self.found.append((settings, row))
        self.seconds.pop(row.network, None)
        self.save()

    def save(self) -> None:
        """Write the file at once: never half of it."""
        if self.file is None:
            return
        rows = [{"settings": known, "row": replace(row, export=_bare(row.export)).plain()} for known, row in self.found]
        beside = self.file.with_name(f"{self.file.name}.{os.getpid()}.part")
        text = json.dumps({"found": rows, "seconds": self.seconds}, ensure_ascii=False, indent=1)
        beside.write_text(text + "\n", encoding="utf-8")
        os.replace(beside, self.file)

    def _here(self, row: Row) -> Row:
        assert self.file is not None
        return replace(row, export=row.export and self.file.parent / row.export.name)


def _bare(export: Path | None) -> Path | None:
    return export and Path(export.name)
