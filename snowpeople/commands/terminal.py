"""What every command says and asks in the same way."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def fail(message: str) -> int:
    """Say on stderr what went wrong; return the exit status for it."""
    print(f"snowpeople: {message}", file=sys.stderr)
    return 1


def reason(error: OSError, path: object) -> str:
    """What a file system says of a path, on one line."""
    return f"{shown(path)}: {error.strerror or error}"


def shown(path: object) -> str:
    """A file name on one line of a terminal, whatever characters it holds."""
    return "".join(character if character.isprintable() else "�" for character in str(path))


def progress(text: str, last: bool) -> None:
    """Show how far a command is, where somebody looks: one line, written over."""
    if sys.stderr.isatty():
        print(f"\r{text}", end="\n" if last else "", file=sys.stderr, flush=True)


def whole_number(least: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number, at least `least`."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{least} is the least")
        return value

    number.__name__ = "whole number"  # argparse says "invalid whole number value"
    return number
