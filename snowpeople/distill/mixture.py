"""What a patient student is shown: endless views of labelled, cut-out, unrelated and drawn pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from random import Random

from PIL import Image

from .. import drawing
from ..dataset import Dataset, DatasetError, picture_files
from ..picture import PictureError, read
from ..prediction import NEITHER
from .views import view

# How often a view shows an unrelated picture, and how often a drawn one, where the mixture has them.
OTHER_SHARE = 0.15
DRAWN_SHARE = 0.12
# How often a picture that was cut out is shown as its cut-out on another scene.
CUT_OUT_SHARE = 0.6
# How often a scene from another picture, instead of a plain backdrop, lies behind a figure.
SCENE_SHARE = 0.6


@dataclass
class Mixture:
    """Random labelled views.

    dataset: the labelled pictures; each label is shown equally often, and within a label a group in proportion to
        the square root of its size.
    cutouts: a folder with the same LABEL/NAME as the data set's pictures, with transparency.
    others: folders of unrelated pictures, shown as `neither` and used as scenes.
    drawn: whether to add drawn snow people; only where all their labels are the data set's.

    Raises DatasetError where a folder holds nothing of use, or the data set lacks a label that others or drawn need.
    """

    dataset: Dataset
    cutouts: Path | None = None
    others: Sequence[Path] = ()
    drawn: bool = False
    _by_label: dict[str, dict[str, list[int]]] = field(init=False, repr=False)
    _other: list[Path] = field(init=False, repr=False)
    _cut: dict[str, Path] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_label = {label: defaultdict(list) for label in self.vocabulary}
        for i, (label, group) in enumerate(zip(self.dataset.labels, self.dataset.groups, strict=True)):
            self._by_label[label][group].append(i)
        self._other = sorted(path for folder in self.others for path in picture_files(folder))
        cut_outs = picture_files(self.cutouts) if self.cutouts else ()
        self._cut = {f"{path.parent.name}/{path.stem}": path for path in cut_outs}
        if self.others and not self._other:
            raise DatasetError(f"no pictures in {', '.join(map(str, self.others))}")
        if self.cutouts and not any(self._name(i) in self._cut for i in range(len(self.dataset))):
            raise DatasetError(f"no cut-out in {self.cutouts} has the LABEL/NAME of a picture in {self.dataset.folder}")
        if NEITHER not in self.vocabulary and self._other:
            raise DatasetError(f"unrelated pictures need a label {NEITHER!r} in {self.dataset.folder}")
        if self.drawn and not set(drawing.LABELS) <= set(self.vocabulary):
            raise DatasetError(f"drawn pictures need the labels {', '.join(drawing.LABELS)} in {self.dataset.folder}")

    @property
    def vocabulary(self) -> list[str]:
        """The labels, sorted."""
        return self.dataset.vocabulary

    def sample(self, seed: int, size: int) -> tuple[Image.Image, int]:
        """The view number `seed`, a square of `size` pixels, and its label's index. The same number, the same view."""
        rng = Random(seed)
        chance = rng.random()
        if self._other and chance < OTHER_SHARE:
            picture, label = _open(rng.choice(self._other)), NEITHER
        elif self.drawn and chance > 1 - DRAWN_SHARE:
            label = rng.choice(drawing.LABELS)
            number = rng.randrange(1 << 30)
            picture = drawing.figure(label, number) if rng.random() < 0.4 else drawing.draw(label, number)
        else:
            label = rng.choice(self.vocabulary)
            picture = self._labelled(label, rng)
        scene = _open(rng.choice(self._other)) if self._other and rng.random() < SCENE_SHARE else None
        return view(picture, rng, size, scene), self.vocabulary.index(label)

    def _labelled(self, label: str, rng: Random) -> Image.Image:
        groups = self._by_label[label]
        # Among what is neither, cut-outs are the harder ones (snowmen, not photos of anything): show them more often.
        weights = [
            len(members) ** 0.5 * (3 if label == NEITHER and self._is_cut(members) else 1)
            for members in groups.values()
        ]
        index = rng.choice(rng.choices(list(groups.values()), weights)[0])
        cut_out = self._cut.get(self._name(index))
        if cut_out is not None and rng.random() < CUT_OUT_SHARE:
            return _open(cut_out, transparent=True)
        return _open(self.dataset.pictures[index])

    def _is_cut(self, members: Sequence[int]) -> bool:
        return any(self._name(index) in self._cut for index in members)

    def _name(self, index: int) -> str:
        return f"{self.dataset.labels[index]}/{self.dataset.pictures[index].stem}"


@lru_cache(maxsize=4096)
def _open(path: Path, transparent: bool = False) -> Image.Image:
    if not transparent:
        try:
            picture = read(path)
        except PictureError as error:
            raise DatasetError(f"{path}: {error}") from error
        picture.thumbnail((512, 512), Image.Resampling.BILINEAR)
        return picture
    with Image.open(path) as cut_out:
        return cut_out.convert("RGBA")
