"""``snowpeople badge``: the README's Binder badge."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Help, examples

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "badge",
        help="point the README's Binder badge at this repository",
        description="Write the Binder badge of the README anew, for the repository that the git remote\n"
        "'origin' names.",
        epilog=examples("snowpeople badge", "snowpeople badge --readme docs/README.md"),
        formatter_class=Help,
    )
    parser.add_argument("--readme", type=Path, default=Path("README.md"), metavar="FILE", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from .. import badge

    repository = badge.repository(badge.remote_of(arguments.readme.parent))
    changed = badge.rewrite(arguments.readme, repository)
    print(f"{arguments.readme}: the badge {'now opens' if changed else 'opened already'} {repository}")
    return 0
