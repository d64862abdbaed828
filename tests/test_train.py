"""Training from a folder to an export, as one call: what comes out, what is kept, and what is refused in time."""

import errno
import importlib
import os
import resource
import signal
import tempfile
import urllib.error
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers import colours
from PIL import Image
from torch import Tensor, nn

from snowpeople import Classifier, ExportError, archive, export, recipe
from snowpeople.backbone import ARCHITECTURES, Backbone, backbone
from snowpeople.dataset import Dataset, DatasetError
from snowpeople.export import card as cards
from snowpeople.export import pickling
from snowpeople.export.onnx import run, variants
from snowpeople.picture import read
from snowpeople.recipe import Recipe
from snowpeople.store import StoreError
from snowpeople.train import Done, Plan, TrainingError, train

COLOURS = {"blue": (30, 60, 200), "red": (200, 60, 30)}
# Enough for colours, from nothing.
QUICK = Recipe(sizes=(32,), frozen_epochs=1, epochs=4, rate=0.01, batch_size=4, augmentation="none")
SHORT = replace(QUICK, epochs=1)


def tinted(colour: tuple[int, int, int], seed: int) -> Image.Image:
    """A picture like no other, in one colour mostly."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    patches = Image.fromarray(noise).resize((48, 40), Image.Resampling.BICUBIC)
    return Image.blend(patches, Image.new("RGB", patches.size, colour), 0.6)


def fill(folder: Path, label: str, colour: tuple[int, int, int], count: int, first: int = 0) -> None:
    (folder / label).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        tinted(colour, first + number).save(folder / label / f"{number}.png")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen pictures of each of two colours."""
    folder = tmp_path_factory.mktemp("data") / "colours"
    for number, (label, colour) in enumerate(COLOURS.items()):
        fill(folder, label, colour, 16, 100 * number)
    return folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if torchvision's server could not be reached."""
    from torchvision.models import WeightsEnum

    def get_state_dict(self: Any, **options: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(WeightsEnum, "get_state_dict", get_state_dict)


def plan(pictures: Path, out: Path | str, work: Path, how: Recipe = QUICK, **options: Any) -> Plan:
    return Plan(str(pictures), str(out), architecture="small", untrained=True, recipe=how, work=work, **options)


def trained(plan: Plan, say: Callable[[str], Any] = str) -> Done:
    done = train(plan, say)
    assert done is not None
    return done


def weights(path: Path | str) -> dict[str, Tensor]:
    state: dict[str, Tensor] = export.load(path).model.state_dict()
    return state


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What comes out


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


@pytest.fixture(scope="module")
def made(pictures: Path, home: Path) -> tuple[Done, list[str]]:
    """Trained once, and what was said meanwhile."""
    said: list[str] = []
    torch.set_num_threads(1)
    done = trained(plan(pictures, home / "export.pkl", home / "work", title="Which colour?"), said.append)
    return done, said


def test_both_readers_load_the_export_and_agree(made: tuple[Done, list[str]]) -> None:
    new = [tinted(colour, 1000 + seed) for colour in COLOURS.values() for seed in range(6)]
    classifier, learn = Classifier.load(made[0].out), export.load(made[0].out)
    assert list(classifier.labels) == list(learn.dls.vocab) == ["blue", "red"]
    ours = [prediction.label for prediction in classifier.classify_many(new)]
    assert ours == ["blue"] * 6 + ["red"] * 6
    assert [learn.dls.vocab[int(row.argmax())] for row in export.probabilities(learn, new)] == ours
    agree, difference = export.agreement(made[0].out, new)
    assert agree == 1
    assert difference < 0.02


def test_the_card_inside_says_how_good_it_is_and_how_it_was_made(made: tuple[Done, list[str]], home: Path) -> None:
    done = made[0]
    model, card = archive.read(done.out)
    assert model
    assert (card["title"], card["labels"], card["size"]) == ("Which colour?", ["blue", "red"], 32)
    assert card["measured"] == done.report.measured()
    assert card["measured"]["accuracy"]["pictures"] == 8
    about = card["trained"]
    assert (about["data"], about["architecture"], about["start"]) == ("colours", "small", "random weights")
    assert about["counts"]["training"] == {label: {"pictures": 12, "groups": 12} for label in COLOURS}
    assert (about["epochs"], len(about["learnt_from"])) == (5, 24)
    assert about["recipe"] == QUICK.plain()
    assert str(home).encode() not in Path(done.out).read_bytes()


def test_each_epoch_and_each_figure_is_said(made: tuple[Done, list[str]]) -> None:
    done, said = made
    assert said[0] == "24 pictures to train on, 8 kept apart; starting from random weights"
    assert [line.partition(":")[0] for line in said[1:6]] == [f"epoch {number}" for number in range(1, 6)]
    assert f"named right: {done.report.accuracy()}" in said
    assert done.report.accuracy().share == 1


def test_nothing_but_the_export_is_left(made: tuple[Done, list[str]], home: Path) -> None:
    done = made[0]
    assert names(home) == ["export.pkl", "work"]
    assert names(home / "work") == []
    assert (done.size, done.before, done.stopped) == (Path(done.out).stat().st_size, None, False)


# What is kept


@pytest.mark.parametrize("before", [b"an export of last year", b""])
def test_what_is_in_the_way_is_kept_and_named(before: bytes, pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "export.pkl"
    out.write_bytes(before)
    done = trained(plan(pictures, out, tmp_path / "work", SHORT))
    assert done.before is not None
    assert Path(done.before).read_bytes() == before
    assert names(tmp_path) == sorted(["export.pkl", Path(done.before).name, "work"])
    assert list(Classifier.load(out).labels) == ["blue", "red"]


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Lets files become only so large from a call on: what a disk that fills up does to a program."""
    limit, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))


def unlimited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)


def test_a_disk_that_fills_up_while_a_state_is_written_loses_one_epoch(
    pictures: Path, tmp_path: Path, made: tuple[Done, list[str]], small_files: Callable[[int], None]
) -> None:
    work, out = tmp_path / "work", tmp_path / "export.pkl"
    state = work / "export.state"

    def fill_up(line: str) -> None:
        if line.startswith("epoch 2:"):
            small_files(1_000_000)

    with pytest.raises(TrainingError) as caught:
        train(plan(pictures, out, work), fill_up)
    assert str(caught.value).startswith(f"{state} could not be written (File too large)")
    assert "Make room" in str(caught.value)
    assert "--work" in str(caught.value)
    assert names(work) == ["export.state"]
    unlimited()
    said: list[str] = []
    trained(plan(pictures, out, work), said.append)
    assert f"going on after epoch 2, from {state}" in said
    assert same(weights(out), weights(made[0].out))
    assert names(work) == []


@pytest.mark.parametrize("room", [20_000, 700_000], ids=["in its first half", "in its second half"])
def test_a_disk_that_fills_up_while_the_export_is_written_loses_no_epoch(
    room: int, pictures: Path, tmp_path: Path, small_files: Callable[[int], None]
) -> None:
    work, out = tmp_path / "work", tmp_path / "here" / "export.pkl"
    out.parent.mkdir()
    out.write_bytes(b"as it was")

    said: list[str] = []

    def fill_up(line: str) -> None:
        said.append(line)
        if line.startswith("temperature"):
            small_files(room)

    with pytest.raises(ExportError, match=r"the disk is full: .*export\.pkl was not written.* Make room"):
        train(plan(pictures, out, work, SHORT), fill_up)
    unlimited()
    state = work / "export.state"
    assert said[-1] == (
        f"what was learnt is kept in {state}: the same command, for an export of the same name, only writes it"
    )
    assert out.read_bytes() == b"as it was"
    assert names(out.parent) == ["export.pkl"]
    said.clear()
    trained(plan(pictures, out, work, SHORT), said.append)
    assert f"going on after epoch 2, from {state}" in said
    assert not [line for line in said if line.startswith("epoch")]
    assert Classifier.load(out)


class Pressing:
    """Presses Ctrl-C in the middle of an epoch, the first being number 1: wraps what training iterates over."""

    def __init__(self, epoch: int) -> None:
        self.left = epoch

    def __call__(self, items: Sequence[Any]) -> Iterator[Any]:
        if isinstance(items[0], Tensor):
            self.left -= 1
        for number, item in enumerate(items):
            if self.left == 0 and number == 1:
                os.kill(os.getpid(), signal.SIGINT)
            yield item


def test_ctrl_c_ends_it_with_an_export_of_the_best_so_far(
    pictures: Path, tmp_path: Path, made: tuple[Done, list[str]]
) -> None:
    out, work, said = tmp_path / "export.pkl", tmp_path / "work", list[str]()
    done = train(plan(pictures, out, work), said.append, Pressing(4))
    assert done
    assert done.stopped
    assert [line for line in said if line.startswith("epoch")] == made[1][1:4]
    assert "stopped; the best so far is measured and saved. The same command goes on from here" in said
    assert Classifier.load(out).card["trained"]["epochs"] == 3
    # It goes on from there, to what it would have become without; and the first export is kept.
    again = trained(plan(pictures, out, work), said.append)
    assert said[said.index(f"going on after epoch 3, from {work / 'export.state'}") + 1] == made[1][4]
    assert same(weights(out), weights(made[0].out))
    assert again.before
    assert Classifier.load(again.before).card["trained"]["epochs"] == 3


def test_ctrl_c_in_the_first_epoch_writes_nothing(pictures: Path, tmp_path: Path) -> None:
    out, said = tmp_path / "export.pkl", list[str]()
    out.write_bytes(b"as it was")
    with pytest.raises(KeyboardInterrupt):
        train(plan(pictures, out, tmp_path / "work"), said.append, Pressing(1))
    assert said[-1] == "stopped before the first epoch was over: nothing was written"
    assert (names(tmp_path), names(tmp_path / "work")) == (["export.pkl", "work"], [])
    assert out.read_bytes() == b"as it was"


# What is refused


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("it should have been refused before")


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads pictures here has begun too much."""
    monkeypatch.setattr("snowpeople.train.dataset.load", refuse)


@pytest.mark.usefixtures("untouched")
def test_a_folder_in_the_place_of_the_export_is_refused_before_training(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        train(plan(pictures, tmp_path, tmp_path))
    assert str(caught.value) == f"{tmp_path} is a folder; name the export file in it, such as {tmp_path}/export.pkl"


@pytest.mark.usefixtures("untouched")
def test_a_file_where_the_folder_of_the_export_should_be(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ExportError, match=r"notes/export\.pkl can't be written: .*Name a place in a folder"):
        train(plan(pictures, tmp_path / "notes" / "export.pkl", tmp_path))
    assert (tmp_path / "notes").read_text() == "mine"


@pytest.mark.usefixtures("untouched")
def test_a_folder_that_can_not_be_written_to_is_refused_before_training(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkdtemp(*_: Any, **__: Any) -> str:  # for root may write anywhere
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    with pytest.raises(ExportError, match=r"export\.pkl can't be written: Permission denied\. Name a place"):
        train(plan(pictures, tmp_path / "export.pkl", tmp_path))


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("https://example.com/export.pkl", "can't be written to, only read"),
        ("s3://bucket/exports/", r"names no file\. Add its name, as in s3://bucket/exports/export\.pkl"),
        ("s3://key:secret@bucket/export.pkl", "keys in such an address are not read"),
    ],
)
def test_an_address_that_can_not_be_written_to_is_refused_before_training(
    out: str, message: str, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        train(plan(pictures, out, tmp_path))
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("untouched")
def test_a_place_of_the_state_that_can_not_be_written_to_is_refused_before_training(
    pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "work").write_text("mine")
    with pytest.raises(TrainingError, match=r"work, where the state is kept, can't be written to: .*exists.* --work"):
        train(plan(pictures, tmp_path / "export.pkl", tmp_path / "work"))
    assert (tmp_path / "work").read_text() == "mine"


@pytest.mark.usefixtures("untouched")
def test_what_needs_a_teacher_is_refused_without_one(pictures: Path, tmp_path: Path) -> None:
    for options in ({"drawn": True}, {"cutouts": pictures}, {"others": [pictures]}):
        with pytest.raises(DatasetError, match="are for learning from a teacher; name one as well"):
            train(plan(pictures, tmp_path / "export.pkl", tmp_path, **options))


@pytest.mark.usefixtures("untouched")
def test_a_teacher_has_one_process(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainingError, match="start it without a launcher"):
        train(plan(pictures, tmp_path / "export.pkl", tmp_path, teacher="timm:any"))


def test_a_loss_beyond_all_numbers_is_no_export(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"grew beyond all numbers.* --rate"):
        train(plan(pictures, tmp_path / "export.pkl", tmp_path / "work", replace(SHORT, rate=1e30)), str)
    assert not (tmp_path / "export.pkl").exists()


def test_one_process_where_several_were_asked_for_says_so(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`accelerate launch --cpu --num_processes 2` leaves this and nothing else."""
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "no")
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    said: list[str] = []
    trained(plan(pictures, tmp_path / "export.pkl", tmp_path, SHORT), said.append)
    assert said[0].startswith("note: accelerate started one process, not several")
    assert "torchrun --nproc-per-node 2 -m snowpeople train" in said[0]


# Every network


@pytest.fixture(scope="module")
def few(pictures: Path) -> Dataset:
    files = [pictures / label / f"{number}.png" for label in COLOURS for number in range(4)]
    return Dataset(pictures, files, [file.parent.name for file in files], [str(file) for file in files])


@pytest.fixture
def learnt(few: Dataset, no_network: None) -> Callable[..., Any]:
    """A learner of an architecture, or of its first layers, at the least size it takes, after a step."""

    def learnt(architecture: str, layers: int | None = None) -> Any:
        base = backbone(architecture=architecture, untrained=True)
        least = base.architecture.least
        if layers:
            body = torch.nn.Sequential(*list(base.body)[:layers])
            base = replace(base, body=body, features=body(torch.zeros(1, 3, least, least)).shape[1])
        learn = recipe.learner(few, [0, 1, 4, 5], [2, 3, 6, 7], base, replace(SHORT, sizes=(least,)))
        before = [parameter.detach().clone() for parameter in learn.model.parameters()]
        with learn.no_bar(), learn.no_logging():
            learn.fit(1, 1e-3)
        assert all(not torch.equal(a, b) for a, b in zip(before, learn.model.parameters(), strict=True))
        return learn

    return learnt


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_network_learns_and_its_fastai_half_is_as_good(
    architecture: str, few: Dataset, learnt: Callable[..., Any], tmp_path: Path
) -> None:
    learn, look = learnt(architecture), [read(file) for file in few.pictures]
    pickling.dump(learn, tmp_path / "export.pkl")
    again = export.load(tmp_path / "export.pkl")
    np.testing.assert_allclose(export.probabilities(again, look), export.probabilities(learn, look), atol=0.02)


# Of "small", ResNet and MobileNetV3 whole exports are made elsewhere. Of large networks as many layers as there are
# kinds of them: exporting goes layer by layer, and takes long.
@pytest.mark.parametrize(
    ("architecture", "layers"), [("vgg16", None), ("mobilenet_v1", None), ("inception_v3", 13), ("efficientnet_b1", 4)]
)
def test_every_kind_of_network_has_an_onnx_half_that_agrees(
    architecture: str, layers: int | None, few: Dataset, learnt: Callable[..., Any]
) -> None:
    learn, look = learnt(architecture, layers), [read(file) for file in few.pictures]
    kind, model = next(variants(learn, ARCHITECTURES[architecture].least, look, pickling.LEVELS))
    assert kind == "int8"
    assert model.count(b"QuantizeLinear") > 20
    np.testing.assert_allclose(run(model, learn, look)[0], export.probabilities(learn, look), atol=0.02)


def test_a_start_that_has_learnt_these_very_pictures_is_refused(
    tmp_path: Path, tiny_model: bytes, card: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = colours(tmp_path / "pictures")
    digest = sha256(data.pictures[0].read_bytes()).hexdigest()[: cards.DIGITS]
    learnt = {**card, "trained": {"learnt_from": [digest]}}
    own = tmp_path / "own" / "export.pkl"
    own.parent.mkdir()
    with zipfile.ZipFile(own, "w") as file:
        file.writestr("export/data.pkl", b"x")
    archive.append(own, tiny_model, learnt)
    body = nn.Sequential(nn.Conv2d(3, 4, 3))
    start = Backbone(ARCHITECTURES["small"], body, 4, "the body of export.pkl", pretrained=True, shipped=True)
    module = importlib.import_module("snowpeople.train")
    monkeypatch.setattr(module, "backbone", lambda *_, **__: start)
    monkeypatch.setattr(module, "SHIPPED", own)
    with pytest.raises(TrainingError, match=r"export\.pkl has learnt from 1 of these pictures.*--weights.*--untrained"):
        train(Plan(str(data.folder), str(tmp_path / "out.pkl"), work=tmp_path / "work"), say=str)
    assert not (tmp_path / "out.pkl").exists()
