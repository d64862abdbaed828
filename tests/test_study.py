"""A trained network is measured truly: the report has its own probabilities, and knows what is strange to it."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from PIL import Image
from torch import nn

from snowpeople import recipe, study
from snowpeople.backbone import ARCHITECTURES, Backbone
from snowpeople.callbacks import set_seed
from snowpeople.dataset import Dataset
from snowpeople.distill import bank
from snowpeople.picture import read
from snowpeople.recipe import Recipe
from snowpeople.report.share import Share
from snowpeople.study import Measured
from snowpeople.train import Plan

SHADES = {"blue": (30, 60, 200), "neither": (120, 120, 120), "red": (200, 60, 30)}
HOW = Recipe(sizes=(32,), batch_size=12, augmentation="none")


@pytest.fixture(scope="module", autouse=True)
def _fastai(fastai_vision: object) -> None:
    """Imported once, without its warnings."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Twenty pictures of each of three labels: noisy colours that overlap, and grey stripes, which are neither."""
    folder = tmp_path_factory.mktemp("study") / "colours"
    rng = np.random.default_rng(0)
    paths = []
    for label, colour in SHADES.items():
        (folder / label).mkdir(parents=True)
        for number in range(20):
            pixels = np.array(colour) + rng.normal(0, 60, 3) + rng.normal(0, 10, (32, 32, 3))
            if label == "neither":
                pixels[:: 2 + number % 3] = 0
            paths.append(folder / label / f"{number}.png")
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(paths[-1])
    return Dataset(folder, paths, [path.parent.name for path in paths], [str(number) for number in range(60)])


def split(apart: int) -> tuple[list[int], list[int]]:
    """The last so many pictures of each label are kept apart."""
    valid = [i for i in range(60) if i % 20 >= 20 - apart]
    return [i for i in range(60) if i not in valid], valid


def learner(data: Dataset, apart: int = 8) -> Any:
    """A tiny network that has learnt for a moment, and is too sure of itself."""
    set_seed(0)
    body = nn.Sequential(nn.Conv2d(3, 12, 3, 2), nn.BatchNorm2d(12), nn.ReLU())
    base = Backbone(ARCHITECTURES["small"], body, 12, "nothing", pretrained=False)
    learn = recipe.learner(data, *split(apart), base, HOW)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(6, 2e-2)
    with torch.no_grad():
        learn.model[1][-1].weight.mul_(20)
    return learn


@pytest.fixture(scope="module")
def studied(data: Dataset) -> tuple[Any, torch.Tensor, Measured]:
    """A learner, its logits before it was measured, and what was measured."""
    learn = learner(data)
    before = recipe.predictions(learn)[0]
    return learn, before, study.measure(learn, data, data.subset(split(8)[1]))


def test_the_report_is_of_the_probabilities_that_the_network_gives_from_now_on(
    data: Dataset, studied: tuple[Any, torch.Tensor, Measured]
) -> None:
    learn, before, measured = studied
    report = measured.report
    after = recipe.predictions(learn)[0]
    assert report.probabilities == pytest.approx(after.softmax(1).numpy(), abs=1e-5)
    assert torch.equal(after.argmax(1), before.argmax(1))  # no answer is another
    assert [report.labels[i] for i in report.truth] == [data.labels[i] for i in split(8)[1]]
    assert set(report.groups) == {data.groups[i] for i in split(8)[1]}


def test_probabilities_are_truer_than_before(studied: tuple[Any, torch.Tensor, Measured]) -> None:
    _, _, measured = studied
    before, after = measured.report.reliability(before=True), measured.report.reliability()
    assert before is not None
    assert after is not None
    assert measured.temperature > 1.2  # it was too sure of itself
    assert after.loss < before.loss
    assert abs(after.sure - after.right) < abs(before.sure - before.right)


def test_known_pictures_are_kept_and_what_is_neither_is_not_learnt_as_known(
    data: Dataset, studied: tuple[Any, torch.Tensor, Measured]
) -> None:
    _, _, measured = studied
    report = measured.report
    kept = report.kept()
    assert isinstance(kept, Share)
    assert (kept.pictures, kept.share >= 0.95) == (16, True)
    assert report.familiarity is not None
    neither = report.truth == data.vocabulary.index("neither")
    assert np.median(report.familiarity[neither]) < np.median(report.familiarity[~neither])
    # As the export will say it, with the sense that it gets.
    assert measured.familiarity is not None
    assert measured.familiarity.means.shape[0] == 2


def test_the_main_figures_are_said_in_a_few_lines(studied: tuple[Any, torch.Tensor, Measured]) -> None:
    _, _, measured = studied
    first, right, *labels = measured.lines()
    assert first.startswith(f"temperature {measured.temperature:.2f}: expected calibration error ")
    assert "before" in first
    assert right == f"named right: {measured.report.accuracy()}"
    assert [line.split()[0] for line in labels] == list(SHADES)


def test_with_few_known_pictures_kept_apart_there_is_no_sense_of_what_is_familiar(data: Dataset) -> None:
    measured = study.measure(learner(data, apart=4), data, data.subset(split(4)[1]))  # eight known ones
    assert measured.familiarity is None
    assert measured.report.familiarity is None
    assert measured.report.kept() is None


# ---- with a teacher


def mean_colour(path: Path) -> Path:
    """A teacher that sees the mean colour."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["picture"], ["seen"]),
        helper.make_node("Flatten", ["seen"], ["features"]),
    ]
    places = [
        helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, "h", "w"]),
        helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 3]),
    ]
    graph = helper.make_graph(nodes, "teacher", places[:1], places[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    return path


@pytest.mark.parametrize(("epochs", "times"), [(1, "once"), (2, "2 times")])
def test_a_network_learns_from_a_teacher_and_the_card_says_so(
    epochs: int, times: str, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank, "cpu_count", lambda: 1)
    teacher = mean_colour(tmp_path / "teacher.onnx")
    how = dataclasses.replace(HOW, epochs=epochs)
    plan = Plan("colours", recipe=how, teacher=str(teacher), others=[data.folder], views=64, work=tmp_path / "work")
    train, valid = split(8)
    learn, kept = learner(data), data.subset(valid)
    before = {name: value.clone() for name, value in learn.model.state_dict().items()}
    said: list[str] = []
    steps: list[Sequence[Any]] = []

    def progress(some: Sequence[Any]) -> Sequence[Any]:
        steps.append(some)
        return some

    pictures = [read(path) for path in kept.pictures]
    told = study.under_teacher(learn, data.subset(train), kept, pictures, plan, said.append, progress)
    assert told == {"taught_by": f"teacher.onnx on 64 views, {times}", "also_shown": ["colours"], "epochs": epochs}
    assert [line.partition(": ")[0] for line in said] == [
        *(f"epoch {number} of {epochs}" for number in range(1, epochs + 1)),
        *(f"the teacher, {label}" for label in SHADES),
    ]
    assert steps
    after = learn.model.state_dict()
    assert not torch.equal(before["0.0.weight"], after["0.0.weight"])
    # It can be measured and exported as any other.
    assert study.measure(learn, data, kept).report.accuracy().pictures == 24
