"""Everything that is neither: ordinary snowmen above all, then other creatures and things."""

from __future__ import annotations

from collections.abc import Callable

from .animals import bear, bird, dog, fish, goat, gorilla, lion, penguin, rabbit, reindeer, sheep
from .people import elder, hooded, person, santa
from .shapes import Pen
from .snowmen import melted, snowman
from .things import ball, cloud, emblem, flower, gadget, ghost, house, logo, tree, twigs, vehicle

Figure = Callable[[Pen], None]
# What may stand about in a picture of any label.
BYSTANDERS: tuple[Figure, ...] = (
    penguin, tree, house, person, dog, rabbit, bird, reindeer, bear, vehicle, santa, hooded, flower, gadget, ball,
)  # fmt: skip
FIGURES: dict[Figure, int] = {
    snowman: 32, melted: 2, penguin: 7, bear: 9, santa: 8, reindeer: 5, gorilla: 6, person: 16, elder: 4, hooded: 4,
    tree: 4, house: 7, vehicle: 7, ball: 4, dog: 6, fish: 4, flower: 3, sheep: 3, goat: 3, lion: 3, ghost: 3, bird: 4,
    gadget: 9, rabbit: 3, cloud: 3, logo: 3, emblem: 3, twigs: 2,
}  # fmt: skip


def other(pen: Pen) -> None:
    """Draw one figure that is neither."""
    pen.rng.choices(list(FIGURES), list(FIGURES.values()))[0](pen)
