"""``snowpeople classify``: name what pictures show."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from .terminal import Help, examples, fail, reason, shown

if TYPE_CHECKING:
    from .terminal import Subparsers


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "classify",
        help="name what pictures show",
        description="Name what each picture shows, one line a picture: label, probability and file, a tab between.\n"
        "The exit status is 1 where a picture can't be read; the others are named.",
        epilog=examples(
            "snowpeople classify photo.jpg",
            "snowpeople classify holiday/*.jpg --export otters.pkl",
            "snowpeople classify photo.jpg --attention map.png",
            "snowpeople classify photo.jpg --export s3://bucket/exports/export.pkl --json | jq .label",
        ),
        formatter_class=Help,
    )
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="a picture file")
    parser.add_argument("--export", default="export.pkl", metavar="FILE", help="the classifier (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with every label's probability")
    parser.add_argument(
        "--attention",
        metavar="FILE",
        help="write the picture, only one, as a PNG under a map of where the classifier looked",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..attention import attention
    from ..classifier import Classifier
    from ..picture import PictureError

    if arguments.attention and len(arguments.pictures) > 1:
        fail("--attention makes a map of one picture: name only one")
        return 2
    classifier = Classifier.load(arguments.export)
    status = 0
    for path in arguments.pictures:
        try:
            prediction = classifier.classify(path)
            if arguments.attention:
                looked = attention(classifier, path)
                looked.over(classifier.read(path)).save(arguments.attention, "PNG")
                print(f"{shown(arguments.attention)}: {shown(looked.caption)}", file=sys.stderr)
        except PictureError as error:
            status = fail(f"{shown(path)}: {error}")
        except OSError as error:
            status = fail(reason(error, error.filename or path))
        else:
            if arguments.json:
                print(json.dumps({"picture": path, **asdict(prediction)}, ensure_ascii=False), flush=True)
            else:
                print(f"{prediction.label}\t{prediction.probability:.1%}\t{shown(path)}", flush=True)
    return status
