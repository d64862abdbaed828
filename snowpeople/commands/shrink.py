"""``snowpeople shrink``: any fastai vision export, small and readable without fastai."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import fail, shown

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "shrink",
        help="make a fastai export readable without fastai",
        description="Give a plain fastai export what the dashboard and the other commands read. The file as it was is "
        "kept beside it, as NAME-DATE-TIME.pkl.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="an export made by fastai's Learner.export")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write this file instead, and leave the first alone")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="pictures like those it will see, to set its 8-bit ranges by"
    )
    parser.add_argument("--trust", action="store_true", help="FILE comes from someone you trust: opening it runs code")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    file = arguments.file
    if not arguments.trust:
        return fail(
            "a fastai export is a pickle, and opening a pickle runs whatever code it holds. "
            f"If you trust where {shown(file)} comes from, add --trust"
        )
    from ..export import convert

    written = convert(file, arguments.out, pictures=arguments.pictures)
    print(f"wrote {shown(written.path)} ({written.size / 1e6:.1f} MB)")
    return 0
