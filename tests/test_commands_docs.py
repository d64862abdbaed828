"""docs/commands.md says what the commands are, and its examples are right."""

import shlex

import pytest

from docs import commands
from snowpeople import cli

EXAMPLES = [(name, line) for name, parser in commands.parsers().items() for line in commands.examples(parser)]


def test_the_page_is_what_the_commands_say() -> None:
    assert commands.PAGE.read_text(encoding="utf-8") == commands.render(), "python -m docs.commands"


def test_the_page_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = commands.render()
    monkeypatch.setenv("COLUMNS", "40")
    assert commands.render() == wide


def test_every_command_has_examples_and_help_for_each_option() -> None:
    for name, parser in commands.parsers().items():
        assert commands.examples(parser), name
        for action in parser._actions:
            assert action.help, (name, action.dest)


@pytest.mark.parametrize(("name", "line"), EXAMPLES)
def test_an_example_is_a_command_that_can_be_given(name: str, line: str) -> None:
    words = shlex.split(line)
    if words[0] == "torchrun":
        words = words[words.index("-m") + 1 :]
    if "|" in words:
        words = words[: words.index("|")]
    assert words[:2] == ["snowpeople", name]
    cli._parser().parse_args(words[1:])
