"""What several test modules share."""

import hashlib
import importlib
import os
import signal
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from helpers import make_model
from servers import s3_server

# Networks in tests are tiny: threads cost more than they bring, and many times more where others work as well.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A shell's background jobs ignore Ctrl-C, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

LABELS = ["abominable", "neither", "olaf"]
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def card() -> dict[str, Any]:
    """The card of the tiny export."""
    return {"format": 1, "title": "Tiny", "labels": LABELS, "size": 8, "resize": "squish", "thresholds": {"known": 0.0}}


@pytest.fixture(scope="session")
def tiny_model() -> bytes:
    """An ONNX model that names the main colour: red is abominable, green is neither, blue is olaf."""
    return make_model()


@pytest.fixture
def plain_export(tmp_path: Path) -> Path:
    """A zip archive laid out as torch does it, with no member of ours."""
    path = tmp_path / "export.pkl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("data.pkl", "byteorder", "data/0", "version"):
            archive.writestr(f"export/{name}", name * 50)
    return path


@pytest.fixture
def tiny_export(plain_export: Path, tiny_model: bytes, card: dict[str, Any]) -> Path:
    """An export that Classifier.load reads: see ``tiny_model``."""
    from snowpeople import archive

    archive.append(plain_export, tiny_model, card)
    return plain_export


@pytest.fixture(scope="session")
def shipped_export() -> Path:
    """The project's own export.pkl."""
    path = ROOT / "export.pkl"
    assert path.exists(), f"{path} is part of the project: restore it with git"
    return path


@pytest.fixture(scope="session")
def fastai_vision() -> ModuleType:
    """``fastai.vision.all``. Its packages warn of each other's old names while they are imported: not our doing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("snowpeople._torchvision")
        return importlib.import_module("fastai.vision.all")


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A server of S3, as a file system of fsspec: see `s3_server`."""
    with s3_server() as files:
        yield files


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """The name of an empty bucket of the test's own: moto keeps them for as long as the process lives."""
    name = "b" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]
    s3.mkdir(name)
    return name


@pytest.fixture(scope="session")
def run_python() -> Callable[[str], str]:
    """Run a program in a fresh interpreter and return what it printed."""

    def run(program: str) -> str:
        command = [sys.executable, "-W", "error", "-c", program]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
