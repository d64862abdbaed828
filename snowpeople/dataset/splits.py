"""Labelled pictures divided in those to learn from and those to check by, so that no group is on both sides."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from .layout import DatasetError

Split = tuple[list[int], list[int]]


def split(labels: Sequence[str], groups: Sequence[str], valid: float = 0.2, seed: int = 0) -> Split:
    """Indices for training and for validation, about the share `valid` of each label's pictures.

    labels, groups: one for each of N pictures. Whole groups change sides. A group with a third or more of a label's
    pictures stays in training, so that one much-photographed source can't empty it; only where a label has no smaller
    group, its smallest is validated on. A label with one group is in training alone.
    Raises ValueError for a share that is none.
    """
    if not 0 < valid < 1:
        raise ValueError(f"valid is a share between 0 and 1, not {valid}")
    total = Counter(labels)
    contents = _contents(labels, groups)
    of_label: dict[str, list[str]] = defaultdict(list)
    for group, content in contents.items():
        for label in content:
            of_label[label].append(group)
    chosen: set[str] = set()
    held: Counter[str] = Counter()
    for label in sorted(total):
        own = [group for group in of_label[label] if group not in chosen]
        small = [group for group in own if all(3 * n < total[name] for name, n in contents[group].items())]
        Random(f"{seed}-{label}").shuffle(small)
        # At most half of the groups, however small: training needs variety more.
        candidates = small[: max(1, len(small) // 2)]
        if not small and not held[label]:
            candidates = sorted(own, key=lambda group: contents[group][label])[:1]
        for group in candidates:
            if held[label] >= valid * total[label]:
                break
            if any(held[name] + n == total[name] for name, n in contents[group].items()):
                continue  # nothing of that label would be left to learn from
            chosen.add(group)
            held.update(contents[group])
    train = [i for i, group in enumerate(groups) if group not in chosen]
    return train, [i for i, group in enumerate(groups) if group in chosen]


def folds(labels: Sequence[str], groups: Sequence[str], count: int = 5, seed: int = 0) -> list[Split]:
    """`count` splits in indices for training and for validation, for cross-validation by whole groups.

    Each picture is validated on once, and labels are spread as evenly as whole groups allow: the largest group goes
    first, each to the fold that holds least of its labels. What a label can't do without in training is validated on
    in no fold: its only group, or one that would take the last of its pictures.
    Raises ValueError for a count below 2, and DatasetError where there are fewer groups to validate on than folds.
    """
    if count < 2:
        raise ValueError(f"count is a number of folds, 2 or more, not {count}")
    total = Counter(labels)
    contents = _contents(labels, groups)
    order = list(contents)
    Random(seed).shuffle(order)
    order.sort(key=lambda group: -contents[group].total())
    held: list[Counter[str]] = [Counter() for _ in range(count)]
    sizes = [0] * count
    fold_of: dict[str, int] = {}
    for group in order:
        content = contents[group].items()
        free = [f for f in range(count) if all(held[f][label] + n < total[label] for label, n in content)]
        if free:
            shares = {f: sum(n * held[f][label] / total[label] for label, n in content) for f in free}
            chosen = min(free, key=lambda f: (shares[f], sizes[f], f))
            held[chosen].update(contents[group])
            sizes[chosen] += contents[group].total()
            fold_of[group] = chosen
    if not all(sizes):
        raise DatasetError(
            f"only {len(fold_of)} groups of pictures can be validated on, too few for {count} folds. "
            "Ask for fewer folds, or add pictures that are no copies of others."
        )
    sides = [fold_of.get(group) for group in groups]
    return [
        ([i for i, side in enumerate(sides) if side != f], [i for i, side in enumerate(sides) if side == f])
        for f in range(count)
    ]


def _contents(labels: Sequence[str], groups: Sequence[str]) -> dict[str, Counter[str]]:
    """For each group, sorted, how many pictures of each label it holds."""
    contents: dict[str, Counter[str]] = defaultdict(Counter)
    for label, group in zip(labels, groups, strict=True):
        contents[group][label] += 1
    return {group: contents[group] for group in sorted(contents)}
