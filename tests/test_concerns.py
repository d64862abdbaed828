"""What may spoil training is said by name, with what to do; where all is well, nothing is said."""

from pathlib import Path

from snowpeople.dataset import Dataset
from snowpeople.dataset.concerns import concerns


def labelled(*rows: tuple[str, str], given: list[int] | None = None) -> Dataset:
    """A data set of pictures, each given as LABEL/NAME and its group."""
    pictures, groups = zip(*rows, strict=True)
    paths = [Path("pets", picture) for picture in pictures]
    return Dataset(Path("pets"), paths, [path.parts[1] for path in paths], list(groups), given=given)


def several(label: str, count: int) -> list[tuple[str, str]]:
    return [(f"{label}/{n}.png", f"like {label}/{n}.png") for n in range(count)]


def test_nothing_where_all_is_well() -> None:
    assert concerns(labelled(*several("cat", 10), *several("dog", 2))) == []


def test_labels_with_one_picture_or_copies_of_one() -> None:
    data = labelled(
        *several("cat", 2), ("dog/0.png", "like dog/0.png"), ("dog/1.png", "like dog/0.png"), *several("eel", 1)
    )
    assert concerns(data) == [
        "Of dog, eel there is one picture, or copies of one: none is left to check by. Add others."
    ]


def test_labels_with_few_pictures() -> None:
    data = labelled(*several("cat", 100), *several("dog", 19), *several("eel", 20))
    assert concerns(data) == ["cat has 100 pictures, dog only 19. Add pictures of dog."]


def test_many_labels_are_not_all_named() -> None:
    data = labelled(*several("cat", 60), *(row for n in range(100) for row in several(f"rare {n:02}", 2)))
    assert concerns(data) == [
        "cat has 60 pictures, rare 00 only 2. Add pictures of rare 00, rare 01, rare 02, rare 03, rare 04 and 95 more."
    ]


def test_pictures_with_two_labels() -> None:
    twice = [("cat/x.png", "like cat/x.png"), ("dog/y.png", "like cat/x.png")]
    film = [("cat/f.png", "film"), ("dog/f.png", "film")]
    data = labelled(*several("cat", 3), *several("dog", 3), *twice, *film)
    assert concerns(data) == [
        "cat/x.png looks like dog/y.png, of another class. See which are right: snowpeople verify --dry-run pets"
    ]


def test_copies_of_validation_pictures() -> None:
    data = labelled(*several("cat", 3), *several("dog", 3), ("cat/copy.png", "like cat/0.png"), given=[0, 5])
    assert concerns(data) == [
        "1 training pictures belong with validation pictures, as copies do: they are left out of training."
    ]
