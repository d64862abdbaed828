"""A report as one HTML file: it needs no network, no script and nothing beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..picture import Source
from ..store import StoreError, is_address, shown
from . import Report
from . import page_sections as sections
from .markup import Markup, join, percent, tag
from .measurement import Speed
from .page_card import shrinking, training
from .page_figures import interval
from .strangers import Strangers

# Nothing is fetched and nothing runs, even if a browser is older or a mistake slips in here.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write(
    path: str | os.PathLike[str],
    report: Report,
    card: Mapping[str, Any],
    pictures: Sequence[Source],
    *,
    strangers: Strangers | None = None,
    speed: Speed | None = None,
    notes: Sequence[str] = (),
) -> Path:
    """Write the page to `path`, or beside what is there under a name with a number; return where it is.

    card: as in an export. pictures: those the report is about, in the same order; the worst mistakes are opened for
    their thumbnails. speed: what the export costs here. notes: sentences on how it was measured.
    Raises StoreError for an address; errors of the file system pass through.
    """
    if is_address(path):
        raise StoreError(f"{shown(path)} is no file on this computer; name one, and copy the page from there")
    path = Path(path)
    if path.is_dir():
        path = path / "report.html"
    text = render(report, card, pictures, strangers=strangers, speed=speed, notes=notes)
    path.parent.mkdir(parents=True, exist_ok=True)
    number, free = 1, path
    while True:
        try:
            file = free.open("x", encoding="utf-8")
            break
        except FileExistsError:
            number += 1
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    try:
        with file:
            file.write(text)
    except BaseException:
        free.unlink()  # half a page is none
        raise
    return free


def render(
    report: Report,
    card: Mapping[str, Any],
    pictures: Sequence[Source],
    *,
    strangers: Strangers | None = None,
    speed: Speed | None = None,
    notes: Sequence[str] = (),
) -> str:
    """The page as text; see write()."""
    title = f"Report: {card.get('title') or 'a classifier of pictures'}"
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    parts = [
        sections.by_label(report),
        sections.confused(report),
        sections.mistakes(report, pictures),
        sections.calibration(report),
        sections.neither(report, strangers),
        shrinking(card, speed),
        training(card),
        _limits(card),
    ]
    footer = tag(
        "footer", tag("p", f"Made by Snowpeople on {date.today()}. It holds small copies of the pictures shown.")
    )
    body = tag("body", tag("main", _headline(report, title, notes), *parts), footer)
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _headline(report: Report, title: str, notes: Sequence[str]) -> Markup:
    share = report.accuracy()
    label, majority = report.majority()
    low, high = f"{100 * share.low:.0f}", f"{100 * share.high:.0f}"
    words = [
        f"Of 100 new pictures like these, expect about {100 * share.share:.0f} to be named right.",
        f"Only {share.groups} distinct pictures were measured, so"
        if share.groups < 400
        else "Chance alone being what it is,",
        f"the true figure may well lie anywhere from {low} to {high} (95 % interval).",
        f"Always answering “{label}” would be right {percent(majority)} of the time.",
    ]
    facts = {
        "labels": f"{len(report.labels):,}",
        "pictures": f"{share.pictures:,}",
        "distinct pictures": f"{share.groups:,}",
        "mean over labels": percent(report.balanced_accuracy()),
    }
    return join(
        [
            tag(
                "header",
                tag("h1", title),
                tag("p", tag("strong", percent(share.share)), " named right", class_="big"),
                interval(share),
                tag("p", " ".join(words)),
                tag(
                    "dl",
                    *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts.items()),
                    class_="facts",
                ),
            ),
            tag("ul", *(tag("li", note) for note in notes), class_="notes") if notes else None,
        ]
    )


def _limits(card: Mapping[str, Any]) -> Markup:
    given = card.get("limits")
    limits = [str(limit) for limit in given] if isinstance(given, list) else []
    limits += [
        "These figures hold for pictures like those measured. Other cameras, places or styles can do worse.",
        "Near copies count as one picture where they are recognised. Copies that were changed much are not, nor are "
        "near copies of pictures that it learnt from.",
        "The intervals say how much chance could move a figure, not how much other pictures could.",
    ]
    return sections.section("Limits", tag("ul", *(tag("li", limit) for limit in limits)))
