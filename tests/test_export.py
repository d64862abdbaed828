"""An export is one small file for two readers that agree; what can't be exported is refused, and nothing is lost."""

import errno
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from helpers import make_model
from PIL import Image
from torch import nn

from snowpeople import Classifier, ExportError, archive, backbone, drawing, export, recipe
from snowpeople.backbone import ARCHITECTURES
from snowpeople.callbacks import set_seed
from snowpeople.dataset import Dataset
from snowpeople.export import Saved, pickling, shrinking
from snowpeople.export.shrinking import KeptApart
from snowpeople.recipe import Recipe

TINTS = {"abominable": (40, 60, 255), "neither": (40, 220, 40), "olaf": (255, 60, 20)}


def tinted(label: str, seed: int) -> Image.Image:
    """A drawn snow person in a light that tells its label, so that few steps of training are enough."""
    picture = drawing.draw(label, seed, size=80)
    return Image.blend(picture, Image.new("RGB", picture.size, TINTS[label]), 0.6)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("private-place") / "drawn"
    paths = []
    for label in drawing.LABELS:
        (folder / label).mkdir(parents=True)
        for seed in range(8):
            paths.append(folder / label / f"{seed}.png")
            tinted(label, seed).save(paths[-1])
    return Dataset(folder, paths, [path.parent.name for path in paths], [path.stem for path in paths])


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    """Pictures that no learner here was trained on."""
    return [tinted(label, seed) for label in drawing.LABELS for seed in range(20, 28)]


@pytest.fixture(scope="module")
def learn(data: Dataset, fastai_vision: ModuleType) -> Any:
    """A ResNet18 that started from nothing, trained for a moment."""
    set_seed(0)
    kind = ARCHITECTURES["resnet18"]
    body = backbone.Backbone(kind, kind.build()[1], 512, "nothing", pretrained=False)
    valid = [i for i, group in enumerate(data.groups) if group in "67"]
    train = [i for i in range(len(data)) if i not in valid]
    plan = Recipe(sizes=(64,), batch_size=6, augmentation="none", smoothing=0.0)
    learn = recipe.learner(data, train, valid, body, plan)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(4, 2e-3)
    return learn


@pytest.fixture(scope="module")
def saved(learn: Any, pictures: list[Image.Image], tmp_path_factory: pytest.TempPathFactory) -> Saved:
    path = tmp_path_factory.mktemp("private-place") / "deeper" / "export.pkl"
    card = {"title": "Drawn", "trained": {"data": "drawn"}, "measured": {}, "limits": []}
    return export.save(learn, path, card, pictures)


def test_the_file_is_small_and_has_both_halves(saved: Saved) -> None:
    assert saved.size == saved.path.stat().st_size <= 24_000_000
    # The ONNX half is packed.
    assert saved.fastai_size < saved.size < saved.fastai_size + saved.onnx_size
    assert saved.before is None
    model, card = archive.read(saved.path)
    assert len(model) == saved.onnx_size
    assert card == {
        **{"title": "Drawn", "trained": {"data": "drawn"}, "measured": {}, "limits": [], "shrunk": saved.shrunk},
        **{"format": 1, "labels": list(drawing.LABELS), "size": 64, "resize": "squish", "thresholds": {"known": 0.0}},
    }
    assert [path.name for path in saved.path.parent.iterdir()] == ["export.pkl"]


def test_both_halves_agree_with_the_learner(saved: Saved, learn: Any, pictures: list[Image.Image]) -> None:
    same, difference = export.agreement(saved.path, pictures)
    assert same >= 0.99
    assert difference <= 0.02
    before, after = (export.probabilities(subject, pictures) for subject in (learn, export.load(saved.path)))
    assert abs(before - after).mean() <= 0.02
    # Else that would mean little: the answers are of all kinds, and sure of themselves.
    assert {int(answer) for answer in before.argmax(1)} == {0, 1, 2}
    assert before.max(1).mean() > 0.5


def test_the_pickle_tells_nothing_of_this_machine(saved: Saved, data: Dataset) -> None:
    with zipfile.ZipFile(saved.path) as members:
        pickled = next(members.read(name) for name in members.namelist() if name.endswith("/data.pkl"))
    for secret in ("PosixPath", "WindowsPath", "private-place", "snowpeople", str(Path.home()), data.folder.name + "/"):
        assert secret.encode() not in pickled, secret
    assert str(Path.cwd()).encode() not in pickled


WITHOUT_SNOWPEOPLE = """
import importlib.abc, importlib.util, pathlib, sys, warnings
warnings.simplefilter("ignore")

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "snowpeople":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocker())
try:
    import snowpeople
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("snowpeople can be imported")
import torch
try:
    for library in pathlib.Path(importlib.util.find_spec("torchvision").origin).parent.glob("_C.*"):
        torch.ops.load_library(str(library))
except OSError:  # torch and torchvision of different builds, which is no matter of the export
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from fastai.learner import load_learner
learn = load_learner("elsewhere.pkl")
with learn.no_bar():
    for name in sorted(pathlib.Path().glob("*.png")):
        label, index, probabilities = learn.predict(name)
        print(label, *probabilities.tolist())
print([name for name in sys.modules if name.startswith("snowpeople")])
"""


def test_load_learner_needs_nothing_of_this_package(
    saved: Saved, pictures: list[Image.Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere.pkl").write_bytes(saved.path.read_bytes())
    some = pictures[::6]
    for number, picture in enumerate(some):
        picture.save(tmp_path / f"{number}.png")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SNOWPEOPLE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *answers, modules = done.stdout.splitlines()
    assert modules == "[]"
    for prediction, answer in zip(Classifier.load(saved.path).classify_many(some), answers, strict=True):
        label, *probabilities = answer.split()
        assert label == prediction.label
        assert [float(value) for value in probabilities] == pytest.approx(
            list(prediction.probabilities.values()), abs=0.06
        )


# What follows is about files and refusals: a tiny network, and a model that names the main colour, do.


@pytest.fixture
def tiny(data: Dataset, fastai_vision: ModuleType) -> Callable[..., Any]:
    """Make a learner on pictures of 32 pixels; options go to DataBlock, `loss` to Learner."""
    vision = fastai_vision

    def make(loss: Any = None, **options: Any) -> Any:
        block = vision.DataBlock(
            **{
                "blocks": (vision.ImageBlock, vision.CategoryBlock),
                "get_y": vision.parent_label,
                "item_tfms": vision.Resize(32, method="squish"),
                "batch_tfms": vision.Normalize.from_stats(*vision.imagenet_stats),
                **options,
            }
        )
        loaders = block.dataloaders(data.pictures, bs=4, num_workers=0)
        layers = nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
        return vision.Learner(loaders, nn.Sequential(*layers), loss_func=loss or vision.CrossEntropyLossFlat())

    return make


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a ready model in the place of the ONNX step, which takes seconds."""

    def variants(learn: Any, size: int, *more: Any) -> Iterator[tuple[str, bytes]]:
        yield "float16", make_model(size)

    monkeypatch.setattr(shrinking, "variants", variants)


def own_label(path: Path) -> str:
    return path.parent.name


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.usefixtures("quick")
def test_an_export_that_is_there_is_kept(tiny: Callable[..., Any], pictures: list[Image.Image], tmp_path: Path) -> None:
    path = tmp_path / "my.pkl"
    path.write_bytes(b"the first")
    first = export.save(tiny(), path, {"title": "Tiny"}, pictures)
    assert first.before is not None
    assert re.fullmatch(r"my-\d{8}-\d{6}\.pkl", first.before.name)
    assert first.before.read_bytes() == b"the first"
    # Another of the same second, by whatever name it would get.
    path.write_bytes(b"the second")
    kept = export._keep_before(path)
    again = export._keep_before(path)
    assert kept is not None
    assert again is not None
    assert len({first.before, kept, again}) == 3
    assert (first.before.read_bytes(), kept.read_bytes()) == (b"the first", b"the second")


@pytest.mark.usefixtures("quick")
def test_what_is_measured_is_the_file_itself(
    tiny: Callable[..., Any], pictures: list[Image.Image], tmp_path: Path
) -> None:
    path = tmp_path / "export.pkl"
    labels = [label for label in drawing.LABELS for _ in range(8)]
    apart = KeptApart(pictures, labels, [str(number) for number in range(len(labels))])
    saved = export.save(tiny(), path, {"title": "Tiny"}, pictures, apart)
    classifier = Classifier.load(path)
    assert saved.report is not None
    assert saved.report.answers.tolist() == [
        classifier.labels.index(answer.label) for answer in classifier.classify_many(pictures)
    ]
    assert classifier.card["measured"] == saved.report.measured()
    assert classifier.card["measured"]["accuracy"]["pictures"] == len(pictures)
    told = export.save(tiny(), path, {"title": "Tiny", "measured": {}}, pictures, apart)
    assert told.report is not None
    assert Classifier.load(path).card["measured"] == {}  # its maker knows better


@pytest.mark.parametrize(("module", "step"), [(shrinking, "variants"), (export, "_keep_before")])
@pytest.mark.usefixtures("quick")
def test_a_failure_midway_leaves_all_as_it_was(
    module: ModuleType,
    step: str,
    tiny: Callable[..., Any],
    pictures: list[Image.Image],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(module, step, fail)
    path = tmp_path / "export.pkl"
    path.write_bytes(b"the old one")
    with pytest.raises(RuntimeError, match="out of memory"):
        export.save(tiny(), path, {"title": "Tiny"}, pictures)
    assert files(tmp_path) == {"export.pkl": b"the old one"}


@pytest.mark.usefixtures("quick")
def test_what_only_this_process_knows_is_refused(
    tiny: Callable[..., Any], pictures: list[Image.Image], tmp_path: Path
) -> None:
    (tmp_path / "export.pkl").write_bytes(b"the old one")
    for get_y, message in (
        (lambda path: path.parent.name, "something that can't be saved.*no lambda"),
        (own_label, "uses code of test_export, so its export would load only where that is installed"),
    ):
        learn = tiny(get_y=get_y)
        learn.create_opt()
        before = (len(learn.dls.train_ds), learn.opt, learn.path)
        with pytest.raises(ExportError, match=message):
            export.save(learn, tmp_path / "export.pkl", {"title": "Tiny"}, pictures)
        assert files(tmp_path) == {"export.pkl": b"the old one"}
        # The learner can go on learning, and be exported once it is mended.
        assert (len(learn.dls.train_ds), learn.opt, learn.path) == before
        assert next(iter(learn.dls.train))[0].shape == (4, 3, 32, 32)


@pytest.mark.usefixtures("quick")
def test_ways_to_resize(
    tiny: Callable[..., Any], pictures: list[Image.Image], tmp_path: Path, fastai_vision: ModuleType
) -> None:
    vision = fastai_vision
    squish = vision.Resize(32, method=vision.ResizeMethod.Squish)
    for resize, expected in ((vision.Resize(32), "crop"), (squish, "squish")):
        path = tmp_path / f"{expected}.pkl"
        export.save(tiny(item_tfms=resize), path, {"title": "Tiny"}, pictures)
        assert (Classifier.load(path).card["size"], Classifier.load(path).card["resize"]) == (32, expected)
    before = files(tmp_path)
    refused = [
        (vision.Resize(32, method="pad"), None, r"Resize\(method='pad'\) can't be repeated"),
        (vision.Resize((32, 48)), None, "to a square"),
        ([], None, "must hold one Resize"),
        ([vision.Resize(48), vision.CropPad(32)], None, "does more to a picture"),
    ]
    for item_tfms, batch_tfms, message in refused:
        with pytest.raises(ExportError, match=message):
            export.save(
                tiny(item_tfms=item_tfms, batch_tfms=batch_tfms), tmp_path / "no.pkl", {"title": "Tiny"}, pictures
            )
    assert files(tmp_path) == before


@pytest.mark.usefixtures("quick")
def test_kinds_of_answers(
    tiny: Callable[..., Any], pictures: list[Image.Image], tmp_path: Path, fastai_vision: ModuleType
) -> None:
    vision = fastai_vision
    path = tmp_path / "export.pkl"
    export.save(tiny(loss=vision.LabelSmoothingCrossEntropyFlat()), path, {"title": "Tiny"}, pictures)
    assert Classifier.load(path).labels == drawing.LABELS
    several = tiny(
        blocks=(vision.ImageBlock, vision.MultiCategoryBlock),
        get_y=vision.Pipeline([vision.parent_label, vision.L]),
        loss=vision.BCEWithLogitsLossFlat(),
    )
    with pytest.raises(ExportError, match=r"choose one label a picture.*BCEWithLogitsLossFlat"):
        export.save(several, path, {"title": "Tiny"}, pictures)
    with pytest.raises(ExportError, match="at least one picture"):
        export.save(tiny(), path, {"title": "Tiny"}, [])


@pytest.mark.usefixtures("quick")
def test_a_plain_export_is_converted_in_place_or_elsewhere(
    tiny: Callable[..., Any], data: Dataset, pictures: list[Image.Image], tmp_path: Path, fastai_vision: ModuleType
) -> None:
    learn = tiny(item_tfms=fastai_vision.Resize(32))
    learn.path = tmp_path
    learn.export("plain.pkl")
    plain = (tmp_path / "plain.pkl").read_bytes()
    with pytest.raises(ExportError, match="snowpeople shrink"):
        Classifier.load(tmp_path / "plain.pkl")

    elsewhere = export.convert(tmp_path / "plain.pkl", tmp_path / "new" / "converted.pkl", pictures=data.folder).path
    assert (tmp_path / "plain.pkl").read_bytes() == plain
    assert Classifier.load(elsewhere).labels == drawing.LABELS

    again = export.convert(tmp_path / "plain.pkl", pictures=data.folder, title="Who is it?")
    assert again.path == tmp_path / "plain.pkl"
    assert Classifier.load(tmp_path / "plain.pkl").card["title"] == "Who is it?"
    assert Classifier.load(tmp_path / "plain.pkl").card["trained"]["data"].startswith("unknown")
    kept = [path for path in tmp_path.glob("plain-*.pkl")]
    assert [path.read_bytes() for path in kept] == [plain]
    difference = abs(export.probabilities(learn, pictures) - export.probabilities(export.load(elsewhere), pictures))
    assert difference.max() < 0.02

    (tmp_path / "bare").mkdir()
    with pytest.raises(ExportError, match=r"no picture in \S*bare can be opened"):
        export.convert(tmp_path / "plain.pkl", pictures=tmp_path / "bare")


@pytest.mark.usefixtures("fastai_vision")
def test_what_is_no_export_is_not_converted(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "weights.pkl")
    (tmp_path / "text.pkl").write_text("hello")
    (tmp_path / "empty.pkl").touch()
    with zipfile.ZipFile(tmp_path / "zip.pkl", "w") as members:
        members.writestr("readme.txt", "hello")
    before = files(tmp_path)
    for name in before:
        with pytest.raises(ExportError, match=rf"{name} can't be opened by fastai's load_learner"):
            export.convert(tmp_path / name)
    with pytest.raises(ExportError, match=r"missing\.pkl does not exist"):
        export.convert(tmp_path / "missing.pkl")
    assert files(tmp_path) == before


def test_quantized_weights_are_whole_numbers_near_the_old() -> None:
    weight = torch.randn(6, 4, 3, 3) * torch.logspace(-3, 2, 6).reshape(6, 1, 1, 1)
    weight[2] = 0
    whole, scale = pickling.quantize(weight)
    assert (whole.dtype, scale.shape) == (torch.int8, (6, 1, 1, 1))
    assert whole.abs().max() == pickling.LEVELS
    assert ((whole * scale - weight).abs() <= scale * 0.501).all()
    assert torch.equal(pickling.quantize(whole * scale)[0], whole)


@pytest.mark.usefixtures("quick")
def test_a_full_disk_loses_nothing(
    tiny: Callable[..., Any], pictures: list[Image.Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive, "append", fail)
    (tmp_path / "export.pkl").write_bytes(b"the old one")
    with pytest.raises(ExportError, match=r"the disk is full: \S*export\.pkl was not written.*Make room"):
        export.save(tiny(), tmp_path / "export.pkl", {"title": "Tiny"}, pictures)
    assert files(tmp_path) == {"export.pkl": b"the old one"}


def test_the_plain_size_is_told_without_a_file(tiny: Callable[..., Any]) -> None:
    learn = tiny()
    home = learn.path
    assert export.plain_size(learn) > 2000
    assert learn.path == home
