"""`make bench`: measure both sides, print the table, and write it."""

import argparse
import datetime
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from . import pages, pictures, table
from .about import machine, versions

ROOT = Path(__file__).parent.parent
SHIM = "import _torchvision  # this machine's torchvision can't load its compiled operators"
Measures = dict[str, dict[str, list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--export", type=Path, default=ROOT / "export.pkl", help="default: the shipped one")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = {
            "date": datetime.date.today().isoformat(),
            "machine": machine(),
            "versions": versions(),
            "repeats": options.repeats,
            "measures": measure(Path(folder), options.export.resolve(), options.repeats),
        }
    if not options.no_write:
        table.write(results)
    print(table.render(results))


def measure(folder: Path, export: Path, repeats: int) -> Measures:
    """All runs of all measures. The sides take turns, so that whatever else the machine does meets both."""
    photo = pictures.photo(folder)
    thumbnail = pictures.thumbnail(folder, export, photo)
    plain = stock_folder(folder / "stock", export)
    measures: Measures = {row.key: {"stock": [], "ours": []} for row in table.ROWS}
    for name, file in (("stock", plain / "export.pkl"), ("ours", export)):
        measures["export"][name].append(file.stat().st_size / 1e6)
    sides = {"stock": pages.stock(plain), "ours": pages.ours(our_folder(folder / "ours", export))}
    for turn in range(repeats):
        for name, side in sides.items():
            progress(f"{turn + 1} of {repeats}: {name}, in a script")
            script = in_script(name, plain / "export.pkl" if name == "stock" else export, photo, thumbnail)
            for key in ("load", "photo", "forward"):
                measures[key][name].append(script[key])
            measures["photo_thumbnail"][name].append(script["thumbnail" if name == "stock" else "photo"])
            for preheated in (False, True):
                progress(f"{turn + 1} of {repeats}: {name}, in a page, {'preheated' if preheated else 'new'} kernel")
                seen = pages.visit(side, photo, thumbnail, preheated)
                if preheated:
                    seen = {f"{key}_preheated": seen[key] for key in ("page", "answered")}
                for key, value in seen.items():
                    measures[key][name].append(value)
    for both in measures.values():
        both.update({name: [round(run, 5) for run in runs] for name, runs in both.items()})
    return measures


def stock_folder(folder: Path, export: Path) -> Path:
    """A folder with the stock notebook and an ordinary export of the same weights."""
    folder.mkdir()
    shutil.copy(ROOT / "snowpeople" / "_torchvision.py", folder)
    program = f"import sys\n{SHIM}\nfrom fastai.vision.all import load_learner\n"
    program += "load_learner(sys.argv[1]).export(sys.argv[2])"
    subprocess.run([sys.executable, "-c", program, export, folder / "export.pkl"], check=True, cwd=folder)
    notebook = json.loads((Path(__file__).parent / "stock" / "stock.ipynb").read_text(encoding="utf-8"))
    if subprocess.run([sys.executable, "-c", "import torchvision"], capture_output=True, check=False).returncode:
        notebook["cells"].insert(0, {**notebook["cells"][1], "id": "shim", "source": SHIM})
    (folder / "stock.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def our_folder(folder: Path, export: Path) -> Path:
    """A folder with what our dashboard needs, as a clone of the repository has it."""
    folder.mkdir()
    for name in ("snowpeople_voila.ipynb", "voila.json", "examples", "share", "snowpeople"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    shutil.copy(export, folder / "export.pkl")
    return folder


def in_script(name: str, export: Path, photo: Path, thumbnail: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.script", name, str(export), str(photo), str(thumbnail), "5"]
    runs = json.loads(subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout)
    return {key: median(values) for key, values in runs.items()}


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
