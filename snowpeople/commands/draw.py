"""``snowpeople draw``: a data set of drawn snow people."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Help, examples, progress, whole_number

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "draw",
        help="draw a data set of snow people",
        description="Draw snow people: FOLDER/LABEL/0001.png and so on.",
        epilog=examples("snowpeople draw drawn", "snowpeople draw drawn --per-label 500 --size 224 --seed 1"),
        formatter_class=Help,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where; a picture that is there is kept")
    number = whole_number
    parser.add_argument("--per-label", type=number(1), default=120, metavar="N", help="pictures (default: %(default)s)")
    parser.add_argument("--size", type=number(16), default=160, metavar="N", help="pixels (default: %(default)s)")
    parser.add_argument("--seed", type=number(0), default=0, metavar="N", help="another gives others (default: 0)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..drawing import LABELS, write_dataset

    # In steps, for the progress: each call keeps what the one before has drawn.
    total = arguments.per_label
    for per_label in (*range(10, total, 10), total):
        write_dataset(arguments.folder, per_label, arguments.seed, arguments.size)
        progress(f"{per_label * len(LABELS)} of {total * len(LABELS)} pictures", last=per_label == total)
    print(f"{arguments.folder}: {total} pictures of each of {', '.join(LABELS)}")
    return 0
