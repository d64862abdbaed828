"""``snowpeople train``: a classifier of one's own pictures."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import shown, whole_number

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "train",
        help="make a classifier of your own pictures",
        description="Train on FOLDER, which holds one folder of pictures for each label, and write an export. "
        "training.ipynb does the same step by step.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="one folder of pictures a label")
    parser.add_argument("--out", type=Path, default=Path("my-export.pkl"), metavar="FILE", help="default: %(default)s")
    parser.add_argument("--title", default="Which of these is it?", help="the dashboard's question")
    number = whole_number
    parser.add_argument("--size", type=number(32), default=64, metavar="N", help="pixels (default: %(default)s)")
    parser.add_argument("--epochs", type=number(1), default=6, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=number(0), default=0, metavar="N", help="another gives another split")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="ResNet18 weights to start from (else ImageNet's)")
    parser.add_argument("--teacher", metavar="NAME", help="learn from FILE.onnx, timm:MODEL or torchvision:MODEL")
    parser.add_argument("--cutouts", type=Path, metavar="FOLDER", help="the same pictures cut out, with a teacher")
    parser.add_argument("--others", type=Path, nargs="+", default=[], metavar="FOLDER", help="unrelated pictures")
    parser.add_argument("--drawn", action="store_true", help="add drawn snow people, with a teacher")
    parser.add_argument("--views", type=number(64), default=20_000, metavar="N", help="how many views a teacher shows")
    parser.add_argument("--work", type=Path, default=Path("build/training"), metavar="FOLDER", help="kept between runs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..train import Plan, train

    named = {name: value for name, value in vars(arguments).items() if name != "run"}
    saved = train(Plan(**named), say=lambda line: print(line, flush=True))
    print(f"wrote {shown(saved.path)} ({saved.size / 1e6:.1f} MB)")
    if saved.before:
        print(f"the export that was there is now {shown(saved.before)}")
    return 0
