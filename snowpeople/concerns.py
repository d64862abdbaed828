"""What may spoil training on pictures that can be trained on, in words: warnings, where DatasetError is a refusal."""

from .dataset import Dataset
from .groups import LIKE
from .layout import some

# A label with more than this many times the pictures of another is worth a word.
IMBALANCE = 5


def concerns(data: Dataset) -> list[str]:
    """One sentence for each concern, with names and a remedy; none where all is well."""
    return [*_lone(data), *_imbalance(data), *_two_labels(data), *_two_sides(data)]


def _lone(data: Dataset) -> list[str]:
    lone = [label for label, (_, groups) in data.counts().items() if groups == 1]
    if not lone:
        return []
    return [
        f"{some(lone)}: one picture, or copies of one. It is learnt, but nothing is left to check it by; add others."
    ]


def _imbalance(data: Dataset) -> list[str]:
    pictures = {label: count for label, (count, _) in data.counts().items()}
    most, least = max(pictures, key=pictures.__getitem__), min(pictures, key=pictures.__getitem__)
    if pictures[most] <= IMBALANCE * pictures[least]:
        return []
    few = some(sorted(label for label in pictures if pictures[most] > IMBALANCE * pictures[label]))
    return [f"{most} has {pictures[most]} pictures, {least} only {pictures[least]}. Add pictures of {few}."]


def _two_labels(data: Dataset) -> list[str]:
    """Near copies under several labels. Groups that groups.tsv names may well hold several: a film, a photographer."""
    first: dict[str, dict[str, str]] = {}
    for picture, label, group in zip(data.pictures, data.labels, data.groups, strict=True):
        if group.startswith(LIKE):
            first.setdefault(group, {}).setdefault(label, picture.relative_to(data.folder).as_posix())
    alike = [list(names.values()) for names in first.values() if len(names) > 1]
    if not alike:
        return []
    times = "once" if len(alike) == 1 else f"{len(alike)} times"
    return [
        f"the same picture has two labels {times}: {alike[0][0]} looks like {alike[0][1]}. "
        f"Run snowpeople verify on {data.folder}, and decide."
    ]


def _two_sides(data: Dataset) -> list[str]:
    if data.given is None:
        return []
    held = set(data.given)
    seen = {data.groups[i] for i in held}
    copies = sum(group in seen for i, group in enumerate(data.groups) if i not in held)
    if not copies:
        return []
    return [f"{copies} training pictures belong to groups of validation pictures: they are left out of training."]
