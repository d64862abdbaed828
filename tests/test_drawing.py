"""Drawn snow people: the same for everyone, different for every seed, safe to write twice."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from snowpeople import drawing
from snowpeople.drawing import LABELS, draw, figure, write_dataset, write_examples

EXAMPLES = Path(__file__).parent.parent / "examples"


def difference(a: Image.Image, b: Image.Image) -> float:
    """Return the mean absolute difference a channel, 0 to 255."""
    gap = ImageChops.difference(a.convert("RGB"), b.convert("RGB")).histogram()
    return sum(count * (i % 256) for i, count in enumerate(gap)) / (3 * a.width * a.height)


def test_labels_are_the_three_of_the_classifier() -> None:
    assert LABELS == ("abominable", "neither", "olaf")


@pytest.mark.parametrize("label", LABELS)
def test_a_seed_always_gives_the_same_picture(label: str) -> None:
    for seed in range(6):
        assert draw(label, seed, 64).tobytes() == draw(label, seed, 64).tobytes()
        assert figure(label, seed, 64).tobytes() == figure(label, seed, 64).tobytes()


@pytest.mark.parametrize("label", LABELS)
def test_every_seed_gives_another_picture(label: str) -> None:
    assert len({draw(label, seed, 48).tobytes() for seed in range(60)}) == 60


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("size", [16, 64, 97, 224])
def test_a_picture_has_the_size_asked_for(label: str, size: int) -> None:
    for seed in range(8):
        picture = draw(label, seed, size)
        assert (picture.mode, picture.size) == ("RGB", (size, size))


@pytest.mark.parametrize("label", LABELS)
def test_a_picture_shows_more_than_one_colour(label: str) -> None:
    assert all(len(draw(label, seed, 64).getcolors(64 * 64) or []) > 1 for seed in range(40))


@pytest.mark.parametrize("label", LABELS)
def test_a_seed_shows_the_same_scene_at_every_size(label: str) -> None:
    for seed in range(8):
        assert difference(draw(label, seed, 64), draw(label, seed, 200).resize((64, 64))) < 40


@pytest.mark.parametrize("label", LABELS)
def test_a_figure_is_cut_out_and_whole(label: str) -> None:
    for seed in range(30):
        cut = figure(label, seed, 96)
        assert (cut.mode, cut.size) == ("RGBA", (96, 96))
        alpha = cut.getchannel("A")
        counts = alpha.histogram()
        assert counts[0] > 96 * 96 * 0.04, f"seed {seed} leaves nothing transparent"
        assert sum(counts[200:]) > 96 * 96 * 0.04, f"seed {seed} shows nothing"
        box = alpha.getbbox()
        assert box is not None
        assert max(box[2] - box[0], box[3] - box[1]) > 72, f"seed {seed} does not fill its picture"


@pytest.mark.parametrize("call", [draw, figure])
def test_an_unknown_label_is_refused_by_name(call: object) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match="'penguin': choose one of abominable, neither, olaf"):
        call("penguin", 1)


@pytest.mark.parametrize("call", [draw, figure])
def test_a_size_that_shows_nothing_is_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match="too small"):
        call("olaf", 1, 4)


def test_a_dataset_is_labelled_folders(tmp_path: Path) -> None:
    root = write_dataset(tmp_path / "drawn", per_label=3, size=32)
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.*"))
    assert names == [f"{label}/{number:04}.png" for label in LABELS for number in (1, 2, 3)]
    with Image.open(root / "olaf" / "0002.png") as picture:
        assert picture.size == (32, 32)
        assert difference(picture, draw("olaf", 2, 32)) == 0


def test_a_dataset_is_resumed_and_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dataset(tmp_path, per_label=2, size=32)
    mine = tmp_path / "olaf" / "0001.png"
    mine.write_bytes(b"my own picture")
    (tmp_path / "neither" / "0002.png").unlink()
    drawn: list[tuple[str, int]] = []

    def counted(label: str, seed: int, size: int) -> Image.Image:
        drawn.append((label, seed))
        return draw(label, seed, size)

    monkeypatch.setattr(drawing, "draw", counted)
    write_dataset(tmp_path, per_label=3, size=32)
    assert mine.read_bytes() == b"my own picture"
    assert drawn == [("abominable", 3), ("neither", 2), ("neither", 3), ("olaf", 3)]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "abominable" / "0001.png"

    def slow(label: str, seed: int, size: int) -> Image.Image:
        if not mine.exists():
            mine.parent.mkdir(parents=True)
            mine.write_bytes(b"the other program's")
        return draw(label, seed, size)

    monkeypatch.setattr(drawing, "draw", slow)
    write_dataset(tmp_path, per_label=1, size=32)
    assert mine.read_bytes() == b"the other program's"


def test_a_drive_without_links_is_written_to_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refuse)
    write_dataset(tmp_path, per_label=1, size=32)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == [f"{label}/0001.png" for label in LABELS]


@pytest.mark.parametrize("count", [0, -3])
def test_an_empty_dataset_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(ValueError, match="too few"):
        write_dataset(tmp_path / "drawn", per_label=count)
    assert not (tmp_path / "drawn").exists()


def test_a_failed_write_leaves_no_half_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Image.Image, path: Path, *_: object, **__: object) -> None:
        Path(path).write_bytes(b"half a pic")
        raise OSError("no space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="no space left"):
        write_dataset(tmp_path, per_label=1, size=32)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_another_seed_gives_another_dataset(tmp_path: Path) -> None:
    write_dataset(tmp_path / "a", per_label=2, seed=0, size=32)
    write_dataset(tmp_path / "b", per_label=2, seed=1, size=32)
    a, b = ({path.read_bytes() for path in (tmp_path / half).rglob("*.png")} for half in "ab")
    assert len(a) == len(b) == 6
    assert not a & b


def test_the_saved_examples_are_what_the_generator_draws(tmp_path: Path) -> None:
    write_examples(tmp_path)
    fresh = sorted(path.name for path in tmp_path.iterdir())
    assert fresh == sorted(path.name for path in EXAMPLES.glob("*.png"))
    assert [sum(name.startswith(label) for name in fresh) for label in LABELS] == [2, 2, 2]
    for name in fresh:
        saved = EXAMPLES / name
        assert saved.stat().st_size < 40_000
        with Image.open(saved) as old, Image.open(tmp_path / name) as new:
            assert old.size == (320, 320)
            # Another release of Pillow may round a pixel otherwise; another picture differs far more.
            assert difference(old, new) < 3, f"{name} is out of date: delete it and call write_examples"
