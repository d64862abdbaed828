"""``snowpeople batch``: name what very many pictures show, in Parquet files."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from .terminal import Help, examples, fail, missing, shown, whole_number

if TYPE_CHECKING:
    from ..batch import Tally
    from .terminal import Subparsers

SHOWN_EVERY = 0.5  # seconds, on a terminal
SAID_EVERY = 60.0  # in a log


def register(commands: "Subparsers") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "batch",
        help="name what very many pictures show, in Parquet files",
        description="Name what each picture in a folder or a bucket shows, in Parquet files: see docs/batch.md.\n"
        "It can be stopped or killed at any time: the same command goes on from there, and does no picture twice.\n"
        "Exit status 1: some pictures have an error for a label; 3: it had to stop, and says why.",
        epilog=examples(
            "snowpeople batch photos results",
            "snowpeople batch s3://bucket/photos s3://bucket/results --export s3://bucket/export.pkl",
            "snowpeople batch s3://bucket/photos s3://bucket/results --ray auto",
            "snowpeople batch photos results --retry-errors",
        ),
        formatter_class=Help,
    )
    parser.add_argument("source", metavar="SRC", help="a folder or an address (s3://, gs://); all below it is taken")
    parser.add_argument("dest", metavar="DEST", help="likewise, for the results; what is there is kept")
    parser.add_argument("--export", default="export.pkl", metavar="FILE", help="the classifier (default: %(default)s)")
    parser.add_argument(
        "--workers", type=whole_number(1), metavar="N", help="processes (default: one a core; on Ray, one a CPU)"
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="work on a Ray cluster: auto, HOST:PORT, ray://HOST:PORT; local starts one"
    )
    parser.add_argument("--all", action="store_true", help="every file, not only those that are named like pictures")
    parser.add_argument("--retry-errors", action="store_true", help="also pictures that an earlier run could not read")
    parser.add_argument(
        "--mix", action="store_true", help="go on where DEST holds results of another export or another SRC"
    )
    parser.add_argument(
        "--part-size",
        type=whole_number(1),
        default=1024,
        metavar="N",
        help="pictures a file; of each file at work, a kill costs at most so many (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do it; return the exit status."""
    from ..batch import BatchError, batch

    show = _Progress()
    # What hosts send before they kill: it ends as with Ctrl-C.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        tally = batch(
            arguments.source,
            arguments.dest,
            arguments.export,
            workers=arguments.workers,
            part_size=arguments.part_size,
            every_file=arguments.all,
            retry_errors=arguments.retry_errors,
            mix=arguments.mix,
            ray=arguments.ray,
            tell=show.say,
            show=show,
            bar=show.bar,
        )
    except BatchError as error:
        show.clear()
        fail(str(error))
        return 3
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "snowpeople":
            raise
        extra = "ray" if package == "ray" else "batch,cloud"
        return fail(missing(package, extra))
    finally:
        signal.signal(signal.SIGTERM, before)
    show.clear()
    print(shown(tally))
    if tally.interrupted:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0 if tally.complete else 1


class _Progress:
    """A line that is written over, on a terminal; else a line a minute."""

    def __init__(self) -> None:
        self._seen = sys.stderr.isatty()
        self._last = time.monotonic()

    def __call__(self, tally: "Tally") -> None:
        self._show(tally.line)

    def bar(self, files: Sequence[str]) -> Iterator[str]:
        """Files, while they are read."""
        for number, name in enumerate(files):
            self._show(partial(_looking, number, len(files)))
            yield name

    def say(self, line: str) -> None:
        """A line of its own."""
        self.clear()
        print(shown(line), file=sys.stderr, flush=True)

    def clear(self) -> None:
        """An empty line for others."""
        if self._seen:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _show(self, line: Callable[[], str]) -> None:
        now = time.monotonic()
        if now - self._last < (SHOWN_EVERY if self._seen else SAID_EVERY):
            return
        self._last = now
        self.clear()
        print(line(), end="" if self._seen else "\n", file=sys.stderr, flush=True)


def _looking(number: int, total: int) -> str:
    return f"Looking at what is done: {number:,} of {total:,} parts"
