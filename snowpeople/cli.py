"""The ``snowpeople`` command. Each subcommand turns its arguments into one call and shows what comes back.

Exit status: 0 all well, 1 something failed (said on stderr), 2 wrong usage, 130 interrupted, 141 the reader of a pipe
has gone.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from . import interrupts
from .archive import ExportError
from .badge import BadgeError
from .commands import badge, batch, card, classify, compare, draw, gather, report, serve, shrink, site, train, verify
from .commands.terminal import fail, reason

# In the order of their work. Each module has `register`, which adds its parser, and `run`, from parsed arguments to
# the exit status; what is heavy is imported there.
COMMANDS = (gather, verify, train, compare, report, shrink, classify, serve, site, batch, draw, card, badge)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, those of the process by default; return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        # File names may hold what the terminal's encoding can't say.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parsed = _parser().parse_args(arguments)
    try:
        with interrupts.heard():
            status: int = parsed.run(parsed)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return interrupts.STATUS
    except BrokenPipeError:
        # The reader has gone, as with `| head`. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # as shells have it of a program that SIGPIPE ends
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("snowpeople"):
            raise
        return fail(f"this command needs {error.name}, a package for training: pip install -r requirements.txt")
    except (ExportError, BadgeError) as error:
        return fail(str(error))
    except ValueError as error:
        # DatasetError and the like, from modules that are imported only where a command needs them.
        if not type(error).__module__.startswith("snowpeople"):
            raise
        return fail(str(error))
    except OSError as error:
        return fail(reason(error, error.filename) if error.filename else error.strerror or str(error))


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # only here, for it reads files

        print(f"snowpeople {version('snowpeople')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="snowpeople", description="Classify pictures, and make classifiers.")
    # Suppressed: what is parsed goes on to the commands, of which it is no option.
    words = "show which version this is, and exit"
    parser.add_argument("--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help=words)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(commands)
    return parser
