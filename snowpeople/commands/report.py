"""``snowpeople report``: how good a classifier is, on pictures that it did not learn from."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from .terminal import Help, bar, examples, shown

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "report",
        help="measure a classifier, and write a page about it",
        description="Measure an export on PLACE, which holds one folder of pictures for each label, and write a\n"
        "page that opens anywhere. Pictures that it learnt from are left out, where the export says which those\n"
        "are. A page that is there already is kept: the new one gets a number.",
        epilog=examples(
            "snowpeople report otters-kept-apart --export otters.pkl",
            "snowpeople report otters-kept-apart --export otters.pkl --strangers cats lorries",
            "snowpeople report otters-kept-apart --json | jq .accuracy",
        ),
        formatter_class=Help,
    )
    parser.add_argument(
        "pictures", metavar="PLACE", help="one folder of pictures a label, or an address of such a folder"
    )
    parser.add_argument("--export", default="export.pkl", metavar="FILE", help="the classifier (default: %(default)s)")
    parser.add_argument("--out", default="report.html", metavar="FILE", help="default: %(default)s")
    parser.add_argument(
        "--strangers", nargs="+", default=[], metavar="FOLDER", help="pictures of none of the labels, a kind a folder"
    )
    parser.add_argument("--all", action="store_true", help="count pictures that it learnt from as well")
    parser.add_argument("--json", action="store_true", help="print the numbers as one JSON document, too")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..report import page as report_page
    from ..report.measurement import measure

    found = measure(arguments.export, arguments.pictures, arguments.strangers, arguments.all, bar)
    page = report_page.write(
        arguments.out,
        found.report,
        found.card,
        found.pictures,
        strangers=found.strangers,
        speed=found.speed,
        notes=found.notes(),
    )
    if arguments.json:
        print(json.dumps(found.measured(), ensure_ascii=False, indent=1))
    for line in (*found.lines(), f"wrote {shown(page)}"):
        print(shown(line), file=sys.stderr if arguments.json else sys.stdout)
    return 0
