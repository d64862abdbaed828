"""The docs hold the commands' own help, and every example in it can be run as it stands."""

import argparse
import importlib.util
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from snowpeople.cli import _parser

ROOT = Path(__file__).parent.parent
PARSERS: dict[str, argparse.ArgumentParser] = dict(
    next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
)


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_commands", ROOT / "docs" / "commands.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_commands_say() -> None:
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == generator().page(), "python docs/commands.py"


@pytest.mark.parametrize("name", PARSERS)
def test_every_command_has_examples_that_parse(name: str) -> None:
    lines = (PARSERS[name].epilog or "").splitlines()[1:]
    assert lines
    for line in lines:
        words = shlex.split(line.partition(" | ")[0].partition("  #")[0])
        words = words[words.index("snowpeople") + 1 :]
        assert words[0] == name
        _parser().parse_args(words)
