"""``snowpeople shrink``: any fastai vision export, small and readable without fastai."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..archive import too_large
from .terminal import Help, bar, examples, fail, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "shrink",
        help="make a fastai export small, and readable without fastai",
        description="Give a fastai export what the dashboard and the other commands read, make it small, and show\n"
        "what that costs. The file as it was is kept beside it, as NAME-DATE-TIME.pkl.",
        epilog=examples(
            "snowpeople shrink their-export.pkl --trust --pictures otters",
            "snowpeople shrink s3://bucket/their-export.pkl --trust --out export.pkl",
            "snowpeople shrink their-export.pkl --trust --json | jq .lost_points",
        ),
        formatter_class=Help,
    )
    parser.add_argument(
        "file", metavar="PLACE", help="an export made by fastai's Learner.export: a file, or an address (s3://...)"
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="write this file instead, and leave the first alone; needed for an address",
    )
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="pictures like those it will see, to set its 8-bit ranges by; one folder a label, and what shrinking "
        "costs is measured on them: best those that it did not learn from",
    )
    parser.add_argument("--title", help="the dashboard's question (else what the export's card has)")
    parser.add_argument("--trust", action="store_true", help="PLACE is of someone you trust: opening it runs code")
    parser.add_argument("--json", action="store_true", help="print what was written and measured as one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from .. import store

    file, out = arguments.file, arguments.out
    if out is not None and store.is_address(out):
        return fail(f"{shown(out)} can't be written from here; name a file on this disk with --out")
    if not arguments.trust:
        return fail(
            "a fastai export is a pickle, and opening a pickle runs whatever code it holds. "
            f"If you trust where {shown(file)} comes from, add --trust"
        )
    if out is None and store.is_address(file):
        return fail(f"an export at an address is not changed there; add --out FILE, for what becomes of {shown(file)}")
    from ..export import convert

    local = store.local_file(file, bar)
    saved = convert(local, Path(out) if out else None, pictures=arguments.pictures, title=arguments.title)
    stream = sys.stderr if arguments.json else sys.stdout
    for line in (*_table(saved.shrunk["rows"]), *_notes(saved.shrunk["lost_points"])):
        print(line, file=stream)
    print(f"wrote {shown(saved.path)} ({saved.size / 1e6:.1f} MB)", file=stream)
    if note := too_large(saved.size):
        print(note, file=stream)
    if saved.before:
        print(f"the export that was there is now {shown(saved.before)}", file=stream)
    if arguments.json:
        before = str(saved.before) if saved.before else None
        written = {"export": str(saved.path), "bytes": saved.size, "before": before}
        print(json.dumps({**written, **saved.shrunk}, ensure_ascii=False))
    return 0


def _table(rows: "Sequence[Mapping[str, Any]]") -> list[str]:
    """What each half weighs, names right and takes; a blank where that was not measured."""
    if not rows:
        return []
    width = max(len(row["name"]) for row in rows)
    lines = [f"{'':{width}}  {'MB':>7}  {'right':>7}  {'95 % interval':>16}  {'ms a picture':>12}"]
    for row in rows:
        right = f"{row['accuracy']:.1%}" if "accuracy" in row else ""
        interval = f"{row['low']:.1%} to {row['high']:.1%}" if "low" in row else ""
        speed = f"{row['milliseconds']:.2f}" if "milliseconds" in row else ""
        lines.append(f"{row['name']:{width}}  {row['megabytes']:7.2f}  {right:>7}  {interval:>16}  {speed:>12}")
    return [line.rstrip() for line in lines]


def _notes(lost: float | None) -> list[str]:
    if lost is not None:
        return [f"points of accuracy lost: {lost:g}"]
    return [
        "what it costs in accuracy is not known: name pictures with --pictures, one folder a label. "
        "Answers that change were counted instead"
    ]
