"""``snowpeople verify``: throw out what spoils training, so that it can be taken back."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from .terminal import Help, bar, examples, fail, shown, whole_number

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "verify",
        help="set aside pictures that spoil training",
        description="Look at each picture of PLACE, which holds one folder of pictures for each label, and set aside\n"
        "what is unreadable, too small, blank, or a copy: PLACE/_quarantine, with the reason in journal.tsv.\n"
        "Nothing is deleted, and --undo puts it back. The same file under two labels is set aside under both, for\n"
        "nothing says which is right. Near copies are named only, unless --near is given.\n"
        "The exit status is 1 where what is left can't be trained on, and with --dry-run if anything was found.",
        epilog=examples(
            "snowpeople verify otters",
            "snowpeople verify otters --dry-run --json | jq '.suspects[] | .picture'",
            "snowpeople verify otters --undo",
            "snowpeople verify s3://bucket/otters --dry-run",
        ),
        formatter_class=Help,
    )
    parser.add_argument("place", metavar="PLACE", help="one folder of pictures a label, or train and valid with such")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="only say what is wrong")
    what.add_argument(
        "--undo", nargs="?", const="", metavar="BATCH", help="put the last moves back, or a batch of them, or all"
    )
    parser.add_argument("--near", action="store_true", help="set near copies aside, too")
    parser.add_argument(
        "--fix", action="store_true", help="give files that are named for another kind their right name"
    )
    number = whole_number
    parser.add_argument("--smallest", type=number(1), default=32, metavar="N", help="pixels a side (default: 32)")
    parser.add_argument("--jobs", type=number(1), metavar="N", help="threads (default: one a core, at most 8)")
    parser.add_argument("--json", action="store_true", help="print all findings as one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from .. import store
    from ..verify import clean, verify

    if store.is_address(arguments.place) and not arguments.dry_run:
        return fail("pictures at an address are not moved from here: add --dry-run to see what is wrong with them")
    if arguments.undo is not None:
        return _undo(Path(arguments.place), arguments.undo or None, arguments.json)
    folder = store.local_folder(arguments.place, bar)
    findings = verify(folder, smallest=arguments.smallest, progress=bar, jobs=arguments.jobs)
    _say(findings.table(), arguments.json)
    moves = [] if arguments.dry_run else clean(findings, near=arguments.near, fix=arguments.fix)
    aside = len(findings.aside(arguments.near))
    if moves:
        _say([f"moved {len(moves)}; to put them back: snowpeople verify {quote(str(folder))} --undo"], arguments.json)
    elif aside:
        _say([f"{aside} would be set aside"], arguments.json)
    _say([f"warning: {warning}" for warning in findings.warnings()], arguments.json)
    if arguments.json:
        print(json.dumps({**findings.document(), "moves": [asdict(move) for move in moves]}, ensure_ascii=False))
    for problem in findings.problems():
        fail(shown(problem))
    return int(bool(findings.problems()) or (arguments.dry_run and bool(findings.suspects)))


def _undo(folder: Path, batch: str | None, as_json: bool) -> int:
    from ..verify import quarantine

    back = quarantine.undo(folder, batch)
    gone = [move for move in back if not move.now]
    lines = [f"{move.now}: back from {move.picture}" for move in back if move.now]
    _say(lines or [f"nothing to put back in {folder}"], as_json)
    if as_json:
        print(json.dumps({"folder": str(folder), "back": [asdict(move) for move in back]}, ensure_ascii=False))
    for move in gone:
        fail(f"{shown(folder / move.picture)} is gone, so it can't be put back")
    return int(bool(gone))


def _say(lines: list[str], as_json: bool) -> None:
    for line in lines:
        print(shown(line), file=sys.stderr if as_json else sys.stdout)
