"""``snowpeople classify``: name what pictures show."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Help, Meter, examples, fail, metered, reason, seconds, shown

if TYPE_CHECKING:
    from ..classifier import Classifier
    from ..classify.lines import Kind, Lines
    from ..classify.outcomes import Outcome
    from ..classify.sorting import Sorter
    from ..classify.sources import Item
    from .terminal import Subparsers

EVERY = 10.0  # seconds


def register(commands: Subparsers) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "classify",
        help="name what pictures show",
        description="Name what each picture shows, one line a picture: label, probability and file, a tab between.\n"
        "A PICTURE is a file, a folder (looked through to the bottom, but for what is hidden), a pattern such as\n"
        "'*.heic', an address (https://, s3://), or - for one that comes in on stdin. What can't be classified is\n"
        "named on stderr, and the others go on.\n"
        "Exit status: 0 all are classified, 1 some are not, 2 wrong usage, 130 Ctrl-C, 141 the reader of a pipe\n"
        "has gone.",
        epilog=examples(
            "snowpeople classify photo.jpg",
            "snowpeople classify holiday '*.heic' https://example.com/otter.jpg --export otters.pkl",
            "snowpeople classify holiday --sort-into sorted",
            "snowpeople classify holiday --csv",
            "snowpeople classify --watch incoming --sort-into sorted --json | jq .copy",
            "snowpeople classify --camera 0 --every 60",
            "snowpeople classify photo.jpg --attention map.png",
            "snowpeople classify photo.jpg --export s3://bucket/exports/export.pkl --json | jq .label",
        ),
        formatter_class=Help,
    )
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help="what to classify")
    parser.add_argument("--export", default="export.pkl", metavar="FILE", help="the classifier (default: %(default)s)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line, with every label's probability, or with error and code",
    )
    form.add_argument(
        "--csv",
        action="store_true",
        help="a table with a column for each label; a name that a spreadsheet would take for a formula begins with ./",
    )
    parser.add_argument(
        "--sort-into",
        type=Path,
        metavar="DIR",
        help="copy each picture to DIR/LABEL/; nothing is moved or overwritten, a name that is taken gets a number",
    )
    parser.add_argument(
        "--watch",
        type=Path,
        metavar="DIR",
        help="classify pictures that come into DIR from now on, each when it has not changed for 2 s, until Ctrl-C",
    )
    parser.add_argument(
        "--camera",
        type=_camera,
        metavar="N",
        help="classify what a camera sees, until Ctrl-C: its number, from 0, or an address (rtsp://, http://)",
    )
    parser.add_argument("--every", type=seconds, metavar="S", help=f"seconds between its pictures (default: {EVERY:g})")
    parser.add_argument(
        "--attention",
        metavar="FILE",
        help="write the picture, only one, as a PNG under a map of where the classifier looked",
    )
    # What names the fault and exits with 2.
    parser.set_defaults(run=run, misused=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    if fault := _misuse(arguments):
        arguments.misused(fault)
    from ..classifier import Classifier
    from ..classify.lines import Lines

    classifier = Classifier.load(arguments.export)
    sorter = None
    if arguments.sort_into:
        from ..classify.sorting import Sorter

        sorter = Sorter(arguments.sort_into, classifier.labels)
    kind: Kind = "json" if arguments.json else "csv" if arguments.csv else "text"
    if kind != "text" and hasattr(sys.stdout, "reconfigure"):
        # Programs read it: the same on every system.
        sys.stdout.reconfigure(encoding="utf-8", errors=sys.stdout.errors, newline="")
    lines = Lines(kind, classifier.labels, copies=sorter is not None, times=arguments.camera is not None)
    printer = _Printer(classifier, lines, sorter, Path(arguments.attention) if arguments.attention else None)
    print(lines.header(), end="", flush=True)
    try:
        for items in _rounds(arguments):
            if arguments.attention and len(items) > 1:
                arguments.misused("--attention makes a map of one picture: name only one")
            printer.print(items)
    finally:
        if sorter and (sorter.copied or sorter.there or printer.left_out):
            _say(f"{sorter}; {printer.left_out:,} left out" if printer.left_out else str(sorter))
    return printer.status


class _Printer:
    """Classifies pictures and prints what comes out."""

    def __init__(self, classifier: Classifier, lines: Lines, sorter: Sorter | None, attention: Path | None) -> None:
        self.status = 0
        self.left_out = 0  # that were not copied
        self._classifier = classifier
        self._lines = lines
        self._sorter = sorter
        self._attention = attention

    def print(self, items: list[Item]) -> None:
        from ..classify.outcomes import outcomes

        meter = Meter(len(items), "pictures")
        keep = self._sorter is not None or self._attention is not None
        try:
            for outcome in outcomes(self._classifier, items, keep=keep):
                # All may go to the same terminal.
                if outcome.fault or sys.stdout.isatty():
                    meter.hide()
                self._print(outcome)
                meter.step()
        finally:
            meter.hide()

    def _print(self, outcome: Outcome) -> None:
        if outcome.fault:
            name, message = _named(outcome.item.name), outcome.fault.message
            self.status = fail(message if message.startswith(name) else f"{name}: {message}")
        copy = self._copy(outcome) if self._sorter and outcome.prediction else None
        self.left_out += copy is None
        print(self._lines.line(outcome, copy), end="", flush=True)
        if self._attention and outcome.prediction:
            self._map(outcome, self._attention)

    def _copy(self, outcome: Outcome) -> Path | None:
        from ..classify.sorting import LeftOutError

        assert self._sorter is not None
        name = _named(outcome.item.name)
        try:
            return self._sorter.copy(outcome)
        except LeftOutError as error:
            self.status = fail(f"{name} was not copied: {error}")
        except OSError as error:
            self.status = fail(f"{name} was not copied: {error.strerror or error}")
        return None

    def _map(self, outcome: Outcome, file: Path) -> None:
        from ..attention import attention

        looked = attention(self._classifier, outcome.source)
        try:
            looked.over(self._classifier.read(outcome.source)).save(file, "PNG")
        except OSError as error:
            self.status = fail(reason(error, error.filename or file))
        else:
            print(f"{shown(file)}: {shown(looked.caption)}", file=sys.stderr)


def _rounds(arguments: argparse.Namespace) -> Iterable[list[Item]]:
    """The pictures: all at once, or as they come."""
    if arguments.camera is not None:
        from ..classify.camera import Camera

        camera = Camera(arguments.camera, arguments.every or EVERY)
        return ([item] for item in camera.pictures(_say))
    if arguments.watch:
        from ..classify.watching import Watch

        watch = Watch(arguments.watch, arguments.sort_into)
        _say(f"Watching {arguments.watch} for pictures that come from now on. Ctrl-C ends it.")
        return watch.rounds(_say)
    from ..classify.sources import expand

    return [expand(arguments.pictures, arguments.sort_into, metered)]


def _misuse(arguments: argparse.Namespace) -> str:
    """What is wrong with arguments that are each right, if anything is."""
    asked = [bool(arguments.pictures), arguments.watch is not None, arguments.camera is not None]
    if sum(asked) != 1:
        return "name pictures, or --watch DIR, or --camera N" + (": only one of these" if any(asked) else "")
    if arguments.pictures.count("-") > 1:
        return "- is one picture, which can be read only once"
    if arguments.every and arguments.camera is None:
        return "--every belongs to --camera"
    if arguments.attention and not arguments.pictures:
        return "--attention makes a map of one picture: name it"
    if arguments.sort_into:
        # With other names beside it, it has come with `photos/*`, and is left out.
        sources = {os.path.realpath(name) for name in arguments.pictures or filter(None, [arguments.watch])}
        if sources == {os.path.realpath(arguments.sort_into)}:
            return "--sort-into needs another folder than the one that is classified, such as one in it"
    return ""


def _camera(text: str) -> int | str:
    if text.isascii() and text.isdigit() and len(text) < 5:
        return int(text)
    if "://" in text:
        return text
    raise argparse.ArgumentTypeError("give the number of a camera, from 0, or an address (rtsp://, http://)")


def _named(name: str) -> str:
    """What a message calls a picture: an address without what is secret in it."""
    from ..store import shown

    return shown(name)


def _say(text: str) -> None:
    print("snowpeople:", shown(text), file=sys.stderr, flush=True)
