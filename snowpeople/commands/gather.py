"""``snowpeople gather``: pictures from folders, archives, lists of addresses and searches."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import terminal
from .terminal import shown, whole_number

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "gather",
        help="collect pictures, from folders, archives, lists of addresses or by search",
        description="Fill FOLDER/LABEL/ with pictures, and FOLDER/manifest.tsv with where each came from. A SOURCE is\n"
        "a folder or an archive laid out as LABEL/PICTURE; a text file of web addresses, named like urls_LABEL.txt;\n"
        "an address of any of these (s3://, https://); or else a search term. Nothing is moved, overwritten or\n"
        "fetched twice: run the same command again to go on. Exit status 1: a label has no picture.",
        epilog=terminal.examples(
            'snowpeople gather "sea otter" "river otter" --per-class 200 --out otters',
            'snowpeople gather urls_sea.txt urls_river.txt --neither dogs.zip "empty beach" --out otters',
            "snowpeople gather otters.zip s3://bucket/more-otters --out otters",
            "snowpeople gather holiday-pictures --label otter --out otters",
        ),
        formatter_class=terminal.Help,
    )
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="what to gather from")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where; what is there is kept")
    parser.add_argument(
        "--per-class",
        type=whole_number(1),
        metavar="N",
        help="pictures that are enough for a label (default: 100 for a search term, all there are elsewhere)",
    )
    parser.add_argument("--label", metavar="LABEL", help="the label of all that SOURCEs have")
    parser.add_argument(
        "--neither", nargs="+", default=[], metavar="SOURCE", help="sources of what is not wanted: the label neither"
    )
    parser.add_argument("--engine", default="ddgs", metavar="NAME", help="what searches (default: %(default)s)")
    parser.add_argument("--jobs", type=whole_number(1), default=16, metavar="N", help="downloads at once (default: 16)")
    parser.add_argument(
        "--timeout", type=whole_number(1), default=20, metavar="S", help="seconds a download (default: 20)"
    )
    parser.add_argument("--retry", action="store_true", help="also what failed for good, or was removed since")
    parser.add_argument("--allow-private", action="store_true", help="also addresses in private networks")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..gather import gather

    options = {name: value for name, value in vars(arguments).items() if name not in ("run", "json")}
    gathered = gather(**options, progress=terminal.bar, say=lambda line: print(shown(line), file=sys.stderr))
    if arguments.json:
        print(json.dumps(gathered.as_dict(), ensure_ascii=False))
    else:
        print("\n".join(map(shown, str(gathered).split("\n"))))
    return 130 if gathered.interrupted else 0 if gathered.complete else 1
