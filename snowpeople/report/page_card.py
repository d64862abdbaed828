"""What the card of an export says, for people. It may come from anywhere: what isn't as expected is shown plainly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .markup import Markup, table, tag
from .measurement import Speed


def shrinking(card: Mapping[str, Any], speed: Speed | None) -> Markup | None:
    """Size and speed before and after shrinking, and here."""
    shrunk = _mapping(card.get("shrunk"))
    rows = [row for row in _list(shrunk.get("rows")) if isinstance(row, dict)]
    content = []
    if rows:
        heads = ["Version", "Size", "Named right, 95\u00a0% interval", "A picture takes"]
        content.append(
            table("Before and after shrinking, as its maker measured it", heads, map(_version, rows), "numbers")
        )
    if "kept" in shrunk:
        lost = _number(shrunk.get("lost_points"))
        words = f"Kept: {shrunk['kept']}"
        content.append(tag("p", words + (f"; it names {lost:g} points fewer right than as trained." if lost else ".")))
    if speed:
        content.append(
            tag(
                "p",
                f"Measured here: the file has {speed.bytes / 1e6:.1f} MB, and a picture takes "
                f"{speed.milliseconds:.1f} ms from its bytes to its answer, decoding included (the median, one "
                "picture at a time).",
            )
        )
    return tag("section", tag("h2", "Size and speed"), *content) if content else None


def training(card: Mapping[str, Any]) -> Markup | None:
    """How it was trained."""
    trained = dict(_mapping(card.get("trained")))
    counts = _mapping(trained.pop("counts", None))
    learnt_from = trained.pop("learnt_from", None)
    if trained.get("size") == card.get("size"):
        trained.pop("size", None)  # said once, with the way of resizing
    facts = [(str(key).replace("_", " "), _plainly(value)) for key, value in trained.items()]
    if isinstance(card.get("size"), int):
        facts.append(("input", f"{card['size']} × {card['size']} pixels ({card.get('resize', 'squish')})"))
    if isinstance(learnt_from, list):
        facts.append(("knows again", f"{len(learnt_from):,} pictures it learnt from, by their digests"))
    content = [tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts), class_="card")]
    used = _counts(counts)
    if used:
        content.append(used)
    return tag("section", tag("h2", "How it was trained"), *content) if facts or used else None


def _version(row: Mapping[str, Any]) -> list[str]:
    megabytes, accuracy, took = (_number(row.get(key)) for key in ("megabytes", "accuracy", "milliseconds"))
    low, high = _number(row.get("low")), _number(row.get("high"))
    between = "" if low is None or high is None else f" ({100 * low:.0f} to {100 * high:.0f})"
    return [
        str(row.get("name", "?")),
        "–" if megabytes is None else f"{megabytes:.1f} MB",
        "–" if accuracy is None else f"{100 * accuracy:.1f} %{between}",
        "–" if took is None else f"{took:.1f} ms",
    ]


def _counts(counts: Mapping[str, Any], most: int = 100) -> Markup | None:
    sides = {str(name): _mapping(by_label) for name, by_label in counts.items()}
    labels = list(dict.fromkeys(label for by_label in sides.values() for label in by_label))
    if not labels:
        return None
    rows = [[label, *(_side(by_label.get(label)) for by_label in sides.values())] for label in labels[:most]]
    caption = "Pictures (distinct)" + (f", the first {most} of {len(labels)} labels" if len(labels) > most else "")
    return table(caption, ["Label", *sides], rows, class_="numbers")


def _side(counted: Any) -> str:
    counted = _mapping(counted)
    return f"{counted.get('pictures', '–')} ({counted.get('groups', '–')})" if counted else "–"


def _plainly(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plainly(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_plainly(item) for item in value)
    return str(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
