"""The same pictures through every face of an export: Python, command, service, batch, dashboard, site, and fastai."""

import csv
import io
import json
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import httpcore
import numpy as np
import pytest
from playwright.sync_api import Browser
from servers import static_host
from services import running

from snowpeople import Classifier, drawing, site
from snowpeople.export.pickling import LEVELS

from .conftest import ROOT, open_page
from .dashboard_page import DashboardPage

COUNT = 200
NEAR = 0.01

# For each picture, by its file's name: the label, and each label's probability.
Answers = dict[str, tuple[str, Mapping[str, float]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures that nothing was tuned on, of several kinds and sizes."""
    folder = tmp_path_factory.mktemp("same")
    for number in range(COUNT):
        label = drawing.LABELS[number % len(drawing.LABELS)]
        picture = drawing.draw(label, 50_000 + number, (96, 224, 320, 500)[number % 4])
        if number % 3 == 0:
            picture.save(folder / f"{number:03}.png")
        elif number % 3 == 1:
            picture.save(folder / f"{number:03}.jpg", quality=90)
        else:
            wide = picture.crop((0, 0, picture.width, 2 * picture.height // 3))
            wide.save(folder / f"{number:03}.webp", lossless=True)
    return folder


@pytest.fixture(scope="module")
def expected(folder: Path) -> Answers:
    return python(ROOT / "export.pkl", folder)


def python(export: Path, folder: Path) -> Answers:
    paths = sorted(folder.iterdir())
    found = Classifier.load(export).classify_many(paths)
    return {path.name: (each.label, each.probabilities) for path, each in zip(paths, found, strict=True)}


def apart(one: Answers, other: Answers) -> list[float]:
    """For each picture, how far the answers' probabilities are apart at most."""
    assert one.keys() == other.keys()
    return [max(abs(p - other[name][1][label]) for label, p in rows.items()) for name, (_, rows) in one.items()]


def expect_same(found: Answers, expected: Answers) -> None:
    assert max(apart(found, expected)) <= NEAR
    assert {name: label for name, (label, _) in found.items()} == {name: label for name, (label, _) in expected.items()}


def test_the_command(folder: Path, expected: Answers) -> None:
    command: list[str | Path] = [sys.executable, "-m", "snowpeople", "classify", folder, "--json"]
    command += ["--export", ROOT / "export.pkl"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300).stdout
    rows = map(json.loads, lines.splitlines())
    expect_same({Path(row["picture"]).name: (row["label"], row["probabilities"]) for row in rows}, expected)


def test_the_service(folder: Path, expected: Answers) -> None:
    found: Answers = {}
    with running(ROOT / "export.pkl") as process, httpcore.ConnectionPool() as pool:
        for path in folder.iterdir():
            headers = [("Content-Type", "application/octet-stream")]
            answer = pool.request("POST", f"{process.url}/predict", headers=headers, content=path.read_bytes())
            [row] = json.loads(answer.content)["predictions"]
            found[path.name] = row["label"], row["probabilities"]
    expect_same(found, expected)


def test_a_batch(folder: Path, expected: Answers, tmp_path: Path) -> None:
    import pyarrow.parquet

    command: list[str | Path] = [sys.executable, "-m", "snowpeople", "batch", folder, tmp_path / "out"]
    command += ["--export", ROOT / "export.pkl"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    rows = pyarrow.parquet.read_table(tmp_path / "out").to_pylist()
    expect_same({row["picture"]: (row["label"], dict(row["probabilities"])) for row in rows}, expected)


def test_the_dashboard(browser: Browser, start: Callable[[str], str], folder: Path, expected: Answers) -> None:
    expect_same(in_page(browser, start("standalone"), folder), expected)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    site.write(tmp_path / "public", ROOT / "export.pkl", ROOT / "examples")
    with static_host(tmp_path / "public") as address:
        yield address


def test_a_static_site(browser: Browser, host: str, folder: Path, expected: Answers) -> None:
    expect_same(in_page(browser, host, folder), expected)


def in_page(browser: Browser, address: str, folder: Path) -> Answers:
    """What the page's own table says of them."""
    page = open_page(browser)
    dashboard = DashboardPage(page)
    dashboard.open(address)
    page.locator("input[type=file]").set_input_files(sorted(folder.iterdir()))
    done = "document.querySelectorAll('.snow-mini:is([data-state=done], [data-state=failed])').length"
    page.wait_for_function(f"(count) => {done} === count", arg=COUNT, timeout=300_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download answers (CSV)").click()
    table = csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig")))
    column = "Probability of "
    answers: Answers = {
        row["Picture"]: (
            row["Answer"].lower(),
            {name.removeprefix(column).lower(): float(value) for name, value in row.items() if column in name},
        )
        for row in table
    }
    assert dashboard.complaints == []
    page.context.close()
    return answers


# ---- the other half of the export


def fastai(learn: Any, folder: Path) -> Answers:
    paths = sorted(folder.iterdir())
    with learn.no_bar(), learn.no_logging():
        rows, _ = learn.get_preds(dl=learn.dls.test_dl(paths, num_workers=0))
    labels = list(learn.dls.vocab)
    answers = [dict(zip(labels, row, strict=True)) for row in rows.tolist()]
    return {path.name: (max(row, key=lambda label: row[label]), row) for path, row in zip(paths, answers, strict=True)}


@pytest.fixture(scope="module")
def learn(fastai_vision: ModuleType) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that pickles can do anything, which is known
        return fastai_vision.load_learner(ROOT / "export.pkl")


def test_fastai_with_the_same_arithmetic(folder: Path, learn: Any, tmp_path: Path) -> None:
    """Weights in whole numbers, activations in float32, on both sides: what any export keeps that int8 would change."""
    from snowpeople.export.onnx import variants

    size = Classifier.load(ROOT / "export.pkl").size
    kinds = dict(variants(learn, size, [drawing.draw("olaf", 0)], LEVELS))
    with zipfile.ZipFile(ROOT / "export.pkl") as shipped, zipfile.ZipFile(tmp_path / "exact.pkl", "w") as copy:
        for entry in shipped.infolist():
            ours = entry.filename.endswith("/snowpeople/model.onnx")
            copy.writestr(entry, kinds["int8 weights"] if ours else shipped.read(entry))
    expect_same(fastai(learn, folder), python(tmp_path / "exact.pkl", folder))


def test_fastai_beside_the_shipped_export(folder: Path, learn: Any, expected: Answers) -> None:
    """Its activations are in whole numbers too, for speed, which moves what it is unsure of: benchmarks/halves.md."""
    found = fastai(learn, folder)
    assert median(apart(found, expected)) <= NEAR / 2
    assert np.quantile(apart(found, expected), 0.95) <= 0.04
    assert sum(found[name][0] == expected[name][0] for name in expected) >= 0.99 * COUNT
