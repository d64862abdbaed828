"""results.json → a Markdown table, and the same table between the README's markers (`python -m benchmarks.table`)."""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.json"
TABLE = FOLDER / "results.md"
README = FOLDER.parent / "README.md"
BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"


@dataclass(frozen=True)
class Row:
    """A line of the table; less is better in each. `goal` is the ratio stock ÷ ours to reach, where one was set."""

    key: str
    text: str
    unit: str
    goal: float | None = None


ROWS = (
    Row("page", "opening the page until a picture can be picked, new kernel", "s", 8),
    Row("page_preheated", "the same, preheated kernel", "s"),
    Row("answered", "opening the page until the label of a 12-megapixel photo, picked at once, new kernel", "s", 4),
    Row("answered_preheated", "the same, preheated kernel", "s"),
    Row("next_photo", "picking the next such photo until its label", "s"),
    Row("next_thumbnail", "picking a thumbnail until its label", "s"),
    Row("memory", "memory of the kernel after a classification (USS)", "MB", 4),
    Row("memory_rss", "the same, shared libraries counted in full (RSS)", "MB"),
    Row("page_bytes", "what the page loads until the first answer", "MB"),
    Row("page_requests", "in how many requests", ""),
    Row("load", "import and load, in a script", "s"),
    Row("photo", "photo to probabilities, in a script", "ms"),
    Row("photo_thumbnail", "the same, but a thumbnail for the stock way", "ms", 1),
    Row("forward", "forward pass (stock: `learn.predict`)", "ms", 10),
    Row("export", "the export on disk", "MB", 2),
)


def render(results: dict[str, Any]) -> str:
    """The table of `results`: medians of each measure's runs, their ratio, and whether the goal was reached."""
    lines = ["| | stock | Snowpeople | ratio | goal |", "|---|--:|--:|--:|---|"]
    for row in ROWS:
        if row.key not in results["measures"]:
            continue  # results of before there was this measure
        stock, ours = (median(results["measures"][row.key][side]) for side in ("stock", "ours"))
        goal = "" if row.goal is None else f"{row.goal:g} ×, {'reached' if stock / ours >= row.goal else 'not reached'}"
        cells = (row.text, _amount(stock, row.unit), _amount(ours, row.unit), f"{stock / ours:.1f} ×", goal)
        lines.append(f"| {' | '.join(cells)} |")
    machine, versions = results["machine"], results["versions"]
    lines += [
        "",
        f"Medians of {results['repeats']}, on {machine['cores']} cores of {machine['cpu']} "
        f"with {machine['memory_gb']} GB, {machine['system']}, Python {versions['python']}, {results['date']}. "
        f"fastai {versions['fastai']}, torch {versions['torch']}, onnxruntime {versions['onnxruntime']}, "
        f"voila {versions['voila']}. Made by `make bench`.",
    ]
    return "\n".join(lines) + "\n"


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or unit == "" else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}".rstrip()


def insert(text: str, table: str) -> str:
    """`text` with `table` between its two markers. Raises ValueError unless there is exactly one such place."""
    place = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
    if len(place.findall(text)) != 1:
        raise ValueError(f"expected one place between {BEGIN} and {END}, each on its own line")
    return place.sub(lambda _: f"{BEGIN}\n{table}{END}", text)


def write(results: dict[str, Any]) -> None:
    """Write `results` and their table, and the table into the README where it has the markers."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    TABLE.write_text(render(results), encoding="utf-8")
    if README.exists() and BEGIN in (text := README.read_text(encoding="utf-8")):
        README.write_text(insert(text, render(results)), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table", description="Show the table of results.json.")
    parser.add_argument("--write", action="store_true", help="also write it to results.md and the README")
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    if parser.parse_args().write:
        write(results)
    sys.stdout.write(render(results))


if __name__ == "__main__":
    main()
