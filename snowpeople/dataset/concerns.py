"""What may spoil training on pictures that can be trained on, in words: warnings, where DatasetError is a refusal."""

from collections.abc import Mapping

from . import Dataset
from .groups import LIKE
from .layout import some

# A label with more than this many times the pictures of another is worth a word.
IMBALANCE = 5


def concerns(data: Dataset) -> list[str]:
    """One sentence for each concern, with names and a remedy; none where all is well."""
    counts = data.counts()
    return [
        *lone({label: groups for label, (_, groups) in counts.items()}),
        *imbalance({label: pictures for label, (pictures, _) in counts.items()}),
        *_two_labels(data),
        *_two_sides(data),
    ]


def lone(distinct: Mapping[str, int]) -> list[str]:
    """About labels of which there is one distinct picture; `distinct` says how many there are of each."""
    labels = sorted(label for label, count in distinct.items() if count == 1)
    if not labels:
        return []
    return [f"Of {some(labels)} there is one picture, or copies of one: none is left to check by. Add others."]


def imbalance(pictures: Mapping[str, int]) -> list[str]:
    """About labels with many times the pictures of others; `pictures` says how many there are of each."""
    most = max(pictures, key=pictures.__getitem__, default="")
    few = sorted(label for label, count in pictures.items() if 0 < IMBALANCE * count < pictures[most])
    if not few:
        return []
    least = min(few, key=pictures.__getitem__)
    return [f"{most} has {pictures[most]} pictures, {least} only {pictures[least]}. Add pictures of {some(few)}."]


def _two_labels(data: Dataset) -> list[str]:
    """Near copies under several labels. Groups that groups.tsv names may well hold several: a film, a photographer."""
    first: dict[str, dict[str, str]] = {}
    for picture, label, group in zip(data.pictures, data.labels, data.groups, strict=True):
        if group.startswith(LIKE):
            first.setdefault(group, {}).setdefault(label, picture.relative_to(data.folder).as_posix())
    alike = [list(names.values()) for names in first.values() if len(names) > 1]
    if not alike:
        return []
    more = f", and so in {len(alike) - 1} more cases" if len(alike) > 1 else ""
    return [
        f"{alike[0][0]} looks like {alike[0][1]}, of another class{more}. "
        f"See which are right: snowpeople verify --dry-run {data.folder}"
    ]


def _two_sides(data: Dataset) -> list[str]:
    if data.given is None:
        return []
    held = set(data.given)
    seen = {data.groups[i] for i in held}
    copies = sum(group in seen for i, group in enumerate(data.groups) if i not in held)
    if not copies:
        return []
    return [f"{copies} training pictures belong with validation pictures, as copies do: they are left out of training."]
