"""The ``snowpeople`` command. Each subcommand turns its arguments into one call and shows what comes back.

Exit status: 0 all well, 1 something failed (said on stderr), 2 wrong usage, 130 interrupted.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .archive import ExportError
from .badge import BadgeError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, those of the process by default; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # File names may hold what the terminal's encoding can't say.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone, as with `| head`. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("snowpeople"):
            raise
        return _fail(f"this command needs {error.name}, a package for training: pip install -r requirements.txt")
    except (ExportError, BadgeError) as error:
        return _fail(str(error))
    except ValueError as error:
        # DatasetError and the like, from modules that are imported only where a command needs them.
        if not type(error).__module__.startswith("snowpeople"):
            raise
        return _fail(str(error))
    except OSError as error:
        return _fail(_reason(error, error.filename or ""))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="snowpeople", description="Classify pictures, and make classifiers.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for register in COMMANDS:
        register(commands)
    return parser


def _add_classify(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "classify", help="name what pictures show", description="Name what each picture shows, one line a picture."
    )
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="a picture file")
    parser.add_argument("--export", default="export.pkl", metavar="FILE", help="the classifier (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with every label's probability")
    parser.set_defaults(run=_classify)


def _classify(arguments: argparse.Namespace) -> int:
    from .classifier import Classifier
    from .picture import PictureError

    classifier = Classifier.load(arguments.export)
    status = 0
    for path in arguments.pictures:
        try:
            prediction = classifier.classify(path)
        except PictureError as error:
            status = _fail(f"{_shown(path)}: {error}")
        except OSError as error:
            status = _fail(_reason(error, path))
        else:
            if arguments.json:
                print(json.dumps({"picture": path, **asdict(prediction)}, ensure_ascii=False), flush=True)
            else:
                print(f"{prediction.label}\t{prediction.probability:.1%}\t{_shown(path)}", flush=True)
    return status


def _add_convert(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "convert",
        help="make a fastai export readable without fastai",
        description="Give a plain fastai export what the dashboard and the other commands read. The file as it was is "
        "kept beside it, as NAME-DATE-TIME.pkl.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="an export made by fastai's Learner.export")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write this file instead, and leave the first alone")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="pictures like those it will see, to set its 8-bit ranges by"
    )
    parser.add_argument("--trust", action="store_true", help="FILE comes from someone you trust: opening it runs code")
    parser.set_defaults(run=_convert)


def _convert(arguments: argparse.Namespace) -> int:
    file = arguments.file
    if not arguments.trust:
        return _fail(
            "a fastai export is a pickle, and opening a pickle runs whatever code it holds. "
            f"If you trust where {_shown(file)} comes from, add --trust"
        )
    from .export import convert

    written = convert(file, arguments.out, pictures=arguments.pictures)
    print(f"wrote {_shown(written)} ({written.stat().st_size / 1e6:.1f} MB)")
    return 0


def _add_train(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "train",
        help="make a classifier of your own pictures",
        description="Train on FOLDER, which holds one folder of pictures for each label, and write an export. "
        "training.ipynb does the same step by step.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="one folder of pictures a label")
    parser.add_argument("--out", type=Path, default=Path("my-export.pkl"), metavar="FILE", help="default: %(default)s")
    parser.add_argument("--title", default="Which of these is it?", help="the dashboard's question")
    number = _whole_number
    parser.add_argument("--size", type=number(32), default=64, metavar="N", help="pixels (default: %(default)s)")
    parser.add_argument("--epochs", type=number(1), default=6, metavar="N", help="default: %(default)s")
    parser.add_argument("--seed", type=number(0), default=0, metavar="N", help="another gives another split")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="ResNet18 weights to start from (else ImageNet's)")
    parser.add_argument("--teacher", metavar="NAME", help="learn from FILE.onnx, timm:MODEL or torchvision:MODEL")
    parser.add_argument("--cutouts", type=Path, metavar="FOLDER", help="the same pictures cut out, with a teacher")
    parser.add_argument("--others", type=Path, nargs="+", default=[], metavar="FOLDER", help="unrelated pictures")
    parser.add_argument("--drawn", action="store_true", help="add drawn snow people, with a teacher")
    parser.add_argument("--views", type=number(64), default=20_000, metavar="N", help="how many views a teacher shows")
    parser.add_argument("--work", type=Path, default=Path("build/training"), metavar="FOLDER", help="kept between runs")
    parser.set_defaults(run=_train)


def _train(arguments: argparse.Namespace) -> int:
    from .train import Plan, train

    named = {name: value for name, value in vars(arguments).items() if name != "run"}
    saved = train(Plan(**named), say=lambda line: print(line, flush=True))
    print(f"wrote {_shown(saved.path)} ({saved.size / 1e6:.1f} MB)")
    if saved.before:
        print(f"the export that was there is now {_shown(saved.before)}")
    return 0


def _add_draw(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "draw", help="draw a data set of snow people", description="Draw snow people: FOLDER/LABEL/0001.png and so on."
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where; a picture that is there is kept")
    number = _whole_number
    parser.add_argument("--per-label", type=number(1), default=120, metavar="N", help="pictures (default: %(default)s)")
    parser.add_argument("--size", type=number(16), default=160, metavar="N", help="pixels (default: %(default)s)")
    parser.add_argument("--seed", type=number(0), default=0, metavar="N", help="another gives others (default: 0)")
    parser.set_defaults(run=_draw)


def _draw(arguments: argparse.Namespace) -> int:
    from .drawing import LABELS, write_dataset

    # In steps, for the progress: each call keeps what the one before has drawn.
    total = arguments.per_label
    for per_label in (*range(10, total, 10), total):
        write_dataset(arguments.folder, per_label, arguments.seed, arguments.size)
        _progress(f"{per_label * len(LABELS)} of {total * len(LABELS)} pictures", last=per_label == total)
    print(f"{arguments.folder}: {total} pictures of each of {', '.join(LABELS)}")
    return 0


def _add_card(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "card", help="show how a classifier was trained and measured", description="Show the card of an export."
    )
    parser.add_argument("file", nargs="?", default="export.pkl", metavar="FILE", help="default: %(default)s")
    parser.set_defaults(run=_card)


def _card(arguments: argparse.Namespace) -> int:
    from . import archive

    print("\n".join(_lines(archive.read(arguments.file)[1])))
    return 0


def _add_badge(commands: "Subparsers") -> None:
    parser = commands.add_parser(
        "badge",
        help="point the README's Binder badge at this repository",
        description="Write the Binder badge of the README anew, for the repository that the git remote 'origin' names.",
    )
    parser.add_argument("--readme", type=Path, default=Path("README.md"), metavar="FILE", help="default: %(default)s")
    parser.set_defaults(run=_badge)


def _badge(arguments: argparse.Namespace) -> int:
    from . import badge

    repository = badge.repository(badge.remote_of(arguments.readme.parent))
    changed = badge.rewrite(arguments.readme, repository)
    print(f"{arguments.readme}: the badge {'now opens' if changed else 'opened already'} {repository}")
    return 0


# What a subcommand needs is one function here: it adds its parser and sets `run`, from parsed arguments to exit status.
COMMANDS: tuple[Callable[["Subparsers"], None], ...] = (
    _add_classify,
    _add_train,
    _add_convert,
    _add_draw,
    _add_card,
    _add_badge,
)


def _fail(message: str) -> int:
    print(f"snowpeople: {message}", file=sys.stderr)
    return 1


def _reason(error: OSError, path: object) -> str:
    return f"{_shown(path)}: {error.strerror or error}"


def _shown(path: object) -> str:
    """A file name on one line of a terminal, whatever characters it holds."""
    return "".join(character if character.isprintable() else "�" for character in str(path))


def _progress(text: str, last: bool) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}", end="\n" if last else "", file=sys.stderr, flush=True)


def _whole_number(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{least} is the least")
        return value

    number.__name__ = "whole number"  # argparse says "invalid whole number value"
    return number


def _lines(value: Any, depth: int = 0) -> list[str]:
    """A card as indented lines, in its own order."""
    indent = "  " * depth
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines += [f"{indent}{key}:", *_lines(item, depth + 1)]
        elif isinstance(item, list) and any(isinstance(each, str) and " " in each for each in item):
            lines += [f"{indent}{key}:", *(f"{indent}  - {each}" for each in item)]
        else:
            lines.append(f"{indent}{key}: {', '.join(map(str, item)) if isinstance(item, list) else item}")
    return lines
