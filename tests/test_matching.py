"""Folders' names beside labels."""

from pathlib import Path

from snowpeople.report.matching import kinds, match


def test_spaces_underscores_and_capitals_are_alike() -> None:
    assert match(["sea otter", "River_Otter", "yeti"], ["sea_otter", "river otter"]) == {
        "sea otter": "sea_otter",
        "River_Otter": "river otter",
        "yeti": None,
    }


def test_two_ways_to_write_an_accent_are_alike() -> None:
    assert match(["e\u0301te\u0301"], ["été"]) == {"e\u0301te\u0301": "été"}


def test_the_same_name_comes_first_and_nothing_is_guessed() -> None:
    labels = ["a_b", "a b"]
    assert match(["a b", "A B"], labels) == {"a b": "a b", "A B": None}


def test_kinds_are_named_after_folders_with_as_much_as_tells_them_apart(tmp_path: Path) -> None:
    one, two, three = tmp_path / "one" / "cats", tmp_path / "two" / "cats", tmp_path / "dogs"
    assert kinds([one, two, three, one / "..", one]) == {
        "cats": one,
        "two/cats": two,
        "dogs": three,
        "one": tmp_path / "one",
    }
