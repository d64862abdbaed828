"""The parts of a report's page that tell what was measured."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from ..picture import PictureError, Source, read
from . import Report
from . import page_figures as figures
from .markup import Markup, join, percent, table, tag
from .strangers import FAMILIARITY, Strangers

MOST_ROWS = 200
MOST_THUMBNAILS = 24
THUMBNAIL = 160  # pixels, the longer side


def section(heading: str, *content: Markup | None) -> Markup:
    """A part of the page under a heading."""
    return tag("section", tag("h2", heading), *content)


def by_label(report: Report) -> Markup:
    """Accuracy, precision and recall of each label."""
    shares = {score.label: report.accuracy(score.label) for score in report.scores()}
    scores = sorted(report.scores(), key=lambda score: (not score.pictures, shares[score.label].share))
    rows = []
    for score in scores[:MOST_ROWS]:
        share = shares[score.label]
        named = Markup("–")
        if share.groups:
            named = join(
                [f"{percent(share.share)} ({100 * share.low:.0f} to {100 * share.high:.0f})", figures.interval(share)]
            )
        counts = f"{share.pictures} ({share.groups})"
        rows.append([score.label, counts, named, *map(percent, (score.precision, score.recall, score.f1))])
    heads = ["Label", "Pictures (distinct)", "Named right, 95\u00a0% interval", "Precision", "Recall", "F1"]
    left_out = len(scores) - len(rows)
    return section(
        "Label by label",
        table("The least well recognised first", heads, rows, class_="numbers"),
        tag("p", f"{left_out} labels that are recognised better are left out.") if left_out else None,
        tag(
            "p",
            "“Named right” counts each distinct picture once, however many near copies of it there are. Precision: of "
            "the pictures called so, the share that is so. Recall: of the pictures that are so, the share called so. "
            "F1 is their harmonic mean. These three count every picture.",
            class_="small",
        ),
    )


def confused(report: Report) -> Markup:
    """The confusion matrix, and the pairs that stand out in it."""
    pairs = report.pairs()
    rows = [[pair.truth, pair.answer, f"{pair.count} of {pair.pictures}"] for pair in pairs]
    heads = ["It is", "It was called", "Pictures"]
    return section(
        "What is confused with what",
        figures.confusion(report),
        table("The most frequent mistakes", heads, rows) if rows else tag("p", "Not one picture was named wrong."),
    )


def mistakes(report: Report, pictures: Sequence[Source]) -> Markup | None:
    """Pictures named wrong, as thumbnails in the page itself; None where none was."""
    worst = [i for i in report.worst(len(report.truth)) if not report.right[i]]
    if not worst:
        return None
    shown = [_thumbnail(report, i, pictures[i]) for i in worst[:MOST_THUMBNAILS]]
    which = "All of them" if len(worst) <= MOST_THUMBNAILS else f"{MOST_THUMBNAILS} of {len(worst)}"
    return section(
        "The worst mistakes",
        tag("p", f"{which}; those whose true label got the least probability come first."),
        tag("div", *shown, class_="thumbnails"),
    )


def _thumbnail(report: Report, i: int, source: Source) -> Markup:
    truth, answer = report.labels[report.truth[i]], report.labels[report.answers[i]]
    sure, given = report.probabilities[i].max(), report.probabilities[i, report.truth[i]]
    name = "/".join(Path(source).parts[-2:]) if isinstance(source, str | os.PathLike) else f"picture {i + 1}"
    try:
        picture = read(source, THUMBNAIL)
    except (PictureError, OSError):
        image = tag("p", "This picture can no longer be opened.", class_="gone")
    else:
        picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        data = BytesIO()
        picture.save(data, "JPEG", quality=82)
        address = "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()
        alt = f"A picture of {truth} that was called {answer}"
        image = tag("img", src=address, alt=alt, width=picture.width, height=picture.height)
    caption = tag(
        "figcaption",
        tag("span", "is ", tag("b", truth), f", {percent(given)}"),
        tag("span", "called ", tag("b", answer), f", {percent(sure)}", class_="bad"),
        tag("span", *_breakable(name), class_="name"),
    )
    return tag("figure", image, caption)


def _breakable(name: str) -> list[str]:
    """A name that may be broken behind its folder."""
    folder, slash, file = name.rpartition("/")
    return [folder + slash, tag("wbr"), file] if slash else [name]


def calibration(report: Report) -> Markup:
    """Probabilities beside how often they come true."""
    now, before = report.reliability(), report.reliability(before=True)
    assert now is not None
    surer = "surer than it should be" if now.sure > now.right else "less sure than it could be"
    if abs(now.sure - now.right) < 0.02:
        surer = "about as sure as it is right"
    words = f"Its answers get a probability of {percent(now.sure)} on average, and {percent(now.right)} are right: "
    words += f"it is {surer}. The expected calibration error is {percent(now.error, 1)}"
    words += f", and was {percent(before.error, 1)} before its temperature was set" if before else ""
    words += (
        f" ({now.of} equal bins, of which {len(now.bins)} hold pictures). Mean negative log likelihood: {now.loss:.2f}"
    )
    words += f", before {before.loss:.2f}." if before else "."
    rows: list[list[str | int]] = [
        [f"{percent(each.low)} to {percent(each.high)}", each.pictures, percent(each.sure), percent(each.right)]
        for each in now.bins
    ]
    legend = "Round marks: as it answers now." + (" Square marks: before its temperature was set." if before else "")
    return section(
        "How far its probabilities can be trusted",
        tag("p", words),
        tag("p", f"On the dashed line, answers come true as often as they promise. {legend} Below: how many pictures."),
        figures.reliability(now, before),
        table("The same in numbers", ["Probability", "Pictures", "Mean", "Right"], rows, class_="numbers"),
    )


def neither(report: Report, strangers: Strangers | None) -> Markup | None:
    """What is called neither, of known pictures and of strangers; None where nobody asked."""
    kept = report.kept()
    if kept is None and strangers is None:
        return None
    content = (
        [tag("p", f"Of pictures that it knows, {kept} get an answer; the others are called neither.")] if kept else []
    )
    if strangers is not None:
        content += _strangers(strangers)
    return section("What it says of strangers", *content)


def _strangers(strangers: Strangers) -> list[Markup]:
    measures = strangers.measures
    keep = percent(strangers.keep)
    heads = ["Kind", "Pictures", *(["Called neither, 95\u00a0% interval"] if strangers.refused is not None else [])]
    for measure in measures:
        heads += [f"AUROC, {measure}", f"False accepts at {keep}, {measure}"]
    rows = []
    for kind in [*strangers.kinds(), *([strangers.total()] if len(strangers.unknown) > 1 else [])]:
        row: list[str | int] = [kind.name, kind.pictures]
        if kind.refused is not None and kind.low is not None and kind.high is not None:
            row.append(f"{percent(kind.refused)} ({100 * kind.low:.0f} to {100 * kind.high:.0f})")
        for measure in measures:
            row += [f"{kind.auroc[measure]:.3f}", percent(kind.false_accepts[measure])]
        rows.append(row)
    first = FAMILIARITY if FAMILIARITY in measures else measures[0]
    unknown = [score for scores in strangers.unknown.values() for score in scores[first]]
    return [
        table("Unrelated pictures, by kind", heads, rows, class_="numbers"),
        tag(
            "p",
            "AUROC: how often a known picture looks more familiar than a stranger; 1 is always, 0.5 is chance. False "
            f"accepts: the share of strangers that pass where {keep} of known pictures do.",
            class_="small",
        ),
        tag("p", f"By {first}: known pictures above the line, strangers below it."),
        figures.histogram(strangers.known[first], unknown),
    ]
