"""Schemathesis asks a running service all that /openapi.json allows, and much that it does not."""

import subprocess
import sys
from pathlib import Path

import pytest
from services import running

# What fits the description may still be no picture, too large, or at an address that gives none.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", 413, 415, 422, 424]
"""


@pytest.mark.parametrize("options", [(), ("--api-key-file", "key")], ids=["open", "with a key"])
def test_schemathesis_finds_nothing(tiny_export: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    (tmp_path / "key").write_text("secret")
    headers = ["--header", "Authorization: Bearer secret"] if options else []
    with running(tiny_export, *(str(tmp_path / each) if each == "key" else each for each in options)) as process:
        address = f"http://127.0.0.1:{process.port}/openapi.json"
        command = [sys.executable, "-m", "schemathesis.cli", "run", address, "--max-examples=30", *headers]
        command += ["--no-color", "--generation-deterministic"]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "7 selected" in found.stdout
