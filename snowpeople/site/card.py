"""What the card of an export says, for the visitors of its page: how good it is, what it can't do, how it was trained.

A card may come from anywhere: what isn't as expected is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..report import page_card
from ..report.markup import Markup, join, percent, table, tag


def card_of(card: Mapping[str, Any]) -> Markup:
    """A card as the sections of a page."""
    return join((_measured(card), _limits(card), page_card.training(card)))


def _measured(card: Mapping[str, Any]) -> Markup | None:
    measured = card.get("measured")
    by_label = measured.get("by_label") if isinstance(measured, dict) else None
    if not isinstance(measured, dict) or not isinstance(by_label, dict):
        return None
    rows = [[str(label), *_share(share)] for label, share in by_label.items() if isinstance(share, dict)]
    overall = measured.get("accuracy")
    if isinstance(overall, dict):
        rows.append(["all", *_share(overall)])
    heads = ["Label", "Named right", "95\u00a0% interval", "Distinct pictures"]
    shares = table("On pictures that it had not seen", heads, rows, "numbers")
    return tag("section", tag("h2", "How good it is"), shares)


def _share(share: Mapping[str, Any]) -> list[str]:
    value, low, high = (_number(share.get(key)) for key in ("share", "low", "high"))
    between = "–" if low is None or high is None else f"{percent(low)} to {percent(high)}"
    return [percent(value), between, str(share.get("groups", "–"))]


def _limits(card: Mapping[str, Any]) -> Markup | None:
    limits = card.get("limits")
    said = [limit for limit in limits if isinstance(limit, str)] if isinstance(limits, list) else []
    if not said:
        return None
    return tag("section", tag("h2", "What it can’t do"), tag("ul", *(tag("li", limit) for limit in said)))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
