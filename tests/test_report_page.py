"""The page: one file that needs nothing else, says what was measured, and can't be broken into by a label."""

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from test_plots import random_report
from test_report import make_report

from snowpeople.drawing import draw
from snowpeople.report import Report
from snowpeople.report import page as report_page
from snowpeople.report.measurement import Speed
from snowpeople.report.page_sections import MOST_ROWS, MOST_THUMBNAILS
from snowpeople.report.strangers import FAMILIARITY, SOFTMAX, Strangers

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

CARD: dict[str, Any] = {
    "title": "Which snow person is it?",
    "size": 64,
    "resize": "squish",
    "trained": {
        "data": "snowpeople",
        "size": 64,
        "counts": {"training": {"olaf": {"pictures": 76, "groups": 34}}, "validation": {"olaf": {"pictures": 9}}},
        "versions": {"fastai": "2.8.12", "torch": "2.13.0"},
        "learnt_from": ["0123456789abcdef"] * 343,
    },
    "shrunk": {
        "rows": [
            {
                "name": "as trained",
                "megabytes": 44.9,
                "accuracy": 0.953,
                "low": 0.9,
                "high": 0.98,
                "milliseconds": 12.3,
            },
            {"name": "dashboard half (int8)", "megabytes": 8.9, "accuracy": 0.951, "milliseconds": 2.3},
        ],
        "kept": "int8",
        "lost_points": 0.2,
    },
    "limits": ["It knows <only> pictures like those it was trained on."],
}


def pictures(report: Report) -> list[Image.Image]:
    return [Image.new("RGB", (40, 30), (i % 255, 90, 120)) for i in range(len(report.truth))]


def page(report: Report, card: dict[str, Any] = CARD, **more: Any) -> ET.Element:
    """The page's elements. It is written so strictly that it can be read as XML, which finds every slip."""
    return ET.fromstring(report_page.render(report, card, pictures(report), **more).split("\n", 1)[1])


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).replace("\u00a0", " ").split())


def part(root: ET.Element, heading: str) -> ET.Element:
    return next(section for section in root.iter("section") if section.findtext("h2") == heading)


def cells(section: ET.Element, number: int = 0) -> list[list[str]]:
    body = [*section.iter("tbody")][number]
    return [[words(cell) for cell in row] for row in body]


def make_strangers() -> Strangers:
    known = {FAMILIARITY: np.arange(10, 30), SOFTMAX: np.arange(20)}
    cats = {FAMILIARITY: np.arange(4), SOFTMAX: np.arange(4)}
    lorries = {FAMILIARITY: np.arange(40, 42), SOFTMAX: np.arange(40, 42)}
    refused = {"cats": [True, True, True, False], "lorries": [False, False]}
    return Strangers(known, {"cats": cats, "lorries": lorries}, refused)


# ---- what it says


def test_the_headline_says_how_good_how_sure_and_what_no_skill_would_reach() -> None:
    header = words(next(page(make_report()).iter("header")))
    assert "67 % named right" in header
    assert "about 67 to be named right" in header
    assert "Only 6 distinct pictures were measured, so the true figure may well lie anywhere from 30 to 90" in header
    assert "Always answering “olaf” would be right 50 % of the time." in header


def test_each_label_has_a_row_the_least_recognised_first() -> None:
    rows = cells(part(page(make_report()), "Label by label"))
    assert rows[0] == ["olaf", "6 (3)", "33 % (6 to 79)", "100 %", "67 %", "80 %"]
    assert [row[0] for row in rows] == ["olaf", "abominable", "neither"]


def test_a_label_without_pictures_is_not_called_bad() -> None:
    rows = cells(part(page(Report(["a", "b"], ["a"], np.eye(2)[:1], ["x"])), "Label by label"))
    assert rows == [["a", "1 (1)", "100 % (21 to 100)", "100 %", "100 %", "100 %"], ["b", "0 (0)", "–", "–", "–", "–"]]


def test_the_matrix_and_the_pairs() -> None:
    section = part(page(make_report()), "What is confused with what")
    assert cells(section) == [["abominable", "2", "0", "0"], ["neither", "0", "1", "0"], ["olaf", "1", "1", "4"]]
    assert cells(section, 1) == [["olaf", "abominable", "1 of 6"], ["olaf", "neither", "1 of 6"]]


def test_nothing_confused() -> None:
    root = page(Report(["a", "b"], ["a", "b"], np.eye(2), ["x", "y"]))
    assert "Not one picture was named wrong" in words(part(root, "What is confused with what"))
    assert "The worst mistakes" not in [heading.text for heading in root.iter("h2")]


def test_the_worst_mistakes_are_small_pictures_in_the_page() -> None:
    report = make_report()
    sources = [draw("olaf", i, 400) for i in range(9)]
    text = report_page.render(report, CARD, sources)
    figures = [*part(ET.fromstring(text.split("\n", 1)[1]), "The worst mistakes").iter("figure")]
    assert [words(figure) for figure in figures] == [
        "is olaf, 3 %called abominable, 95 %picture 6",
        "is olaf, 25 %called neither, 50 %picture 5",
    ]
    image = figures[0].find("img")
    assert image is not None
    assert image.attrib["alt"] == "A picture of olaf that was called abominable"
    kind, data = image.attrib["src"].split(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(BytesIO(base64.b64decode(data))) as shown:
        assert max(shown.size) == 160


def test_files_are_named_and_one_that_has_gone_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "olaf").mkdir()
    files = [tmp_path / "olaf" / f"<b>{i}.png" for i in range(9)]
    Image.new("RGB", (9, 9)).save(files[5])
    root = ET.fromstring(report_page.render(make_report(), CARD, files).split("\n", 1)[1])
    shown, gone = part(root, "The worst mistakes").iter("figure")
    assert words(shown).endswith("olaf/<b>5.png")
    assert words(gone).startswith("This picture can no longer be opened.")
    assert words(gone).endswith("olaf/<b>4.png")


def test_at_most_two_dozen_mistakes_are_shown() -> None:
    section = part(page(random_report(["a", "b"], 200)), "The worst mistakes")
    assert len([*section.iter("figure")]) == MOST_THUMBNAILS
    assert words(section).startswith(f"The worst mistakes{MOST_THUMBNAILS} of ")


def test_calibration_in_words_and_in_a_table() -> None:
    report = random_report(["a", "b"])
    now, before = report.reliability(), report.reliability(before=True)
    assert now is not None
    assert before is not None
    section = part(page(report), "How far its probabilities can be trusted")
    text = words(section)
    assert f"expected calibration error is {now.error * 100:.1f} %, and was {before.error * 100:.1f} % before" in text
    assert f"15 equal bins, of which {len(now.bins)} hold pictures" in text
    assert [int(row[1]) for row in cells(section)] == [each.pictures for each in now.bins]
    assert "before" not in words(part(page(make_report()), "How far its probabilities can be trusted"))


def test_strangers_by_kind_with_both_measures_side_by_side() -> None:
    section = part(page(make_report(), strangers=make_strangers()), "What it says of strangers")
    rows = cells(section)
    assert rows[0] == ["cats", "4", "75 % (30 to 95)", "1.000", "0 %", "0.900", "75 %"]
    assert [row[0] for row in rows] == ["cats", "lorries", "all of them"]


def test_what_is_kept_is_said_without_strangers_too() -> None:
    report = random_report(["a", "b"])
    assert f"{report.kept()} get an answer" in words(part(page(report), "What it says of strangers"))
    headings = [heading.text for heading in page(make_report()).iter("h2")]
    assert "What it says of strangers" not in headings


def test_the_card_s_part() -> None:
    root = page(make_report(), speed=Speed(12.34, 8_900_000))
    size = part(root, "Size and speed")
    assert cells(size) == [
        ["as trained", "44.9 MB", "95.3 % (90 to 98)", "12.3 ms"],
        ["dashboard half (int8)", "8.9 MB", "95.1 %", "2.3 ms"],
    ]
    assert "Kept: int8; it names 0.2 points fewer right than as trained." in words(size)
    assert "the file has 8.9 MB, and a picture takes 12.3 ms" in words(size)
    trained = part(root, "How it was trained")
    assert "fastai 2.8.12, torch 2.13.0" in words(trained)
    assert words(trained).count("64") == 2  # 64 × 64, once
    assert "343 pictures it learnt from" in words(trained)
    assert "0123456789abcdef" not in words(trained)
    assert cells(trained) == [["olaf", "76 (34)", "9 (–)"]]
    assert "It knows <only> pictures" in words(part(root, "Limits"))


def test_notes_stand_under_the_headline() -> None:
    root = page(make_report(), notes=["203 pictures it learnt from were left out."])
    assert words(root.find("body/main/ul")) == "203 pictures it learnt from were left out."  # type: ignore[arg-type]
    assert page(make_report()).find("body/main/ul") is None


# ---- hostile and odd input


NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "川獺 🦦",
    "\udc80 undecodable",
    "{x} $y$ &amp;",
]


def test_markup_in_labels_and_cards_is_text() -> None:
    report = random_report(NASTY, 100)
    strangers = Strangers({"<i>": [1.0, 2.0]}, {name: {"<i>": [0.5]} for name in NASTY})
    card = {"title": NASTY[0], "limits": NASTY, "trained": dict.fromkeys(NASTY, NASTY[1]), "shrunk": {"kept": NASTY[1]}}
    root = page(report, card, notes=NASTY, strangers=strangers)
    assert [*root.iter("script")] == []
    assert all(image.attrib["src"].startswith("data:image/jpeg;base64,") for image in root.iter("img"))
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    assert root.findtext("head/title") == f"Report: {NASTY[0]}"
    labels = {row[0] for row in cells(part(root, "Label by label"))}
    assert labels == {*NASTY[:3], "� undecodable", NASTY[4]}


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"title": 7, "limits": "none", "trained": [1], "shrunk": "yes", "size": "big"},
        {
            "shrunk": {"rows": [7, {"megabytes": "many", "accuracy": None}], "lost_points": True},
            "trained": {"counts": 3},
        },
        {"trained": {"counts": {"training": {"a": 4}}, "learnt_from": "all"}, "limits": [{"a": 1}]},
    ],
)
def test_a_card_of_any_shape_is_shown_as_far_as_it_goes(card: dict[str, Any]) -> None:
    assert words(next(page(make_report(), card).iter("h1"))).startswith("Report: ")


@pytest.mark.parametrize("count", [2, 16, 41, 101, 1000])
def test_any_number_of_labels_makes_a_page_of_bearable_size(count: int) -> None:
    labels = [f"label {i}" for i in range(count)]
    report = random_report(labels, 2 * count)
    text = report_page.render(report, CARD, pictures(report))
    assert len(text) < 500_000
    section = part(ET.fromstring(text.split("\n", 1)[1]), "Label by label")
    assert len(cells(section)) == min(count, MOST_ROWS)
    assert (f"{count - MOST_ROWS} labels that are recognised better are left out" in words(section)) == (
        count > MOST_ROWS
    )


# ---- the file


def test_nothing_is_fetched_and_nothing_runs() -> None:
    report = random_report(["a", "b"])
    text = report_page.render(report, CARD, pictures(report), strangers=make_strangers())
    assert "default-src 'none'" in text.replace("&#x27;", "'")
    assert not re.search(r"""(src|href)=["'](?!data:)|url\(|@import|https?:""", text)


def test_it_can_be_read_without_seeing_it() -> None:
    report = random_report([f"label {i}" for i in range(30)], 90)
    root = page(report, strangers=make_strangers(), speed=Speed(1, 1))
    assert root.attrib["lang"] == "en"
    assert len([*root.iter("h1")]) == len([*root.iter("main")]) == 1
    assert all(image.attrib["alt"] for image in root.iter("img"))
    for svg in root.iter("svg"):
        assert svg.attrib.get("aria-hidden") == "true" or (svg.attrib["role"] == "img" and svg.attrib["aria-label"])
    for table in root.iter("table"):
        assert table.findtext("caption")
        assert all("scope" in head.attrib for head in table.iter("th"))


def test_the_colours_reach_the_contrast_that_accessibility_asks_for() -> None:
    style = Path(report_page.__file__).with_name("page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]

    def luminance(rgb: Sequence[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (c / 255 for c in rgb)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: Sequence[float], other: Sequence[float]) -> float:
        brighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
        return (brighter + 0.05) / (darker + 0.05)

    for theme in (light, dark):
        colours = {
            name: [int(value[i : i + 2], 16) for i in (1, 3, 5)] if value[0] == "#" else [*map(int, value.split())]
            for name, value in re.findall(r"--([\w-]+): (#\w{6}|\d+ \d+ \d+)", theme)
        }
        for ink in ("ink", "soft", "bad-ink"):
            assert contrast(colours[ink], colours["page"]) >= 4.5, ink
        assert contrast(colours["ink"], colours["note"]) >= 4.5
        for fill in ("good", "bad"):
            assert contrast(colours[fill], colours["page"]) >= 3  # graphics
            half = [(a + b) / 2 for a, b in zip(colours[fill], colours["page"], strict=True)]
            assert contrast(colours["ink"], half) >= 4.5  # a full cell of the matrix


def test_a_page_that_is_there_is_kept(tmp_path: Path) -> None:
    report = make_report()
    path = tmp_path / "new folder" / "report.html"
    written = [report_page.write(path, report, CARD, pictures(report)) for _ in range(3)]
    assert [file.name for file in written] == ["report.html", "report-2.html", "report-3.html"]
    path.write_text("mine")
    assert report_page.write(path, report, CARD, pictures(report)).name == "report-4.html"
    assert path.read_text() == "mine"


def test_a_folder_gets_a_report(tmp_path: Path) -> None:
    report = make_report()
    assert report_page.write(tmp_path, report, CARD, pictures(report)) == tmp_path / "report.html"
    assert sorted(tmp_path.iterdir()) == [tmp_path / "report.html"]


@pytest.mark.skipif(resource is None, reason="only Unix can limit what a process may write")
def test_a_full_disk_leaves_no_half_page(tmp_path: Path) -> None:
    assert resource
    report = make_report()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            report_page.write(tmp_path / "report.html", report, CARD, pictures(report))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
