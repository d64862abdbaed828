"""The cleaning widget, driven as a person does: choose a class, turn pages, mark, do it, undo it, come back later."""

import base64
import html
import os
import re
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from helpers import scene
from PIL import Image

from snowpeople.cleaner import ALL, PAGE, Cleaner
from snowpeople.cleaner.doubts import DoubtError
from snowpeople.cleaner.marks import Mark
from snowpeople.dataset import Dataset
from snowpeople.verify import quarantine
from snowpeople.verify.quarantine import QuarantineError

LABELS = ["cat", "dog", "eel"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Fifteen cats, the first two of which look like dogs; two dogs and an eel."""
    for label, number in (("cat", 15), ("dog", 2), ("eel", 1)):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(number):
            Image.new("RGB", (9, 9), (10 * i, len(label), ord(label[0]))).save(
                tmp_path / "pets" / label / f"{i:02}.png"
            )
    return tmp_path / "pets"


def load(folder: Path) -> Dataset:
    files = sorted(folder.glob("[!._]*/*.*"))
    return Dataset(folder, files, [file.parent.name for file in files], [file.name for file in files])


def answers(data: Dataset) -> np.ndarray:
    """Sure of the label, the more the later the picture comes, but for two cats that look like dogs."""
    rows = np.full((len(data), 3), 0.05)
    for i, label in enumerate(data.labels):
        rows[i, LABELS.index(label)] = 0.8 + i / 1000
    rows[:2, :2] = [[0.04, 0.9], [0.02, 0.95]]
    return rows


def open_cleaner(folder: Path) -> Cleaner:
    """What running the notebook's cell again does, in a new kernel too."""
    data = load(folder)
    return Cleaner(data, range(len(data)), answers(data), LABELS)


def names(cleaner: Cleaner) -> list[str]:
    return [card.choice.description for card in cleaner.cards]


def mark(cleaner: Cleaner, name: str, choice: str) -> None:
    """Choose in the dropdown of a picture, by the words."""
    (card,) = [card for card in cleaner.cards if card.choice.description == name]
    card.choice.label = choice


def chosen(cleaner: Cleaner) -> dict[str, str]:
    """The choices on the page that are not "no mark"."""
    return {card.choice.description: card.choice.label for card in cleaner.cards if card.choice.index}


def said(cleaner: Cleaner) -> str:
    return html.unescape(re.sub("<.*?>", " ", cleaner.status.value))


def test_the_worst_come_first(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    assert "Of 18 pictures, 2 are suspicious" in cleaner.heading.value
    assert names(cleaner)[:3] == ["cat/01.png", "cat/00.png", "cat/02.png"]
    face = html.unescape(cleaner.cards[0].face.value)
    assert 'alt="Picture cat/01.png"' in face
    assert "named <b>cat</b> 2\xa0%" in face
    assert "looks like <b>dog</b> 95\xa0%" in face
    assert ["suspicious" in card.face.value for card in cleaner.cards[:3]] == [True, True, False]


def test_class_by_class_the_one_with_most_to_do_first(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    assert [name for name, _ in cleaner.chooser.options] == [
        "cat: 2 suspicious, 0 marked",
        "dog: 0 suspicious, 0 marked",
        "eel: 0 suspicious, 0 marked",
        "all: 2 suspicious, 0 marked",
    ]
    cleaner.chooser.value = "dog"
    assert names(cleaner) == ["dog/00.png", "dog/01.png"]
    cleaner.chooser.value = ALL
    assert len(names(cleaner)) == PAGE
    assert cleaner.place.value == "<p>1 to 12 of 18</p>"


def test_pages(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    assert (cleaner.previous.disabled, cleaner.next.disabled) == (True, False)
    first = names(cleaner)
    cleaner.next.click()
    assert (cleaner.previous.disabled, cleaner.next.disabled) == (False, True)
    assert names(cleaner) == ["cat/12.png", "cat/13.png", "cat/14.png"]
    assert [child.children[1].description for child in cleaner.grid.children] == names(cleaner)
    assert cleaner.place.value == "<p>13 to 15 of 15</p>"
    cleaner.chooser.value = "dog"
    assert (cleaner.previous.disabled, cleaner.next.disabled) == (True, True)
    cleaner.chooser.value = "cat"
    assert names(cleaner) == first


def test_the_choices_of_a_picture(folder: Path) -> None:
    options = open_cleaner(folder).cards[0].choice.options
    assert [name for name, _ in options] == ["no mark", "keep", "move to dog", "set aside", "move to eel"]


def test_marks_survive_switching_class_and_page_and_a_new_kernel(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/01.png", "move to dog")
    mark(cleaner, "cat/00.png", "keep")
    cleaner.next.click()
    mark(cleaner, "cat/13.png", "set aside")
    cleaner.chooser.value = "dog"
    assert chosen(cleaner) == {}
    cleaner.chooser.value = "cat"
    for again in (cleaner, open_cleaner(folder)):
        assert chosen(again) == {"cat/01.png": "move to dog", "cat/00.png": "keep"}
        again.next.click()
        assert chosen(again) == {"cat/13.png": "set aside"}
        assert again.chooser.options[0] == ("cat: 2 suspicious, 3 marked", "cat")
        assert again.chooser.options[-1] == ("all: 2 suspicious, 3 marked", ALL)
        assert again.chooser.value == "cat"
        assert again.do_it.description == "Do it (2)"


def test_a_mark_can_be_taken_back(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/01.png", "set aside")
    assert not cleaner.do_it.disabled
    mark(cleaner, "cat/01.png", "no mark")
    assert cleaner.do_it.disabled
    assert cleaner.do_it.description == "Do it (0)"
    assert open_cleaner(folder).marked == {}


def test_marking_leaves_the_cards_where_they_are(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    cleaner.chooser.value = "dog"
    before = list(cleaner.cards)
    mark(cleaner, "dog/00.png", "keep")
    assert cleaner.cards == before
    assert cleaner.chooser.value == "dog"


def test_a_choice_from_a_page_that_was_left_marks_nothing(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    late = cleaner.cards[0].choice
    cleaner.next.click()
    assert late.comm is None  # what the browser sends to it finds no widget
    assert cleaner.marked == {}


def test_do_it(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    content = (folder / "cat" / "00.png").read_bytes()
    mark(cleaner, "cat/01.png", "move to dog")
    mark(cleaner, "cat/00.png", "set aside")
    mark(cleaner, "cat/02.png", "keep")
    cleaner.do_it.click()
    assert (folder / "dog" / "01-2.png").exists()
    assert (folder / "_quarantine" / "cat" / "00.png").read_bytes() == content
    assert not {"00.png", "01.png"} & {file.name for file in (folder / "cat").iterdir()}
    assert f"1 picture moved to another label, 1 set aside in {folder}/_quarantine; nothing was deleted" in said(
        cleaner
    )
    assert "train again" in said(cleaner)
    assert names(cleaner)[0] == "cat/02.png"
    assert cleaner.place.value == "<p>1 to 12 of 13</p>"
    assert cleaner.chooser.options[0][0] == "cat: 0 suspicious, 1 marked"
    assert (cleaner.do_it.disabled, cleaner.put_back.disabled) == (True, False)
    reasons = {move.picture: move.reason for move in quarantine.journal(folder)}
    assert reasons == {"cat/00.png": "named cat (4 %), looks like dog (90 %)", "cat/01.png": "relabelled by hand"}
    assert open_cleaner(folder).marked == {folder / "cat" / "02.png": Mark("keep")}


def test_undo(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    cleaner = open_cleaner(folder)
    assert cleaner.put_back.disabled
    mark(cleaner, "cat/01.png", "move to dog")
    mark(cleaner, "cat/00.png", "set aside")
    cleaner.do_it.click()
    cleaner.put_back.click()
    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before
    assert "2 pictures put back" in said(cleaner)
    assert chosen(cleaner) == {"cat/01.png": "move to dog", "cat/00.png": "set aside"}
    assert (cleaner.do_it.disabled, cleaner.put_back.disabled) == (False, True)
    assert len(open_cleaner(folder).marked) == 2


def test_undo_in_another_kernel(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/00.png", "set aside")
    cleaner.apply()
    again = open_cleaner(folder)
    assert not again.put_back.disabled
    (move,) = again.undo()
    assert move.now == "cat/00.png"
    assert (folder / "cat" / "00.png").exists()
    assert again.undo() == []


def test_undo_is_of_what_was_done_here(folder: Path) -> None:
    quarantine.set_aside(folder, {folder / "eel" / "00.png": "blank"})
    cleaner = open_cleaner(folder)
    assert cleaner.put_back.disabled
    assert cleaner.undo() == []
    assert (folder / "_quarantine" / "eel" / "00.png").exists()


def test_a_replaced_picture_is_not_moved_for_the_mark_of_another(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/00.png", "set aside")
    scene().save(folder / "cat" / "00.png")
    assert cleaner.apply() == []
    assert (folder / "cat" / "00.png").exists()
    assert "1 more mark of pictures not shown here" in said(cleaner)


def test_a_renamed_picture_keeps_its_mark(folder: Path) -> None:
    mark(open_cleaner(folder), "cat/01.png", "set aside")
    (folder / "cat" / "01.png").rename(folder / "cat" / "0.png")
    assert open_cleaner(folder).marked == {folder / "cat" / "0.png": Mark("aside")}


def test_a_mark_of_a_picture_that_vanished(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/01.png", "set aside")
    (folder / "cat" / "01.png").unlink()
    again = open_cleaner(folder)
    assert again.marked == {}
    assert f"1 more mark of pictures not shown here: kept in {folder}/.snowpeople/marks.json" in said(again)
    assert again.do_it.disabled
    assert cleaner.apply() == []


def test_marks_of_pictures_that_are_not_shown_wait(folder: Path) -> None:
    mark(open_cleaner(folder), "cat/01.png", "set aside")
    data = load(folder)
    others = [i for i, picture in enumerate(data.pictures) if picture.name != "01.png"]
    cleaner = Cleaner(data, others, answers(data)[others], LABELS)
    assert cleaner.apply() == []
    assert len(open_cleaner(folder).marked) == 1


def test_a_mark_with_a_label_that_the_vocabulary_lacks_waits(folder: Path) -> None:
    mark(open_cleaner(folder), "cat/01.png", "move to dog")
    data = load(folder)
    some = [i for i, label in enumerate(data.labels) if label != "dog"]
    cleaner = Cleaner(data, some, answers(data)[np.ix_(some, [0, 2])], ["cat", "eel"])
    assert cleaner.marked == {}
    assert "1 more mark" in said(cleaner)


def test_a_picture_that_vanishes_under_the_hand_is_not_marked(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    (folder / "cat" / "01.png").unlink()
    mark(cleaner, "cat/01.png", "set aside")
    assert "cat/01.png can't be read, so it isn't marked: No such file" in said(cleaner)
    assert (chosen(cleaner), cleaner.marked) == ({}, {})


def test_a_picture_that_cannot_be_shown_says_why(folder: Path) -> None:
    data = load(folder)
    data.pictures[0].write_bytes(b"no picture")
    data.pictures[1].unlink()
    cleaner = Cleaner(data, range(len(data)), answers(data), LABELS)
    assert "This file can’t be read: No such file" in html.unescape(cleaner.cards[0].face.value)
    assert "This file is not a picture" in cleaner.cards[1].face.value
    mark(cleaner, "cat/00.png", "set aside")
    assert len(cleaner.apply()) == 1


def test_a_folder_that_takes_no_marks_is_said(folder: Path) -> None:
    (folder / ".snowpeople").write_text("in the way")
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/00.png", "set aside")
    assert "They are in memory only, until the kernel stops" in said(cleaner)
    cleaner.chooser.value = "dog"
    cleaner.chooser.value = "cat"
    assert chosen(cleaner) == {"cat/00.png": "set aside"}


def test_what_goes_wrong_while_moving_is_said_and_the_marks_stay(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/00.png", "set aside")
    mark(cleaner, "cat/01.png", "move to dog")
    (folder / "_quarantine").mkdir()
    (folder / "_quarantine" / "cat").write_text("in the way")
    cleaner.do_it.click()
    assert "can't be" in said(cleaner)
    assert (folder / "cat" / "00.png").exists()
    assert cleaner.marked[folder / "cat" / "00.png"] == Mark("aside")
    with pytest.raises(QuarantineError):
        cleaner.apply()


HOSTILE = "<img src=x onerror=alert(1)> & $x^2$.png"


def test_markup_and_formulas_in_names_stay_text(tmp_path: Path) -> None:
    label = "<script>alert(1)<"
    for name in (label, "dog"):
        (tmp_path / name).mkdir()
        scene().save(tmp_path / name / HOSTILE)
    data = load(tmp_path)
    cleaner = Cleaner(data, [0, 1], np.array([[0.1, 0.9], [0.9, 0.1]]), ["dog", label])
    shown = "".join(widget.value for widget in (cleaner.heading, cleaner.place, cleaner.status))
    shown += "".join(card.face.value for card in cleaner.cards)
    mimes = cleaner._repr_mimebundle_()
    for text in (shown, mimes["text/html"]):
        assert "<script" not in text
        assert "<img src=x" not in text
    assert "&lt;script&gt;" in shown
    assert "&lt;img src=x" in shown
    for text in (cleaner.cards[0].choice.description, mimes["text/html"], mimes["text/plain"]):
        assert "$" not in text


@pytest.mark.parametrize("name", ["🐈.png", "new\nline.png", os.fsdecode(b"\xff.png")])
def test_names_that_json_cannot_carry_are_shown_all_the_same(name: str, folder: Path) -> None:
    scene().save(folder / "cat" / "with.png")
    (folder / "cat" / "with.png").rename(folder / "cat" / name)
    data = load(folder)
    place = data.pictures.index(folder / "cat" / name)
    cleaner = Cleaner(data, [place], answers(data)[[place]], LABELS)
    for text in (cleaner.cards[0].choice.description, cleaner.cards[0].face.value):
        assert text.encode()
        assert "\n" not in text
    cleaner.cards[0].choice.label = "set aside"
    assert len(cleaner.apply()) == 1


def test_a_page_without_a_kernel_gets_a_summary(folder: Path) -> None:
    cleaner = open_cleaner(folder)
    mark(cleaner, "cat/01.png", "set aside")
    mimes = cleaner._repr_mimebundle_()
    assert mimes["application/vnd.jupyter.widget-view+json"]["model_id"] == cleaner.widget.model_id
    assert mimes["text/plain"].splitlines() == [
        "Of 18 pictures, 2 are suspicious: the classifier is sure of another label. 1 marked.",
        "  cat/01.png: named cat (2 %), looks like dog (95 %)",
        "  cat/00.png: named cat (4 %), looks like dog (90 %)",
        "  cat/02.png: named cat (80 %), next would be dog (5 %)",
        "  cat/03.png: named cat (80 %), next would be dog (5 %)",
        "  cat/04.png: named cat (80 %), next would be dog (5 %)",
    ]
    assert mimes["text/html"].count("<li>") == 5


def test_thumbnails_are_small_and_upright(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    scene((2000, 1000)).save(folder / "cat" / "00.png", "JPEG", exif=exif)
    face = open_cleaner(folder).cards[1].face.value
    data = base64.b64decode(re.findall('base64,([^"]+)', face)[0])
    thumbnail = Image.open(BytesIO(data))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (80, 160))
    assert len(data) < 12_000


def test_many_classes_and_pictures_take_a_page_of_widgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene().save(tmp_path / "one.png")
    labels = [f"class {i:02}" for i in range(90)]
    for label in labels:
        (tmp_path / label).mkdir()
        shutil.copy(tmp_path / "one.png", tmp_path / label / "0.png")
    files = [tmp_path / labels[i % 90] / ("0.png" if i < 90 else f"{i}.png") for i in range(10_000)]
    data = Dataset(tmp_path, files, [file.parent.name for file in files], [str(file) for file in files])
    opened: list[Path] = []

    def read(file: Path, smallest: int) -> Image.Image:
        opened.append(file)
        return scene()

    monkeypatch.setattr("snowpeople.cleaner.card.read", read)
    probabilities = np.random.default_rng(0).dirichlet(np.ones(90), 10_000)
    cleaner = Cleaner(data, range(10_000), probabilities, labels)
    assert len(opened) == PAGE
    before = count_widgets()
    for _ in range(3):
        cleaner.next.click()
    cleaner.chooser.value = "class 07"
    assert count_widgets() == before
    assert len(opened) == 5 * PAGE


def count_widgets() -> int:
    from ipywidgets.widgets.widget import _instances

    return len(_instances)


def test_answers_that_do_not_match(folder: Path) -> None:
    data = load(folder)
    with pytest.raises(DoubtError, match="do not match"):
        Cleaner(data, [0, 1], answers(data), LABELS)


def test_no_torch(run_python: Callable[[str], str]) -> None:
    program = """
import sys
import snowpeople.cleaner
print([name for name in ("torch", "fastai", "onnxruntime", "matplotlib") if name in sys.modules])
"""
    assert run_python(program).strip() == "[]"
