"""The cleaning widget in JupyterLab and, on a phone, in Voila: marks outlive the kernel, and are carried out."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from snowpeople import drawing

from .conftest import ROOT, open_page, serve

NAME = "<b>Ω & more.png"
MISLABELLED = f"abominable/{NAME}"
NOTEBOOK = [
    """
import os
import numpy as np
from snowpeople import Classifier, dataset
from snowpeople.cleaner import Cleaner
data = dataset.load("pictures")
classifier = Classifier.load("export.pkl")
answers = np.array([list(each.probabilities.values()) for each in classifier.classify_many(data.pictures)])
""",
    """
print("kernel", os.getpid())
Cleaner(data, range(len(data)), answers, classifier.labels)
""",
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server serves."""
    root = tmp_path_factory.mktemp("cleaning")
    shutil.copy(ROOT / "voila.json", root)
    shutil.copytree(ROOT / ".jupyter", root / ".jupyter")
    return root


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[str]:
    """The address of a JupyterLab, which has Voila too."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: it comes with `pip install -e .[train]`")
    with serve("lab", root) as address:
        yield address.partition("/lab/")[0]


def write_notebook(folder: Path, export: Path) -> Path:
    """Write a notebook that cleans a few drawn pictures, one of them under a wrong label. Return the pictures."""
    pictures = folder / "pictures"
    for label in drawing.LABELS:
        (pictures / label).mkdir(parents=True)
        for seed in range(4):
            drawing.draw(label, seed, size=96).save(pictures / label / f"{seed}.png")
    drawing.draw("olaf", 4, size=96).save(pictures / MISLABELLED)
    (folder / "export.pkl").symlink_to(export)
    cells: list[dict[str, object]] = [{"cell_type": "markdown", "source": "# Clean"}]
    cells += [
        {"cell_type": "code", "source": source.strip(), "outputs": [], "execution_count": None} for source in NOTEBOOK
    ]
    named = [{"id": f"cell{number}", "metadata": {}, **cell} for number, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": named, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "cleaning.ipynb").write_text(json.dumps(notebook))
    return pictures


def mark_of(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name, exact=True)


def choose_class(page: Page, label: str) -> None:
    chooser = page.get_by_role("combobox", name="Class", exact=True)
    option = chooser.locator("option").filter(has_text=re.compile(f"^{label}:")).text_content()
    chooser.select_option(label=option)
    expect(page.locator(".cleaner-card select").first).to_have_accessible_name(re.compile(f"^{label}/"))


def mark_switch_and_come_back(page: Page, choice: str) -> None:
    expect(page.locator(".cleaner-card").first).to_be_visible(timeout=120_000)
    choose_class(page, "abominable")
    mark_of(page, MISLABELLED).select_option(label=choice)
    expect(page.get_by_role("button", name="Do it (1)")).to_be_enabled()
    choose_class(page, "neither")
    choose_class(page, "abominable")
    expect(mark_of(page, MISLABELLED).locator("option:checked")).to_have_text(choice)


def still_marked(page: Page, choice: str) -> None:
    expect(page.locator(".cleaner-card").first).to_be_visible(timeout=120_000)
    choose_class(page, "abominable")
    expect(mark_of(page, MISLABELLED).locator("option:checked")).to_have_text(choice)


def test_a_mark_outlives_the_kernel_in_jupyterlab(
    browser: Browser, root: Path, server: str, shipped_export: Path
) -> None:
    pictures = write_notebook(root / "laptop", shipped_export)
    page = open_page(browser, viewport={"width": 1280, "height": 900})
    page.goto(f"{server}/lab/tree/laptop/cleaning.ipynb", wait_until="commit")
    # The menus stand before the notebook does, with other entries.
    expect(page.locator(".jp-NotebookPanel .jp-MarkdownCell h1")).to_be_visible(timeout=60_000)
    # Cells that are run before there is a kernel are not run at all.
    expect(page.get_by_role("button", name=re.compile(r"\| Idle$"))).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    mark_switch_and_come_back(page, "set aside")
    kernel = page.get_by_text(re.compile(r"^kernel \d+")).text_content()
    assert kernel

    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Restart Kernel and Run All Cells")).click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.get_by_text(re.compile(r"^kernel \d+"))).not_to_have_text(kernel, timeout=120_000)
    still_marked(page, "set aside")
    page.get_by_role("button", name="Do it (1)").press("Enter")
    expect(page.get_by_role("status").get_by_text("1 set aside")).to_be_visible()
    expect(mark_of(page, MISLABELLED)).to_have_count(0)
    assert (pictures / "_quarantine" / MISLABELLED).exists()
    assert not (pictures / MISLABELLED).exists()
    page.context.close()


def test_on_a_phone_in_voila(browser: Browser, root: Path, server: str, shipped_export: Path) -> None:
    pictures = write_notebook(root / "phone", shipped_export)
    page = open_page(browser, viewport={"width": 390, "height": 800})
    page.goto(f"{server}/voila/render/phone/cleaning.ipynb", wait_until="commit")
    # The quick page has no widgets but the dashboard, says so, and leads to one that has.
    page.get_by_role("link", name="Open the full page").click(timeout=120_000)
    mark_switch_and_come_back(page, "move to olaf")
    page.reload(wait_until="commit")
    still_marked(page, "move to olaf")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for control in page.locator(".cleaner :is(select, button)").all():
        assert (control.bounding_box() or {"height": 0})["height"] >= 44
    expect(page.locator(".cleaner b").filter(has_text="Ω")).to_have_count(0)

    page.get_by_role("button", name="Do it (1)").press("Enter")
    expect(page.get_by_role("status").get_by_text("1 picture moved")).to_be_visible()
    assert (pictures / "olaf" / NAME).exists()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("status").get_by_text("1 picture put back")).to_be_visible()
    expect(mark_of(page, MISLABELLED).locator("option:checked")).to_have_text("move to olaf")
    assert (pictures / MISLABELLED).exists()
    page.context.close()
