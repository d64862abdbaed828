"""Class names to the words that a visitor reads."""

from collections.abc import Mapping
from typing import Any

NEITHER = "neither"

# label → what a bar is called, and the answer in words
_KNOWN = {
    "olaf": ("Olaf", "This is Olaf"),
    "abominable": ("Abominable", "An abominable snowman"),
}


def bar(label: str, card: Mapping[str, Any]) -> str:
    """What the bar of a class is called: the card's own ``"names"``, the snow people's, or the label itself."""
    own = _own_name(label, card)
    if own:
        return own
    if label == NEITHER:
        return _neither(card)
    return _KNOWN[label][0] if label in _KNOWN else _readable(label)


def answer(label: str, card: Mapping[str, Any]) -> str:
    """The answer in words: "This is Olaf", "Neither of them", "This is: river"."""
    own = _own_name(label, card)
    if label == NEITHER:
        return own or f"{_neither(card)} of them"
    if not own and label in _KNOWN:
        return _KNOWN[label][1]
    return f"This is: {own or _readable(label)}"


def _own_name(label: str, card: Mapping[str, Any]) -> str:
    names = card.get("names")
    name = names.get(label) if isinstance(names, dict) else None
    return name if isinstance(name, str) else ""


def _neither(card: Mapping[str, Any]) -> str:
    # "Neither" is for two classes; of more it is "none".
    return "Neither" if len(card.get("labels", [])) <= 3 else "None"


def _readable(label: str) -> str:
    return label.replace("_", " ")
