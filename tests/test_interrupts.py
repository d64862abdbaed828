"""Ctrl-C, at moments that are hard to hit."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from snowpeople import interrupts

ROOT = Path(__file__).parent.parent

PRESSED = """
import os, signal, sys

module = sys.argv.pop(1)

class Finder:
    def find_spec(name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder)
from snowpeople.__main__ import main
sys.exit(main())
"""


def ended(program: str, *arguments: object, cwd: Path = ROOT) -> tuple[int, str]:
    """The exit status of a program, and what it complained of."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    process = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return process.returncode, process.stderr


@pytest.mark.parametrize(
    ("module", "status"),
    [("argparse", 130), ("snowpeople.commands.verify", 130), ("onnxruntime", 130), ("none.that.is.loaded", 0)],
)
def test_a_command_ends_quietly_whichever_module_is_being_loaded(module: str, status: int, tiny_export: Path) -> None:
    olaf = sorted((ROOT / "examples").glob("*.png"))[-1]
    assert ended(PRESSED, module, "classify", olaf, "--export", tiny_export) == (status, "")


# As compiled modules do with what they import; and one that loads, loses it.
FRAGILE = """
import os, signal, time
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep({seconds})
except BaseException:
    {then}
"""
LOADS = """
import time
from snowpeople import interrupts
interrupts.PATIENCE = 0.5
with interrupts.heard():
    try:
        import fragile
        time.sleep(60)
    except KeyboardInterrupt:
        print(fragile.__name__)
"""


@pytest.mark.parametrize("then", ["raise ImportError('numpy failed to import')", "pass"])
def test_a_module_is_loaded_before_it_is_heard(then: str, tmp_path: Path) -> None:
    (tmp_path / "fragile.py").write_text(FRAGILE.format(seconds=0.1, then=then))
    assert ended(LOADS, cwd=tmp_path) == (0, "")


def test_a_module_that_takes_long_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "fragile.py").write_text(FRAGILE.format(seconds=50, then="pass"))
    assert ended(LOADS, cwd=tmp_path) == (130, "")


AT_THE_END = """
import time
from snowpeople import interrupts
interrupts.LOOK_AGAIN = 0.1
try:
    with interrupts.heard():
        import fragile
except KeyboardInterrupt:
    time.sleep(0.3)  # no alarm rings then
    print("heard")
"""


def test_a_command_that_ends_before_it_is_heard_was_interrupted_and_no_alarm_is_left(tmp_path: Path) -> None:
    (tmp_path / "fragile.py").write_text(FRAGILE.format(seconds=0, then="pass"))
    assert ended(AT_THE_END + "else:  raise SystemExit(3)", cwd=tmp_path) == (0, "")


def test_elsewhere_it_is_heard_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.heard():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_a_shell_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupts.end_at_once()
        with interrupts.heard(), interrupts.unheard():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_processes_do_not_hear_it_and_none_is_left_half_begun() -> None:
    def hears() -> bool:
        program = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
        return subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"False\n"

    heard = []

    def begin() -> None:
        with interrupts.unheard():
            os.kill(os.getpid(), signal.SIGINT)
            heard.append(hears())

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert [*heard, hears()] == [False, True]
