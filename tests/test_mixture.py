"""A mixture shows labelled, cut-out, unrelated and drawn pictures in their shares, each with the right label."""

import pickle
from collections import Counter
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from snowpeople import drawing
from snowpeople.dataset import Dataset, DatasetError
from snowpeople.distill import mixture
from snowpeople.distill.mixture import Mixture

COLOURS = {"abominable": (200, 0, 0), "neither": (0, 200, 0), "olaf": (0, 0, 200)}
OTHER = (200, 200, 0)
CUT_OUT = (200, 0, 200)
Shown = list[tuple[str, str, bool]]


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    """Plain pictures, a colour a label: 12 abominable of one group and 4 of 4, 4 neither, 4 olaf."""
    rows = []
    for label, groups in {"abominable": ["many"] * 12 + list("abcd"), "neither": "efgh", "olaf": "ijkl"}.items():
        for number, group in enumerate(groups):
            path = tmp_path / "data" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (24, 24), COLOURS[label]).save(path)
            rows.append((path, label, str(group)))
    pictures, labels, names = zip(*rows, strict=True)
    return Dataset(tmp_path / "data", list(pictures), list(labels), list(names))


@pytest.fixture
def others(tmp_path: Path) -> Path:
    folder = tmp_path / "others"
    (folder / "further" / "down").mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (30, 20), OTHER).save(folder / "further" / "down" / f"{number}.png")
    return folder


@pytest.fixture
def cutouts(tmp_path: Path) -> Path:
    """Cut-outs of two olafs alone."""
    folder = tmp_path / "cutouts"
    (folder / "olaf").mkdir(parents=True)
    for number in (0, 1):
        picture = Image.new("RGBA", (24, 24))
        picture.paste((*CUT_OUT, 255), (6, 0, 18, 24))
        picture.save(folder / "olaf" / f"{number}.png")
    return folder


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mixture, int], Shown]:
    """What a mixture shows: for each seed the label, what picture it is a view of, and whether it lies in a scene."""
    kinds: dict[object, str] = {colour: label for label, colour in COLOURS.items()}
    kinds |= {OTHER: "other", CUT_OUT: "cut-out"}

    def kind(picture: Image.Image) -> str:
        if picture.mode == "RGBA" and picture.getpixel((0, 0)) != (0, 0, 0, 0):
            return "drawn"
        pixel = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
        return kinds.get(pixel, "drawn")

    def show(subject: Mixture, count: int) -> Shown:
        seen: list[tuple[str, bool]] = []

        def view(picture: Image.Image, rng: Random, size: int, scene: Image.Image | None = None) -> Image.Image:
            seen.append((kind(picture), scene is not None))
            return Image.new("RGB", (size, size))

        monkeypatch.setattr(mixture, "view", view)
        labels = [subject.vocabulary[subject.sample(seed, 16)[1]] for seed in range(count)]
        return [(label, *what) for label, what in zip(labels, seen, strict=True)]

    return show


def test_labels_are_shown_equally_often(data: Dataset, shown: Callable[[Mixture, int], Shown]) -> None:
    views = shown(Mixture(data), 900)
    assert all(label == what for label, what, _ in views)
    assert all(240 < count < 360 for count in Counter(label for label, _, _ in views).values())
    assert not any(scene for _, _, scene in views)


def test_a_large_group_counts_by_the_root_of_its_size(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def remember(path: Path) -> Image.Image:
        opened.append(path)
        return Image.new("RGB", (8, 8))

    monkeypatch.setattr(mixture, "_open", remember)
    subject = Mixture(data)
    for seed in range(900):
        subject.sample(seed, 8)
    abominable = [path.stem for path in opened if path.parent.name == "abominable"]
    share = np.mean([int(stem) < 12 for stem in abominable])
    assert share == pytest.approx(12**0.5 / (12**0.5 + 4), abs=0.07)


def test_unrelated_pictures_are_neither_and_serve_as_scenes(
    data: Dataset, others: Path, shown: Callable[[Mixture, int], Shown]
) -> None:
    views = shown(Mixture(data, others=[others]), 800)
    assert {label for label, what, _ in views if what == "other"} == {"neither"}
    assert np.mean([what == "other" for _, what, _ in views]) == pytest.approx(mixture.OTHER_SHARE, abs=0.05)
    assert np.mean([scene for _, _, scene in views]) == pytest.approx(mixture.SCENE_SHARE, abs=0.07)


def test_cut_outs_are_found_by_label_and_name(
    data: Dataset, cutouts: Path, shown: Callable[[Mixture, int], Shown]
) -> None:
    views = shown(Mixture(data, cutouts), 900)
    olaf = Counter(what for label, what, _ in views if label == "olaf")
    assert olaf["cut-out"] / olaf.total() == pytest.approx(mixture.CUT_OUT_SHARE / 2, abs=0.1)
    assert {what for label, what, _ in views if label != "olaf"} == {"abominable", "neither"}


def test_drawn_pictures_have_their_own_label(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def draw(label: str, seed: int) -> Image.Image:
        drawn.append(label)
        return Image.new("RGB", (8, 8))

    monkeypatch.setattr(drawing, "draw", draw)
    monkeypatch.setattr(drawing, "figure", draw)
    subject = Mixture(data, drawn=True)
    count = 0
    for seed in range(600):
        before = len(drawn)
        target = subject.sample(seed, 8)[1]
        if len(drawn) > before:
            count += 1
            assert subject.vocabulary[target] == drawn[-1]
    assert set(drawn) == set(drawing.LABELS)
    assert count / 600 == pytest.approx(mixture.DRAWN_SHARE, abs=0.05)


def test_the_same_number_gives_the_same_view_in_any_order(data: Dataset, others: Path, cutouts: Path) -> None:
    subject, again = (Mixture(data, cutouts, [others], drawn=True) for _ in range(2))
    first = {seed: subject.sample(seed, 24) for seed in range(40)}
    for seed in reversed(range(40)):
        picture, target = again.sample(seed, 24)
        assert (picture.mode, picture.size) == ("RGB", (24, 24))
        assert (picture.tobytes(), target) == (first[seed][0].tobytes(), first[seed][1])


def test_a_view_does_not_change_the_picture_that_is_kept_in_memory(data: Dataset, others: Path) -> None:
    subject = Mixture(data, others=[others])
    before = subject.sample(3, 24)[0].tobytes()
    for seed in range(60):
        subject.sample(seed, 24)
    assert subject.sample(3, 24)[0].tobytes() == before


def test_it_travels_to_other_processes(data: Dataset, others: Path, cutouts: Path) -> None:
    subject = Mixture(data, cutouts, [others], drawn=True)
    travelled = pickle.loads(pickle.dumps(subject))
    assert travelled.sample(5, 24)[0].tobytes() == subject.sample(5, 24)[0].tobytes()


def test_others_without_a_picture(data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(DatasetError, match=r"no pictures in \S*bare"):
        Mixture(data, others=[tmp_path / "bare"])


def test_cut_outs_that_match_no_picture(data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(DatasetError, match=r"no cut-out in \S*elsewhere"):
        Mixture(data, cutouts=tmp_path / "elsewhere")


def test_unrelated_and_drawn_pictures_need_their_labels(data: Dataset, others: Path) -> None:
    labels = ["cat" if label == "olaf" else "dog" for label in data.labels]
    pets = Dataset(data.folder, data.pictures, labels, data.groups)
    with pytest.raises(DatasetError, match="need a label 'neither' in"):
        Mixture(pets, others=[others])
    with pytest.raises(DatasetError, match="need the labels abominable, neither, olaf in"):
        Mixture(pets, drawn=True)


def test_an_unreadable_unrelated_picture_is_named(data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "broken.jpg").write_bytes(b"no picture")
    subject = Mixture(data, others=[tmp_path / "bad"])
    with pytest.raises(DatasetError, match=r"bad/broken\.jpg"):
        list(map(subject.sample, range(100), repeat(24)))
