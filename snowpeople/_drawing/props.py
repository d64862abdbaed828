"""Things that any figure may wear or hold, so that none of them tells the label."""

from __future__ import annotations

from .shapes import INK, WHITE, Colour, Pen, mix

BRIGHT: tuple[Colour, ...] = (
    (214, 48, 49), (40, 110, 200), (50, 150, 70), (240, 180, 40), (130, 60, 160), (235, 120, 40), (60, 180, 190),
    (230, 110, 150), (110, 70, 40), (50, 55, 70),
)  # fmt: skip
HATS = ("santa", "beanie", "top", "bucket", "viking", "flower", "party", "crown", "cap")


def hat(pen: Pen, x: float, y: float, w: float, kind: str | None = None, turn: float = 0) -> None:
    """Put a hat on a head: (x, y) is the middle of its brim, w its half width."""
    rng = pen.rng
    kind = kind or rng.choices(HATS, (22, 22, 14, 6, 5, 8, 5, 4, 8))[0]
    colour, second = rng.sample(BRIGHT, 2)
    with pen.at(x, y, turn, w, flip=rng.choice((-1, 1))):
        if kind == "santa":
            pen.blob(
                [(-1, 0), (-0.8, -0.8), (0, -1.35), (0.9, -0.9), (1.35, -0.1), (0.9, -0.3), (0.9, 0)], (205, 35, 45)
            )
            pen.blob([(-1.1, -0.2), (0, -0.32), (1.1, -0.2), (1.12, 0.12), (0, 0.05), (-1.12, 0.12)], WHITE)
            pen.oval(1.35, 0, 0.25, 0.25, WHITE)
        elif kind == "beanie":
            pen.blob([(-1, 0), (-0.9, -0.75), (0, -1.15), (0.9, -0.75), (1, 0)], colour)
            pen.blob([(-1.05, -0.3), (0, -0.4), (1.05, -0.3), (1.08, 0.1), (0, 0.05), (-1.08, 0.1)], second)
            if rng.random() < 0.7:
                pen.oval(0, -1.2, 0.28, 0.28, mix(second, WHITE, 0.5))
        elif kind == "top":
            black = rng.choice((INK, INK, (60, 60, 75), colour))
            pen.blob([(-0.72, 0), (-0.76, -0.7), (-0.8, -1.3), (0, -1.4), (0.8, -1.3), (0.76, -0.7), (0.72, 0)], black)
            pen.blob([(-0.75, -0.3), (0, -0.22), (0.75, -0.3), (0.73, 0), (-0.73, 0)], second, "detail")
            pen.oval(0, 0, 1.25, 0.2, black)
        elif kind == "bucket":
            pen.polygon([(-0.9, 0), (-0.6, -1.1), (0.6, -1.1), (0.9, 0)], colour)
            pen.oval(0, -1.1, 0.6, 0.14, mix(colour, INK, 0.3))
        elif kind == "viking":
            pen.blob([(-1, 0), (-0.8, -0.8), (0, -1.1), (0.8, -0.8), (1, 0)], (140, 140, 150))
            for s in (-1, 1):
                pen.blob(
                    [(s * 0.9, -0.5), (s * 1.6, -0.6), (s * 1.7, -1.3), (s * 1.3, -0.9), (s * 0.8, -0.8)],
                    (240, 225, 190),
                )
            pen.box(-1.05, -0.25, 1.05, 0.05, (110, 80, 50))
        elif kind == "flower":
            petal = rng.choice((WHITE, (250, 200, 60), (235, 120, 170), colour))
            for i in range(6):
                with pen.at(0.4, -0.35, 60 * i, 0.6):
                    pen.oval(0.45, 0, 0.42, 0.24, petal)
            pen.oval(0.4, -0.35, 0.2, 0.2, (240, 190, 50))
        elif kind == "party":
            pen.polygon([(-0.7, 0), (0, -1.8), (0.7, 0)], colour)
            pen.line([(-0.45, -0.5), (0.45, -0.7)], second, 0.15)
            pen.oval(0, -1.8, 0.2, 0.2, second)
        elif kind == "crown":
            gold = (240, 200, 60)
            pen.polygon([(-0.9, 0), (-1, -0.9), (-0.5, -0.4), (0, -1), (0.5, -0.4), (1, -0.9), (0.9, 0)], gold)
        else:
            pen.blob([(-0.95, 0), (-0.8, -0.7), (0, -0.95), (0.8, -0.7), (0.95, 0)], colour)
            pen.blob([(0.2, -0.15), (1.1, -0.15), (1.75, 0.1), (1.1, 0.1), (0.2, 0.05)], second)


def scarf(pen: Pen, x: float, y: float, w: float) -> None:
    """Tie a scarf round a neck of half width w."""
    rng = pen.rng
    colour, second = rng.sample(BRIGHT, 2)
    with pen.at(x, y, 0, w, flip=rng.choice((-1, 1))):
        tail = rng.uniform(0.8, 1.5)
        pen.polygon([(0.35, 0), (0.75, 0.05), (0.9, tail), (0.45, tail)], colour)
        for k in range(1, 4):
            pen.line([(0.42, tail * k / 4), (0.83, tail * k / 4)], second, 0.1, "texture")
        pen.blob([(-1, -0.2), (0, -0.05), (1, -0.2), (1.05, 0.15), (0, 0.35), (-1.05, 0.15)], colour)
        for stripe in (-0.6, -0.1, 0.4):
            pen.line([(stripe, -0.1), (stripe + 0.06, 0.26)], second, 0.1, "texture")


def held(pen: Pen, x: float, y: float, size: float) -> None:
    """Put something into a hand at (x, y)."""
    rng = pen.rng
    kind = rng.choice(("mug", "balloon", "flower", "flag", "cane", "snowball", "broom", "gift", "sign"))
    colour = rng.choice(BRIGHT)
    with pen.at(x, y, rng.uniform(-12, 12), size):
        if kind == "mug":
            pen.line([(0.4, -0.6), (0.8, -0.4), (0.4, -0.1)], colour, 0.16, "body")
            pen.box(-0.4, -0.8, 0.4, 0.1, colour)
        elif kind == "balloon":
            pen.line([(0, 0), (0.2, -1.2), (0, -2.2)], INK, 0.06)
            pen.oval(0, -2.9, 0.65, 0.8, colour)
        elif kind == "flower":
            pen.line([(0, 0.4), (0.05, -0.6)], (60, 140, 60), 0.1, "body")
            for i in range(5):
                with pen.at(0.05, -0.7, 72 * i, 0.5):
                    pen.oval(0.5, 0, 0.45, 0.28, colour)
            pen.oval(0.05, -0.7, 0.16, 0.16, (245, 210, 70))
        elif kind == "flag":
            pen.line([(0, 0.6), (0, -2)], (110, 80, 50), 0.12, "body")
            pen.blob([(0, -2), (0.8, -1.8), (1.6, -2), (1.6, -1.1), (0.8, -0.9), (0, -1.1)], colour)
        elif kind == "cane":
            pen.line([(0, 1.2), (0, -1), (0.3, -1.4), (0.6, -1)], (220, 50, 60), 0.2, "body")
        elif kind == "snowball":
            pen.oval(0, -0.3, 0.5, 0.5, (240, 245, 255))
        elif kind == "broom":
            pen.line([(0, 2), (0, -1.2)], (130, 90, 50), 0.13, "body")
            pen.polygon([(-0.15, -1.1), (-0.5, -2.2), (0.5, -2.2), (0.15, -1.1)], (220, 180, 90))
        elif kind == "gift":
            pen.box(-0.6, -0.7, 0.6, 0.4, colour)
            pen.box(-0.1, -0.7, 0.1, 0.4, (250, 230, 120))
        else:
            pen.line([(0, 0.6), (0, -0.8)], (130, 90, 50), 0.13, "body")
            pen.box(-0.8, -1.6, 0.8, -0.7, (245, 240, 220))
            pen.line([(-0.5, -1.3), (0.5, -1.3)], colour, 0.1)
            pen.line([(-0.5, -1), (0.2, -1)], colour, 0.1)


def glasses(pen: Pen, x: float, y: float, w: float) -> None:
    """Put sunglasses over eyes a distance 2w apart."""
    for s in (-1, 1):
        pen.oval(x + s * w, y, w * 0.9, w * 0.75, INK)
    pen.line([(x - w, y), (x + w, y)], INK, w * 0.3, "body")


def ride(pen: Pen, y: float, w: float) -> None:
    """Put something under the feet: a board, a sled, a ring, a floe."""
    rng = pen.rng
    colour = rng.choice(BRIGHT)
    kind = rng.choice(("board", "sled", "ring", "floe", "mound"))
    if kind == "board":
        pen.blob([(-w * 1.3, y - 0.1), (-w, y), (w, y), (w * 1.3, y - 0.1), (w, y + 0.1), (-w, y + 0.1)], colour)
    elif kind == "sled":
        pen.line([(-w, y + 0.25), (w, y + 0.25), (w * 1.3, y)], (110, 70, 40), 0.06, "body")
        pen.box(-w, y, w, y + 0.12, colour)
        for s in (-0.6, 0.6):
            pen.line([(s * w, y + 0.1), (s * w, y + 0.25)], (110, 70, 40), 0.06, "body")
    elif kind == "ring":
        pen.oval(0, y - 0.02, w * 1.35, 0.22, colour)
        for s in (-1, 0, 1):
            pen.oval(s * w, y, 0.1, 0.14, WHITE, "detail")
    elif kind == "floe":
        pen.polygon([(-w * 1.5, y), (w * 1.4, y - 0.02), (w * 1.2, y + 0.2), (-w * 1.2, y + 0.22)], (200, 230, 245))
    else:
        pen.blob(
            [(-w * 1.7, y + 0.15), (-w, y - 0.02), (w, y - 0.02), (w * 1.7, y + 0.15), (0, y + 0.25)], (235, 242, 252)
        )
