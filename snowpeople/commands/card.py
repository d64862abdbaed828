"""``snowpeople card``: how a classifier was trained and measured."""

import argparse
from typing import TYPE_CHECKING, Any

from .terminal import Help, examples

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "card",
        help="show how a classifier was trained and measured",
        description="Show the card of an export: what it was trained on, how good it is, and what it can't do.",
        epilog=examples("snowpeople card", "snowpeople card otters.pkl"),
        formatter_class=Help,
    )
    parser.add_argument("file", nargs="?", default="export.pkl", metavar="FILE", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from .. import archive

    print("\n".join(_lines(archive.read(arguments.file)[1])))
    return 0


def _lines(value: Any, depth: int = 0) -> list[str]:
    """A card as indented lines, in its own order."""
    indent = "  " * depth
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines += [f"{indent}{key}:", *_lines(item, depth + 1)]
        elif isinstance(item, list) and any(isinstance(each, dict) for each in item):
            rows = [", ".join(f"{name} {part}" for name, part in each.items()) for each in item]
            lines += [f"{indent}{key}:", *(f"{indent}  - {row}" for row in rows)]
        elif isinstance(item, list) and any(isinstance(each, str) and " " in each for each in item):
            lines += [f"{indent}{key}:", *(f"{indent}  - {each}" for each in item)]
        elif key == "learnt_from":
            lines.append(f"{indent}{key}: {len(item)} pictures, by their digests")
        else:
            lines.append(f"{indent}{key}: {', '.join(map(str, item)) if isinstance(item, list) else item}")
    return lines
