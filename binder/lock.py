"""Write constraints.txt and the requirements of Binder and of the image: the versions tried together (`make lock`)."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


# Hashes, so that it is today's files for ever.
FOR_LINUX = ("--python-version", "3.11", "--python-platform", "linux", "--generate-hashes")


def compile_to(path: str, note: str, *options: str, source: str = "pyproject.toml") -> None:
    """Resolve the file `source` with uv into the file `path`, headed by `note`."""
    command = [sys.executable, "-m", "uv", "pip", "compile", source, "--quiet", "--no-header", "--upgrade"]
    command += ["--no-annotate", *options]
    locked = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    text = f"# {note} Written by `make lock`.\n{locked}"
    if text != (ROOT / path).read_text(encoding="utf-8"):  # an untouched file asks for no new install
        (ROOT / path).write_text(text, encoding="utf-8")


compile_to(
    "constraints.txt",
    "The versions that were tried together, on every system and Python.",
    *("--universal", "--python-version", "3.10", "--all-extras"),
)
# Binder installs this and nothing else: the small set, no torch.
compile_to(
    "binder/requirements.txt",
    "What Binder installs: the small set, no torch.",
    *(*FOR_LINUX, "--constraint", "constraints.txt"),
)
compile_to(
    "deploy/requirements.txt",
    "What the image of the service installs: no Voila, no torch.",
    *(*FOR_LINUX, "--constraint", "constraints.txt"),
    source="deploy/requirements.in",
)
