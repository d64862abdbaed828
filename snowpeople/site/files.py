"""The files of a site. Each but the page has a digest of its content in its name: no cache ever mixes versions."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from ..classifier import Classifier
from ..dashboard.about import about, example, examples_in
from ..dashboard.script import PARTS, joined, style
from ..picture import signatures
from ..preprocessing import enough
from .card import card_of
from .page import page

Files = dict[str, bytes]  # by name, in the order in which a visit needs them

PAGE = "index.html"
RUNTIME = Path(__file__).parent / "runtime"
SCRIPT, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm.gz"

# An address on another site can't be fetched from a page.
SCRIPT_PARTS = (*(part for part in PARTS if part != "address"), "flipping", "browser", "site")
WORKER_PARTS = ("resample", "inverse", "huffman", "jpeg", "headers", "decode", "inference", "attending", "worker")


def files_of(
    model: bytes, card: Mapping[str, Any], export: str | os.PathLike[str], examples: str | os.PathLike[str]
) -> Files:
    """All files of a site. Raises ExportError where the model does not fit its card; ``export`` is for its words."""
    # A picture of any kind tells whether the model works, and has a sense of what is familiar.
    sense = Classifier(model, dict(card), export).classify(Image.new("RGB", (8, 8))).familiarity is not None
    files: Files = {}

    def add(name: str, content: bytes) -> str:
        stem, _, kind = name.rpartition(".")
        named = f"{stem}.{sha256(content).hexdigest()[:10]}.{kind}"
        files[named] = content
        return named

    sheet = add("page.css", style("standalone", "site").encode())
    script = add("page.js", _apart(joined(*SCRIPT_PARTS)))
    # A neutral ending: some servers take .gz for a way to send something else.
    packed = gzip.compress(model, 9, mtime=0)
    wasm = (RUNTIME / WASM).read_bytes()
    named = {
        "worker": add("worker.js", _apart(joined(*WORKER_PARTS))),
        "runtime": add("runtime.js", (RUNTIME / SCRIPT).read_bytes()),
        "wasm": add("runtime.bin", wasm),
        "model": add("model.bin", packed),
    }
    add("LICENSE-onnxruntime.txt", (RUNTIME / "LICENSE").read_bytes())
    thresholds = card.get("thresholds", {})
    shown = filter(None, map(example, examples_in(examples)))  # without what can't be opened
    site = {
        "about": about(card),
        "settings": {
            "labels": card["labels"],
            "size": card["size"],
            "resize": card["resize"],
            "enough": enough(card["size"]),
            "known": thresholds.get("known", 0.0),
            "familiar": thresholds.get("familiar", 0.0),
            "sense": sense,
        },
        "signatures": signatures.patterns(),
        "files": named,
        "sizes": {"wasm": len(wasm), "model": len(packed)},
        "examples": [add(f"example-{index}.{kind}", data) for index, (kind, data) in enumerate(shown, 1)],
    }
    html = page(card, site, script=script, style=sheet, content=card_of(card))
    return {PAGE: html.encode(), **files}


def _apart(text: str) -> bytes:
    """A script whose names are its own."""
    return f'(() => {{\n"use strict";\n{text}\n}})();\n'.encode()
