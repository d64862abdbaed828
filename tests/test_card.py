"""A card says truly what a classifier learnt from and what to beware of, in plain words and numbers."""

import hashlib
import json
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from helpers import colours
from torch import nn

from snowpeople.backbone import ARCHITECTURES, Backbone
from snowpeople.dataset import Dataset
from snowpeople.export import card
from snowpeople.recipe import Recipe, Trained

TRAIN, VALID = [*range(4), *range(6, 10)], [4, 5, 10]
BACKBONE = Backbone(ARCHITECTURES["resnet34"], nn.Sequential(), 512, "weights of mine.pth", pretrained=True)
RECIPE = Recipe(sizes=(32, 48), rate=0.003, augmentation="strong", mixup=0.2, seed=7)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Six pictures of each of two labels; the blue ones in three groups."""
    found = colours(tmp_path_factory.mktemp("private-place") / "otters")
    found.groups = [f"blue {number // 2}" for number in range(6)] + [f"red {number}" for number in range(6)]
    return found


def outcome(epochs: int = 5, kept: tuple[int, int] | None = None) -> Trained:
    return Trained([{"phase": 0, "epoch": epoch} for epoch in range(epochs)], kept, stopped=False)


def made(data: Dataset, how: Trained | None = None) -> dict[str, Any]:
    return card.trained(data, TRAIN, VALID, BACKBONE, RECIPE, how or outcome())


def test_it_says_from_what_and_how_a_classifier_learnt(data: Dataset) -> None:
    found = made(data)
    assert found["data"] == "otters"
    assert found["counts"] == {
        "training": {"blue": {"pictures": 4, "groups": 2}, "red": {"pictures": 4, "groups": 4}},
        "validation": {"blue": {"pictures": 2, "groups": 1}, "red": {"pictures": 1, "groups": 1}},
    }
    assert (found["architecture"], found["start"]) == ("resnet34", "weights of mine.pth")
    assert (found["size"], found["epochs"]) == (48, 5)
    assert found["date"] == date.today().isoformat()
    assert found["versions"]["torch"] == version("torch")


def test_the_recipe_in_it_can_be_used_again(data: Dataset) -> None:
    kept = json.loads(json.dumps(made(data)["recipe"]))
    assert Recipe(**{**kept, "sizes": tuple(kept["sizes"])}) == RECIPE


def test_it_is_json_and_tells_nothing_of_this_machine(data: Dataset) -> None:
    text = json.dumps(made(data))
    for secret in ("private-place", str(Path.home()), str(Path.cwd()), "0.png"):
        assert secret not in text


@pytest.mark.parametrize("place", [".", "deeper/..", "../otters/"])
def test_data_in_the_working_folder_have_its_name(place: str, data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data.folder)
    (data.folder / "deeper").mkdir(exist_ok=True)
    here = Dataset(Path(place), data.pictures, data.labels, data.groups)
    assert made(here)["data"] == "otters"


def test_it_says_which_epoch_was_kept_only_where_it_was_chosen(data: Dataset) -> None:
    assert "kept" not in made(data, outcome(kept=None))
    assert "lowest loss" in made(data, outcome(kept=(1, 2)))["kept"]


def test_the_pictures_learnt_from_can_be_told_from_those_kept_apart(data: Dataset) -> None:
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in data.pictures]
    known = made(data)["learnt_from"]
    assert [any(digest.startswith(each) for each in known) for digest in digests] == [i in TRAIN for i in range(12)]
    assert min(map(len, known)) >= 16  # no two pictures of the world share as many


def test_a_card_of_many_pictures_has_no_list_of_them(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "MOST_DIGESTS", len(TRAIN))
    assert "learnt_from" in made(data)
    monkeypatch.setattr(card, "MOST_DIGESTS", len(TRAIN) - 1)
    assert "learnt_from" not in made(data)


def labelled(**counts: int) -> Dataset:
    """So many groups of each label, of two pictures each."""
    rows = [(label, f"{label} {number // 2}") for label, count in counts.items() for number in range(2 * count)]
    labels, groups = (list(column) for column in zip(*rows, strict=True))
    return Dataset(Path("otters"), [Path(f"{number}.png") for number in range(len(rows))], labels, groups)


def test_labels_of_few_distinct_pictures_are_to_be_taken_with_care() -> None:
    assert card.limits(labelled(many=30, plenty=31)) == [card.limits(labelled(few=1, many=30))[0]]
    always, few = card.limits(labelled(few=29, many=30, one=1))
    assert "only pictures like those" in always
    assert few == "It has seen fewer than 30 distinct pictures of few, one."


def test_of_many_such_labels_the_first_are_named() -> None:
    few = card.limits(labelled(**{f"label{number:02}": 1 for number in range(13)}))[1]
    assert few.endswith("of " + ", ".join(f"label{number:02}" for number in range(10)) + " and 3 more.")
