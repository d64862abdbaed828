"""`python -m snowpeople.site.renew`: onnxruntime-web anew from npm, packed, with its README."""

from __future__ import annotations

import gzip
import subprocess
import tarfile
import tempfile
from hashlib import sha256
from pathlib import Path

VERSION = "1.30.0"
RUNTIME = Path(__file__).parent / "runtime"
SCRIPT, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"

README = """# The runtime

onnxruntime-web {version}, by Microsoft, under the [MIT licence](LICENSE): two files of its npm package, as they are.
A site holds them, so that nothing comes from another place. The `.wasm` is packed (`gzip -9`), in a site too: the
browser unpacks it.

| file, unpacked | SHA-256 |
|---|---|
{rows}

To take another version: change `VERSION` in `../renew.py`, run `python -m snowpeople.site.renew`, which needs npm, and
then the tests: they compare the page's answers with Python's. Version 1.22.0 gave the same answers; it is 0.8 MB
smaller and about a quarter slower.
"""


def digests() -> dict[str, str]:
    """The SHA-256 of each file, unpacked, by its name."""
    files = {SCRIPT: (RUNTIME / SCRIPT).read_bytes(), WASM: gzip.decompress((RUNTIME / f"{WASM}.gz").read_bytes())}
    return {name: sha256(content).hexdigest() for name, content in files.items()}


def renew() -> None:
    """Fetch the package with npm, which checks it, and take the two files and their digests."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"onnxruntime-web@{VERSION}"]
        name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
        with tarfile.open(Path(folder, name)) as package:
            for file in (SCRIPT, WASM):
                member = package.extractfile(f"package/dist/{file}")
                if member is None:
                    raise FileNotFoundError(f"{file} is not in onnxruntime-web {VERSION}")
                content = member.read()
                if file == WASM:
                    (RUNTIME / f"{WASM}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
                else:
                    (RUNTIME / file).write_bytes(content)
    rows = "\n".join(f"| `{name}` | `{digest}` |" for name, digest in digests().items())
    (RUNTIME / "README.md").write_text(README.format(version=VERSION, rows=rows), encoding="utf-8")


if __name__ == "__main__":
    renew()
