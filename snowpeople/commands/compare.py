"""``snowpeople compare``: which network for these pictures?"""

import argparse
import json
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from .terminal import Help, bar, examples, shown, whole_number

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "compare",
        help="try several networks on your own pictures",
        description="Train several networks on PLACE, which holds one folder of pictures for each label, by the same\n"
        "recipe, and show what each names right, with its size, speed and seconds, as a table and a plot. Each is\n"
        "exported, too. What is done is kept: after Ctrl-C or a kill, the same command goes on.\n"
        "The exit status is 1 where a network failed; the others are compared.\n\n"
        "Networks: small (from nothing), resnet18, resnet34, resnet50, vgg16, mobilenet_v1 (needs --weights),\n"
        "mobilenet_v2, mobilenet_v3, inception_v3, efficientnet_b1, efficientnet_b4.",
        formatter_class=Help,
        epilog=examples(
            "snowpeople compare otters",
            "snowpeople compare otters --network resnet18 mobilenet_v3 --size 128 --epochs 4",
            "snowpeople compare otters --weights resnet50=resnet50.pth mobilenet_v1=mobilenet.safetensors",
            "snowpeople compare otters --json | jq -r '.networks[] | [.network, .accuracy.share] | @tsv'",
        ),
    )
    number = whole_number
    parser.add_argument("place", metavar="PLACE", help="a folder, a zip or tar of one, or an address (s3://...)")
    parser.add_argument(
        "--network", nargs="+", metavar="NAME", help="default: all but mobilenet_v1; it too, with weights"
    )
    parser.add_argument(
        "--weights",
        nargs="+",
        type=_weights,
        default=[],
        metavar="NAME=FILE",
        help="weights for a network to start from (else ImageNet's)",
    )
    parser.add_argument(
        "--size", type=number(16), nargs="+", default=[64], metavar="N", help="pixels; several: from small to large"
    )
    parser.add_argument("--frozen-epochs", type=number(0), default=3, metavar="N", help="of the head (default: 3)")
    parser.add_argument("--epochs", type=number(1), default=9, metavar="N", help="of all of it (default: 9)")
    parser.add_argument("--rate", type=float, metavar="X", help="learning rate (else looked for, for each)")
    parser.add_argument("--batch", type=number(2), default=32, metavar="N", help="pictures at a time (default: 32)")
    parser.add_argument("--seed", type=number(0), default=0, metavar="N", help="another gives another split")
    parser.add_argument(
        "--out", default="comparison", metavar="FOLDER", help="for exports, table and plot (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the rows as one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..compare import asked, compare_place, notes, table
    from ..recipe import Recipe

    recipe = Recipe(
        sizes=tuple(arguments.size),
        frozen_epochs=arguments.frozen_epochs,
        epochs=arguments.epochs,
        rate=arguments.rate,
        batch_size=arguments.batch,
        seed=arguments.seed,
    )
    weights = dict(arguments.weights)
    networks = asked(arguments.network, weights)
    rows = compare_place(
        arguments.place,
        networks,
        recipe,
        weights,
        arguments.out,
        say=lambda line: print(shown(line), file=sys.stderr, flush=True),
        progress=bar,
    )
    if arguments.json:
        print(json.dumps({"networks": [row.plain() for row in rows], "notes": notes(rows)}, ensure_ascii=False))
    else:
        for line in ["", *table(rows)]:
            print(shown(line))
    stream = sys.stderr if arguments.json else sys.stdout
    done = [row for row in rows if row.accuracy and row.export]
    if done:
        best = quote(shown(max(done, key=lambda row: row.accuracy.share if row.accuracy else 0).export))
        print(f"\nplot: {shown(Path(arguments.out, 'compare.png'))} and .svg; exports:", file=stream)
        print(*(f"  {shown(row.export)}" for row in done), sep="\n", file=stream)
        print(f"to try one:       snowpeople classify PICTURE --export {best}", file=stream)
        print(
            "in the dashboard: mv -n export.pkl export-before.pkl; "
            f"cp -n {best} export.pkl  (neither writes over a file)",
            file=stream,
        )
    if len(rows) < len(networks):
        return 130
    return 1 if any(row.failure for row in rows) else 0


def _weights(text: str) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    if not (name and equals and file):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE, such as resnet50=resnet50.pth")
    return name, Path(file)
