"""``snowpeople train``: a classifier of one's own pictures."""

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from ..archive import too_large
from .terminal import Help, bar, examples, shown, whole_number

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "train",
        help="make a classifier of your own pictures",
        description="Train on PLACE, which holds one folder of pictures for each label, and write an export.\n"
        "training.ipynb does the same step by step. Ctrl-C ends it with the best so far; the same\n"
        "command goes on from there.",
        formatter_class=Help,
        epilog=examples(
            "snowpeople train otters",
            "snowpeople train otters --size 64 128 --out export.pkl",
            "snowpeople train s3://bucket/pictures --out s3://bucket/exports/export.pkl",
            "snowpeople train otters --teacher timm:convnext_tiny --size 128",
            "torchrun --nproc-per-node 2 -m snowpeople train otters",
        ),
    )
    number = whole_number
    parser.add_argument("place", metavar="PLACE", help="a folder, a zip or tar of one, or an address (s3://...)")
    parser.add_argument("--out", default="my-export.pkl", metavar="PLACE", help="the export (default: %(default)s)")
    parser.add_argument("--title", default="Which of these is it?", help="the dashboard's question")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")

    network = parser.add_argument_group("the network")
    network.add_argument("--network", default="resnet18", metavar="NAME", help="see `snowpeople compare`")
    network.add_argument("--weights", type=Path, metavar="FILE", help="weights to start from (else ImageNet's)")
    network.add_argument("--untrained", action="store_true", help="start from nothing where there are no weights")

    recipe = parser.add_argument_group("the recipe")
    recipe.add_argument(
        "--size", type=number(16), nargs="+", default=[64], metavar="N", help="pixels; several: from small to large"
    )
    recipe.add_argument("--frozen-epochs", type=number(0), default=3, metavar="N", help="of the head (default: 3)")
    recipe.add_argument("--epochs", type=number(1), default=9, metavar="N", help="of all of it (default: 9)")
    recipe.add_argument("--rate", type=_above_0, metavar="X", help="learning rate (else it is looked for)")
    recipe.add_argument("--batch", type=number(2), default=32, metavar="N", help="pictures at a time (default: 32)")
    recipe.add_argument(
        "--augment", choices=("none", "light", "normal", "strong"), default="normal", help="default: %(default)s"
    )
    recipe.add_argument("--smoothing", type=_below_1, default=0.1, metavar="X", help="of labels (default: 0.1)")
    recipe.add_argument("--mixup", type=_from_0, default=0.0, metavar="X", help="blend pictures (default: 0, not)")
    recipe.add_argument("--no-balance", action="store_true", help="don't let rare labels weigh more")
    recipe.add_argument(
        "--patience", type=number(0), default=0, metavar="N", help="stop after N epochs without progress (0: never)"
    )
    recipe.add_argument("--last", action="store_true", help="keep the last epoch, not the best")
    recipe.add_argument("--valid", type=_share, default=0.2, metavar="X", help="the share kept apart (default: 0.2)")
    recipe.add_argument("--seed", type=number(0), default=0, metavar="N", help="another gives another split")

    teacher = parser.add_argument_group("learning from a bigger network")
    teacher.add_argument("--teacher", metavar="NAME", help="FILE.onnx, timm:MODEL or torchvision:MODEL")
    teacher.add_argument("--cutouts", type=Path, metavar="FOLDER", help="the same pictures cut out")
    teacher.add_argument("--others", type=Path, nargs="+", default=[], metavar="FOLDER", help="unrelated pictures")
    teacher.add_argument("--drawn", action="store_true", help="add drawn snow people")
    teacher.add_argument("--views", type=number(64), default=20_000, metavar="N", help="how many (default: 20000)")
    parser.add_argument("--work", type=Path, default=Path("build/training"), metavar="FOLDER", help="kept between runs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..recipe import Recipe
    from ..train import Plan, train

    recipe = Recipe(
        sizes=tuple(arguments.size),
        frozen_epochs=arguments.frozen_epochs,
        epochs=arguments.epochs,
        rate=arguments.rate,
        batch_size=arguments.batch,
        augmentation=arguments.augment,
        smoothing=arguments.smoothing,
        mixup=arguments.mixup,
        balance=not arguments.no_balance,
        patience=arguments.patience,
        keep_best=not arguments.last,
        seed=arguments.seed,
    )
    same = ("place", "out", "title", "weights", "untrained", "valid", "teacher", "cutouts", "others", "drawn", "views")
    plan = Plan(
        architecture=arguments.network,
        recipe=recipe,
        work=arguments.work,
        **{name: getattr(arguments, name) for name in same},
    )
    stream = sys.stderr if arguments.json else sys.stdout
    done = train(plan, say=lambda line: print(shown(line), file=stream, flush=True), progress=bar)
    if done is None:  # not the first of several processes
        return 0
    print(f"wrote {shown(done.out)} ({done.size / 1e6:.1f} MB)", file=stream)
    if note := too_large(done.size):
        print(note, file=stream)
    if done.before:
        print(f"the export that was there is now {shown(done.before)}", file=stream)
    if arguments.json:
        made = {"export": done.out, "bytes": done.size, "before": done.before, "stopped": done.stopped}
        print(json.dumps({**made, **done.report.measured()}, ensure_ascii=False))
    else:
        place, out = quote(shown(arguments.place)), quote(shown(done.out))
        print(f"next: snowpeople report {place} --export {out}", file=stream)
    return 130 if done.stopped else 0


def _number(words: str, holds: Callable[[float], bool]) -> Callable[[str], float]:
    """The type of an argument that is a number of which something `holds`, as `words` say."""

    def number(text: str) -> float:
        value = float(text)
        if not holds(value):
            raise argparse.ArgumentTypeError(f"it must be {words}")
        return value

    return number


_above_0 = _number("above 0", lambda value: 0 < value < math.inf)
_from_0 = _number("0 or more", lambda value: 0 <= value < math.inf)
_below_1 = _number("from 0 to less than 1", lambda value: 0 <= value < 1)
_share = _number("between 0 and 1", lambda value: 0 < value < 1)
