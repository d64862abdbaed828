"""Whole groups change sides, whatever the groups are, and each label can be learnt."""

from pathlib import Path
from random import Random

import pytest

from snowpeople.dataset import Dataset, DatasetError


def labelled(*sizes: tuple[str, str, int]) -> Dataset:
    """A data set of groups, each given as its label, its name and its number of pictures."""
    rows = [(Path(f"{label}/{group}-{i}.png"), label, group) for label, group, size in sizes for i in range(size)]
    pictures, labels, groups = zip(*rows, strict=True)
    return Dataset(Path(), list(pictures), list(labels), list(groups))


def assert_sound(data: Dataset, train: list[int], valid: list[int]) -> None:
    assert sorted(train + valid) == list(range(len(data)))
    assert {data.groups[i] for i in train}.isdisjoint(data.groups[i] for i in valid)
    assert {data.labels[i] for i in train} == set(data.labels)


def test_split_never_divides_a_group_whatever_the_groups() -> None:
    for seed in range(60):
        rng = Random(seed)
        labels = ["a", "b", "c"][: rng.choice([2, 3])]
        sizes = [(label, f"{label}{i}", rng.choice([1, 1, 2, 5])) for label in labels for i in range(rng.randint(1, 9))]
        # Some groups hold pictures of two labels.
        mixed = [(rng.choice(labels), f"{rng.choice(labels)}{rng.randrange(9)}", 1) for _ in range(3)]
        data = labelled(*sizes, *mixed)
        assert_sound(data, *data.split(rng.choice([0.1, 0.2, 0.5]), seed))


def test_split_is_the_same_for_a_seed_and_differs_between_seeds() -> None:
    data = labelled(*((label, f"{label}{i}", 2) for label in ("a", "b") for i in range(20)))
    assert data.split(seed=3) == data.split(seed=3)
    assert len({tuple(data.split(seed=seed)[1]) for seed in range(5)}) == 5


def test_split_holds_about_the_share_of_each_label() -> None:
    data = labelled(*((label, f"{label}{i}", 2) for label, n in (("a", 50), ("b", 20)) for i in range(n)))
    for share in (0.1, 0.2, 0.4):
        counts = data.subset(data.split(share)[1]).counts()
        assert counts["a"][0] == pytest.approx(100 * share, abs=2)
        assert counts["b"][0] == pytest.approx(40 * share, abs=2)


@pytest.mark.parametrize("groups", [2, 3, 4, 9])
def test_a_label_with_two_groups_or_more_is_on_both_sides(groups: int) -> None:
    data = labelled(*((label, f"{label}{i}", 1) for label in ("a", "b") for i in range(groups)))
    train, valid = data.split(0.2)
    assert_sound(data, train, valid)
    assert {data.labels[i] for i in valid} == {"a", "b"}


def test_a_label_with_one_group_is_learnt_only() -> None:
    data = labelled(("a", "only", 9), *(("b", f"b{i}", 1) for i in range(9)))
    train, valid = data.split(0.2)
    assert_sound(data, train, valid)
    assert {data.labels[i] for i in valid} == {"b"}


def test_a_giant_group_stays_in_training() -> None:
    data = labelled(("a", "giant", 40), *(("a", f"a{i}", 1) for i in range(20)), *(("b", f"b{i}", 1) for i in range(9)))
    for seed in range(20):
        assert "giant" not in {data.groups[i] for i in data.split(0.5, seed)[1]}
    pair = labelled(("a", "giant", 40), ("a", "small", 2), *(("b", f"b{i}", 1) for i in range(9)))
    assert {pair.groups[i] for i in pair.split()[1] if pair.labels[i] == "a"} == {"small"}


@pytest.mark.parametrize("share", [0, 1, -0.1, 20])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(ValueError, match="share between 0 and 1"):
        labelled(("a", "x", 1), ("b", "y", 1)).split(share)


def test_folds_validate_each_picture_once_and_never_divide_a_group() -> None:
    for seed in range(40):
        rng = Random(seed)
        sizes = [(label, f"{label}{i}", rng.choice([1, 1, 2, 5])) for label in "abc" for i in range(rng.randint(5, 12))]
        data = labelled(*sizes)
        folds = data.folds(rng.choice([2, 3, 5]), seed)
        assert sorted(i for _, valid in folds for i in valid) == list(range(len(data)))
        for train, valid in folds:
            assert_sound(data, train, valid)


def test_folds_spread_each_label() -> None:
    data = labelled(*((label, f"{label}{i}", 1 + i % 3) for label, n in (("a", 60), ("b", 20)) for i in range(n)))
    for _, valid in data.folds(5):
        counts = data.subset(valid).counts()
        assert counts["a"][0] == pytest.approx(120 / 5, abs=2)
        assert counts["b"][0] == pytest.approx(39 / 5, abs=2)


def test_what_a_label_cannot_do_without_is_learnt_in_every_fold() -> None:
    mixed = [("a", "only", 1), ("b", "only", 3), *(("b", f"b{i}", 1) for i in range(9))]
    data = labelled(*mixed, ("c", "c0", 2), ("c", "c1", 1))
    folds = data.folds(3)
    for train, valid in folds:
        assert_sound(data, train, valid)
        assert "only" not in {data.groups[i] for i in valid}
    assert sum(len(valid) for _, valid in folds) == len(data) - 4


def test_folds_are_the_same_for_a_seed_and_differ_between_seeds() -> None:
    data = labelled(*((label, f"{label}{i}", 1) for label in "ab" for i in range(20)))
    assert data.folds(4, seed=3) == data.folds(4, seed=3) != data.folds(4, seed=4)


def test_more_folds_than_groups() -> None:
    data = labelled(("a", "x", 3), ("a", "y", 1), ("b", "z", 5))
    with pytest.raises(DatasetError, match=r"only 2 groups of pictures can be validated on, too few for 3 folds\. Ask"):
        data.folds(3)
    with pytest.raises(ValueError, match="2 or more, not 1"):
        data.folds(1)


def test_thousands_of_labels() -> None:
    data = labelled(*((f"label {n}", f"{n}-{part}", 1) for n in range(10_000) for part in range(2)))
    train, valid = data.split()
    assert len(train) == len(valid) == 10_000
    assert [len(valid) for _, valid in data.folds(2)] == [10_000, 10_000]
