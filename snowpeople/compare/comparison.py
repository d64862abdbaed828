"""Networks beside each other: what each names right, weighs and takes, as a table and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backbone import ARCHITECTURES
from ..report.plots import BLUE, VERMILION
from ..report.share import Share
from .captions import caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Row:
    """A network that was trained and exported, or why it could not be (`failure`).

    pixels: a side of its pictures. start: where its weights came from; pretrained: whether they had learnt anything.
    accuracy: of the pictures kept apart. parameters: numbers it learns, head and all. megabytes: of the export, both
    halves. milliseconds: for one picture in the export's ONNX half, decoded already; a median. seconds: to train,
    without reading pictures, measuring and exporting. export: None where none was kept.
    """

    network: str
    pixels: int
    start: str = ""
    pretrained: bool = False
    accuracy: Share | None = None
    parameters: int = 0
    megabytes: float = 0.0
    milliseconds: float = 0.0
    seconds: float = 0.0
    export: Path | None = None
    failure: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON has it; `accuracy` and `export` are null where there is none."""
        return {
            **asdict(self),
            "accuracy": self.accuracy and self.accuracy.numbers(),
            "export": self.export and str(self.export),
        }

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Row:
        """The reverse. Raises TypeError where something else stands there."""
        row = cls(**plain)
        return replace(
            row,
            accuracy=Share(**plain["accuracy"]) if plain["accuracy"] else None,
            export=Path(plain["export"]) if plain["export"] else None,
        )


def table(rows: Sequence[Row]) -> list[str]:
    """Lines for a terminal or a notebook: the grid, and below it what has to be known to read it."""
    return [*grid(rows), "", *notes(rows)]


def grid(rows: Sequence[Row]) -> list[str]:
    """The table alone, as Markdown that is aligned, too."""
    heads = ("network", "px", "starts from", "named right", "95 % interval", "parameters", "MB", "ms", "s to train")
    cells = [heads, *map(_cells, rows)]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(heads))]
    left = (0, 2)
    lines = [
        " | ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    rule = " | ".join("-" * width if i in left else "-" * (width - 1) + ":" for i, width in enumerate(widths))
    return [f"| {line} |" for line in (lines[0], rule, *lines[1:])]


def notes(rows: Sequence[Row]) -> list[str]:
    """What the grid leaves out: on what it was measured, what is not fair, what went wrong."""
    lines = [f"{row.network} failed: {row.failure}" for row in rows if row.failure]
    done = [row for row in rows if row.accuracy]
    if not done:
        return lines
    kept = done[0].accuracy
    assert kept is not None
    lines.append(
        f"Named right: of {kept.pictures} pictures in {kept.groups} groups kept apart. MB: the export. ms: one picture "
        "in ONNX Runtime, decoded already."
    )
    if len(done) > 1:
        lines.append(
            "Where intervals overlap, a difference may be chance; and the best of several looks better than it is."
        )
    random = [row.network for row in done if not row.pretrained]
    if random:
        fair = "" if len(random) == len(done) else ", the others did not: this is no fair comparison"
        lines.append(
            f"Started from random weights: {', '.join(random)}{fair}. What those name right says nothing about what "
            "such a network can do; its size, its speed and its seconds do."
        )
    if any(ARCHITECTURES[name].weights for name in random):
        lines.append("Their ImageNet weights could not be downloaded. Name files of them: --weights NAME=FILE")
    smallest = min(row.pixels for row in done)
    for row in done:
        if smallest < row.pixels == ARCHITECTURES[row.network].least:
            lines.append(f"{row.network} was trained at {row.pixels} px, the least it takes.")
    return lines


def plot(rows: Sequence[Row], ax: Axes | None = None) -> Axes:
    """Draw what each network names right, with its 95 % interval, against the size of its export."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(8, 5.5), layout="constrained")[1]
    drawn = [(row.megabytes, row.accuracy, row) for row in rows if row.accuracy]
    kinds = (
        ("pretrained", True, "o", BLUE),
        ("started from random weights", False, "s", VERMILION),
    )
    for name, pretrained, marker, colour in kinds:
        some = [(size, share) for size, share, row in drawn if row.pretrained == pretrained]
        if some:
            sizes, shares = zip(*some, strict=True)
            values = [100 * share.share for share in shares]
            reach = ([100 * (s.share - s.low) for s in shares], [100 * (s.high - s.share) for s in shares])
            face = colour if pretrained else "white"
            look: dict[str, Any] = {"fmt": marker, "color": colour, "markerfacecolor": face, "ecolor": f"{colour}66"}
            ax.errorbar(sizes, values, yerr=reach, label=name, elinewidth=2, zorder=3, **look)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(FixedLocator([base * 10.0**power for power in range(-2, 4) for base in (1, 2, 5)]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set(xlabel="size of the export, MB", ylabel="named right, %, with 95 % interval")
    ax.grid(alpha=0.3)
    ax.margins(x=0.12, y=0.08)
    failed = [row.network for row in rows if not row.accuracy]
    if failed:
        ax.set_title(f"not drawn, as training failed: {', '.join(failed)}", fontsize=9, loc="left", pad=24)
    if drawn:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9)
        points = [(size, 100 * share.share, 100 * share.low, 100 * share.high) for size, share, _ in drawn]
        caption(ax, points, [row.network for *_, row in drawn])
    return ax


def save_plot(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Write the plot as compare.png and compare.svg; return where they are. Needs no display."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.5), dpi=150, layout="constrained")
    plot(rows, figure.subplots())
    paths = [folder / f"compare.{kind}" for kind in ("png", "svg")]
    for path in paths:
        figure.savefig(path)
    return paths


def _cells(row: Row) -> tuple[str, ...]:
    if row.accuracy is None:
        return row.network, str(row.pixels), row.start, "failed", "", "", "", "", ""
    return (
        row.network,
        str(row.pixels),
        row.start,
        f"{100 * row.accuracy.share:.0f} %",
        f"{100 * row.accuracy.low:.0f} to {100 * row.accuracy.high:.0f} %",
        f"{row.parameters / 1e6:.1f} M",
        f"{row.megabytes:.1f}",
        f"{row.milliseconds:.1f}",
        f"{row.seconds:.0f}",
    )
