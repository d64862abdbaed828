"""What fastai does to a picture that is asked about is found out and repeated exactly, or else refused."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from helpers import scene
from PIL import Image
from torch import Tensor, nn

from snowpeople import ExportError
from snowpeople.export.preparation import batch, compare, preparation
from snowpeople.preprocessing import fit

PICTURES = [scene((32, 32)).rotate(90 * i) for i in range(3)]
SIZES = {"none": None, "the same": 32, "smaller": 20, "larger": 48}


@pytest.fixture(scope="module")
def vision(fastai_vision: ModuleType) -> ModuleType:
    return fastai_vision


def learner(vision: ModuleType, item_tfms: Any = None, batch_tfms: Any = None, **options: Any) -> Any:
    """One that is asked about pictures of 32 pixels, in this way."""
    block = vision.DataBlock(
        **{
            "blocks": (vision.ImageBlock, vision.CategoryBlock(vocab=["a", "b"])),
            "get_y": lambda picture: "a",
            "splitter": vision.IndexSplitter([0]),
            **options,
        },
        item_tfms=item_tfms or vision.Resize(32, method="squish"),
        batch_tfms=batch_tfms or [],
    )
    items = [vision.PILImage(picture.copy()) for picture in PICTURES]
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    loaders = block.dataloaders(items, bs=2, num_workers=0)
    return vision.Learner(loaders, network, loss_func=vision.CrossEntropyLossFlat())


def theirs(learn: Any, pictures: list[Image.Image]) -> Tensor:
    """What fastai gives the network of these pictures."""
    items = [type(learn.dls.train_ds.items[0])(picture.copy()) for picture in pictures]
    (found,) = learn.dls.test_dl(items, bs=len(items), num_workers=0)
    result: Tensor = found[0].as_subclass(Tensor).cpu()
    return result


def ours(learn: Any, pictures: list[Image.Image], size: int, resize: str) -> Tensor:
    pixels = np.stack([np.asarray(fit(picture, size, resize), np.float32) for picture in pictures])
    with torch.inference_mode():
        found: Tensor = batch(learn, size)(torch.from_numpy(pixels.transpose(0, 3, 1, 2) / np.float32(255)))
    return found


# ---- what can be repeated


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_what_batch_transforms_do_is_repeated(size: str, normalise: bool, vision: ModuleType) -> None:
    transforms = [] if SIZES[size] is None else vision.aug_transforms(size=SIZES[size], max_warp=0.3)
    if normalise:
        transforms = [*transforms, vision.Normalize.from_stats([0.4, 0.5, 0.6], [0.1, 0.2, 0.3])]
    learn = learner(vision, batch_tfms=transforms)
    expected = theirs(learn, PICTURES)
    found = ours(learn, PICTURES, 32, "squish")
    assert found.shape == expected.shape == (3, 3, SIZES[size] or 32, SIZES[size] or 32)
    assert torch.allclose(found, expected, atol=1e-4)
    compare(learn, scene(), 32, "squish")


def test_augmentation_that_leaves_sizes_alone_is_nothing_to_repeat(vision: ModuleType) -> None:
    learn = learner(vision, batch_tfms=vision.aug_transforms())
    assert torch.allclose(ours(learn, PICTURES, 32, "squish"), theirs(learn, PICTURES), atol=1e-4)
    compare(learn, scene(), 32, "squish")


@pytest.mark.parametrize("shape", [(90, 40), (40, 90), (50, 50), (9, 7)])
@pytest.mark.parametrize("way", ["squish", "crop", "middle"])
def test_each_way_to_make_a_square_is_repeated(way: str, shape: tuple[int, int], vision: ModuleType) -> None:
    if way == "middle":
        learn = learner(vision, item_tfms=vision.RandomResizedCrop(32, min_scale=0.5))
    else:
        learn = learner(vision, item_tfms=vision.Resize(32, method=way))
    found = preparation(learn)
    assert found == {"size": 32, "resize": way}
    picture = scene(shape)
    assert torch.allclose(ours(learn, [picture], **found), theirs(learn, [picture]), atol=0.01)
    compare(learn, picture, **found)


def test_the_learner_is_only_looked_at(vision: ModuleType) -> None:
    learn = learner(vision, batch_tfms=vision.aug_transforms(size=20))
    before = theirs(learn, PICTURES)
    compare(learn, scene(), **preparation(learn))
    assert torch.equal(theirs(learn, PICTURES), before)
    assert next(iter(learn.dls.train))[0].shape == (2, 3, 20, 20)


# ---- what can't


def changes(vision: ModuleType) -> dict[str, Any]:
    """Transforms that change pictures that are asked about, in ways that a resize or Normalize does not."""

    def make(change: Any) -> Any:
        class Odd(vision.Transform):  # type: ignore[misc,name-defined]
            order = 20

            def encodes(self, x: Any) -> Any:
                return vision.TensorImage(change(x.as_subclass(Tensor))) if isinstance(x, vision.TensorImage) else x

        return Odd()

    return {
        "darker": make(lambda x: x * 0.5),
        "inverted": make(lambda x: 1 - x),
        "grey": make(lambda x: x.mean(1, keepdim=True).expand(-1, 3, -1, -1)),
        "one channel": make(lambda x: x * torch.tensor([1, 1, 0.7]).view(1, 3, 1, 1)),
        "steeper": make(lambda x: x.square()),
        "one corner": make(lambda x: torch.cat([x[..., :-4] * 1, x[..., -4:] * torch.linspace(1, 0, 32)[:, None]], -1)),
    }


@pytest.mark.parametrize("name", ["darker", "inverted", "grey", "one channel", "steeper", "one corner"])
@pytest.mark.parametrize("picture", [scene(), Image.new("RGB", (48, 32)), Image.new("RGB", (48, 32), "white")])
def test_what_else_changes_pictures_is_refused_whatever_the_first_one_shows(
    name: str, picture: Image.Image, vision: ModuleType
) -> None:
    learn = learner(vision, batch_tfms=changes(vision)[name])
    with pytest.raises(
        ExportError, match=r"does more to a picture .* than resizing \(squish, 32 pixels\) and Normalize"
    ):
        compare(learn, picture, **preparation(learn))


def test_one_answer_about_one_picture_is_all_that_can_be_exported(vision: ModuleType) -> None:
    pairs = learner(
        vision,
        blocks=(vision.ImageBlock, vision.ImageBlock, vision.CategoryBlock),
        n_inp=2,
        getters=[
            vision.noop,
            vision.noop,
            lambda picture: "a",
        ],
        get_y=None,
    )
    masks = learner(vision, blocks=(vision.ImageBlock, vision.ImageBlock), get_y=vision.noop)
    for learn in (pairs, masks):
        with pytest.raises(ExportError, match="only classifiers of single pictures"):
            preparation(learn)


def test_a_loss_that_knows_no_probabilities_is_named(vision: ModuleType) -> None:
    learn = learner(vision)
    learn.loss_func = nn.MultiMarginLoss()
    with pytest.raises(ExportError, match=r"choose one label a picture .*the loss is MultiMarginLoss"):
        preparation(learn)
