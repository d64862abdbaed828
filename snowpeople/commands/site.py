"""``snowpeople site``: a dashboard for any static host."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Help, examples, shown

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "site",
        help="write a dashboard for any static host, with no server behind it",
        description="Write a folder for any static host. The page in it is the dashboard, and the visitor's\n"
        "own browser runs the classifier: no picture is sent anywhere.",
        epilog=examples(
            "snowpeople site public", "snowpeople site public --export otters.pkl --examples otters/examples"
        ),
        formatter_class=Help,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder: a new one, or a site to bring up to date")
    parser.add_argument("--export", default="export.pkl", metavar="FILE", help="default: %(default)s")
    parser.add_argument(
        "--examples", default="examples", metavar="DIR", help="pictures to click (default: %(default)s)"
    )
    parser.add_argument("--title", metavar="TEXT", help="the page's question, in place of the export's own")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from .. import site

    written = site.write(arguments.out, arguments.export, arguments.examples, arguments.title)
    out = shown(arguments.out)
    print(f"{out}: {len(written.sizes)} files, {written.bytes / 1e6:.1f} MB to fetch, once")
    print(f"To try it:     python -m http.server 8080 -d {out}    and open http://localhost:8080")
    print("To publish it: copy the folder to any static host, such as GitHub Pages or Netlify")
    return 0
