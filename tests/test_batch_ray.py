"""Batch jobs on Ray: on a cluster of several nodes on this machine."""

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from batches import ROOT, do, end, fill, fill_slowly, labels, run, started, until

from snowpeople import archive
from snowpeople.batch.cluster import Actor
from snowpeople.batch.spec import Spec, chunk
from snowpeople.service.model import digest


@dataclass
class Ray:
    process: "subprocess.Popen[str]"
    address: str

    def kill_a_node(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("kill\n")
        self.process.stdin.flush()
        assert self._says("killed") == "killed\n"

    def _says(self, word: str) -> str:
        assert self.process.stdout is not None
        return next((line for line in self.process.stdout if line.startswith(word)), "")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ray]:
    """A cluster of three nodes, two of which do work."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "ray_cluster.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        made = Ray(process, "")
        made.address = made._says("address").split()[1]
        yield made
    finally:
        process.communicate(timeout=60)  # ends its stdin, and with that all of it


def test_a_node_that_is_killed_loses_nothing(cluster: Ray, tmp_path: Path, tiny_export: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    expected = fill(source, 30)
    do(source, dest, tiny_export, part_size=30)  # some of it on one machine
    expected |= {f"more/{name}": label for name, label in fill_slowly(source / "more", 180).items()}
    expected["bad.png"] = "not_a_picture"
    (source / "bad.png").write_bytes(b"bad")
    arguments = (source, dest, "--export", tiny_export, "--part-size", 15, "--ray", cluster.address)
    with started(*arguments, strict=False) as process:
        until(lambda: len(list(dest.glob("*.parquet"))) >= 4 or process.poll() is not None, 200)
        assert process.poll() is None
        cluster.kill_a_node()
        status, said, complained = end(process)
    assert (status, said.count("\n")) == (1, 1), complained
    assert said.startswith("211 pictures, 181 of them new, ")
    assert labels(dest) == expected
    assert do(source, dest, tiny_export).answered == 0


def test_a_chunk_that_is_done_twice_is_one_part(tmp_path: Path, tiny_export: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    expected = fill(source, 5)
    dest.mkdir()
    model, card = archive.read(tiny_export)
    actor = Actor(Spec(str(source), str(dest), model, card, digest(model, card), "Tiny"))
    row = {"chunk": [pickle.dumps(chunk([(name, None) for name in expected]))]}
    first = actor(row)
    (part,) = dest.iterdir()
    inode = part.stat().st_ino
    assert actor(row) == first
    answered, name, found, errors = json.loads(first["step"][0])
    assert (answered, name, found, errors) == (5, part.name, {"abominable": 2, "neither": 2, "olaf": 1}, {})
    assert (part.stat().st_ino, labels(dest)) == (inode, expected)
    part.write_bytes(b"damaged")
    assert actor(row) == first
    assert labels(dest) == expected
    for path in source.iterdir():
        path.unlink()
    part.unlink()
    assert "has lost its pictures" in actor(row)["fault"][0]
    actor._crew.close()


def test_no_cluster(tmp_path: Path, tiny_export: Path) -> None:
    fill(tmp_path / "source", 1)
    arguments = (tmp_path / "source", tmp_path / "dest", "--export", tiny_export, "--ray", "auto")
    status, said, complained = run(*arguments, strict=False)
    assert (status, said) == (3, "")
    assert complained.splitlines()[-1].startswith("snowpeople: No Ray cluster answers at auto: ")
