"""What every command says and asks in the same way."""

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

T = TypeVar("T")


class Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide everywhere, so that the docs can hold it, with examples kept as they are written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=110)


def examples(*lines: str) -> str:
    """The end of a help text: lines to copy."""
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])


def fail(message: str) -> int:
    """Say on stderr what went wrong, whatever names it quotes; return the exit status for it."""
    print("snowpeople:", "\n".join(map(shown, message.splitlines())), file=sys.stderr)
    return 1


def missing(package: str, extra: str) -> str:
    """What to say where a package is not installed: how to get it, in a checkout."""
    return f"this command needs {package}: pip install -c constraints.txt -e '.[{extra}]'"


def reason(error: OSError, path: object) -> str:
    """What a file system says of a path, on one line."""
    return f"{shown(path)}: {error.strerror or error}"


def shown(path: object) -> str:
    """A file name on one line of a terminal, whatever characters it holds."""
    return "".join(character if character.isprintable() else "�" for character in str(path))


def bar(items: Sequence[T]) -> Iterable[T]:
    """Iterate with a progress bar on stderr, where somebody looks."""
    if not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    bar: Iterable[T] = tqdm(items, leave=False)
    return bar


def progress(text: str, last: bool) -> None:
    """Show how far a command is, where somebody looks: one line, written over."""
    if sys.stderr.isatty():
        print(f"\r{text}", end="\n" if last else "", file=sys.stderr, flush=True)


class Meter:
    """How far a command is, on stderr, where somebody looks and once it has taken two seconds: one line, written over.

    Call `hide` before anything else is printed.
    """

    AFTER = 2.0  # seconds
    EACH = 0.1  # seconds between two changes

    def __init__(self, total: int, what: str) -> None:
        self._total = total
        self._what = what
        self._done = 0
        self._shown = 0  # characters
        self._begun = time.monotonic()
        self._due = self._begun + self.AFTER if sys.stderr.isatty() else math.inf

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if now < self._due:
            return
        left = (self._total - self._done) * (now - self._begun) / self._done
        text = f"{self._done:,} of {self._total:,} {self._what}, {left:,.0f} s left"
        print("\r" + text.ljust(self._shown), end="", file=sys.stderr, flush=True)
        self._shown, self._due = max(self._shown, len(text)), now + self.EACH

    def hide(self) -> None:
        """Clear the line. The next step shows it again."""
        if self._shown:
            print("\r" + " " * self._shown + "\r", end="", file=sys.stderr, flush=True)
            self._shown, self._due = 0, time.monotonic()


def metered(items: Sequence[T]) -> Iterator[T]:
    """Iterate over what is copied, with a Meter."""
    meter = Meter(len(items), "files")
    try:
        for item in items:
            yield item
            meter.step()
    finally:
        meter.hide()


def seconds(text: str) -> float:
    """The type of an argument that is a time, longer than none."""
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("more than 0 seconds are needed, and a million is too many")
    return value


def whole_number(least: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number, at least `least`."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{least} is the least")
        return value

    number.__name__ = "whole number"  # argparse says "invalid whole number value"
    return number
