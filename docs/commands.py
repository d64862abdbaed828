"""Writes docs/commands.md from the commands' own help: `python docs/commands.py`."""

import argparse
import sys
from pathlib import Path

from snowpeople.cli import _parser

PAGE = Path(__file__).with_name("commands.md")


def page() -> str:
    """The page: a section a command, the same whatever the terminal and the Python."""
    subparsers = next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    lines = [
        "# The `snowpeople` command",
        "",
        "Written by `python docs/commands.py`; edit the commands' own help, not this.",
    ]
    for name, parser in subparsers.choices.items():
        description = " ".join((parser.description or "").split())
        lines += ["", f"## snowpeople {name}", "", description, "", "| argument | what it is |", "|---|---|"]
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                lines.append(f"| `{_shape(action)}` | {_escaped(_help(action))} |")
        lines += ["", *("    " + line.strip() for line in (parser.epilog or "").splitlines()[1:])]
    return "\n".join(lines) + "\n"


def _shape(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    value = value if isinstance(value, str) else " ".join(value)
    many = " ..." if action.nargs in ("+", "*") else ""
    if not action.option_strings:
        return f"{value}{many}"
    return action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}{many}")


def _help(action: argparse.Action) -> str:
    return (action.help or "") % {**vars(action), "prog": "snowpeople"}


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
