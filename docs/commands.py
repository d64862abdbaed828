"""Writes docs/commands.md from the parsers of the command: ``python -m docs.commands``.

Rendered from what the parsers hold, not from their help texts, whose layout differs between versions of Python.
"""

import argparse
from pathlib import Path

from snowpeople import cli

PAGE = Path(__file__).with_name("commands.md")
START = """\
# Commands

Written by `python -m docs.commands` from the commands themselves; edit those, not this. In a terminal,
`snowpeople COMMAND --help` says the same.

Exit status: 0 all well, 1 something failed or was found (a command that means something special by it says so),
2 wrong usage, 130 interrupted, 141 the reader of a pipe has gone. With `--json`, what a program reads is on stdout
and all words are on stderr.
"""


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command by its name, in the order of their work."""
    parser = cli._parser()
    (choices,) = (action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(choices)


def examples(parser: argparse.ArgumentParser) -> list[str]:
    """The command lines at the end of a parser's help."""
    return [line.strip() for line in (parser.epilog or "").splitlines()[1:]]


def render() -> str:
    """The whole page."""
    found = parsers()
    contents = [f"- [{name}](#{name}): {_first(parser)}" for name, parser in found.items()]
    return "\n".join([START, *contents, *(_section(name, parser) for name, parser in found.items())])


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    usage = " ".join(["snowpeople", name, *(_usage(action) for action in actions if not action.option_strings)])
    if any(action.option_strings for action in actions):
        usage += " [OPTION ...]"
    lines = ["", f"## {name}", "", (parser.description or "").replace("<", "\\<"), ""]
    lines += ["```sh", *examples(parser), "```", "", f"`{usage}`", "", "| | |", "|---|---|"]
    lines += [f"| {_name(action)} | {_help(action)} |" for action in actions]
    return "\n".join(lines) + "\n"


def _first(parser: argparse.ArgumentParser) -> str:
    """The first sentence of a description."""
    return " ".join((parser.description or "").split()).partition(". ")[0].rstrip(".")


def _usage(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None:
        value = ",".join(map(str, action.choices))
    several = {"+": f"{value} [{value} ...]", "*": f"[{value} ...]", "?": f"[{value}]"}
    return several.get(str(action.nargs), value)


def _name(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else _usage(action)
    return f"`{' '.join(filter(None, [', '.join(action.option_strings), value]))}`" + (
        " (needed)" if action.required and action.option_strings else ""
    )


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % {**vars(action), "prog": "snowpeople"}
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
