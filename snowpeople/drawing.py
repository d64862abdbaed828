"""Drawn snow people: varied cartoon pictures, the data set that needs no download."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ._drawing import finish, others, scenery
from ._drawing.olaf import olaf
from ._drawing.render import Style, render
from ._drawing.shapes import Pen
from ._drawing.yeti import yeti

LABELS = ("abominable", "neither", "olaf")
_FIGURES: dict[str, Callable[[Pen], None]] = {"abominable": yeti, "neither": others.other, "olaf": olaf}
# Picked by eye: two of each label that show how different the pictures are.
EXAMPLES: dict[str, tuple[int, int]] = {"abominable": (704, 707), "neither": (626, 656), "olaf": (705, 712)}


def draw(label: str, seed: int, size: int = 256) -> Image.Image:
    """Draw a picture of the label, a figure in a scene: RGB, `size` pixels a side, always the same for a seed.

    Raises ValueError for a label that is not in LABELS or a size below 16.
    """
    rng = _rng(label, seed, size)
    wide = rng.uniform(0.75, 1.35) if rng.random() < 0.25 else 1.0
    canvas = (round(size * wide**0.5), round(size / wide**0.5))
    bare = label == "neither" and rng.random() < 0.14
    picture, ground = scenery.paint(rng, canvas, bare)
    scale = 1.0
    if not bare:
        style = Style.pick(rng)
        scale = _scale(rng)
        for _ in range(rng.choices((0, 1, 2), (80, 15, 5))[0]):
            bystander = rng.choice(others.BYSTANDERS)
            _place(rng, picture, bystander, style, ground, rng.uniform(0.15, min(0.5, scale)))
        _place(rng, picture, _FIGURES[label], style, ground, scale, main=True)
    if rng.random() < 0.22:
        finish.weather(rng, picture)
    if rng.random() < 0.1:
        finish.scribble(rng, picture)
    if rng.random() < 0.12:
        picture = finish.frame(rng, picture)
    picture = finish.finish(rng, picture, gentle=scale < 0.5)
    return picture.resize((size, size), Image.Resampling.BILINEAR) if picture.size != (size, size) else picture


def figure(label: str, seed: int, size: int = 256) -> Image.Image:
    """Draw the figure alone on a transparent ground: RGBA, `size` pixels a side, to paste over any picture.

    Raises ValueError for a label that is not in LABELS or a size below 16.
    """
    rng = _rng(label, seed, size)
    sprite = _sprite(rng, _FIGURES[label], Style.pick(rng), size)
    canvas = Image.new("RGBA", (size, size))
    canvas.paste(sprite, ((size - sprite.width) // 2, (size - sprite.height) // 2))
    return canvas


def write_dataset(folder: str | os.PathLike[str], per_label: int = 120, seed: int = 0, size: int = 160) -> Path:
    """Write folder/<label>/0001.png and so on; return the folder.

    A picture that is there is kept, so an interrupted call can be made again. Pictures of different seeds differ.
    Raises ValueError for a size below 16 or fewer than one picture a label.
    """
    if per_label < 1:
        raise ValueError(f"{per_label} pictures a label are too few: 1 or more")
    root = Path(folder)
    for label in LABELS:
        for number in range(1, per_label + 1):
            path = root / label / f"{number:04}.png"
            if not path.exists():
                _save(draw(label, seed * 1_000_000 + number, size), path)
    return root


def write_examples(folder: str | os.PathLike[str], size: int = 320) -> Path:
    """Write the few pictures that serve as examples, as folder/<label>-<seed>.png; return the folder."""
    root = Path(folder)
    for label, seeds in EXAMPLES.items():
        for seed in seeds:
            path = root / f"{label}-{seed}.png"
            if not path.exists():
                picture = draw(label, seed, size)
                _save(picture.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE), path)
    return root


def _rng(label: str, seed: int, size: int) -> Random:
    if label not in _FIGURES:
        raise ValueError(f"no label {label!r}: choose one of {', '.join(LABELS)}")
    if size < 16:
        raise ValueError(f"a picture of {size} pixels is too small: 16 or more")
    return Random(f"{label}-{seed}")


def _scale(rng: Random) -> float:
    """Return the figure's longer side as a share of the picture's: from far away to a close-up."""
    low, high = rng.choices(((0.24, 0.45), (0.45, 0.75), (0.75, 0.97), (1.0, 1.5)), (14, 30, 42, 14))[0]
    return rng.uniform(low, high)


def _sprite(rng: Random, recipe: Callable[[Pen], None], style: Style, side: int, small: bool = False) -> Image.Image:
    pen = Pen(rng)
    flip = rng.choice((-1, 1))
    turn = rng.gauss(0, 5) if rng.random() < 0.9 else rng.gauss(0, 25)
    with pen.at(turn=turn, flip=flip):
        recipe(pen)
    sprite = render(pen.shapes, style, max(8, side))
    touch, cells = rng.random(), rng.randint(40, 76)
    if touch < 0.08 and not small:
        return finish.pixelated(sprite, cells)
    return finish.rough(rng, sprite) if 0.08 < touch < 0.2 else sprite


def _place(
    rng: Random,
    picture: Image.Image,
    recipe: Callable[[Pen], None],
    style: Style,
    ground: float,
    scale: float,
    main: bool = False,
) -> None:
    w, h = picture.size
    sprite = _sprite(rng, recipe, style, round(min(w, h) * scale), small=scale < 0.5)
    sw, sh = sprite.size
    if scale >= 1:  # a close-up: keep the upper part, where faces are, in view
        x, y = round((w - sw) * rng.uniform(0.3, 0.7)), round(h * rng.uniform(-0.02, 0.08))
    else:
        x = round((w - sw) * (rng.uniform(0.3, 0.7) if main and rng.random() < 0.6 else rng.random()))
        y = round((h - sh) * rng.uniform(0.3, 0.7))
        if ground < 1 and rng.random() < 0.85:
            y = min(h - sh, max(round(-0.02 * h), round(h * rng.uniform(ground + 0.05, 1.0)) - sh))
    if scale < 1 and rng.random() < (0.7 if ground < 1 else 0.2):
        shadow = Image.new("L", (w, h), 255)
        ImageDraw.Draw(shadow).ellipse((x + sw * 0.1, y + sh * 0.93, x + sw * 0.95, y + sh * 1.03), fill=150)
        dim = shadow.filter(ImageFilter.GaussianBlur(sw * 0.03)).convert("RGB")
        picture.paste(ImageChops.multiply(picture, dim))
    picture.paste(sprite, (x, y), sprite)


def _save(picture: Image.Image, path: Path) -> None:
    """Write beside the place and link into it: never half a file, never over a file that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        picture.save(part, "PNG", optimize=True)
        try:
            os.link(part, path)
        except FileExistsError:
            return
        except OSError:  # a drive that knows no links
            if not path.exists():
                part.replace(path)
    finally:
        part.unlink(missing_ok=True)
