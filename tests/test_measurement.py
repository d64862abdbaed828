"""An export put to the test on folders, through the same half that the dashboard reads."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import make_model, with_familiarity
from PIL import Image

from snowpeople import archive
from snowpeople.dataset import DatasetError
from snowpeople.report.measurement import MeasurementError, measure

COLOURS = {"abominable": (250, 0, 0), "neither": (0, 250, 0), "olaf": (0, 0, 250)}


def picture(path: Path, colour: tuple[int, int, int], seed: int) -> Path:
    """A picture with this main colour; different seeds are different pictures, no near copies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    spots = np.random.default_rng(seed).integers(0, 120, (16, 17))
    pixels = np.clip(np.array(colour)[None, None] + np.repeat(spots[..., None], 3, 2), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four of each label; one olaf is red, which the tiny export calls abominable."""
    folder = tmp_path / "pictures"
    for label, colour in COLOURS.items():
        for i in range(4):
            seed = i + 10 * len(label)
            picture(folder / label / f"{i}.png", COLOURS["abominable"] if (label, i) == ("olaf", 0) else colour, seed)
    return folder


def with_card(export: Path, model: bytes, card: dict[str, Any], **more: Any) -> Path:
    archive.append(export, model, {**card, **more})
    return export


def digests(*files: Path) -> list[str]:
    return [sha256(file.read_bytes()).hexdigest()[:16] for file in files]


def test_what_is_right_and_wrong_is_counted(folder: Path, tiny_export: Path) -> None:
    found = measure(tiny_export, folder)
    assert found.report.confusion().tolist() == [[4, 0, 0], [0, 4, 0], [1, 0, 3]]
    assert found.report.accuracy().pictures == 12
    assert [found.pictures[i].relative_to(folder).as_posix() for i in found.report.worst(1)] == ["olaf/0.png"]
    assert found.speed.bytes == tiny_export.stat().st_size
    assert found.speed.milliseconds > 0
    assert found.strangers is None


def test_an_export_that_does_not_say_what_it_learnt_from_is_not_trusted(folder: Path, tiny_export: Path) -> None:
    found = measure(tiny_export, folder)
    assert found.learnt is None
    assert "doesn't say which pictures it learnt from" in found.notes()[0]


def test_pictures_it_learnt_from_are_left_out_and_counted(
    folder: Path, tiny_export: Path, tiny_model: bytes, card: dict[str, Any]
) -> None:
    learnt = digests(folder / "olaf" / "0.png", folder / "neither" / "1.png")
    with_card(tiny_export, tiny_model, card, trained={"learnt_from": [*learnt, "0" * 16]})
    found = measure(tiny_export, folder)
    assert (found.learnt, found.report.accuracy().pictures) == (2, 10)
    assert folder / "olaf" / "0.png" not in found.pictures
    assert found.notes() == ["2 pictures it learnt from were left out."]

    everything = measure(tiny_export, folder, everything=True)
    assert everything.report.accuracy().pictures == 12
    assert everything.notes() == [
        "2 pictures it learnt from were counted here: it does worse on new ones than this says."
    ]


def test_nothing_left_says_why(folder: Path, tiny_export: Path, tiny_model: bytes, card: dict[str, Any]) -> None:
    with_card(tiny_export, tiny_model, card, trained={"learnt_from": digests(*folder.rglob("*.png"))})
    with pytest.raises(MeasurementError, match=r"is left to measure on: the export learnt from 12 of them.*--all"):
        measure(tiny_export, folder)


def test_folders_may_be_written_otherwise(folder: Path, tiny_export: Path) -> None:
    (folder / "olaf").rename(folder / "OLAF")
    assert measure(tiny_export, folder).report.accuracy("olaf").pictures == 4


def test_labels_it_does_not_know_are_named(folder: Path, tiny_export: Path) -> None:
    (folder / "olaf").rename(folder / "yeti")
    with pytest.raises(MeasurementError, match="pictures of yeti, but the export only knows abominable, neither, olaf"):
        measure(tiny_export, folder)


def test_a_folder_in_the_folder_can_be_a_kind_of_stranger(folder: Path, tiny_export: Path) -> None:
    (folder / "olaf").rename(folder / "yeti")
    found = measure(tiny_export, folder, [folder / "yeti"])
    assert found.report.accuracy().pictures == 8
    assert found.strangers is not None
    (yeti,) = found.strangers.kinds()
    assert (yeti.name, yeti.pictures, yeti.refused) == ("yeti", 4, 0.0)


def test_strangers_are_measured_by_kind_at_any_depth(folder: Path, tiny_export: Path, tmp_path: Path) -> None:
    lawns, skies = tmp_path / "lawns", tmp_path / "skies"
    for i in range(3):
        picture(lawns / "deep" / "down" / f"{i}.png", COLOURS["neither"], 100 + i)
    picture(skies / "1.png", COLOURS["olaf"], 200)
    (lawns / "notes.jpg").write_text("no picture")
    found = measure(tiny_export, folder, [lawns, skies])
    assert found.strangers is not None
    one, two = found.strangers.kinds()
    assert (one.name, one.pictures, one.refused, two.name, two.refused) == ("lawns", 3, 1.0, "skies", 0.0)
    # By the labels that are things: one that is surely neither looks like none of them.
    assert one.auroc["maximum softmax"] == 1.0
    assert len(found.strangers.known["maximum softmax"]) == 8  # without those of neither
    assert list(found.unreadable) == [lawns / "notes.jpg"]
    assert "notes.jpg" in found.notes()[-1]


def test_a_folder_neither_is_strangers_to_an_export_that_has_no_such_label(
    folder: Path, plain_export: Path, card: dict[str, Any]
) -> None:
    with_card(plain_export, make_model(labels=2), card, labels=["abominable", "olaf"], thresholds={"known": 0.6})
    picture(folder / "abominable" / "5.png", COLOURS["abominable"], 77)
    (folder / "olaf" / "0.png").unlink()
    for i in range(1, 4):
        picture(folder / "olaf" / f"{i}.png", (0, 250, 0), 50 + i)  # this model has green for its second
    found = measure(plain_export, folder)
    assert set(found.report.labels) == {"abominable", "olaf"}
    assert found.strangers is not None
    assert [kind.name for kind in found.strangers.kinds()] == ["neither"]
    assert found.report.kept() is not None


@pytest.mark.parametrize("missing", [True, False])
def test_no_strangers_where_they_were_said_to_be(
    folder: Path, tiny_export: Path, tmp_path: Path, missing: bool
) -> None:
    place = tmp_path / "cats"
    if not missing:
        place.mkdir()
    with pytest.raises(MeasurementError, match="is not a folder" if missing else "no picture in cats"):
        measure(tiny_export, folder, [place])


def test_a_folder_that_can_t_be_read_is_the_data_set_s_error(tiny_export: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="missing"):
        measure(tiny_export, tmp_path / "missing")


def test_unreadable_pictures_are_left_out_and_named(folder: Path, tiny_export: Path) -> None:
    (folder / "olaf" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    found = measure(tiny_export, folder)
    assert list(found.unreadable) == [folder / "olaf" / "broken.jpg"]
    assert found.report.accuracy().pictures == 12
    assert found.notes()[-1] == "Left out, as they can't be opened: broken.jpg."


def test_of_a_folder_that_is_split_only_what_it_keeps_apart_counts(folder: Path, tiny_export: Path) -> None:
    for side, numbers in (("train", "012"), ("valid", "3")):
        for label in COLOURS:
            for number in numbers:
                target = folder / side / label / f"{number}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                (folder / label / f"{number}.png").rename(target)
    for label in COLOURS:
        (folder / label).rmdir()
    found = measure(tiny_export, folder)
    assert found.report.accuracy().pictures == 3
    assert any("only the pictures that it keeps apart" in note for note in found.notes())
    assert measure(tiny_export, folder, everything=True).report.accuracy().pictures == 12


def test_a_threshold_says_how_many_known_pictures_are_kept(
    folder: Path, tiny_export: Path, tiny_model: bytes, card: dict[str, Any]
) -> None:
    assert measure(tiny_export, folder).report.kept() is None
    with_card(tiny_export, tiny_model, card, thresholds={"known": 1.0})
    kept = measure(tiny_export, folder).report.kept()
    assert kept is not None
    assert kept.share == 0


def test_a_sense_of_familiarity_is_measured_beside_plain_softmax(
    folder: Path, tiny_export: Path, tiny_model: bytes, card: dict[str, Any], tmp_path: Path
) -> None:
    thresholds = {"known": 0.0, "familiar": 0.9}
    with_card(tiny_export, with_familiarity(tiny_model), card, thresholds=thresholds)
    grey = picture(tmp_path / "greys" / "1.png", (100, 100, 100), 7).parent
    found = measure(tiny_export, folder, [grey])
    kept = found.report.kept()
    assert kept is not None
    assert (kept.pictures, kept.share) == (8, 1.0)
    assert found.strangers is not None
    assert found.strangers.measures == ["familiarity", "maximum softmax"]
    assert found.strangers.total().refused == 1.0
    assert found.strangers.total().false_accepts["familiarity"] == 0.0


def test_the_numbers_are_json_and_the_lines_are_short(folder: Path, tiny_export: Path, tmp_path: Path) -> None:
    lawn = picture(tmp_path / "lawns" / "1.png", COLOURS["neither"], 100).parent
    found = measure(tiny_export, folder, [lawn])
    numbers = json.loads(json.dumps(found.measured(), allow_nan=False))
    assert numbers["by_label"]["olaf"]["share"] == 0.75
    assert numbers["strangers"]["by_kind"]["lawns"]["said_neither"]["share"] == 1.0
    assert numbers["bytes"] == tiny_export.stat().st_size
    lines = found.lines()
    assert lines[0].startswith("named right: 92 %")
    assert "lawns: 100 % of 1 pictures called neither" in lines
    assert len([line for line in lines if line.startswith("  ")]) == 3


def test_progress_sees_every_picture(folder: Path, tiny_export: Path) -> None:
    seen: list[int] = []

    def progress(items: Sequence[Any]) -> Iterable[Any]:
        seen.append(len(items))
        return items

    measure(tiny_export, folder, progress=progress)
    assert seen[-2:] == [12, 12]
